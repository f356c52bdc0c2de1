package sim

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// maxPayload is the largest message, in bytes: that of a real server.
const maxPayload = 1 << 20

// A Broker is a model of a NATS server with JetStream, as far as the engine uses
// it. It speaks the protocol, so that nats.go and package jetstream run on it
// unchanged, but through pipes, which work in a synctest bubble, and it forgets,
// drops and delays what real servers do when they fail. TestModel holds it to a
// real one. It is safe for concurrent use.
//
// It has no accounts, push consumers, Interest retention or limits on bytes: a
// stream is full when Fill says so.
type Broker struct {
	delay func() time.Duration // of what is sent either way
	watch Watch

	mu       sync.Mutex // guards what follows
	rand     *rand.Rand
	down     bool
	headless time.Time // until when JetStream has no leader
	mute     float64   // share of publications whose confirmation is lost
	subs     []*subscription
	streams  map[string]*stream
	ports    []*Port
}

// A Watch sees what becomes of deliveries. Its functions are called with the
// Broker locked, and may be nil.
type Watch struct {
	// Stored sees every message that a stream has taken in.
	Stored func(stream string, m Stored)
	// Delivered sees every delivery, Answered every word on one: +ACK, -NAK, +WPI
	// or +TERM.
	Delivered func(d Delivered)
	Answered  func(d Delivered, word string)
}

// A Delivered is one delivery of a message.
type Delivered struct {
	Stored
	Sequence uint64 // of the delivery, at its consumer
	Count    int    // which one of the message it is, from 1
	To       string // name of the Port; "" where that is not of interest
}

// A Stored is a message in a stream.
type Stored struct {
	Seq     uint64
	Subject string
	ID      string // Nats-Msg-Id
	Time    time.Time
	Header  []byte
	Data    []byte
}

// A subscription is what a client listens to.
type subscription struct {
	client  *client
	sid     string
	subject string
	queue   string // the group that gets a message once, "" for none
	left    int    // messages until it ends, 0 for no end
}

// A message is on its way.
type message struct {
	subject, reply string
	header, data   []byte
}

// NewBroker is a Broker without streams. delay is how long messages take.
func NewBroker(seed uint64, delay func() time.Duration, w Watch) *Broker {
	return &Broker{
		delay:   delay,
		watch:   w,
		rand:    rand.New(rand.NewPCG(seed, 1)),
		streams: make(map[string]*stream),
	}
}

// route does with m what its subject says. The lock is held, here and below.
func (b *Broker) route(m *message) {
	if strings.HasPrefix(m.subject, "$JS.") {
		if b.leads() {
			b.request(m)
		}
		return
	}
	heard := b.publish(m)
	for _, s := range b.streams {
		if s.takes(m.subject) {
			heard = true
			if b.leads() {
				b.confirm(m.reply, s.store(m))
			}
		}
	}
	if !heard && m.reply != "" {
		b.status(m.reply, "503", "")
	}
}

// advise stores what the server itself has to say.
func (b *Broker) advise(subject string, what any) {
	data, err := json.Marshal(what)
	if err != nil {
		panic(fmt.Sprintf("sim: an advisory that is no JSON: %v", err))
	}
	b.publish(&message{subject: subject, data: data})
	for _, s := range b.streams {
		if s.takes(subject) {
			s.store(&message{subject: subject, data: data})
		}
	}
}

func (b *Broker) leads() bool { return !time.Now().Before(b.headless) }

// publish hands m to who listens to its subject, and reports whether anybody
// does.
func (b *Broker) publish(m *message) bool { return b.publishAs(m.subject, m) }

// publishAs hands m, whatever its subject, to who listens to this one.
func (b *Broker) publishAs(subject string, m *message) bool {
	hear := slices.DeleteFunc(slices.Clone(b.subs), func(s *subscription) bool { return !matches(s.subject, subject) })
	b.rand.Shuffle(len(hear), func(i, j int) { hear[i], hear[j] = hear[j], hear[i] })
	groups := map[string]bool{"": false}
	for _, s := range hear {
		if groups[s.queue] {
			continue
		}
		groups[s.queue] = s.queue != ""
		s.client.out.put(s.frame(m))
		if s.left--; s.left == 0 {
			b.unsubscribe(s)
		}
	}
	return len(hear) > 0
}

// frame is m as the client gets it.
func (s *subscription) frame(m *message) []byte {
	reply := ""
	if m.reply != "" {
		reply = " " + m.reply
	}
	var f []byte
	if m.header != nil {
		f = fmt.Appendf(f, "HMSG %s %s%s %d %d\r\n", m.subject, s.sid, reply, len(m.header), len(m.header)+len(m.data))
	} else {
		f = fmt.Appendf(f, "MSG %s %s%s %d\r\n", m.subject, s.sid, reply, len(m.data))
	}
	f = append(f, m.header...)
	f = append(f, m.data...)
	return append(f, "\r\n"...)
}

func (b *Broker) unsubscribe(s *subscription) {
	delete(s.client.subs, s.sid)
	b.subs = slices.DeleteFunc(b.subs, func(o *subscription) bool { return o == s })
}

// listened reports whether anybody listens to subject.
func (b *Broker) listened(subject string) bool {
	return slices.ContainsFunc(b.subs, func(s *subscription) bool { return matches(s.subject, subject) })
}

// listener is the name of the Port of who listens to subject.
func (b *Broker) listener(subject string) string {
	for _, s := range b.subs {
		if matches(s.subject, subject) {
			return s.client.port.name
		}
	}
	return ""
}

// answer sends v as JSON.
func (b *Broker) answer(reply string, v any) {
	if reply == "" {
		return
	}
	data, err := json.Marshal(v)
	if err != nil {
		panic(fmt.Sprintf("sim: an answer that is no JSON: %v", err))
	}
	b.publish(&message{subject: reply, data: data})
}

// confirm answers a publication, unless that gets lost.
func (b *Broker) confirm(reply string, a *confirmation) {
	if b.mute > 0 && b.rand.Float64() < b.mute {
		return
	}
	b.answer(reply, a)
}

// status sends a message that is a header alone.
func (b *Broker) status(reply, code, description string, headers ...string) {
	h := strings.TrimRight("NATS/1.0 "+code+" "+description, " ") + "\r\n"
	for i := 0; i < len(headers); i += 2 {
		h += headers[i] + ": " + headers[i+1] + "\r\n"
	}
	b.publish(&message{subject: reply, header: []byte(h + "\r\n")})
}

// matches reports whether subject matches pattern.
func matches(pattern, subject string) bool {
	for {
		p, pRest, pMore := strings.Cut(pattern, ".")
		s, sRest, sMore := strings.Cut(subject, ".")
		switch {
		case p == ">":
			return true
		case p != "*" && p != s, pMore != sMore:
			return false
		case !pMore:
			return true
		}
		pattern, subject = pRest, sRest
	}
}

// A stream holds messages.
type stream struct {
	b         *Broker
	config    jetstream.StreamConfig
	created   time.Time
	last      uint64
	messages  map[uint64]*Stored
	ids       map[string]*Stored // what was published within the window of duplicates
	consumers map[string]*consumer
	full      bool
}

// A confirmation is what a stream answers to a publication.
type confirmation struct {
	Stream    string              `json:"stream,omitempty"`
	Sequence  uint64              `json:"seq,omitempty"`
	Duplicate bool                `json:"duplicate,omitempty"`
	Error     *jetstream.APIError `json:"error,omitempty"`
}

func (s *stream) takes(subject string) bool {
	return slices.ContainsFunc(s.config.Subjects, func(p string) bool { return matches(p, subject) })
}

// store takes m in, unless it has it already, or is full.
func (s *stream) store(m *message) *confirmation {
	if expected := header(m.header, jetstream.ExpectedLastSubjSeqHeader); expected != "" && expected != s.lastSeq(m.subject) {
		return &confirmation{Error: &jetstream.APIError{Code: 400, ErrorCode: jetstream.JSErrCodeStreamWrongLastSequence, Description: "wrong last sequence: " + s.lastSeq(m.subject)}}
	}
	id := header(m.header, nats.MsgIdHdr)
	now := time.Now()
	if was := s.ids[id]; was != nil && now.Sub(was.Time) < s.config.Duplicates {
		return &confirmation{Stream: s.config.Name, Sequence: was.Seq, Duplicate: true}
	}
	if s.full {
		return &confirmation{Error: &jetstream.APIError{Code: 503, ErrorCode: 10077, Description: "maximum bytes exceeded"}}
	}
	s.last++
	kept := &Stored{Seq: s.last, Subject: m.subject, ID: id, Time: now, Header: m.header, Data: m.data}
	s.messages[kept.Seq] = kept
	if id != "" {
		s.ids[id] = kept
	}
	if s.config.MaxMsgsPerSubject == 1 {
		for seq, o := range s.messages {
			if o.Subject == kept.Subject && seq != kept.Seq {
				delete(s.messages, seq)
			}
		}
	}
	if w := s.b.watch.Stored; w != nil {
		w(s.config.Name, *kept)
	}
	for _, c := range s.consumers {
		c.deliver()
	}
	return &confirmation{Stream: s.config.Name, Sequence: kept.Seq}
}

// find is the first message from seq on that matches one of the filters, nil if
// there is none. Filters that are all empty match everything.
func (s *stream) find(seq uint64, filters ...string) *Stored {
	all := !slices.ContainsFunc(filters, func(f string) bool { return f != "" })
	for ; seq <= s.last; seq++ {
		m := s.messages[seq]
		if m != nil && (all || slices.ContainsFunc(filters, func(f string) bool { return matches(f, m.Subject) })) {
			return m
		}
	}
	return nil
}

// lastOf is the last message of subject, nil if there is none.
func (s *stream) lastOf(subject string) (last *Stored) {
	for _, m := range s.messages {
		if m.Subject == subject && (last == nil || m.Seq > last.Seq) {
			last = m
		}
	}
	return last
}

// lastSeq is the sequence of the last message of subject, 0 if there is none.
func (s *stream) lastSeq(subject string) string {
	if m := s.lastOf(subject); m != nil {
		return strconv.FormatUint(m.Seq, 10)
	}
	return "0"
}

// header is a value of a message's header, "" if it is absent.
func header(raw []byte, key string) string {
	if len(raw) == 0 {
		return ""
	}
	h, err := nats.DecodeHeadersMsg(raw)
	if err != nil {
		return ""
	}
	return h.Get(key)
}

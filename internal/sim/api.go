package sim

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

// apis are the requests of JetStream's API that the engine makes: a row each, by
// what follows $JS.API. The answer of run is sent as JSON, unless it is nil.
var apis = []struct {
	subject string // the tokens that its * stand for are the arguments
	run     func(b *Broker, m *message, args []string) any
}{
	{"STREAM.NAMES", (*Broker).streamNames},
	{"STREAM.INFO.*", (*Broker).streamInfo},
	{"STREAM.CREATE.*", (*Broker).streamCreate},
	{"STREAM.UPDATE.*", (*Broker).streamUpdate},
	{"STREAM.MSG.GET.*", (*Broker).messageGet},
	{"DIRECT.GET.*.>", (*Broker).messageLast},
	{"DIRECT.GET.*", (*Broker).messageDirect},
	{"CONSUMER.CREATE.*.*.>", (*Broker).consumerCreate},
	{"CONSUMER.CREATE.*.*", (*Broker).consumerCreate},
	{"CONSUMER.INFO.*.*", (*Broker).consumerInfo},
	{"CONSUMER.DELETE.*.*", (*Broker).consumerDelete},
	{"CONSUMER.MSG.NEXT.*.*", (*Broker).messageNext},
}

// request does what a message to $JS. asks for.
func (b *Broker) request(m *message) {
	if ack, ok := strings.CutPrefix(m.subject, "$JS.ACK."); ok {
		b.acknowledge(ack, m)
		return
	}
	subject := strings.TrimPrefix(m.subject, "$JS.API.")
	for _, a := range apis {
		if !matches(a.subject, subject) {
			continue
		}
		if answer := a.run(b, m, arguments(a.subject, subject)); answer != nil {
			b.answer(m.reply, answer)
		}
		return
	}
	b.status(m.reply, "503", "")
}

// arguments are the tokens of subject that wildcards of pattern stand for; > is
// one.
func arguments(pattern, subject string) (args []string) {
	tokens := strings.Split(subject, ".")
	for i, p := range strings.Split(pattern, ".") {
		switch p {
		case "*":
			args = append(args, tokens[i])
		case ">":
			args = append(args, strings.Join(tokens[i:], "."))
		}
	}
	return args
}

// acknowledge takes in a word on the delivery that the rest of its subject names.
func (b *Broker) acknowledge(rest string, m *message) {
	words := strings.Split(rest, ".")
	if len(words) != 7 {
		return
	}
	var n [3]uint64 // how often it was delivered, and the sequences of message and delivery
	for i := range n {
		var err error
		if n[i], err = strconv.ParseUint(words[2+i], 10, 64); err != nil {
			return
		}
	}
	c := b.consumer(words[0], words[1])
	if c == nil {
		return
	}
	c.answered(n[1], n[2], int(n[0]), m.data)
	if m.reply != "" {
		b.publish(&message{subject: m.reply})
	}
}

func (b *Broker) consumer(stream, name string) *consumer {
	if s := b.streams[stream]; s != nil {
		return s.consumers[name]
	}
	return nil
}

// Errors of the API.
var (
	noStream   = refusal(404, 10059, "stream not found")
	noConsumer = refusal(404, 10014, "consumer not found")
	noMessage  = refusal(404, 10037, "no message found")
)

func refusal(code int, errCode jetstream.ErrorCode, description string) any {
	return map[string]any{"error": &jetstream.APIError{Code: code, ErrorCode: errCode, Description: description}}
}

func (b *Broker) streamNames(m *message, _ []string) any {
	var ask struct {
		Subject string `json:"subject"`
	}
	if len(m.data) > 0 && json.Unmarshal(m.data, &ask) != nil {
		return refusal(400, 10025, "invalid JSON")
	}
	names := []string{}
	for name, s := range b.streams {
		if ask.Subject == "" || slices.ContainsFunc(s.config.Subjects, func(p string) bool { return matches(p, ask.Subject) || matches(ask.Subject, p) }) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return map[string]any{"total": len(names), "offset": 0, "limit": 1024, "streams": names}
}

func (b *Broker) streamInfo(_ *message, args []string) any {
	if s := b.streams[args[0]]; s != nil {
		return s.info()
	}
	return noStream
}

func (s *stream) info() *jetstream.StreamInfo {
	i := &jetstream.StreamInfo{Config: s.config, Created: s.created, TimeStamp: time.Now()}
	i.State.Msgs, i.State.LastSeq, i.State.Consumers = uint64(len(s.messages)), s.last, len(s.consumers)
	return i
}

func (b *Broker) streamCreate(m *message, args []string) any {
	if s := b.streams[args[0]]; s != nil {
		return s.info() // nobody here asks for another one of that name
	}
	s := &stream{b: b, created: time.Now(), messages: make(map[uint64]*Stored), ids: make(map[string]*Stored), consumers: make(map[string]*consumer)}
	if json.Unmarshal(m.data, &s.config) != nil {
		return refusal(400, 10025, "invalid JSON")
	}
	if s.config.Duplicates == 0 {
		s.config.Duplicates = 2 * time.Minute
	}
	b.streams[args[0]] = s
	return s.info()
}

func (b *Broker) streamUpdate(m *message, args []string) any {
	s := b.streams[args[0]]
	if s == nil {
		return noStream
	}
	if json.Unmarshal(m.data, &s.config) != nil {
		return refusal(400, 10025, "invalid JSON")
	}
	return s.info()
}

func (b *Broker) messageGet(m *message, args []string) any {
	s := b.streams[args[0]]
	if s == nil {
		return noStream
	}
	found := s.asked(m)
	if found == nil {
		return noMessage
	}
	return map[string]any{"message": map[string]any{
		"subject": found.Subject, "seq": found.Seq, "hdrs": found.Header, "data": found.Data, "time": found.Time,
	}}
}

// asked is the message that m asks for.
func (s *stream) asked(m *message) *Stored {
	var ask struct {
		Seq  uint64 `json:"seq"`
		Last string `json:"last_by_subj"`
		Next string `json:"next_by_subj"`
	}
	switch err := json.Unmarshal(m.data, &ask); {
	case err != nil:
		return nil
	case ask.Last != "":
		return s.lastOf(ask.Last)
	case ask.Next != "":
		return s.find(max(ask.Seq, 1), ask.Next)
	}
	return s.messages[ask.Seq]
}

func (b *Broker) messageLast(m *message, args []string) any {
	if s := b.streams[args[0]]; s != nil {
		b.direct(m.reply, s, s.lastOf(args[1]))
	}
	return nil
}

func (b *Broker) messageDirect(m *message, args []string) any {
	if s := b.streams[args[0]]; s != nil {
		b.direct(m.reply, s, s.asked(m))
	}
	return nil
}

// direct answers with a message as it is.
func (b *Broker) direct(reply string, s *stream, m *Stored) {
	if m == nil {
		b.status(reply, "404", "Message Not Found")
		return
	}
	h := "NATS/1.0\r\n"
	for _, kv := range [][2]string{
		{jetstream.StreamHeader, s.config.Name},
		{jetstream.SubjectHeader, m.Subject},
		{jetstream.SequenceHeader, strconv.FormatUint(m.Seq, 10)},
		{jetstream.TimeStampHeaer, m.Time.UTC().Format(time.RFC3339Nano)},
	} {
		h += kv[0] + ": " + kv[1] + "\r\n"
	}
	own := strings.TrimSuffix(strings.TrimPrefix(string(m.Header), "NATS/1.0\r\n"), "\r\n")
	b.publish(&message{subject: reply, header: []byte(h + own + "\r\n"), data: m.Data})
}

func (b *Broker) consumerCreate(m *message, args []string) any {
	s := b.streams[args[0]]
	if s == nil {
		return noStream
	}
	var ask struct {
		Config jetstream.ConsumerConfig `json:"config"`
	}
	if json.Unmarshal(m.data, &ask) != nil {
		return refusal(400, 10025, "invalid JSON")
	}
	if ask.Config.AckWait == 0 {
		ask.Config.AckWait = 30 * time.Second
	}
	if len(ask.Config.BackOff) > 0 {
		ask.Config.AckWait = ask.Config.BackOff[0]
	}
	if c := s.consumers[args[1]]; c != nil {
		c.config = ask.Config
		return c.info()
	}
	c := newConsumer(s, args[1], ask.Config)
	s.consumers[args[1]] = c
	return c.info()
}

func (b *Broker) consumerInfo(_ *message, args []string) any {
	if c := b.consumer(args[0], args[1]); c != nil {
		return c.info()
	}
	return noConsumer
}

func (b *Broker) consumerDelete(_ *message, args []string) any {
	c := b.consumer(args[0], args[1])
	if c == nil {
		return noConsumer
	}
	delete(c.s.consumers, args[1])
	c.retire("409", "Consumer Deleted")
	return map[string]any{"success": true}
}

func (b *Broker) messageNext(m *message, args []string) any {
	c := b.consumer(args[0], args[1])
	if c == nil {
		b.status(m.reply, "503", "")
		return nil
	}
	c.pull(m.reply, m.data)
	return nil
}

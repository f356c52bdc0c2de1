package sim

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

// A consumer hands out the messages of a stream to who pulls, until they are
// acknowledged.
type consumer struct {
	s       *stream
	name    string
	config  jetstream.ConsumerConfig
	created time.Time
	next    uint64 // of the stream, to be delivered for the first time
	last    uint64 // sequence of deliveries
	pending map[uint64]*pending
	counts  map[uint64]int // deliveries of what is in the stream, by sequence
	again   []uint64       // to be delivered again, in order
	pulls   []*pull
	lapse   *time.Timer // the next pending message is due
	journal []undo
}

// A pending message was delivered and not acknowledged.
type pending struct {
	m      *Stored
	since  time.Time // the time to acknowledge it runs from here
	queued bool      // it is in again
}

// An undo is what the death of the server can undo: an acknowledgement, of which
// it had written nothing.
type undo struct {
	at   time.Time
	m    *Stored
	left int // how often it was delivered
}

// A pull is a request for messages.
type pull struct {
	reply  string
	left   int
	expire *time.Timer
	beat   *time.Timer
}

// asks is the body of a pull.
type asks struct {
	Batch   int           `json:"batch"`
	Expires time.Duration `json:"expires"`
	NoWait  bool          `json:"no_wait"`
	Beat    time.Duration `json:"idle_heartbeat"`
}

func newConsumer(s *stream, name string, config jetstream.ConsumerConfig) *consumer {
	c := &consumer{
		s:       s,
		name:    name,
		config:  config,
		created: time.Now(),
		next:    max(config.OptStartSeq, 1),
		pending: make(map[uint64]*pending),
		counts:  make(map[uint64]int),
	}
	if config.DeliverPolicy == jetstream.DeliverNewPolicy {
		c.next = s.last + 1
	}
	c.lapse = time.AfterFunc(time.Hour, c.lapsed)
	c.lapse.Stop()
	return c
}

// pull takes in a request.
func (c *consumer) pull(reply string, body []byte) {
	ask := asks{Batch: 1}
	if len(body) > 0 && json.Unmarshal(body, &ask) != nil {
		c.s.b.status(reply, "400", "Bad Request")
		return
	}
	p := &pull{reply: reply, left: max(ask.Batch, 1)}
	c.pulls = append(c.pulls, p)
	if ask.Expires > 0 {
		p.expire = time.AfterFunc(ask.Expires, func() { c.expired(p) })
	}
	if ask.Beat > 0 {
		p.beat = time.AfterFunc(ask.Beat, func() { c.beaten(p, ask.Beat) })
	}
	c.deliver()
	if ask.NoWait && p.left > 0 && slices.Contains(c.pulls, p) {
		c.end(p)
		c.s.b.status(reply, "404", "No Messages")
	}
}

// pendingOf is what the headers of a status say of p.
func pendingOf(p *pull) []string {
	return []string{"Nats-Pending-Messages", strconv.Itoa(p.left), "Nats-Pending-Bytes", "0"}
}

func (c *consumer) expired(p *pull) {
	b := c.s.b
	b.mu.Lock()
	defer b.mu.Unlock()
	if slices.Contains(c.pulls, p) {
		c.end(p)
		b.status(p.reply, "408", "Request Timeout", pendingOf(p)...)
	}
}

func (c *consumer) beaten(p *pull, every time.Duration) {
	b := c.s.b
	b.mu.Lock()
	defer b.mu.Unlock()
	if slices.Contains(c.pulls, p) {
		b.status(p.reply, "100", "Idle Heartbeat")
		p.beat.Reset(every)
	}
}

// end forgets p.
func (c *consumer) end(p *pull) {
	c.pulls = slices.DeleteFunc(c.pulls, func(o *pull) bool { return o == p })
	for _, t := range []*time.Timer{p.expire, p.beat} {
		if t != nil {
			t.Stop()
		}
	}
}

// deliver hands out what there is to who waits.
func (c *consumer) deliver() {
	for len(c.pulls) > 0 {
		p := c.pulls[0]
		if !c.s.b.listened(p.reply) {
			c.end(p)
			continue
		}
		m := c.take()
		if m == nil {
			break
		}
		c.send(p, m)
	}
	c.schedule()
}

// take is the next message to deliver, nil if there is none. One that was
// delivered as often as may be is given up.
func (c *consumer) take() *Stored {
	for len(c.again) > 0 {
		seq := c.again[0]
		c.again = c.again[1:]
		p := c.pending[seq]
		if p == nil {
			continue // acknowledged meanwhile
		}
		p.queued = false
		if c.config.MaxDeliver > 0 && c.counts[seq] >= c.config.MaxDeliver {
			c.giveUp(seq)
			continue
		}
		return p.m
	}
	if c.config.MaxAckPending > 0 && len(c.pending) >= c.config.MaxAckPending {
		return nil
	}
	m := c.find(c.next)
	if m != nil {
		c.next = m.Seq + 1
	}
	return m
}

func (c *consumer) send(p *pull, m *Stored) {
	now := time.Now()
	c.last++
	c.counts[m.Seq]++
	if was := c.pending[m.Seq]; was != nil {
		was.since = now
	} else if c.config.AckPolicy != jetstream.AckNonePolicy {
		c.pending[m.Seq] = &pending{m: m, since: now}
	}
	ack := fmt.Sprintf("$JS.ACK.%s.%s.%d.%d.%d.%d.%d", c.s.config.Name, c.name, c.counts[m.Seq], m.Seq, c.last, m.Time.UnixNano(), c.left())
	if w := c.s.b.watch.Delivered; w != nil {
		w(Delivered{*m, c.last, c.counts[m.Seq], c.s.b.listener(p.reply)})
	}
	c.s.b.publishAs(p.reply, &message{subject: m.Subject, reply: ack, header: m.Header, data: m.Data})
	if p.left--; p.left == 0 {
		c.end(p)
	}
}

// find is the first message from seq on that c is for, nil if there is none.
func (c *consumer) find(seq uint64) *Stored {
	return c.s.find(seq, append([]string{c.config.FilterSubject}, c.config.FilterSubjects...)...)
}

// left is how many messages were never delivered.
func (c *consumer) left() (n int) {
	for m := c.find(c.next); m != nil; m = c.find(m.Seq + 1) {
		n++
	}
	return n
}

// wait is how long c waits for the acknowledgement of a message that it has
// delivered so often.
func (c *consumer) wait(count int) time.Duration {
	if n := len(c.config.BackOff); n > 0 {
		return c.config.BackOff[min(max(count-1, 0), n-1)]
	}
	return c.config.AckWait
}

// schedule sets the timer to when the next message is due.
func (c *consumer) schedule() {
	var next time.Time
	for seq, p := range c.pending {
		if at := p.since.Add(c.wait(c.counts[seq])); !p.queued && (next.IsZero() || at.Before(next)) {
			next = at
		}
	}
	if next.IsZero() {
		c.lapse.Stop()
	} else {
		c.lapse.Reset(time.Until(next))
	}
}

// lapsed queues what was not acknowledged in time.
func (c *consumer) lapsed() {
	b := c.s.b
	b.mu.Lock()
	defer b.mu.Unlock()
	now := time.Now()
	var due []uint64
	for seq, p := range c.pending {
		if !p.queued && !now.Before(p.since.Add(c.wait(c.counts[seq]))) {
			due = append(due, seq)
		}
	}
	slices.Sort(due)
	for _, seq := range due {
		if c.config.MaxDeliver > 0 && c.counts[seq] >= c.config.MaxDeliver {
			c.giveUp(seq)
		} else {
			c.queue(seq)
		}
	}
	c.deliver()
}

func (c *consumer) queue(seq uint64) {
	if p := c.pending[seq]; !p.queued {
		p.queued = true
		c.again = append(c.again, seq)
	}
}

// giveUp delivers a message no more. It stays in the stream.
func (c *consumer) giveUp(seq uint64) {
	delete(c.pending, seq)
	name := c.s.config.Name
	c.s.b.advise("$JS.EVENT.ADVISORY.CONSUMER.MAX_DELIVERIES."+name+"."+c.name,
		map[string]any{"stream": name, "consumer": c.name, "stream_seq": seq, "deliveries": c.counts[seq]})
}

// answered takes in a word on a delivery of message seq, whichever: an
// acknowledgement of an earlier one is as good, also after the message was given
// up.
func (c *consumer) answered(seq, delivery uint64, count int, word []byte) {
	m, p := c.s.messages[seq], c.pending[seq]
	if m == nil {
		return
	}
	verb, rest, _ := strings.Cut(string(word), " ")
	if w := c.s.b.watch.Answered; w != nil {
		w(Delivered{Stored: *m, Sequence: delivery, Count: count}, verb)
	}
	switch {
	case verb == "+ACK", verb == "", verb == "+TERM":
		c.note(undo{time.Now(), m, c.counts[seq]})
		delete(c.pending, seq)
		delete(c.counts, seq)
		if c.s.config.Retention == jetstream.WorkQueuePolicy {
			delete(c.s.messages, seq)
		}
	case p == nil:
	case verb == "+WPI":
		p.since = time.Now()
		if p.queued {
			p.queued = false
			c.again = slices.DeleteFunc(c.again, func(s uint64) bool { return s == seq })
		}
	case verb == "-NAK":
		var o struct {
			Delay time.Duration `json:"delay"`
		}
		if json.Unmarshal([]byte(rest), &o) == nil && o.Delay > 0 {
			p.since = time.Now().Add(o.Delay - c.config.AckWait)
		} else {
			c.queue(seq)
		}
	}
	c.deliver()
}

// info is what the API says of c.
func (c *consumer) info() *jetstream.ConsumerInfo {
	i := &jetstream.ConsumerInfo{
		Stream:        c.s.config.Name,
		Name:          c.name,
		Created:       c.created,
		Config:        c.config,
		NumAckPending: len(c.pending),
		NumPending:    uint64(c.left()),
		NumWaiting:    len(c.pulls),
		TimeStamp:     time.Now(),
	}
	i.Delivered.Consumer, i.Delivered.Stream = c.last, c.next-1
	i.AckFloor.Stream = c.next - 1
	for seq := range c.pending {
		i.AckFloor.Stream = min(i.AckFloor.Stream, seq-1)
	}
	return i
}

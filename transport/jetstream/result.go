package jetstream

import (
	"cmp"
	"fmt"
	"strconv"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/seed66d9166c/express/express"
	"github.com/seed66d9166c/express/internal/seeded"
	"github.com/seed66d9166c/express/transport"
)

const (
	// logTimeout bounds the wait for log records to be accepted, which takes no
	// more than room in their exporter's queue.
	logTimeout = 15 * time.Second
	// exportTimeout bounds the wait for them to be exported: twice what their
	// exporter tries for, as they can lie in two batches.
	exportTimeout = time.Minute
)

// maxBatchText bounds the buffer that a batch keeps for the next one.
const maxBatchText = 1 << 20

var acknowledged = []byte("+ACK")

// A batch is what the next Flush sends.
type batch struct {
	sends []sending
	text  []byte // bodies of results, one behind the other
}

// A sending is the acknowledgement of d, and before it the result if it has a
// body.
type sending struct {
	d      *delivery
	header nats.Header
	body   []byte
	done   func(error)
}

// complete does what the completion level asks for, then queues the
// acknowledgement of d. It does not block.
func (s *Source) complete(d *delivery, o express.Outcome, done func(error)) {
	switch {
	case s.o.Completion == Publish && !seeded.AckBeforePublish:
		s.results.publish(s.result(d, &o), func(err error) {
			if err != nil {
				s.abandon(d, err, done)
				return
			}
			s.ended(d, nil, done)
			s.Flush() // its error is done's
		})
	case s.o.Completion == Log && o.Logged != nil:
		s.awaitLog(d, o, logTimeout, done)
	case s.o.Completion == Exported && o.Logged != nil:
		s.awaitLog(d, o, exportTimeout, done)
	default:
		s.ended(d, &o, done)
	}
}

// awaitLog waits until it is known what became of the log records of o, in a
// goroutine if it is not known yet.
func (s *Source) awaitLog(d *delivery, o express.Outcome, patience time.Duration, done func(error)) {
	select {
	case err := <-o.Logged:
		s.logged(d, &o, err, done)
		return
	default:
	}
	late := o // what a goroutine needs is on the heap, and only then
	go func() {
		tired := time.NewTimer(patience)
		defer tired.Stop()
		select {
		case err := <-late.Logged:
			s.logged(d, &late, err, done)
		case <-tired.C:
			s.logged(d, &late, fmt.Errorf("nothing is known of its log records after %v", patience), done)
		}
		s.Flush() // its error is done's
	}()
}

func (s *Source) logged(d *delivery, o *express.Outcome, err error, done func(error)) {
	if err != nil {
		s.abandon(d, err, done)
		return
	}
	s.ended(d, o, done)
}

// ended acknowledges d, once RanStream knows of it where it has to.
func (s *Source) ended(d *delivery, o *express.Outcome, done func(error)) {
	if !s.o.Dedupe {
		s.acknowledge(d, o, done)
		return
	}
	var late *express.Outcome
	if o != nil {
		late = new(*o)
	}
	s.note(d, func() {
		s.acknowledge(d, late, done)
		s.Flush() // its error is done's
	})
}

// abandon leaves d to redelivery.
func (s *Source) abandon(d *delivery, err error, done func(error)) {
	s.release(d)
	done(err)
}

// acknowledge queues the acknowledgement of d, behind its result if o is not
// nil and there is a subject for it.
func (s *Source) acknowledge(d *delivery, o *express.Outcome, done func(error)) {
	x := sending{d: d, done: done}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.letGo(d)
	if b := s.out; o != nil && s.o.Result != "" {
		from := len(b.text)
		b.text = transport.AppendOutcome(b.text, d.id, o)
		x.header, x.body = resultHeader(d), b.text[from:len(b.text):len(b.text)]
	}
	s.out.sends = append(s.out.sends, x)
}

// Flush hands acknowledgements and results to the connection, which writes them
// out at once.
func (s *Source) Flush() error {
	s.mu.Lock()
	b := s.out
	if len(b.sends) == 0 {
		s.mu.Unlock()
		return nil
	}
	s.out, s.spare = cmp.Or(s.spare, new(batch)), nil
	s.mu.Unlock()

	var first error
	for i := range b.sends {
		x := &b.sends[i]
		err := s.send(x)
		first = cmp.Or(first, err)
		if err == nil && s.o.AckSync {
			continue // it is done later
		}
		x.done(err)
	}

	clear(b.sends)
	b.sends, b.text = b.sends[:0], b.text[:0]
	if cap(b.text) > maxBatchText {
		b.text = nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.spare = b
	s.rest()
	return first
}

func (s *Source) send(x *sending) error {
	if x.body != nil {
		if err := s.nc.PublishMsg(&nats.Msg{Subject: s.o.Result, Header: x.header, Data: x.body}); err != nil {
			return err
		}
	}
	if s.o.AckSync {
		s.confirm(x.d, x.done)
		return nil
	}
	if seeded.DoubleAck {
		_, err := s.nc.Request(x.d.msg.Reply, acknowledged, answerTimeout)
		return err
	}
	return s.nc.Publish(x.d.msg.Reply, acknowledged)
}

// confirm acknowledges d and calls done once the consumer has confirmed that.
// That it hears of an acknowledgement twice, or late, does no harm.
func (s *Source) confirm(d *delivery, done func(error)) {
	s.mu.Lock()
	s.asked++
	s.mu.Unlock()
	s.results.publish(&nats.Msg{Subject: d.msg.Reply, Data: acknowledged}, func(err error) {
		done(err)
		s.mu.Lock()
		defer s.mu.Unlock()
		s.asked--
		s.wake()
	})
}

// once is the Nats-Msg-Id of what may be published once for d. Another consumer
// can have the same event, and so an execution of the same name.
func (s *Source) once(d *delivery, what string) string {
	if seeded.NoMessageID {
		return ""
	}
	return d.id + ":" + s.o.Durable + ":" + what
}

// result is the outcome of d for a stream that confirms it.
func (s *Source) result(d *delivery, o *express.Outcome) *nats.Msg {
	m := &nats.Msg{
		Subject: cmp.Or(s.o.Result, transport.DoneSubject(s.o.Workflow, o.Status)),
		Header:  nats.Header{nats.MsgIdHdr: {s.once(d, "done")}},
		Data:    transport.AppendOutcome(nil, d.id, o),
	}
	for k, v := range resultHeader(d) {
		m.Header[k] = v
	}
	return m
}

// resultHeaders are the headers of results, by the hops of their event.
var resultHeaders = func() (h [transport.MaxHops + 1]nats.Header) {
	for hops := range h {
		h[hops] = nats.Header{transport.HeaderHops: {strconv.Itoa(hops + 1)}}
	}
	return h
}()

// resultHeader lets loops of executions be seen, should the result be an event
// of another trigger. It is not to be changed.
func resultHeader(d *delivery) nats.Header {
	return resultHeaders[min(transport.Hops(d), transport.MaxHops)]
}

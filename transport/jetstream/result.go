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
	"github.com/seed66d9166c/express/transport/wire"
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
	msgs []wire.Msg // each acknowledgement behind its result
	ends []ending
	text []byte // bodies of results, one behind the other
}

// An ending is what waits until a batch is sent.
type ending struct {
	d    *delivery
	done func(error)
	err  error // why there is nothing of d to send
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
	x := ending{d: d, done: done}
	s.sending.Lock()
	defer s.sending.Unlock()
	b := s.out
	if o != nil && s.o.Result != "" {
		from := len(b.text)
		b.text = transport.AppendOutcome(b.text, d.id, o)
		m := wire.Msg{Subject: s.o.Result, Header: resultHeader(d), Data: b.text[from:len(b.text):len(b.text)]}
		if len(m.Header)+len(m.Data) > s.link.MaxPayload() {
			x.err = nats.ErrMaxPayload
		} else {
			b.msgs = append(b.msgs, m)
		}
	}
	if x.err == nil && !s.o.AckSync && !seeded.DoubleAck {
		b.msgs = append(b.msgs, wire.Msg{Subject: d.msg.Reply, Data: acknowledged})
	}
	b.ends = append(b.ends, x)
}

// Flush writes acknowledgements and results out, all in one write where there is a
// data connection.
func (s *Source) Flush() error {
	s.sending.Lock()
	b := s.out
	if len(b.ends) == 0 {
		s.sending.Unlock()
		return nil
	}
	s.out, s.spare = cmp.Or(s.spare, new(batch)), nil
	s.sending.Unlock()

	s.mu.Lock()
	for i := range b.ends {
		s.letGo(b.ends[i].d)
	}
	s.mu.Unlock()
	first := s.link.Send(b.msgs...)
	for i := range b.ends {
		x := &b.ends[i]
		err := cmp.Or(x.err, first)
		if err == nil && seeded.DoubleAck {
			_, err = s.nc.Request(x.d.msg.Reply, acknowledged, answerTimeout)
		}
		if err == nil && s.o.AckSync {
			s.confirm(x.d, x.done)
			continue // it is done later
		}
		first = cmp.Or(first, err)
		x.done(err)
	}

	clear(b.msgs)
	clear(b.ends)
	b.msgs, b.ends, b.text = b.msgs[:0], b.ends[:0], b.text[:0]
	if cap(b.text) > maxBatchText {
		b.text = nil
	}
	s.sending.Lock()
	s.spare = b
	s.sending.Unlock()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.rest()
	return first
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
	return &nats.Msg{
		Subject: cmp.Or(s.o.Result, transport.DoneSubject(s.o.Workflow, o.Status)),
		Header: nats.Header{
			nats.MsgIdHdr:        {s.once(d, "done")},
			transport.HeaderHops: {strconv.Itoa(hops(d))},
		},
		Data: transport.AppendOutcome(nil, d.id, o),
	}
}

// resultHeaders are the headers of results, by the hops of their event.
var resultHeaders = func() (h [transport.MaxHops + 2]string) {
	for n := range h {
		h[n] = wire.Header(transport.HeaderHops, strconv.Itoa(n))
	}
	return h
}()

// resultHeader lets loops of executions be seen, should the result be an event
// of another trigger.
func resultHeader(d *delivery) string { return resultHeaders[hops(d)] }

// hops are those that lead to a result of d.
func hops(d *delivery) int { return min(transport.Hops(d), transport.MaxHops) + 1 }

package jetstream

import (
	"cmp"
	"errors"
	"strconv"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/seed66d9166c/express/express"
	"github.com/seed66d9166c/express/transport"
)

// logTimeout bounds the wait for log records to be accepted: about what their
// exporter tries for.
const logTimeout = 15 * time.Second

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
	case s.o.Completion == Publish:
		s.results.publish(s.result(d, &o), func(err error) {
			if err != nil {
				s.abandon(d, err, done)
				return
			}
			s.acknowledge(d, nil, done)
			s.Flush() // its error is done's
		})
	case s.o.Completion == Log && o.Logged != nil:
		select {
		case err := <-o.Logged:
			s.logged(d, &o, err, done)
		default:
			late := o // what a goroutine needs is on the heap, and only then
			go func() {
				s.logged(d, &late, awaitLog(late.Logged), done)
				s.Flush() // its error is done's
			}()
		}
	default:
		s.acknowledge(d, &o, done)
	}
}

// awaitLog is what became of log records.
func awaitLog(logged <-chan error) error {
	late := time.NewTimer(logTimeout)
	defer late.Stop()
	select {
	case err := <-logged:
		return err
	case <-late.C:
		return errors.New("its log records were not accepted in " + logTimeout.String())
	}
}

func (s *Source) logged(d *delivery, o *express.Outcome, err error, done func(error)) {
	if err != nil {
		s.abandon(d, err, done)
		return
	}
	s.acknowledge(d, o, done)
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
	s.held.remove(d)
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
	return s.nc.Publish(x.d.msg.Reply, acknowledged)
}

// once is the Nats-Msg-Id of what may be published once for d. Another consumer
// can have the same event, and so an execution of the same name.
func (s *Source) once(d *delivery, what string) string { return d.id + ":" + s.o.Durable + ":" + what }

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

package memory

import (
	"context"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/seed66d9166c/express/express"
	"github.com/seed66d9166c/express/transport"
)

// A Source is one consumer of a Stream.
type Source struct {
	stream *Stream
	woken  chan struct{}
	closed bool     // guarded by stream.mu, as what follows
	head   delivery // of the ring of what is handed out, by the time of its lease
	lapse  *time.Timer
}

var _ transport.Source = (*Source)(nil)

// Source adds a consumer.
func (s *Stream) Source() *Source {
	src := &Source{stream: s, woken: make(chan struct{}, 1)}
	src.head.next, src.head.prev = &src.head, &src.head
	s.mu.Lock()
	defer s.mu.Unlock()
	s.sources = append(s.sources, src)
	return src
}

// Next hands out events in the order in which they were published or came back.
func (src *Source) Next(ctx context.Context, into []transport.Delivery) (int, error) {
	for {
		n, err := src.take(into)
		if n > 0 || err != nil {
			return n, err
		}
		select {
		case <-src.woken:
		case <-ctx.Done():
			return 0, ctx.Err()
		}
	}
}

func (src *Source) take(into []transport.Delivery) (int, error) {
	s := src.stream
	s.mu.Lock()
	defer s.mu.Unlock()
	if src.closed {
		return 0, transport.ErrClosed
	}
	lease := time.Now().Add(s.deadline + s.ackWait)
	for n := range into {
		e := s.ready.pop()
		if e == nil {
			return n, nil
		}
		e.attempts++
		d := &delivery{event: e, source: src, attempt: e.attempts, lease: lease}
		src.link(d)
		into[n] = d
	}
	return len(into), nil
}

// Flush has nothing to do: what ends a delivery takes effect at once.
func (src *Source) Flush() error { return nil }

// Close stops fetching. Nothing is fetched that is not handed out.
func (src *Source) Close() error {
	src.stream.mu.Lock()
	defer src.stream.mu.Unlock()
	src.close()
	return nil
}

// Kill does to the Source what the death of its process would: it hands out no
// more, and everything that it handed out comes back after AckWait.
func (src *Source) Kill() {
	s := src.stream
	s.mu.Lock()
	defer s.mu.Unlock()
	src.close()
	var lost []*event
	for d := src.head.next; d != &src.head; d = src.head.next {
		d.unlink()
		d.over.Store(true) // the dead end nothing
		lost = append(lost, d.event)
	}
	s.againAfter(s.ackWait, lost...)
}

func (src *Source) close() {
	if src.closed {
		return
	}
	src.closed = true
	s := src.stream
	s.wake() // src, and whoever has to look in its place
	s.sources = slices.DeleteFunc(s.sources, func(o *Source) bool { return o == src })
}

// link puts d at the end of the ring: leases are of equal length, so the ring
// is in their order, and one timer does for all.
func (src *Source) link(d *delivery) {
	d.prev, d.next = src.head.prev, &src.head
	d.prev.next, src.head.prev = d, d
	if src.lapse == nil {
		src.lapse = time.AfterFunc(time.Until(d.lease), src.lapsed)
	}
}

// lapsed takes back what was held for longer than any execution lasts.
func (src *Source) lapsed() {
	s := src.stream
	s.mu.Lock()
	defer s.mu.Unlock()
	for {
		d := src.head.next
		if d == &src.head {
			src.lapse = nil
			return
		}
		if left := time.Until(d.lease); left > 0 {
			src.lapse.Reset(left)
			return
		}
		d.unlink()
		s.again(d.event)
	}
}

// A delivery is one copy of an event.
type delivery struct {
	event      *event
	source     *Source
	attempt    int
	lease      time.Time // when it counts as lost
	prev, next *delivery // guarded by the Stream's lock; nil when it is not in the ring
	over       atomic.Bool
}

func (d *delivery) unlink() {
	if d.next != nil {
		d.prev.next, d.next.prev = d.next, d.prev
		d.prev, d.next = nil, nil
	}
}

func (d *delivery) ID() string      { return d.event.ID }
func (d *delivery) Subject() string { return d.event.Subject }
func (d *delivery) Time() time.Time { return d.event.time }
func (d *delivery) Data() []byte    { return d.event.Data }
func (d *delivery) Attempt() int    { return d.attempt }

func (d *delivery) Header(key string) string {
	if v, ok := d.event.Header[key]; ok {
		return v
	}
	for k, v := range d.event.Header {
		if strings.EqualFold(k, key) {
			return v
		}
	}
	return ""
}

func (d *delivery) Mark(context.Context) (begun int, err error) {
	return d.mark(func(before int) int { return before + 1 })
}

func (d *delivery) Unmark(context.Context) error {
	_, err := d.mark(func(int) int { return 0 })
	return err
}

// mark counts the executions of the event that have begun.
func (d *delivery) mark(count func(before int) int) (int, error) {
	s := d.source.stream
	s.mu.Lock()
	defer s.mu.Unlock()
	if d.over.Load() {
		return 0, transport.ErrEnded
	}
	d.event.begun = count(d.event.begun)
	return d.event.begun, nil
}

// Ack calls done at once: nothing here can fail later.
func (d *delivery) Ack(o express.Outcome, done func(error)) {
	err := d.claim()
	if err == nil {
		d.publish(o)
		d.settle()
	}
	if done != nil {
		done(err)
	}
}

func (d *delivery) Reack() error {
	err := d.claim()
	if err == nil {
		d.settle()
	}
	return err
}

func (d *delivery) Nak(after time.Duration) error {
	if err := d.claim(); err != nil {
		return err
	}
	s := d.source.stream
	s.mu.Lock()
	defer s.mu.Unlock()
	d.unlink()
	if after <= 0 {
		s.again(d.event)
	} else {
		s.againAfter(after, d.event)
	}
	return nil
}

func (d *delivery) Bury(_ context.Context, l transport.Letter) error {
	if err := d.claim(); err != nil {
		return err
	}
	if l.Outcome != nil {
		d.publish(*l.Outcome)
	}
	s := d.source.stream
	s.mu.Lock()
	s.dead = append(s.dead, Dead{d.event.Message, l})
	s.mu.Unlock()
	d.settle()
	return nil
}

// claim makes the caller the one that ends d.
func (d *delivery) claim() error {
	if d.over.Swap(true) {
		return transport.ErrEnded
	}
	return nil
}

func (d *delivery) publish(o express.Outcome) {
	if done := d.source.stream.done; done != nil {
		o.Arena.Keep()
		done(d.event.ID, o)
	}
}

// settle takes the event out of the stream; that of an older copy does it, too.
func (d *delivery) settle() {
	s := d.source.stream
	s.mu.Lock()
	defer s.mu.Unlock()
	d.unlink()
	if !d.event.ended {
		d.event.ended = true
		s.pending--
	}
}

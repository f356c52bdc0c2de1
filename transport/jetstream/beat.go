package jetstream

import (
	"time"

	"github.com/nats-io/nats.go"

	"github.com/seed66d9166c/express/internal/seeded"
)

// A ring holds deliveries in the order in which their beats are due. As all
// beats are equally far apart, what beats goes to the end, and one timer does
// for all. Guarded by the Source's lock.
type ring struct{ head delivery }

func (r *ring) init() { r.head.prev, r.head.next = &r.head, &r.head }

func (r *ring) empty() bool { return r.head.next == &r.head }

func (r *ring) push(d *delivery) {
	d.prev, d.next = r.head.prev, &r.head
	d.prev.next, r.head.prev = d, d
}

// remove takes d out, if it is in.
func (r *ring) remove(d *delivery) {
	if d.next == nil {
		return
	}
	d.prev.next, d.next.prev = d.next, d.prev
	d.prev, d.next = nil, nil
}

// due is the first delivery if its beat is due, nil otherwise.
func (r *ring) due(now time.Time) *delivery {
	if d := r.head.next; d != &r.head && !d.beat.After(now) {
		return d
	}
	return nil
}

// tick is how often beats are looked for: a quarter of their distance, so that
// the server hears of an event after 5/12 of AckWait at the latest.
func (s *Source) tick() time.Duration { return min(s.o.AckWait/12, time.Second) }

var inProgress = []byte("+WPI")

// beat tells the server what is being worked on. It takes in what has arrived
// first, as nobody calls Next while all slots are taken.
func (s *Source) beat() {
	for _, reply := range s.due(time.Now()) {
		if err := s.nc.Publish(reply, inProgress); err != nil {
			s.log.Warn("redelivery timers not kept alive", "error", err)
			break
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.nc.IsClosed() {
		s.lost = nats.ErrConnectionClosed
	} else if !s.resting {
		s.beating.Reset(s.tick())
	}
	s.wake() // Next looks whether heartbeats are missing
}

// due are the reply subjects of the deliveries that must beat now.
func (s *Source) due(now time.Time) (replies []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.receive(now)
	for d := s.held.due(now); d != nil; d = s.held.due(now) {
		s.held.remove(d)
		if !d.lapse.IsZero() && d.lapse.Before(now) && !seeded.BeatForever {
			s.log.Error("event was held for too long, it will be redelivered", "execution", d.id, "attempt", d.attempt)
			continue
		}
		replies = append(replies, d.msg.Reply)
		d.beat = now.Add(s.o.AckWait / 3)
		s.held.push(d)
	}
	s.rest()
	return replies
}

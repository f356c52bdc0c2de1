package jetstream

import (
	"time"

	"github.com/nats-io/nats.go"

	"github.com/seed66d9166c/express/internal/seeded"
	"github.com/seed66d9166c/express/transport/wire"
)

// beatSpread is in how many distances the beats of events lie apart, from four
// fifths of a third of AckWait to six: those that came together do not go on
// beating together.
const beatSpread = 8

// A ring holds deliveries in the order in which their beats are due. As beats of
// one distance are equally far apart, each distance has its list, where what beats
// goes to the end, and one timer does for all. Guarded by the Source's lock.
type ring [beatSpread]list

// A list begins and ends at its head.
type list struct{ head delivery }

func (r *ring) init() {
	for i := range r {
		head := &r[i].head
		head.prev, head.next = head, head
	}
}

func (r *ring) empty() bool {
	for i := range r {
		if head := &r[i].head; head.next != head {
			return false
		}
	}
	return true
}

// push puts d, whose beat is a third of AckWait away, to its list.
func (r *ring) push(d *delivery) {
	i := d.seq % beatSpread
	d.beat = d.beat.Add(beatOffset(int(i), d.source.o.AckWait))
	head := &r[i].head
	d.prev, d.next = head.prev, head
	d.prev.next, head.prev = d, d
}

// beatOffset is by how much distance i is longer than a third of AckWait.
func beatOffset(i int, ackWait time.Duration) time.Duration {
	return ackWait / 3 * time.Duration(2*i-(beatSpread-1)) / (5 * (beatSpread - 1))
}

// remove takes d out, if it is in.
func (r *ring) remove(d *delivery) {
	if d.next == nil {
		return
	}
	d.prev.next, d.next.prev = d.next, d.prev
	d.prev, d.next = nil, nil
}

// due is a delivery whose beat is due, nil if there is none.
func (r *ring) due(now time.Time) *delivery {
	for i := range r {
		if d := r[i].head.next; d != &r[i].head && !d.beat.After(now) {
			return d
		}
	}
	return nil
}

// tick is how often beats are looked for: a quarter of their distance, so that
// the server hears of an event before half of AckWait is over.
func (s *Source) tick() time.Duration { return min(s.o.AckWait/12, time.Second) }

var inProgress = []byte("+WPI")

// beat tells the server what is being worked on.
func (s *Source) beat() {
	if err := s.link.Send(s.due(time.Now())...); err != nil {
		s.log.Warn("redelivery timers not kept alive", "error", err)
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

// due are the beats of the deliveries that must beat now.
func (s *Source) due(now time.Time) (beats []wire.Msg) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for d := s.held.due(now); d != nil; d = s.held.due(now) {
		s.held.remove(d)
		if !d.lapse.IsZero() && d.lapse.Before(now) && !seeded.BeatForever {
			s.log.Error("event was held for too long, it will be redelivered", "execution", d.id, "attempt", d.attempt)
			continue
		}
		beats = append(beats, wire.Msg{Subject: d.msg.Reply, Data: inProgress})
		d.beat = now.Add(s.o.AckWait / 3)
		s.held.push(d)
	}
	s.rest()
	return beats
}

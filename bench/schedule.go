package bench

import (
	"context"
	"time"
)

// A schedule says when each event is to be sent: at a fixed rate from began on,
// whatever has become of those before. Latency counts from these times, so that
// events which a slow system holds up are as late as their senders would see
// them (no coordinated omission).
type schedule struct {
	began time.Time
	rate  float64 // events a second, more than 0
}

// at is when event i is to be sent, from 0.
func (s schedule) at(i int) time.Time {
	return s.began.Add(time.Duration(float64(i) / s.rate * float64(time.Second)))
}

// due is how many events are to be sent by now.
func (s schedule) due(now time.Time) int {
	if now.Before(s.began) {
		return 0
	}
	n := int(now.Sub(s.began).Seconds() * s.rate)
	for !s.at(n).After(now) { // at rounds to nanoseconds
		n++
	}
	for n > 0 && s.at(n-1).After(now) {
		n--
	}
	return n
}

// wait waits until event i is due, and is how many are by then.
func (s schedule) wait(ctx context.Context, i int) int {
	for {
		now := time.Now()
		if n := s.due(now); n > i {
			return n
		}
		timer := time.NewTimer(s.at(i).Sub(now))
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return i
		}
	}
}

package main

import (
	"fmt"
	"slices"
	"time"
)

// gaps measures pauses: how long after a run its repetition began, how long no
// order was acknowledged, and none ended.
func (s *stand) gaps(b *books) {
	var again []time.Duration
	for _, calls := range b.effects {
		for i, c := range calls[1:] {
			if c.Attempt > calls[i].Attempt {
				again = append(again, time.Duration(c.At-calls[i].At))
			}
		}
	}
	if len(again) > 0 {
		slices.Sort(again)
		slowest := again[len(again)-1].Round(time.Millisecond)
		s.measured("redelivery", "median %v, longest %v", again[len(again)/2].Round(time.Millisecond), slowest)
		if bound := s.bound(s.set.ackWait + time.Second); s.row.prompt {
			s.require("redelivery", slowest <= bound, "the longest took %v, bound %v", slowest, bound)
		}
	}
	var acked, ended []time.Time
	for _, p := range b.pub {
		if p.Acked {
			acked = append(acked, time.Unix(0, p.At))
		}
	}
	for _, d := range b.done {
		ended = append(ended, d[0].At)
	}
	acked, ended = s.afterWarmUp(acked), s.afterWarmUp(ended)
	// Behind the first ending after the last acknowledgement there is only what was
	// delivered again.
	if i, _ := slices.BinarySearchFunc(ended, acked[len(acked)-1], time.Time.Compare); i < len(ended) {
		ended = ended[:i+1]
	}
	published, _ := longest(acked)
	pause, over := longest(ended)
	s.measured("longest pause", "%v of publishing, %v of endings%s", published, pause, s.sinceElection(over))
	if bound := s.bound(s.row.resume); bound > 0 {
		s.require("resume", pause <= bound, "no order ended for %v, bound %v", pause, bound)
	}
}

// sinceElection says how much of a pause, which was over at a time, there was after
// the last election, nothing where there was none.
func (s *stand) sinceElection(over time.Time) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var last time.Time
	for _, at := range s.elected {
		if at.Before(over) {
			last = at
		}
	}
	if last.IsZero() {
		return ""
	}
	return fmt.Sprintf(", %v of them after the last election", over.Sub(last).Round(time.Millisecond))
}

// bound is d with the slack that this machine is given.
func (s *stand) bound(d time.Duration) time.Duration { return time.Duration(float64(d) * s.slack) }

// afterWarmUp sorts times, and begins them with the load.
func (s *stand) afterWarmUp(at []time.Time) []time.Time {
	slices.SortFunc(at, time.Time.Compare)
	i, _ := slices.BinarySearchFunc(at, s.loaded, time.Time.Compare)
	return append([]time.Time{s.loaded}, at[i:]...)
}

// longest is the longest time between two of at, which are sorted, and its end.
func longest(at []time.Time) (d time.Duration, end time.Time) {
	for i := range len(at) - 1 {
		if next := at[i+1].Sub(at[i]); next > d {
			d, end = next, at[i+1]
		}
	}
	return d.Round(time.Millisecond), end
}

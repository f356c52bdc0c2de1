package main

import (
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
		if bound := s.set.ackWait + time.Second; s.row.prompt {
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
	pause := longest(ended)
	s.measured("longest pause", "%v of publishing, %v of endings", longest(acked), pause)
	if bound := s.row.resume; bound > 0 {
		s.require("resume", pause <= bound, "no order ended for %v, bound %v", pause, bound)
	}
}

// afterWarmUp sorts times, and begins them with the load.
func (s *stand) afterWarmUp(at []time.Time) []time.Time {
	slices.SortFunc(at, time.Time.Compare)
	i, _ := slices.BinarySearchFunc(at, s.loaded, time.Time.Compare)
	return append([]time.Time{s.loaded}, at[i:]...)
}

// longest is the longest time between two of at, which are sorted.
func longest(at []time.Time) (d time.Duration) {
	for i := range len(at) - 1 {
		d = max(d, at[i+1].Sub(at[i]))
	}
	return d.Round(time.Millisecond)
}

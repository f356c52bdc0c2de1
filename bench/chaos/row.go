package main

import (
	"cmp"
	"time"
)

// A row is a fault: what is done, on what, and what must hold.
type row struct {
	num     int
	name    string        // the fault
	promise string        // what must hold beside L1 to L8
	skip    string        // why this is not run, "" if it is
	needs   func() string // why this machine cannot run it, "" if it can; nil for what all can
	ci      bool          // in the short selection
	soak    bool          // drawn by soaks

	set setup
	// fault breaks things while orders are published, and leaves everything
	// whole and running.
	fault func(s *stand) error
	// reruns bounds the runs beyond the first of all orders; nil allows none.
	reruns func(s *stand) int
	// prompt rows have what a dead worker held run again within ackWait and a
	// second; resume bounds the time in which no order ends, if it is not 0.
	prompt bool
	resume time.Duration
	// unanswered bounds the requests that reach the collector although the engine,
	// which hears no answer, gives them up: their records are received, and dropped.
	unanswered int
	// check holds more books against each other.
	check func(s *stand, b *books) error
	// observed rows break what nobody promises to withstand: their verdicts are
	// shown, and do not count.
	observed bool
}

// profile is the broker that the row needs, in a word.
func (r *row) profile() string {
	if r.set.servers == 3 {
		return "R3"
	}
	return "R1"
}

// defaults fill in what a row leaves open.
func (r *row) defaults(o options) setup {
	set := r.set
	set.servers = cmp.Or(set.servers, 1)
	set.workers = cmp.Or(set.workers, 2)
	set.slots = cmp.Or(set.slots, 64)
	set.ackWait = cmp.Or(set.ackWait, o.ackWait)
	set.maxBytes = cmp.Or(set.maxBytes, "256MiB")
	set.definition = cmp.Or(set.definition, definition)
	set.pace.events = cmp.Or(o.events, set.pace.events, 10_000)
	if set.pace.rate == 0 {
		set.pace.rate = 500
	}
	if set.order == nil {
		set.order = func(s *stand, id string, _ int) order { return order{ID: id} }
	}
	return set
}

// inFlight is how many orders a worker holds at most: its slots, and what it has
// fetched ahead.
func (s *stand) inFlight() int { return s.set.slots + s.set.slots/4 }

// times makes a bound of reruns of n times what a worker holds.
func times(n int) func(*stand) int {
	return func(s *stand) int { return n * s.inFlight() }
}

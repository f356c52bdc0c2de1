package sim

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/seed66d9166c/express/transport"
	"github.com/seed66d9166c/express/transport/jetstream"
)

// A script is what happens in a simulation: a function of its seed.
type script struct {
	seed       uint64
	workers    int
	slots      int
	completion jetstream.Completion
	dedupe     bool
	events     []event
	faults     []occurrence
}

// A kind says what an event is.
type kind uint8

const (
	sound   kind = iota
	garbage      // its body is no JSON
	poison       // it kills the process that runs it
)

// An event is published at its time.
type event struct {
	id   string
	at   time.Duration
	of   *workflow
	kind kind
	sync bool // a synchronous start
}

// An occurrence is a fault at a time.
type occurrence struct {
	fault  *fault
	at, of time.Duration // of is how long it lasts
	worker int
}

func (o *occurrence) String() string {
	return fmt.Sprintf("%s, worker %d, for %v", o.fault.name, o.worker, o.of)
}

const (
	// busy is how long events are published and faults happen.
	busy = time.Minute
	// maxHeat is how often faults together may end a process, or cut it off, while it
	// runs an innocent event: that needs one run more, and stays under the number at
	// which it counts as poison.
	maxHeat = 2 + transport.MaxBegun - 1
	// maxPoisons is how many events that kill processes a script has at most.
	maxPoisons = 6
)

// write is the script of a seed.
func write(seed uint64) *script {
	r := rand.New(rand.NewPCG(seed, 0))
	s := &script{
		seed:       seed,
		workers:    1 + r.IntN(3),
		slots:      2 + r.IntN(14),
		completion: []jetstream.Completion{jetstream.Publish, jetstream.Publish, jetstream.None, jetstream.Log}[r.IntN(4)],
		dedupe:     r.IntN(4) == 0,
	}
	for i := range 5 + r.IntN(40) {
		s.events = append(s.events, event{
			id:   fmt.Sprintf("event-%d", i),
			at:   time.Duration(r.Int64N(int64(busy))),
			of:   &workflows[r.IntN(len(workflows))],
			kind: []kind{garbage, sound}[min(r.IntN(30), 1)],
			sync: r.IntN(10) == 0,
		})
	}
	heat := maxHeat
	switch r.IntN(10) {
	case 0: // innocents share their deaths, and one that is nobody's; some come together
		at := time.Duration(r.Int64N(int64(busy)))
		for i := range 1 + r.IntN(maxPoisons) {
			s.events = append(s.events, event{id: fmt.Sprintf("poison-%d", i), at: at, of: &workflows[2], kind: poison})
			if r.IntN(2) == 0 {
				at = time.Duration(r.Int64N(int64(busy)))
			}
		}
		heat = 1
	case 1:
		s.events = append(s.events, event{id: "hung", of: &hung})
		s.slots += 4 // it takes one, and those that wait for one beat
		heat = 0
	}
	for range r.IntN(8) {
		f := &faults[r.IntN(len(faults))]
		if f.heat > heat {
			continue
		}
		heat -= f.heat
		s.faults = append(s.faults, occurrence{
			fault:  f,
			at:     time.Duration(r.Int64N(int64(busy))),
			of:     f.least + time.Duration(r.Int64N(int64(f.most-f.least))),
			worker: r.IntN(s.workers),
		})
	}
	slices.SortFunc(s.faults, func(a, b occurrence) int { return int(a.at - b.at) })
	return s
}

// has reports whether there is such an event.
func (s *script) has(such func(event) bool) bool { return slices.ContainsFunc(s.events, such) }

// calm reports whether nothing happens to processes but that they are told to
// stop.
func (s *script) calm() bool {
	return !slices.ContainsFunc(s.faults, func(o occurrence) bool { return o.fault.name != toldToStop }) && !s.has(func(e event) bool { return e.kind == poison || e.of == &hung })
}

// forgets reports whether somebody deletes the consumer, and with it how often
// events were delivered.
func (s *script) forgets() bool {
	return slices.ContainsFunc(s.faults, func(o occurrence) bool { return o.fault.name == consumerDeleted })
}

// A fault is something that can go wrong. It goes on from there by itself: do
// returns at once.
type fault struct {
	name        string
	heat        int // how many deliveries it can cost an event
	least, most time.Duration
	do          func(w *world, o *occurrence)
}

// Faults that promises go by; the first is none.
const (
	toldToStop      = "worker told to stop"
	consumerDeleted = "consumer deleted"
)

// faults are a row each.
var faults = []fault{
	{"worker killed", 1, 0, 20 * time.Second, func(w *world, o *occurrence) { w.worker(o).kill(o.of) }},
	{toldToStop, 1, 0, 20 * time.Second, func(w *world, o *occurrence) { w.worker(o).drain(o.of) }},
	{"worker held", 1, time.Second, 25 * time.Second, func(w *world, o *occurrence) { w.worker(o).on(func(l *life) { l.port.Hold(o.of) }) }},
	{"worker held for long", 2, 30 * time.Second, 55 * time.Second, func(w *world, o *occurrence) { w.worker(o).on(func(l *life) { l.port.Hold(o.of) }) }},
	{"worker cut off", 1, 0, 50 * time.Second, func(w *world, o *occurrence) { w.worker(o).on(func(l *life) { l.port.Cut(o.of) }) }},
	{"server killed", 2, 100 * time.Millisecond, 8 * time.Second, func(w *world, o *occurrence) { w.broker.Crash(o.of) }},
	{"no leader", 2, 50 * time.Millisecond, 8 * time.Second, func(w *world, o *occurrence) { w.broker.Headless(o.of) }},
	{"confirmations lost", 1, time.Second, 10 * time.Second, func(w *world, o *occurrence) {
		w.broker.Mute(0.5)
		time.AfterFunc(o.of, func() { w.broker.Mute(0) })
	}},
	{"results full", 1, time.Second, 20 * time.Second, func(w *world, o *occurrence) { w.fill(jetstream.DoneStream, o.of) }},
	{"dead letters full", 0, time.Second, 40 * time.Second, func(w *world, o *occurrence) { w.fill(jetstream.DeadStream, o.of) }},
	{consumerDeleted, 0, 1, 2, func(w *world, _ *occurrence) { w.broker.DeleteConsumer(streamName, consumerName) }},
}

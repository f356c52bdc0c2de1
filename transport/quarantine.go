package transport

import (
	"context"
	"sync"
	"time"
)

const (
	// aloneWait bounds how long what runs in the process is waited for by an event
	// that is to run alone: what has run for as long beside others is not what kills
	// whoever runs it.
	aloneWait = 10 * time.Second
	// aloneTick is how often it looks.
	aloneTick = 10 * time.Millisecond
	// aloneMost bounds how long nothing else starts: a process that has lived with an
	// event for so long lives.
	aloneMost = time.Minute
	// turnMost bounds how long an event has the turn: longer than any execution, but
	// for one whose task does not honour its context.
	turnMost = 6 * time.Minute
)

// A Quarantine is what the Pumps of a process share: of the events that any of
// them has in quarantine one runs at a time, as only one process can die of it.
// One that began before and never ended runs alone: nothing else starts in any
// of the Pumps, for a minute at most. It is safe for concurrent use.
type Quarantine struct {
	turn chan struct{} // full while an event runs

	mu    sync.Mutex // guards what follows, and pumping.held
	pumps map[*pumping]struct{}
	alone chan struct{} // closed when the event that runs alone has ended; nil while none does
}

// NewQuarantine is a Quarantine for the Pumps of a process.
func NewQuarantine() *Quarantine {
	return &Quarantine{turn: make(chan struct{}, 1), pumps: make(map[*pumping]struct{})}
}

// join adds r to the Pumps that start nothing while an event runs alone.
func (q *Quarantine) join(r *pumping) (leave func()) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.pumps[r] = struct{}{}
	return func() {
		q.mu.Lock()
		defer q.mu.Unlock()
		delete(q.pumps, r)
	}
}

// enter waits until no other quarantined event runs, or ctx is done.
func (q *Quarantine) enter(ctx context.Context) (leave func()) {
	select {
	case q.turn <- struct{}{}:
		return within(turnMost, func() { <-q.turn })
	case <-ctx.Done():
		return func() {}
	}
}

// pass waits with the n deliveries that r is about to start while an event runs
// alone, or until r is told to stop.
func (q *Quarantine) pass(r *pumping, n int) {
	for {
		q.mu.Lock()
		alone := q.alone
		r.held = n
		if alone == nil {
			r.held = 0 // they count as running from here
		}
		q.mu.Unlock()
		if alone == nil {
			return
		}
		select {
		case <-alone:
		case <-r.stop.Done():
			return
		}
	}
}

// isolate lets nothing start in the process until release is called, by who has
// the turn, and waits until what has started has ended: for aloneWait at most, or
// until ctx is done.
func (q *Quarantine) isolate(ctx context.Context) (release func()) {
	alone := make(chan struct{})
	q.mu.Lock()
	q.alone = alone
	q.mu.Unlock()
	tick := time.NewTicker(aloneTick)
	defer tick.Stop()
	for tired := time.Now().Add(aloneWait); q.beside() > 0 && time.Now().Before(tired) && ctx.Err() == nil; {
		select {
		case <-tick.C:
		case <-ctx.Done():
		}
	}
	return within(aloneMost, func() {
		q.mu.Lock()
		defer q.mu.Unlock()
		q.alone = nil
		close(alone)
	})
}

// within calls end once: after d, or when the function that it returns is called.
func within(d time.Duration, end func()) func() {
	once := sync.OnceFunc(end)
	late := time.AfterFunc(d, once)
	return func() {
		late.Stop()
		once()
	}
}

// beside is how many deliveries have started in the process, and have not ended,
// beside the one that has the turn.
func (q *Quarantine) beside() int {
	q.mu.Lock()
	defer q.mu.Unlock()
	n := -1
	for r := range q.pumps {
		n += r.Max - r.unused() - r.lane.len() - r.held
	}
	return n
}

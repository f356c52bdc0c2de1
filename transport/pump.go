package transport

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/seed66d9166c/express/express"
	"github.com/seed66d9166c/express/express/value"
	"github.com/seed66d9166c/express/internal/seeded"
)

const (
	// DefaultMax is how many executions a Pump runs at a time. A parked
	// execution costs about 4 KiB, so these are 16 MiB; and it is the batch that
	// the broker is asked for, large enough to hide the way there and back: with a
	// quarter of it the broker takes 0.4 us more for an event.
	DefaultMax = 4096
	// DefaultGrace is how long running executions may go on once the Pump is
	// told to stop. With what follows the process is gone in 25 seconds, inside
	// the 30 that Kubernetes grants.
	DefaultGrace = 20 * time.Second
	// abortGrace is how long an aborted execution may take to return: a task
	// that does not honour its context is left behind.
	abortGrace = 3 * time.Second

	// maxInline is the largest event, in bytes, that is decoded where it was read
	// although its execution is not run there: 10 us.
	maxInline = 4 << 10

	// markPause is after how long an event comes again that could not be marked: the
	// broker is away, or about to be.
	markPause = 10 * time.Second
	// unmarkWait bounds how long the end of an execution in quarantine waits until
	// that is noted: less than what an aborted one may take.
	unmarkWait = 2 * time.Second

	// The pause between attempts to bury an event doubles from the one to the
	// other: a full or missing dead-letter stream is not hammered, and not
	// waited for long once it is back.
	buryPauseMin = 100 * time.Millisecond
	buryPauseMax = 10 * time.Second
)

// A Pump moves deliveries from a Source through machines, at most Max at a time
// and one in quarantine. What can wait is started (express.Machine.Start), and has no goroutine
// while it waits; what cannot (program.Program.Short) runs where it was read.
type Pump struct {
	Source Source
	// Machine chooses what runs for an event. Its error sends the event to the
	// dead letters.
	Machine func(Delivery) (*express.Machine, error)
	// Workflow stands in letters for events for which Machine found nothing.
	Workflow string
	// BuryFailed sends events whose execution failed or timed out to the dead
	// letters, too. Their outcome is published all the same.
	BuryFailed bool
	// Buried, where it is set, is told of each event that went to the dead letters.
	Buried func(workflow, reason string)
	// Quarantine is shared by the Pumps of a process; nil is one of the Pump's own.
	Quarantine *Quarantine
	Max        int           // executions at a time; 0 is DefaultMax
	Grace      time.Duration // for running executions after a stop; 0 is DefaultGrace
	Log        *slog.Logger  // nil is slog.Default()
}

// errStopping is the cause of the cancellation that aborts an execution.
var errStopping = errors.New("the process is stopping")

// Run pumps until ctx is done, or the Source is closed and drained. When ctx is
// done it stops fetching, gives back what has not started, waits for what runs
// until the grace is over, aborts the rest and gives that back, too. It has no
// error then but that executions could not be ended.
func (p *Pump) Run(ctx context.Context) error {
	r := pumping{Pump: *p, stop: ctx, freed: make(chan struct{}, 1), settled: make(chan struct{}, 1)}
	r.Max = cmp.Or(p.Max, DefaultMax)
	r.Grace = cmp.Or(p.Grace, DefaultGrace)
	r.Log = cmp.Or(p.Log, slog.Default())
	if r.Quarantine == nil {
		r.Quarantine = NewQuarantine()
	}
	r.free.Store(int64(r.Max))
	r.running, r.abort = context.WithCancelCause(context.WithoutCancel(ctx))
	defer r.abort(nil)
	late, cancel := context.WithCancel(context.Background())
	defer cancel()
	defer context.AfterFunc(ctx, func() { time.AfterFunc(r.Grace, cancel) })()
	defer r.Quarantine.join(&r)()
	over := make(chan struct{})
	defer close(over)
	go r.flushing(over)

	err := r.pull()
	err = errors.Join(err, r.Source.Close())
	if !seeded.Stop {
		r.giveBack()
	}
	return errors.Join(err, r.finish(late), r.Source.Flush())
}

// A pumping is one run of a Pump.
type pumping struct {
	Pump
	stop    context.Context // done: nothing new starts
	running context.Context // of all executions
	abort   context.CancelCauseFunc
	free    atomic.Int64  // slots: one for each delivery that is not ended; see room
	freed   chan struct{} // a slot became free
	settled chan struct{} // there is something to flush
	going   sync.WaitGroup
	lane    lane
	held    int // deliveries that wait until an event has run alone; guarded by the Quarantine's lock
	recent  recent
}

// pull fetches as much as there are free slots, and starts it.
func (r *pumping) pull() error {
	batch := make([]Delivery, r.Max)
	for {
		room := r.await(r.stop, 1, r.room)
		if room == 0 {
			return nil
		}
		n, err := r.Source.Next(r.stop, batch[:room])
		r.free.Add(int64(-n))
		r.Quarantine.pass(r, n)
		for i, d := range batch[:n] {
			r.start(d)
			batch[i] = nil
		}
		r.flush()
		switch {
		case err == nil:
		case errors.Is(err, ErrClosed), r.stop.Err() != nil:
			return nil
		default:
			return fmt.Errorf("fetch events: %w", err)
		}
	}
}

// start handles d here, in a goroutine, or in the quarantine lane.
func (r *pumping) start(d Delivery) {
	m, err := r.choose(d)
	j := job{d: d, machine: m, err: err}
	switch {
	case quarantined(d):
		r.Log.Warn("event in quarantine", "execution", d.ID(), "attempt", d.Attempt())
		if r.lane.put(j) {
			r.going.Go(r.runLane)
		}
	case err == nil && (m.Short() || len(d.Data()) <= maxInline):
		r.handle(j)
	default:
		r.going.Go(func() {
			r.handle(j)
			r.flush()
		})
	}
}

// runLane runs what is in the quarantine lane until nothing is. What ended before
// an event begins is with the broker by then: the mark of the one follows the
// acknowledgement of the other, and is confirmed.
func (r *pumping) runLane() {
	for r.lane.more() {
		leave := r.Quarantine.enter(r.stop)
		r.handle(r.lane.take())
		r.flush()
		leave()
	}
}

// handle is the life of one event until its execution ends, and settle the rest.
// Everything that ends a delivery is decided in these two.
func (r *pumping) handle(j job) {
	name := j.d.ID()
	switch {
	case r.stop.Err() != nil: // not started
		r.ended(j, j.d.Nak(0))
		return
	case j.d.Attempt() > 1 && r.recent.has(j.d): // its acknowledgement was lost
		r.ended(j, j.d.Reack())
		return
	case j.err != nil:
		r.bury(j, letter(ReasonNoWorkflow, j.err))
		return
	}
	if l := refusal(j.d); l != nil {
		r.bury(j, *l)
		return
	}
	if quarantined(j.d) {
		release, ok := r.begin(j)
		if !ok {
			return
		}
		defer release()
	}
	var a *value.Arena // for what ends here, and is settled
	if j.machine.Short() {
		a = value.NewArena()
		defer a.Release()
	}
	in, err := decode(j, a)
	if err != nil {
		r.bury(j, letter(ReasonDecode, err)) // redelivery would not help
		return
	}
	start := express.Start{
		Name:     name,
		Input:    in,
		Delivery: j.d.Attempt(),
		ARN:      j.d.Header(HeaderARN),
		Hops:     Hops(j.d),
		Trace:    trace(j.d),
		Arena:    a,
	}
	switch {
	case quarantined(j.d):
		out := j.machine.Run(r.running, start)
		r.unmark(j)
		r.settle(j, out)
		return
	case j.machine.Short():
		r.settle(j, j.machine.Run(r.running, start))
		return
	}
	r.going.Add(1)
	j.machine.Start(r.running, start, func(out express.Outcome) {
		defer r.going.Done()
		r.settle(j, out)
		r.flushSoon()
	})
}

// begin marks the quarantined event of j, and reports whether it may run, until
// release is called: not if it began too often already without an end, nor while
// the mark cannot be stored. One that began before runs alone.
func (r *pumping) begin(j job) (release func(), ok bool) {
	begun, err := j.d.Mark(r.running)
	switch {
	case err != nil:
		r.ended(j, cmp.Or(j.d.Nak(markPause), err))
		return nil, false
	case begun > MaxBegun && !seeded.NoCountGate:
		r.bury(j, letter(ReasonMaxDeliveries, fmt.Errorf("%d executions began in quarantine and none ended", begun-1)))
		return nil, false
	case begun > 1:
		r.Log.Warn("event runs alone", "execution", j.d.ID(), "attempt", j.d.Attempt(), "begun", begun)
		return r.Quarantine.isolate(r.stop), true
	}
	return func() {}, true
}

// unmark notes that the execution of j ended: whatever becomes of its outcome, it
// is not what kills the process.
func (r *pumping) unmark(j job) {
	ctx, cancel := context.WithTimeout(context.Background(), unmarkWait)
	defer cancel()
	if err := j.d.Unmark(ctx); err != nil {
		r.Log.Warn("end of an execution in quarantine not noted", "execution", j.d.ID(), "attempt", j.d.Attempt(), "error", err)
	}
}

// settle ends the delivery of j, whose execution ended.
func (r *pumping) settle(j job, out express.Outcome) {
	switch endOf(out.Status, r.BuryFailed) {
	case acknowledge:
		j.d.Ack(out, func(err error) { r.done(j, err) })
	case giveBack:
		r.ended(j, j.d.Nak(0))
	case bury:
		failed := out // what a letter points to is on the heap, and only then
		failed.Arena.Keep()
		r.bury(j, Letter{Reason: ReasonFailed, Err: failed.Err, Outcome: &failed})
	}
}

// bury sends j to the dead letters, from a goroutine because that takes until
// it is confirmed. Nothing else ends such an event, so it goes on trying: while
// the dead letters are full or away, slots fill up, and fetching stops.
func (r *pumping) bury(j job, l Letter) {
	l.Workflow = r.Workflow
	if j.machine != nil {
		l.Workflow, l.Version = j.machine.Identity().Name, j.machine.Identity().Version
	}
	r.going.Go(func() {
		for pause := buryPauseMin; ; pause = min(2*pause, buryPauseMax) {
			err := j.d.Bury(r.running, l)
			if err == nil {
				r.Log.Warn("event buried", "execution", j.d.ID(), "workflow", l.Workflow, "reason", l.Reason, "attempt", j.d.Attempt(), "error", l.Text())
				if r.Buried != nil {
					r.Buried(l.Workflow, l.Reason)
				}
				r.done(j, nil)
				return
			}
			r.Log.Error("event not buried", "execution", j.d.ID(), "workflow", l.Workflow, "reason", l.Reason, "error", err)
			select {
			case <-time.After(pause):
			case <-r.running.Done():
				r.ended(j, j.d.Nak(0))
				return
			}
		}
	})
}

// done is ended for an event that must not run again.
func (r *pumping) done(j job, err error) {
	if err == nil {
		r.recent.add(j.d)
	}
	r.ended(j, err)
}

// ended frees the slot of j. An err says that j stays pending: it is delivered
// again.
func (r *pumping) ended(j job, err error) {
	if err != nil {
		r.Log.Warn("event stays pending", "execution", j.d.ID(), "attempt", j.d.Attempt(), "error", err)
	}
	r.free.Add(1)
	select {
	case r.freed <- struct{}{}:
	default:
	}
}

// unused is how many slots no delivery holds.
func (r *pumping) unused() int { return int(r.free.Load()) }

// room is how many deliveries may be fetched: what waits in the lane takes the
// place of none, or it would hold up everything else.
func (r *pumping) room() int { return r.unused() + r.lane.len() }

// await waits until count is n, and says what it is; 0 when ctx is done before.
func (r *pumping) await(ctx context.Context, n int, count func() int) int {
	for {
		if is := count(); is >= n {
			return is
		}
		select {
		case <-r.freed:
		case <-ctx.Done():
			return 0
		}
	}
}

// giveBack empties the closed Source of what it had fetched.
func (r *pumping) giveBack() {
	batch := make([]Delivery, 64)
	for {
		n, err := r.Source.Next(context.WithoutCancel(r.stop), batch)
		for _, d := range batch[:n] {
			if err := d.Nak(0); err != nil {
				r.Log.Warn("event stays pending", "execution", d.ID(), "attempt", d.Attempt(), "error", err)
			}
		}
		if err != nil {
			return // ErrClosed, or what made pull return
		}
	}
}

// finish waits until every delivery is ended: until late, which is the grace
// after the stop, then aborts. What it took to empty the Source is in the grace.
func (r *pumping) finish(late context.Context) error {
	if r.await(late, r.Max, r.unused) == 0 {
		r.abort(errStopping)
		over, cancel := context.WithTimeout(context.Background(), abortGrace)
		defer cancel()
		if r.await(over, r.Max, r.unused) == 0 {
			return fmt.Errorf("%d executions did not end %v after they were aborted", r.Max-int(r.free.Load()), abortGrace)
		}
	}
	r.going.Wait()
	return nil
}

// flushSoon lets what was settled go out together with what is settled until the
// flushing goroutine comes to it: executions that end one by one at about the same
// time share a write.
func (r *pumping) flushSoon() {
	select {
	case r.settled <- struct{}{}:
	default:
	}
}

// flushing flushes whenever there is something to, until over is closed.
func (r *pumping) flushing(over <-chan struct{}) {
	for {
		select {
		case <-r.settled:
			r.flush()
		case <-over:
			return
		}
	}
}

func (r *pumping) flush() {
	if err := r.Source.Flush(); err != nil {
		r.Log.Warn("acknowledgements not sent", "error", err)
	}
}

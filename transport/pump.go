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
	"github.com/seed66d9166c/express/internal/seeded"
)

const (
	// DefaultMax is how many executions a Pump runs at a time. A parked
	// execution costs about 4 KiB, so these are 4 MiB; and it is the batch that
	// the broker is asked for, large enough to hide the way there and back.
	DefaultMax = 1024
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

	// quarantineWait is how long the quarantine lane waits for what was redelivered
	// together, which the network may spread.
	quarantineWait = time.Second
	// quarantineGap is what lies between two events in the lane: the second may
	// kill the process, and the acknowledgement of the first has to reach the
	// broker, and its disk, before.
	quarantineGap = 250 * time.Millisecond

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
	Max    int           // executions at a time; 0 is DefaultMax
	Grace  time.Duration // for running executions after a stop; 0 is DefaultGrace
	Log    *slog.Logger  // nil is slog.Default()
}

// errStopping is the cause of the cancellation that aborts an execution.
var errStopping = errors.New("the process is stopping")

// Run pumps until ctx is done, or the Source is closed and drained. When ctx is
// done it stops fetching, gives back what has not started, waits for what runs
// until the grace is over, aborts the rest and gives that back, too. It has no
// error then but that executions could not be ended.
func (p *Pump) Run(ctx context.Context) error {
	r := pumping{Pump: *p, stop: ctx, freed: make(chan struct{}, 1)}
	r.Max = cmp.Or(p.Max, DefaultMax)
	r.Grace = cmp.Or(p.Grace, DefaultGrace)
	r.Log = cmp.Or(p.Log, slog.Default())
	r.free.Store(int64(r.Max))
	r.running, r.abort = context.WithCancelCause(context.WithoutCancel(ctx))
	defer r.abort(nil)
	late, cancel := context.WithCancel(context.Background())
	defer cancel()
	defer context.AfterFunc(ctx, func() { time.AfterFunc(r.Grace, cancel) })()

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
	going   sync.WaitGroup
	lane    lane
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
		j.over = make(chan struct{})
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

// runLane runs what waits in the quarantine lane until nothing does, each when
// the one before is ended for good. The order matters, so what comes back
// together is waited for.
func (r *pumping) runLane() {
	r.pause(quarantineWait)
	for {
		j, ok := r.lane.take()
		if !ok {
			return
		}
		r.handle(j)
		r.flush()
		select {
		case <-j.over:
			r.pause(quarantineGap)
		case <-r.running.Done():
		}
	}
}

// pause waits for d, or until the Pump is told to stop.
func (r *pumping) pause(d time.Duration) {
	select {
	case <-time.After(d):
	case <-r.stop.Done():
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
	in, err := decode(j.d)
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
	}
	if j.machine.Short() || quarantined(j.d) {
		r.settle(j, j.machine.Run(r.running, start))
		return
	}
	r.going.Add(1)
	j.machine.Start(r.running, start, func(out express.Outcome) {
		defer r.going.Done()
		r.settle(j, out)
		r.flush()
	})
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
	if j.over != nil {
		close(j.over)
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
// place of none, as the lane has to see all that died together, or its order
// would be none.
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

func (r *pumping) flush() {
	if err := r.Source.Flush(); err != nil {
		r.Log.Warn("acknowledgements not sent", "error", err)
	}
}

package express

import (
	"context"
	"sync/atomic"
	"time"

	"github.com/seed66d9166c/express/express/value"
)

// A run is what the threads of one execution share.
type run struct {
	start    Start
	outcome  Outcome
	done     func(Outcome) // nil where Run returns it
	parks    bool          // threads that wait give their goroutine back
	log      Log           // nil records nothing
	deadline time.Time
	life     *lifetime    // nil until a thread first blocks
	panicked bool         // what was left of its threads is unknown
	arena    *value.Arena // that it has because of alwaysArena

	ids       atomic.Uint64 // of events
	steps     atomic.Int64  // states entered
	work      atomic.Int64  // steps of expressions
	retries   atomic.Int64
	branches  atomic.Int64 // goroutines of branches and iterations
	variables atomic.Int64 // bytes of all variables
}

// Run runs one execution in the calling goroutine and returns when it ended.
// Branches and iterations run in goroutines of their own, which have ended too.
// When ctx is cancelled the execution is Aborted. A panic below it fails this
// execution only.
func (m *Machine) Run(ctx context.Context, s Start) Outcome {
	x := m.begin(ctx, s)
	if x.whole == nil {
		x.whole = x.work
	}
	m.threads.Run(x.whole)
	return x.result()
}

// Start is Run for an execution that nobody waits for. It returns at once; done is
// called with the outcome, and must not block: other executions of m may have to
// wait for it.
//
// A thread that waits for a time, for a task of a Starter, or for branches and
// iterations that do, has no goroutine. With Options.Threads each has its own.
func (m *Machine) Start(ctx context.Context, s Start, done func(Outcome)) {
	x := m.begin(ctx, s)
	x.run.done = done
	if m.o.Threads != nil {
		go m.threads.Run(x.work)
		return
	}
	x.run.parks = m.o.Inspect == nil // which sees the end of each instruction
	m.due.add(x)
}

// begin is the first thread of an execution.
func (m *Machine) begin(ctx context.Context, s Start) *execution {
	now := m.clock.Now()
	if s.Time.IsZero() {
		s.Time = now
	}
	if s.Input.IsNothing() {
		s.Input = value.Object() // as AWS does
	}
	x := newExecution(m, nil, ctx)
	if alwaysArena && s.Arena == nil {
		s.Arena = value.NewArena()
		x.own.arena = s.Arena
	}
	x.run.start, x.run.deadline = s, now.Add(m.limits.Duration)
	x.cur = s.Input
	x.scope.Arena = s.Arena
	x.seed.Seed(m.seed())
	x.begin(0, 0)
	return x
}

// work runs x, in any goroutine, until it ends or leaves the goroutine, parked.
func (x *execution) work() {
	if x.family != nil {
		x.family.work(x)
		return
	}
	for x.turn() && !x.waits.leave() {
	}
}

// turn runs the first thread until it ends or parks, and reports whether it is
// parked.
func (x *execution) turn() bool {
	var err *Error
	returned := false
	defer func() {
		if !returned {
			x.run.panicked = true
			err = x.panicked(recover())
		}
		if err != parked {
			x.finish(err)
		}
	}()
	if x.state == nil {
		x.open()
	}
	err = x.loop()
	returned = true
	return err == parked
}

// open begins the execution's log.
func (x *execution) open() {
	if rec := x.m.o.Recorder; rec != nil {
		x.run.log = rec.Open(x.ctx, x.m, &x.run.start)
		x.shown()
	}
	if _, e := x.emit(ExecutionStarted, 0); e != nil {
		e.Input = x.cur
		x.record(e)
	}
}

var lastEvents = [...]EventType{
	Succeeded: ExecutionSucceeded,
	Failed:    ExecutionFailed,
	TimedOut:  ExecutionTimedOut,
	Aborted:   ExecutionAborted,
}

// finish ends the execution; err is nil if it succeeded.
func (x *execution) finish(err *Error) {
	r, o := x.run, &x.run.outcome
	if r.life != nil {
		r.life.end(nil)
	}
	o.Start, o.State = r.start.Time, x.stateName()
	if err == nil {
		o.Output = x.cur
	} else {
		o.Status, o.State, o.Err = Failed, err.State, err
		if end, ok := err.Err.(*ending); ok {
			o.Status = end.status
		}
	}
	prev := x.prev
	if o.Status == Aborted {
		o.Err, prev = nil, 0 // as recorded
	}
	if _, e := x.emit(lastEvents[o.Status], prev); e != nil {
		e.Output, e.Err = o.Output, o.Err
		x.record(e)
	}
	o.Stop = x.m.clock.Now()
	if r.log != nil {
		o.Logged = r.log.Close(o)
	}
	if done := r.done; done != nil {
		done(x.result())
	}
}

// result is the outcome of the execution that x was the first thread of; x is
// used again.
func (x *execution) result() Outcome {
	o := x.own.outcome
	o.Arena = x.own.start.Arena
	if alwaysArena && x.own.arena != nil && !x.own.panicked {
		o.Output, o.Arena = copied(o.Output), nil
		x.own.arena.Release()
	}
	if x.own.panicked {
		x.own.start.Arena.Keep()
	} else {
		x.release()
	}
	return o
}

// shown is called when somebody outside of the engine is to see values of x.
func (x *execution) shown() {
	if !x.m.o.Borrow {
		x.run.start.Arena.Keep()
	}
}

package express

import (
	"context"
	"fmt"
	"slices"
	"sync"

	"github.com/seed66d9166c/express/express/program"
	"github.com/seed66d9166c/express/express/value"
)

// fork runs the branches of a Parallel state; cur is the array of their outputs.
func (x *execution) fork(p *program.Fork) *Error {
	if x.m.o.Probe != nil {
		return x.children()
	}
	x.note(ParallelStateStarted, nil)
	started := x.prev
	f := &family{
		x: x,
		n: len(p.Entries),
		begin: func(kid *execution, i int) *Error {
			kid.prev, kid.cur = started, x.arg
			kid.begin(p.Entries[i], p.Scopes[i])
			return nil
		},
		end:       func(_ *execution, err *Error) *Error { return err },
		succeeded: ParallelStateSucceeded,
	}
	return f.run(len(p.Entries))
}

// succeeded records that the children of the state have; the event that follows
// has the same one before it.
func (x *execution) succeeded(t EventType) {
	if _, e := x.emit(t, x.prev); e != nil {
		x.record(e)
	}
}

// A family is the children, branches or iterations, of one visit of a state.
// Workers run them in order, each one after the other; the thread of the state
// is one of the workers.
type family struct {
	x *execution // of the state; while the family runs, it is touched under mu
	n int        // how many children
	// begin makes kid ready to be child i, and end says what becomes of one that
	// ended with err, nil if it succeeded: the error that fails the family. Both
	// are called under mu.
	begin     func(kid *execution, i int) *Error
	end       func(kid *execution, err *Error) *Error
	succeeded EventType

	ctx    context.Context
	cancel context.CancelCauseFunc // nil where children have no siblings beside them
	others int                     // goroutines beside the one of x
	done   chan struct{}           // closed by the last worker, where x waits for it in its goroutine
	wait   *parking                // ended by the last worker, where x does not

	mu     sync.Mutex // guards what follows
	next   int        // the child to begin
	left   int        // workers
	out    []value.Value
	size   int          // of out, as JSON
	err    *Error       // why the family failed
	failed *execution   // the child that it failed with, nil if none
	lost   []*execution // children that were ended because it failed
}

// run runs the children, at most this many at a time.
func (f *family) run(atOnce int) *Error {
	x := f.x
	if x.depth >= x.m.limits.Depth {
		return x.dataLimit(fmt.Sprintf("The state '%s' is nested more than %d deep in Parallel and Map states.", x.state.Name, x.m.limits.Depth))
	}
	x.kids = nil
	f.out, f.size = x.scope.Arena.Elements(f.n), len("[]")
	f.ctx, f.left = x.ctx, 1
	if !x.m.inline[x.pc-1] {
		x.willBlock()
		f.ctx = x.ctx
		if f.others = x.run.reserve(min(atOnce, f.n)-1, x.m.limits.Branches); f.others > 0 {
			f.ctx, f.cancel = context.WithCancelCause(x.ctx)
			f.left += f.others
		}
		switch {
		case x.run.parks:
			f.wait = &parking{x: x}
		case f.others > 0:
			f.done = make(chan struct{})
		}
	}
	own, prev := f.kid(x.prev), x.prev
	own.batch = x.batch // as it runs in the goroutine of x
	for range f.others {
		if kid := f.kid(prev); x.run.parks {
			x.m.due.add(kid)
		} else {
			x.m.threads.Go(kid.work)
		}
	}
	f.work(own)
	switch {
	case f.wait != nil:
		return x.park(f.wait, f.ended)
	case f.done != nil:
		x.m.threads.Park(f.done)
	}
	return f.ended()
}

// ended is what x has left to do when all children have ended: its registers hold
// their outputs then.
func (f *family) ended() *Error {
	x := f.x
	if f.cancel != nil {
		f.cancel(nil)
		x.run.branches.Add(int64(-f.others))
	}
	if f.err != nil {
		f.abort()
		return f.err
	}
	x.cur = value.Array(f.out...)
	x.scope.Result = x.cur
	if err := x.checkResult(x.cur, x.state.Name); err != nil {
		return err
	}
	x.succeeded(f.succeeded)
	return nil
}

// reserve takes goroutines out of what is left of a limit, n of them if it can.
func (r *run) reserve(n, limit int) int {
	for {
		have := r.branches.Load()
		n = min(n, limit-int(have))
		if n <= 0 {
			return 0
		}
		if r.branches.CompareAndSwap(have, have+int64(n)) {
			return n
		}
	}
}

// kid is a thread for children, the first of which follows the event prev.
func (f *family) kid(prev uint64) *execution {
	x := f.x
	kid := newExecution(x.m, x.run, f.ctx)
	if x.m.inline[x.pc-1] { // and so has the goroutine of x
		kid.scope.Arena = x.scope.Arena
	}
	kid.family, kid.up, kid.depth, kid.prev = f, x, x.depth+1, prev
	return kid
}

// work runs children in kid, one after the other, until there are no more, or the
// one that runs is parked.
func (f *family) work(kid *execution) {
	left := false
	defer func() {
		if !left {
			f.leave(kid)
		}
	}()
	for more := true; more && !left; {
		more = f.child(kid)
		left = kid.waits != nil && kid.waits.leave()
	}
}

// leave ends the work of kid.
func (f *family) leave(kid *execution) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.err == nil { // else events may be about kid
		kid.release()
	}
	f.left--
	switch {
	case f.left > 0:
	case f.wait != nil:
		f.wait.end(nil)
	case f.done != nil:
		close(f.done)
	}
}

// child runs the next child, or goes on with the one that is parked, and reports
// whether there was one. A panic in it is its error; so is the end of its
// goroutine.
func (f *family) child(kid *execution) (began bool) {
	var err *Error
	returned := false
	defer func() {
		if !returned {
			err = kid.panicked(recover())
		}
		if err != parked {
			f.give(kid, began, err)
		}
	}()
	if began = kid.waits != nil; !began {
		began, err = f.take(kid)
	}
	if began {
		err = kid.loop()
	}
	returned = true
	return began
}

// take makes kid the next child, if there is one and all is well.
func (f *family) take(kid *execution) (began bool, err *Error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.err != nil || f.next == f.n {
		return false, nil
	}
	kid.index = f.next
	f.next++
	kid.seed.Seed(f.x.rand.Uint64(), f.x.rand.Uint64())
	err = f.begin(kid, kid.index)
	return err == nil, err
}

// give takes in how a child ended.
func (f *family) give(kid *execution, began bool, err *Error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if !began {
		f.fail(nil, err)
		return
	}
	kid.forget()
	if f.err != nil && err != nil {
		f.lost = append(f.lost, kid)
		return
	}
	out := kid.cur
	if f.err == nil {
		f.x.prev = kid.prev
	}
	if err != nil {
		out = errorOutput(err) // in its place, if the failure is tolerated
	}
	if err = f.end(kid, err); err != nil {
		f.fail(kid, err)
		return
	}
	f.out[kid.index] = out
	if f.size += out.Size() + len(","); f.size > f.x.m.limits.Payload {
		f.fail(nil, f.x.tooLarge(f.x.state.Name, asResult))
	}
}

// fail ends the family because of err, if it is the first.
func (f *family) fail(kid *execution, err *Error) {
	if f.err != nil || err == nil {
		return
	}
	f.err, f.failed = err, kid
	if kid != nil {
		f.x.prev = kid.prev
	}
	if f.cancel != nil {
		f.cancel(errSibling)
	}
}

// abort records what ended because the family failed: the state of the child that
// it failed with, then the others in order, all after the failure.
func (f *family) abort() {
	x := f.x
	if f.err.ended() && f.failed != nil {
		f.lost = append(f.lost, f.failed)
	}
	slices.SortFunc(f.lost, func(a, b *execution) int { return a.index - b.index })
	switch {
	case f.err.ended(): // so is x: who ended it records that
		x.kids = f.lost
	case !f.err.terminal():
		if k := f.failed; k != nil && k.state.Type != program.TypeParallel && k.state.Type != program.TypeMap {
			k.aborted(x.prev) // those two have an event that says that they failed
		}
		x.abortKids(f.lost, x.prev)
	}
}

func (x *execution) abortKids(kids []*execution, prev uint64) {
	for _, kid := range kids {
		if x.state.Type == program.TypeMap {
			if _, e := x.emit(MapIterationAborted, prev); e != nil {
				e.Index = kid.index
				x.record(e)
			}
		}
		kid.aborted(prev)
	}
}

// aborted records that the state of x, and what ran in it, did not exit.
func (x *execution) aborted(prev uint64) {
	var t EventType
	switch x.state.Type {
	case program.TypeTask:
		t = TaskStateAborted
	case program.TypeWait:
		t = WaitStateAborted
	case program.TypeParallel:
		t = ParallelStateAborted
	case program.TypeMap:
		t = MapStateAborted
	default:
		return
	}
	if _, e := x.emit(t, prev); e != nil {
		x.record(e)
	}
	x.abortKids(x.kids, prev)
}

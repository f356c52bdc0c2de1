package express

import (
	"context"
	"sync"
	"time"

	"github.com/seed66d9166c/express/express/value"
)

// parked is what an instruction returns that has parked its thread. The goroutine
// leaves the thread then, and whatever ends the parking starts another one.
var parked = new(Error)

// A parking is one wait of a thread without a goroutine: for a time, for the
// answer of a task, for branches or iterations. What ends it first counts; what
// comes later, as a second answer, finds it over.
type parking struct {
	then    func() *Error // what the instruction has left to do
	timer   Timer         // ends it, as the end of the context does; nil where
	unwatch func() bool   // children, which end by themselves, are waited for

	mu       sync.Mutex // guards what follows
	x        *execution // nil when it is over
	left     bool       // x has no goroutine
	answered bool
	v        value.Value // the answer,
	err      error       // or the task's error; else why there is none
}

// park parks x in w, or goes on at once if w is over already.
func (x *execution) park(w *parking, then func() *Error) *Error {
	w.then = then
	x.waits = w
	if w.over() {
		return x.resume()
	}
	return parked
}

// resume goes on in the instruction that x was parked in.
func (x *execution) resume() *Error {
	w := x.waits
	x.waits = nil
	if w.timer != nil {
		w.timer.Stop()
		w.unwatch()
	}
	return w.then()
}

// watch ends w at a time, because of why, or when the execution is aborted.
func (x *execution) watch(w *parking, at time.Time, why error) {
	if w.over() {
		return
	}
	w.timer = x.m.clock.NewTimer(at.Sub(x.m.clock.Now()), func() { w.end(why) })
	w.unwatch = context.AfterFunc(x.ctx, func() { w.end(errAborted) })
}

// do calls f unless w is over, and keeps it from being over meanwhile.
func (w *parking) do(f func()) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.x != nil {
		f()
	}
}

func (w *parking) over() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.x == nil
}

// leave is called when the goroutine is done with the thread, which has gone on
// elsewhere if it reports true, and goes on here if not.
func (w *parking) leave() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.left = w.x != nil
	return w.left
}

// answer ends w with what a task returned.
func (w *parking) answer(v value.Value, err error) {
	w.do(func() {
		w.answered, w.v = true, v
		w.wake(err)
	})
}

// end ends w, which was not answered, because of why.
func (w *parking) end(why error) {
	w.do(func() { w.wake(why) })
}

// wake ends w. The lock is held.
func (w *parking) wake(err error) {
	x := w.x
	w.x, w.err = nil, err
	if w.left {
		x.m.due.add(x)
	}
}

package express

import (
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/seed66d9166c/express/express/program"
	"github.com/seed66d9166c/express/express/value"
)

// handle does what the state says about err: the state begins again, or goes on
// at the handler of a catcher. Else the error comes back, and ends the thread.
func (x *execution) handle(err *Error) *Error {
	s := x.state
	if err.terminal() || x.caught {
		return err
	}
	if r := slices.IndexFunc(s.Retry, func(r program.Retrier) bool { return err.matches(r.Errors) }); r >= 0 {
		if p := x.m.o.Probe; p != nil {
			if p.retry(err, &s.Retry[r], r) {
				return err
			}
		} else if again, err := x.again(r); again || err != nil {
			return err
		}
	}
	switch s.Type {
	case program.TypeParallel:
		x.note(ParallelStateFailed, err)
	case program.TypeMap:
		x.note(MapStateFailed, err)
	}
	for i := range s.Catch {
		if c := &s.Catch[i]; err.matches(c.Errors) {
			x.restart()
			x.caught = true
			x.cur = errorOutput(err)
			x.scope.Error = x.cur
			x.pc = c.Handler
			if p := x.m.o.Probe; p != nil {
				p.Caught(err, i)
			}
			return nil
		}
	}
	return err
}

// again begins the state again, after a while, if its retrier r has attempts
// left. Arguments are resolved again. No other retrier is asked.
func (x *execution) again(r int) (bool, *Error) {
	s := x.state
	if x.retry == 0 {
		x.tries = slices.Grow(x.tries[:0], len(s.Retry))[:len(s.Retry)]
		clear(x.tries)
	}
	if x.tries[r] >= s.Retry[r].Max {
		return false, nil
	}
	if x.run.retries.Add(1) > int64(x.m.limits.Retries) {
		return false, x.fail(fmt.Sprintf("The execution has retried states more than %d times.", x.m.limits.Retries))
	}
	if err := x.step(); err != nil {
		return false, err
	}
	d := interval(&s.Retry[r], x.tries[r])
	if s.Retry[r].Jitter && d > 0 {
		d = time.Duration(x.rand.Int64N(int64(d) + 1))
	}
	x.tries[r]++
	x.retry++
	x.restart()
	x.pc = s.Entry + 1 // behind OpEnter: a retry enters no state
	return true, x.sleep(d)
}

// interval is how long r waits after n retries.
func interval(r *program.Retrier, n int) time.Duration {
	most := r.MaxDelay
	if most == 0 {
		most = maxSeconds * time.Second
	}
	d := float64(r.Interval) * math.Pow(r.Backoff, float64(n))
	if d >= float64(most) {
		return most
	}
	return time.Duration(d)
}

// errorOutput is what a catcher makes the next input from. A failure without a
// cause has an empty one here.
func errorOutput(e *Error) value.Value {
	return value.Object(
		value.Member{Key: "Error", Val: value.String(e.Name)},
		value.Member{Key: "Cause", Val: value.String(e.Cause)},
	)
}

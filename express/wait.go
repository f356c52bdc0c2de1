package express

import (
	"context"
	"math"
	"time"

	"github.com/seed66d9166c/express/express/program"
	"github.com/seed66d9166c/express/express/template"
	"github.com/seed66d9166c/express/express/value"
)

// maxWait is the longest that a Wait state may want to wait: what AWS was seen
// to take. An execution ends long before.
const maxWait = math.MaxInt32 * time.Second

// wait parks until the time that w says. A time that has passed does not wait.
func (x *execution) wait(w *program.Wait) *Error {
	now := x.enteredTime()
	until, err := x.until(w, now)
	if err != nil {
		return err
	}
	d := until.Sub(now) // the longest Duration, if it is longer
	if d > maxWait {
		return x.fail("Wait state delay is too long.")
	}
	return x.sleep(d)
}

// until is when a Wait state that was entered at now ends.
func (x *execution) until(w *program.Wait, now time.Time) (time.Time, *Error) {
	if w.Seconds != 0 {
		n, err := x.integer(w.Seconds, "Seconds", 0, math.MaxInt64)
		return now.Add(time.Duration(min(n, math.MaxInt64/int64(time.Second))) * time.Second), err
	}
	v, err := x.evalAs(w.Timestamp, "Timestamp", value.KindString)
	if err != nil {
		return time.Time{}, err
	}
	t, ok := template.ParseTimestamp(v)
	if !ok {
		e := x.error(ErrQueryEvaluation, x.prefix()+"The Timestamp field cannot be parsed as an ISO-8601 extended offset date-time format string: "+v.Text())
		x.evaluationFailed(e, "Timestamp", x.prev)
		return time.Time{}, e
	}
	return t, nil
}

// sleep parks x for d; the instruction is done then. Its error is that x is to end.
func (x *execution) sleep(d time.Duration) *Error {
	if d <= 0 {
		return x.alive()
	}
	if x.run.parks {
		x.willWait()
		at := x.m.clock.Now().Add(d)
		if at.After(x.run.deadline) {
			at = x.run.deadline
		}
		w := &parking{x: x}
		x.watch(w, at, errAwake)
		return x.park(w, x.alive)
	}
	x.willBlock()
	ctx, cancel := context.WithCancelCause(x.ctx)
	defer cancel(nil)
	t := x.m.clock.NewTimer(d, func() { cancel(errAwake) })
	defer t.Stop()
	x.m.threads.Park(ctx.Done())
	if x.ctx.Err() != nil {
		return x.interrupted(context.Cause(x.ctx))
	}
	return nil
}

// willBlock is called before x waits for something: from now on its context ends
// with the execution's deadline, which a thread that never waits need not pay for.
func (x *execution) willBlock() {
	x.willWait()
	x.batch.release()
	if x.run.life != nil {
		return
	}
	l := &struct { // in one allocation
		lifetime
		overdue ending
	}{
		lifetime: lifetime{Context: x.ctx, clock: x.m.clock, deadline: x.run.deadline},
		overdue:  ending{TimedOut, errDeadline},
	}
	l.lifetime.overdue = &l.overdue
	x.run.life, x.ctx = &l.lifetime, &l.lifetime
}

package express

import (
	"cmp"
	"context"
	"errors"
	"sync"
	"time"

	"github.com/seed66d9166c/express/express/program"
	"github.com/seed66d9166c/express/express/value"
)

// invoke makes one attempt of a task in the goroutine of x.
func (x *execution) invoke(by Invoker, c *Call, timeout time.Duration) (value.Value, *Error) {
	x.willBlock()
	ctx := x.ctx
	if timeout > 0 || c.Heartbeat > 0 {
		attempt := &lifetime{Context: x.ctx, clock: x.m.clock, overdue: errTimeout}
		ctx = attempt
		defer attempt.end(nil)
		if timeout > 0 {
			attempt.deadline = x.m.clock.Now().Add(timeout)
		}
		if c.Heartbeat > 0 {
			p := x.pulse(c, attempt.end)
			defer p.stop()
		}
	}
	v, err := by.Invoke(ctx, c)
	if x.ctx.Err() != nil {
		return value.Value{}, x.interrupted(context.Cause(x.ctx))
	}
	if ctx != x.ctx && ctx.Err() != nil {
		return value.Value{}, x.timedOut(context.Cause(ctx))
	}
	return x.said(c.Task, v, err)
}

// start makes one attempt of a task that x waits for without a goroutine.
func (x *execution) start(by Starter, c *Call) *Error {
	x.willWait()
	w := &parking{x: x}
	var p *pulse
	if c.Heartbeat > 0 {
		p = x.pulse(c, w.end)
	}
	if t := c.Task; t.Pattern != program.Request {
		c.Submitted = func(v value.Value) { w.do(func() { x.taskEvent(TaskSubmitted, t, v, nil) }) }
	}
	cancel := by.Start(x.ctx, c, w.answer)
	x.watch(w, c.Deadline, errTimeout)
	return x.park(w, func() *Error {
		if p != nil {
			p.stop()
		}
		if !w.answered && cancel != nil {
			cancel()
		}
		err := x.alive()
		v := w.v
		switch {
		case err != nil:
		case !w.answered:
			err = x.timedOut(w.err)
		default:
			v, err = x.said(c.Task, v, w.err)
		}
		return x.answered(c.Task, v, err)
	})
}

// timedOut is the error of a task that was not answered because of why.
func (x *execution) timedOut(why error) *Error {
	e := x.error(ErrTimeout, "")
	e.NoCause, e.Err = true, why
	return e
}

// said is what an Invoker returned as the result or an error of the state.
func (x *execution) said(t *program.Task, v value.Value, err error) (value.Value, *Error) {
	if err != nil {
		return value.Value{}, x.taskError(err)
	}
	if v.IsNothing() {
		v = value.Null
	}
	return v, x.checkResult(v, cmp.Or(t.Service, t.Resource))
}

// taskError is an error of an Invoker as one of the state.
func (x *execution) taskError(err error) *Error {
	e := x.error(ErrTaskFailed, err.Error())
	if said, ok := errors.AsType[*Error](err); ok {
		e = x.error(clip(said.Name, maxErrorName), said.Cause)
		e.NoCause = said.NoCause
	}
	e.Err = err
	return e
}

// pulse makes c have heartbeats; the first is now. missed is called when one is.
func (x *execution) pulse(c *Call, missed func(error)) *pulse {
	p := &pulse{clock: x.m.clock, every: c.Heartbeat, missed: func() { missed(errHeartbeat) }}
	c.Beat = p.beat
	p.beat()
	return p
}

// A pulse ends a task that sends no heartbeat for too long.
type pulse struct {
	clock  Clock
	every  time.Duration
	missed func()

	mu    sync.Mutex // guards what follows
	timer Timer
	over  bool
}

func (p *pulse) beat() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.over {
		return
	}
	if p.timer != nil {
		p.timer.Stop()
	}
	p.timer = p.clock.NewTimer(p.every, p.missed)
}

func (p *pulse) stop() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.over = true
	p.timer.Stop()
}

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

// An Invoker performs one kind of task. It must honour ctx, and be safe for
// concurrent use. An error that is an *Error is what Retry and Catch see; any
// other becomes States.TaskFailed with its text as cause.
//
// ctx is cancelled, with a cause, when the task has taken too long or has sent
// no heartbeat, and when its execution ends. It has no deadline, for the clock
// need not be the time package: Call has. What Invoke returns after that is
// ignored.
type Invoker interface {
	Invoke(ctx context.Context, c *Call) (value.Value, error)
}

// An InvokerFunc is a function that is an Invoker.
type InvokerFunc func(ctx context.Context, c *Call) (value.Value, error)

// Invoke calls f.
func (f InvokerFunc) Invoke(ctx context.Context, c *Call) (value.Value, error) { return f(ctx, c) }

// A Call is one attempt of a task. It must not be kept after Invoke returned.
type Call struct {
	Task      *program.Task
	Input     value.Value // the resolved arguments
	Role      string      // of Credentials, "" for none
	Execution string
	State     string
	Iteration []Iteration   // of the Maps around the state, outermost first
	Delivery  int           // of the event, from 1
	Retry     int           // of this visit of the state, from 0
	Key       string        // idempotency key: the same on retry and redelivery
	Deadline  time.Time     // by Options.Clock
	Heartbeat time.Duration // 0 if none are expected
	Token     string        // callback token, "" if the pattern has none
	// Beat says that a heartbeat came. Any goroutine may call it.
	Beat func()
	// Submitted says that a job or a callback was taken on, with what the service
	// answered. The goroutine that Invoke runs in calls it.
	Submitted func(value.Value)
	Trace     string
	Hops      int
}

// An Iteration is one item of a Map.
type Iteration struct {
	Map   string // name of the Map state
	Index int
}

// taskEvents are the events of a task, by whether it is a direct call of a Lambda
// function.
type taskEvents struct{ scheduled, started, succeeded, failed, timedOut EventType }

var (
	ofTask   = taskEvents{TaskScheduled, TaskStarted, TaskSucceeded, TaskFailed, TaskTimedOut}
	ofLambda = taskEvents{LambdaFunctionScheduled, LambdaFunctionStarted, LambdaFunctionSucceeded, LambdaFunctionFailed, LambdaFunctionTimedOut}
)

// maxSeconds is the highest TimeoutSeconds, HeartbeatSeconds and IntervalSeconds.
const maxSeconds = 99_999_999

// task calls a task with arg; cur is its answer.
func (x *execution) task(id program.ID) *Error {
	t := &x.m.prog.Tasks[id]
	c, timeout, err := x.call(t)
	if err != nil {
		return err
	}
	events := &ofTask
	if t.Service == "" {
		events = &ofLambda
	}
	ev, e := x.emit(events.scheduled, x.prev)
	if e != nil {
		e.Task, e.Input, e.Timeout, e.Heartbeat, e.Role = t, c.Input, timeout, c.Heartbeat, c.Role
		x.record(e)
	}
	x.prev = ev
	if tracing, ok := x.run.log.(Tracing); ok {
		c.Trace = cmp.Or(tracing.TaskTrace(ev), c.Trace)
	}
	x.taskEvent(events.started, t, value.Value{}, nil)

	v, err := x.invoke(x.m.tasks[id], c, timeout)
	switch {
	case err == nil:
		x.taskEvent(events.succeeded, t, v, nil)
		x.cur, x.scope.Result = v, v
	case err.ended():
	case err.Name == ErrTimeout:
		x.taskEvent(events.timedOut, t, value.Value{}, err)
	default:
		x.taskEvent(events.failed, t, value.Value{}, err)
	}
	return err
}

// taskEvent records an event of a task.
func (x *execution) taskEvent(typ EventType, t *program.Task, output value.Value, err *Error) {
	id, e := x.emit(typ, x.prev)
	if e != nil {
		e.Task, e.Output, e.Err = t, output, err
		x.record(e)
	}
	x.prev = id
}

// call is the next attempt of task t, and how long it may take.
func (x *execution) call(t *program.Task) (c *Call, timeout time.Duration, err *Error) {
	c = &Call{
		Task:      t,
		Input:     x.arg,
		Execution: x.run.start.Name,
		State:     x.state.Name,
		Iteration: x.iterations(),
		Delivery:  x.run.start.Delivery,
		Retry:     x.retry,
		Key:       x.key(),
		Deadline:  x.run.deadline,
		Token:     x.callback(),
		Beat:      func() {},
		Submitted: func(value.Value) {},
		Trace:     x.run.start.Trace,
		Hops:      x.run.start.Hops,
	}
	if t.Pattern != program.Request {
		c.Submitted = func(v value.Value) { x.taskEvent(TaskSubmitted, t, v, nil) }
	}
	if t.Timeout != 0 {
		if timeout, err = x.seconds(t.Timeout, "TimeoutSeconds"); err != nil {
			return nil, 0, err
		}
	}
	if t.Beat != 0 {
		if c.Heartbeat, err = x.seconds(t.Beat, "HeartbeatSeconds"); err != nil {
			return nil, 0, err
		}
	}
	if t.Role != 0 {
		role, err := x.evalAs(t.Role, "Credentials/RoleArn", value.KindString)
		if err != nil {
			return nil, 0, err
		}
		c.Role = role.Text()
	}
	return c, timeout, nil
}

func (x *execution) seconds(id program.ID, field string) (time.Duration, *Error) {
	n, err := x.integer(id, field, 1, maxSeconds)
	return time.Duration(n) * time.Second, err
}

// invoke makes one attempt. An answer that comes after the task has timed out, or
// after its execution has ended, is ignored.
func (x *execution) invoke(by Invoker, c *Call, timeout time.Duration) (value.Value, *Error) {
	x.willBlock()
	ctx := x.ctx
	if timeout > 0 || c.Heartbeat > 0 {
		var cancel context.CancelCauseFunc
		ctx, cancel = context.WithCancelCause(x.ctx)
		defer cancel(nil)
		if timeout > 0 {
			if at := x.m.clock.Now().Add(timeout); at.Before(c.Deadline) {
				c.Deadline = at
			}
			defer x.m.clock.NewTimer(timeout, func() { cancel(errTimeout) }).Stop()
		}
		if c.Heartbeat > 0 {
			p := &pulse{clock: x.m.clock, every: c.Heartbeat, missed: func() { cancel(errHeartbeat) }}
			c.Beat = p.beat
			p.beat()
			defer p.stop()
		}
	}
	v, err := by.Invoke(ctx, c)
	if x.ctx.Err() != nil {
		return value.Value{}, x.interrupted(context.Cause(x.ctx))
	}
	if ctx.Err() != nil {
		e := x.error(ErrTimeout, "")
		e.NoCause, e.Err = true, context.Cause(ctx)
		return value.Value{}, e
	}
	if err != nil {
		return value.Value{}, x.taskError(err)
	}
	if v.IsNothing() {
		v = value.Null
	}
	return v, x.checkResult(v, cmp.Or(c.Task.Service, c.Task.Resource))
}

// taskError is what an Invoker returned as an error of the state.
func (x *execution) taskError(err error) *Error {
	e := x.error(ErrTaskFailed, err.Error())
	if said, ok := errors.AsType[*Error](err); ok {
		e = x.error(clip(said.Name, maxErrorName), said.Cause)
		e.NoCause = said.NoCause
	}
	e.Err = err
	return e
}

// callback is the token of the callback that the state waits for, and "" if it
// waits for none. It exists before the arguments, which hold it, are resolved.
func (x *execution) callback() string {
	if x.token == "" && x.state.Type == program.TypeTask {
		for _, in := range x.m.prog.Code[x.state.Entry:x.state.End] {
			if in.Op == program.OpTask && x.m.prog.Tasks[in.A].Pattern == program.Token {
				x.token = x.m.newToken(x.key(), x.run.deadline)
			}
		}
	}
	return x.token
}

// iterations are the Maps around x, outermost first.
func (x *execution) iterations() []Iteration {
	if x.up == nil {
		return nil
	}
	above := x.up.iterations()
	if x.up.state.Type != program.TypeMap {
		return above
	}
	return append(above, Iteration{x.up.state.Name, x.index})
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

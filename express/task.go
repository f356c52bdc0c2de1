package express

import (
	"cmp"
	"time"

	"github.com/seed66d9166c/express/express/program"
	"github.com/seed66d9166c/express/express/value"
)

// taskEvents are the events of a task, by whether it is a direct call of a Lambda
// function.
type taskEvents struct{ scheduled, started, succeeded, failed, timedOut EventType }

var (
	ofTask   = taskEvents{TaskScheduled, TaskStarted, TaskSucceeded, TaskFailed, TaskTimedOut}
	ofLambda = taskEvents{LambdaFunctionScheduled, LambdaFunctionStarted, LambdaFunctionSucceeded, LambdaFunctionFailed, LambdaFunctionTimedOut}
)

func eventsOf(t *program.Task) *taskEvents {
	if t.Service == "" {
		return &ofLambda
	}
	return &ofTask
}

// maxSeconds is the highest TimeoutSeconds, HeartbeatSeconds and IntervalSeconds.
const maxSeconds = 99_999_999

// task calls a task with arg; cur is its answer.
func (x *execution) task(id program.ID) *Error {
	x.shown()
	t := &x.m.prog.Tasks[id]
	c, timeout, err := x.call(t)
	if err != nil {
		return err
	}
	events := eventsOf(t)
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

	if x.run.parks {
		if by, ok := x.m.tasks[id].(Starter); ok {
			return x.start(by, c)
		}
	}
	v, err := x.invoke(x.m.tasks[id], c, timeout)
	return x.answered(t, v, err)
}

// answered takes in how an attempt of task t ended.
func (x *execution) answered(t *program.Task, v value.Value, err *Error) *Error {
	events := eventsOf(t)
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

func noBeat() {}

func notSubmitted(value.Value) {}

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
		name:      x.m.o.Identity.Name,
		outer:     x.outer(),
		entry:     x.entry,
		Deadline:  x.run.deadline,
		Token:     x.callback(),
		Beat:      noBeat,
		Submitted: notSubmitted,
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
		if at := x.m.clock.Now().Add(timeout); at.Before(c.Deadline) {
			c.Deadline = at
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

// callback is the token of the callback that the state waits for, and "" if it
// waits for none. It exists before the arguments, which hold it, are resolved.
func (x *execution) callback() string {
	if x.token == "" && x.state.Type == program.TypeTask {
		for _, in := range x.m.prog.Code[x.state.Entry:x.state.End] {
			if in.Op == program.OpTask && x.m.prog.Tasks[in.A].Pattern == program.Token {
				x.token = x.m.newToken(key(x.m.o.Identity.Name, x.run.start.Name, x.place()), x.run.deadline)
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

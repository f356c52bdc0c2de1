// Package nested performs the tasks that start executions of other workflows:
// AWS's integrations with Step Functions itself. An execution that its parent
// waits for runs in the parent's goroutine, under the parent's deadline, and
// the broker hears nothing of it; one that it does not wait for is an event in
// the workflow's stream, and outlives the parent.
package nested

import (
	"context"
	"fmt"
	"time"

	"github.com/seed66d9166c/express/express"
	"github.com/seed66d9166c/express/express/program"
	"github.com/seed66d9166c/express/express/value"
	"github.com/seed66d9166c/express/transport"
)

// ErrLoop is the name of the error of a task whose execution would have more
// than transport.MaxHops executions above it: a workflow that starts itself
// ends with it.
const ErrLoop = "Express.Loop"

// Options of an Invoker. Machine and Publish are required.
type Options struct {
	// Machine is what runs for a workflow now, in real time: on a virtual clock a
	// child would wait for its turn for ever, which is its parent's. Its error says
	// that there is no such workflow.
	Machine func(workflow string) (*express.Machine, error)
	// Publish stores the event that starts an execution of a workflow: id is the
	// execution's name, and two events with the same one are one. It returns once
	// the event is stored; its error says why it may not be.
	Publish func(ctx context.Context, workflow, id string, body []byte, hops int, trace string) error
	Now     func() time.Time // nil is time.Now
}

// An Invoker performs the tasks that Performs names. It is safe for concurrent
// use.
type Invoker struct{ o Options }

var _ express.Starter = (*Invoker)(nil)

// New makes an Invoker.
func New(o Options) *Invoker {
	if o.Now == nil {
		o.Now = time.Now
	}
	return &Invoker{o}
}

// A form is a target and a pattern of a Resource.
type form struct {
	target  string // program.Task.Target
	pattern program.Pattern
}

// An action is what a task of some form does.
type action struct {
	api *api
	job bool // its execution is submitted, as jobs are
	// end makes the result of how the execution ended; nil does not wait for it.
	end func(*start, *express.Outcome) (value.Value, error)
}

var actions = map[form]action{
	{"states:startExecution", program.Request}:          {api: &optimized},
	{"states:startExecution", program.Sync}:             {api: &optimized, job: true, end: (*start).described},
	{"states:startExecution", program.Sync2}:            {api: &optimized, job: true, end: (*start).parsed},
	{"aws-sdk:sfn:startExecution", program.Request}:     {api: &sdk},
	{"aws-sdk:sfn:startSyncExecution", program.Request}: {api: &sdk, end: (*start).response},
}

// Performs reports whether an Invoker performs t. One that waits for a callback
// is performed, by what makes it wait, as the request that it is but for that.
func Performs(t *program.Task) bool {
	_, ok := actions[form{t.Target, t.Pattern}]
	return ok
}

// Invoke starts what c asks for, and runs it in this goroutine if it is to be
// waited for. It is aborted when ctx is done: when the task has taken too long,
// or the parent ends. Errors have the names and the causes that AWS was seen to
// give them.
func (i *Invoker) Invoke(ctx context.Context, c *express.Call) (value.Value, error) {
	s, err := i.prepare(c)
	if err != nil {
		return value.Value{}, err
	}
	if s.end == nil {
		return i.publish(ctx, s)
	}
	o := s.machine.Run(ctx, s.event)
	return s.end(s, &o)
}

// Start is Invoke for a parent that has no goroutine while it waits. Its child
// has none either.
func (i *Invoker) Start(ctx context.Context, c *express.Call, done func(value.Value, error)) (cancel func()) {
	s, err := i.prepare(c)
	if err != nil {
		done(value.Value{}, err)
		return nil
	}
	ctx, cancel = context.WithCancel(ctx)
	if s.end == nil {
		go func() {
			defer cancel()
			done(i.publish(ctx, s))
		}()
		return cancel
	}
	s.machine.Start(ctx, s.event, func(o express.Outcome) {
		defer cancel()
		done(s.end(s, &o))
	})
	return cancel
}

// publish stores the event that starts s, and waits for nothing else.
func (i *Invoker) publish(ctx context.Context, s *start) (value.Value, error) {
	e := &s.event
	if err := i.o.Publish(ctx, s.workflow, e.Name, []byte(s.input), e.Hops, e.Trace); err != nil {
		return value.Value{}, fmt.Errorf("start workflow %s: %w", s.workflow, err)
	}
	return s.started(), nil
}

// tooDeep is the error of c if no execution may follow it.
func tooDeep(c *express.Call) error {
	if c.Hops < transport.MaxHops {
		return nil
	}
	return &express.Error{
		Name:  ErrLoop,
		Cause: fmt.Sprintf("%d executions, each started by the one before, led to this one, which is the limit: it starts no further one.", c.Hops),
	}
}

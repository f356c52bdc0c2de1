package suite

import (
	"context"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/seed66d9166c/express/express"
	"github.com/seed66d9166c/express/express/mock"
	"github.com/seed66d9166c/express/express/program"
	"github.com/seed66d9166c/express/express/value"
)

// account is what ARNs begin with: that of AWS's own documentation.
const account = "arn:aws:states:us-east-1:123456789012:"

// A play is what happened in the execution of a case.
type play struct {
	outcome express.Outcome
	trace   *trace
	clock   *mock.Clock
	missing error // calls that no mock answers
}

// run runs c on a virtual clock, from a seed that is always the same.
func (c *Case) run(ctx context.Context, w *workflow) (*play, error) {
	p := &play{trace: newTrace(), clock: mock.NewClock(c.Start)}
	tokens := 0 // one thread runs at a time
	o := express.Options{
		Identity: express.Identity{Name: w.name, ARN: account + "stateMachine:" + w.name, Role: "arn:aws:iam::123456789012:role/" + w.name},
		Recorder: p.trace,
		Rand:     rand.New(rand.NewPCG(1, 1)),
		Token: func(string, time.Time) string {
			tokens++
			return fmt.Sprintf("token-%d", tokens)
		},
	}
	p.clock.Bind(&o)
	tasks := &mock.Tasks{Rules: c.Mocks}
	tasks.Bind(&o)
	o.Invokers = anyTask(w.program, tasks)
	if c.local != nil {
		var err error
		if o.Invokers, err = c.local.invokers(w.program, w.name, o.Invokers); err != nil {
			return nil, err
		}
	}
	m, err := express.New(w.program, o)
	if err != nil {
		return nil, err
	}
	p.outcome = m.Run(ctx, express.Start{Name: c.Execution, Input: c.Input})
	p.missing = tasks.Err()
	return p, ctx.Err()
}

// anyTask has one invoker for every kind of task that p has.
func anyTask(p *program.Program, i express.Invoker) map[string]express.Invoker {
	all := make(map[string]express.Invoker)
	for _, t := range p.Tasks {
		all[t.Kind] = i
	}
	return all
}

// Invokers are what performs the tasks of p, on the clock of o: mocked states are
// answered as c says, the rest by others. The error lists the states that c mocks
// and p lacks, and the tasks that nobody performs.
func (c *Case) Invokers(p *program.Program, o *express.Options, others map[string]express.Invoker) (map[string]express.Invoker, error) {
	if c.local != nil {
		return c.local.invokers(p, o.Identity.Name, others)
	}
	tasks := &mock.Tasks{Rules: c.Mocks}
	tasks.Bind(o)
	return tasks.Invokers(p, others)
}

// invokers are those of the test case of the machine that is called as the
// workflow, or of the only machine that has one of this name.
func (l *localMocks) invokers(p *program.Program, workflow string, others map[string]express.Invoker) (map[string]express.Invoker, error) {
	c, err := l.config.Case(workflow, l.name)
	if err != nil {
		if c, err = l.config.Case("", l.name); err != nil {
			return nil, fmt.Errorf("%s: %w", l.path, err)
		}
	}
	return c.Invokers(p, others)
}

// output is the output, nothing if there is none.
func (p *play) output() value.Value {
	if p.outcome.Status != express.Succeeded {
		return value.Value{}
	}
	return p.outcome.Output
}

// error is the name of the error, nothing if there is none.
func (p *play) error() value.Value {
	if e := p.outcome.Err; e != nil && e.Name != "" {
		return value.String(e.Name)
	}
	return value.Value{}
}

// cause is the cause of the error, nothing if it has none.
func (p *play) cause() value.Value {
	if e := p.outcome.Err; e != nil && !e.NoCause {
		return value.String(e.Cause)
	}
	return value.Value{}
}

// duration is how long the execution took, on the virtual clock.
func (p *play) duration() time.Duration { return p.outcome.Stop.Sub(p.outcome.Start) }

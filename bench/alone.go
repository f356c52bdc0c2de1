package bench

import (
	"cmp"
	"context"
	"fmt"
	"runtime"
	"time"

	"github.com/valyala/fastjson"

	"github.com/seed66d9166c/express/express"
	"github.com/seed66d9166c/express/express/value"
	"github.com/seed66d9166c/express/transport"
)

// taskOnly is a workflow that calls a task and does nothing else.
const taskOnly = `{"StartAt": "Call", "States": {"Call": {"Type": "Task", "Resource": "func:done", "End": true}}}`

// An operation is what alone measures: called often, it does its work once each
// time.
type operation struct {
	name string
	do   func() error
}

// alone measures the engine without a broker, on one core, beside the least that
// has to be done: to read the event and print it; and to call a function.
func alone(ctx context.Context, o Options, sec *Section) error {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	for _, w := range o.Workloads {
		engine, err := executing(w)
		if err != nil {
			return err
		}
		if err := compare(ctx, o, sec, operation{w.Name + "." + Engine, engine}, operation{w.Name + ".fastjson", printing(w)}); err != nil {
			return err
		}
	}
	task, err := Workload{Name: "task", Definition: []byte(taskOnly)}.Machine(nil, nil)
	if err != nil {
		return err
	}
	empty := value.Object()
	return compare(ctx, o, sec,
		operation{"task." + Engine, func() error {
			out := task.Run(context.Background(), express.Start{Name: exampleName, Input: empty})
			return failure(&out)
		}},
		operation{"task.function", func() error {
			_, err := called(context.Background(), nil)
			return err
		}})
}

// called is a variable, so that a call of it is one.
var called express.InvokerFunc = answerDone

// failure is why an execution did not succeed.
func failure(o *express.Outcome) error {
	if o.Status == express.Succeeded {
		return nil
	}
	return fmt.Errorf("%s: %w", o.Status, o.Err)
}

// executing reads the next event of w, runs it, and prints the outcome. What
// cannot be read or fails costs what it costs.
func executing(w Workload) (func() error, error) {
	m, err := w.Machine(nil, nil)
	if err != nil {
		return nil, err
	}
	var out []byte
	i := 0
	return func() error {
		a := value.NewArena()
		defer a.Release()
		in, err := m.ReadInput(a, w.Events[i%len(w.Events)])
		i++
		if err != nil {
			return nil
		}
		o := m.Run(context.Background(), express.Start{Name: exampleName, Input: in, Arena: a})
		out = transport.AppendOutcome(out[:0], exampleName, &o)
		return nil
	}, nil
}

// printing reads the next event of w with fastjson alone, and prints it.
func printing(w Workload) func() error {
	var p fastjson.Parser
	var out []byte
	i := 0
	return func() error {
		v, err := p.ParseBytes(w.Events[i%len(w.Events)])
		i++
		if err == nil {
			out = v.MarshalTo(out[:0])
		}
		return nil
	}
}

// batchTime is how much CPU a round of an operation uses at least: a thousand
// times what the clock is wrong by.
const batchTime = 50 * time.Millisecond

// compare lets two operations take turns, and adds how many times as long the
// first one takes.
func compare(ctx context.Context, o Options, sec *Section, ops ...operation) error {
	counts := make([]int, len(ops))
	for i, op := range ops {
		n, err := calibrate(op, o.batch)
		if err != nil {
			return fmt.Errorf("%s: %w", op.name, err)
		}
		counts[i] = n
	}
	for range o.Rounds {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		var took [2]float64
		for i, op := range ops {
			u, err := repeat(op, counts[i])
			if err != nil {
				return fmt.Errorf("%s: %w", op.name, err)
			}
			took[i] = float64(u.CPU) / float64(counts[i])
			r := sec.Row(op.name)
			r.Add("cpu", Time, took[i])
			r.Add("allocs", Count, float64(u.Allocations/uint64(counts[i])))
		}
		sec.Row(ops[0].name).Add("times", Ratio, ratio(took[0], took[1]))
	}
	m := sec.Row(ops[0].name).Metric("times")
	fmt.Fprintf(o.Log, "%s: %.2f times %s\n", ops[0].name, m.Median(), ops[1].name)
	return nil
}

// calibrate is how often op has to be called to use as much CPU as batch says.
func calibrate(op operation, batch time.Duration) (n int, err error) {
	for n = 1; ; n *= 2 {
		u, err := repeat(op, n)
		if err != nil || u.CPU >= batch {
			return n, err
		}
	}
}

// repeat calls op n times, and is what that used.
func repeat(op operation, n int) (Usage, error) {
	before := usage()
	var first error
	for range n {
		first = cmp.Or(first, op.do())
	}
	return usage().since(before), first
}

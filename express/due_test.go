package express_test

import (
	"context"
	"runtime"
	"slices"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/seed66d9166c/express/express"
	"github.com/seed66d9166c/express/express/expresstest"
	"github.com/seed66d9166c/express/express/value"
)

// together starts executions with these inputs, which are all due before the first
// of them runs, and yields their inputs in the order in which they ended.
func together(t *testing.T, m *express.Machine, inputs ...string) []string {
	t.Helper()
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	var mu sync.Mutex
	var order []string
	var ended sync.WaitGroup
	for _, in := range inputs {
		ended.Add(1)
		m.Start(t.Context(), express.Start{Input: parse(t, in)}, func(express.Outcome) {
			defer ended.Done()
			mu.Lock()
			defer mu.Unlock()
			order = append(order, in)
		})
	}
	ended.Wait()
	return order
}

// An execution that blocks its goroutine, in any thread, does not block the others
// that share it.
func TestBlockedBatch(t *testing.T) {
	branch := `{"StartAt": "A", "States": {"A": {"Type": "Task", "Resource": "func:f", "End": true}}}`
	for name, definition := range map[string]string{
		"task":   oneTask,
		"branch": `{"StartAt": "P", "States": {"P": {"Type": "Parallel", "End": true, "Branches": [` + branch + `]}}}`,
		"later": `{"StartAt": "W", "States": {"W": {"Type": "Wait", "Seconds": 1, "Next": "A"},
			"A": {"Type": "Task", "Resource": "func:f", "End": true}}}`,
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				const n = 20 // more than two batches
				var called sync.WaitGroup
				called.Add(n)
				m := expresstest.Machine(t, definition, func(context.Context, *express.Call) (value.Value, error) {
					called.Done()
					called.Wait() // or the bubble is deadlocked
					return value.Null, nil
				})
				if got := together(t, m, slices.Repeat([]string{`{}`}, n)...); len(got) != n {
					t.Errorf("%d executions ended, want %d", len(got), n)
				}
			})
		})
	}
}

// An execution that computes for long lets the others go on meanwhile.
func TestBusyBatch(t *testing.T) {
	m := expresstest.Machine(t, loop, nil, limits(express.Limits{Steps: 500_000}))
	if got := together(t, m, `{"busy": true}`, `{"end": true}`); got[0] != `{"end": true}` {
		t.Errorf("ended in the order %q", got)
	}
}

// An execution that ends its goroutine does not end the others.
func TestExitedBatch(t *testing.T) {
	m := expresstest.Machine(t, oneTask, nil, func(o *express.Options) {
		o.Invokers = map[string]express.Invoker{"func": &script{start: func(c *express.Call, done func(value.Value, error)) {
			if c.Input.Kind() == value.KindNull {
				runtime.Goexit()
			}
			done(c.Input, nil)
		}}}
	})
	if got := together(t, m, `1`, `null`, `2`, `null`, `3`); len(got) != 5 {
		t.Errorf("only %q ended", got)
	}
}

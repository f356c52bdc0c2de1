package callback

import (
	"context"
	"testing"
	"time"

	"github.com/seed66d9166c/express/express"
	"github.com/seed66d9166c/express/express/expresstest"
	"github.com/seed66d9166c/express/express/value"
)

const approval = `{"StartAt": "Ask", "States": {
	"Ask": {"Type": "Task", "Resource": "mail:send.waitForTaskToken", "Parameters": {"token.$": "$$.Task.Token"},
		"TimeoutSeconds": 60, "HeartbeatSeconds": 20, "End": true,
		"Catch": [{"ErrorEquals": ["States.ALL"], "Next": "Caught"}]},
	"Caught": {"Type": "Pass", "End": true}}}`

// modes are the ways to run an execution: a goroutine that waits, and none.
var modes = map[string]func(context.Context, *express.Machine, express.Start) express.Outcome{
	"run": func(ctx context.Context, m *express.Machine, s express.Start) express.Outcome { return m.Run(ctx, s) },
	"start": func(ctx context.Context, m *express.Machine, s express.Start) express.Outcome {
		done := make(chan express.Outcome, 1)
		m.Start(ctx, s, func(o express.Outcome) { done <- o })
		return <-done
	},
}

// A starter is an express.Starter that is an InvokerFunc in another goroutine.
type starter struct{ express.InvokerFunc }

func (s starter) Start(ctx context.Context, c *express.Call, done func(value.Value, error)) func() {
	ctx, cancel := context.WithCancel(ctx)
	go func() { done(s.InvokerFunc(ctx, c)) }()
	return cancel
}

// A world is what a test of a task that waits sees and does.
type world struct {
	*testing.T
	r     *Registry
	ctx   context.Context
	token string
}

func (w *world) success(output string) string {
	return name(w, w.r.Success(w.ctx, w.token, output))
}

func (w *world) failure(e *express.Error) string { return name(w, w.r.Failure(w.ctx, w.token, e)) }

func (w *world) heartbeat() string { return name(w, w.r.Heartbeat(w.ctx, w.token)) }

// want checks what became of an answer.
func (w *world) want(want, got string) {
	w.Helper()
	if got != want {
		w.Errorf("after %v: got %q, want %q", time.Since(began), got, want)
	}
}

// began is when time begins in a bubble.
var began = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)

// machine has all its tasks performed by inner, wrapped.
func machine(t testing.TB, r *Registry, definition string, inner express.Invoker, options ...func(*express.Options)) *express.Machine {
	t.Helper()
	return expresstest.Machine(t, definition, func(context.Context, *express.Call) (value.Value, error) {
		panic("not this one")
	}, append(options, func(o *express.Options) {
		for kind := range o.Invokers {
			o.Invokers[kind] = r.Wrap(inner)
		}
		o.Token = r.Token
	})...)
}

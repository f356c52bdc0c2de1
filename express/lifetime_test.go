package express_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/seed66d9166c/express/express"
	"github.com/seed66d9166c/express/express/expresstest"
	"github.com/seed66d9166c/express/express/value"
)

// called runs a task that takes at most so many seconds, in an execution that takes
// at most a minute, in a bubble of time. Its second value is the context that the task
// had, now that the execution has ended.
func called(t *testing.T, timeout string, task func(ctx context.Context)) (string, context.Context) {
	t.Helper()
	var had context.Context
	m := expresstest.Machine(t, `{"StartAt": "A", "TimeoutSeconds": 60, "States": {"A": {"Type": "Task", "Resource": "func:f", `+timeout+`"End": true}}}`,
		func(ctx context.Context, _ *express.Call) (value.Value, error) {
			had = ctx
			task(ctx)
			return value.Null, nil
		})
	return outcome(m.Run(context.WithValue(t.Context(), place("key"), "value"), express.Start{Name: "e"})), had
}

type place string

// The context of a task ends when it has to, whatever the task asks it before.
func TestTaskContext(t *testing.T) {
	const thirty = `"TimeoutSeconds": 30, `
	sleep := func(d time.Duration) func(context.Context) { return func(context.Context) { time.Sleep(d) } }
	for _, tt := range []struct {
		name, timeout string
		task          func(context.Context)
		want          string
	}{
		{"at once", "", sleep(0), "SUCCEEDED null"},
		{"in time", thirty, sleep(30*time.Second - 1), "SUCCEEDED null"},
		{"too late for the task", thirty, sleep(30 * time.Second), "FAILED States.Timeout"},
		{"too late for the execution", "", sleep(time.Minute), "TIMED_OUT States.Timeout"},
		{"too late for both", thirty, sleep(time.Minute), "TIMED_OUT States.Timeout"},
		{"waits for its end", "", func(ctx context.Context) { <-ctx.Done() }, "TIMED_OUT States.Timeout"},
		{"waits for its end, of an attempt", thirty, func(ctx context.Context) { <-ctx.Done() }, "FAILED States.Timeout"},
		{"asks late", thirty, func(ctx context.Context) { time.Sleep(30 * time.Second); <-ctx.Done() }, "FAILED States.Timeout"},
		{"derives one", "", func(ctx context.Context) {
			ctx, cancel := context.WithTimeout(ctx, time.Hour)
			defer cancel()
			<-ctx.Done()
		}, "TIMED_OUT States.Timeout"},
	} {
		synctest.Test(t, func(t *testing.T) {
			got, ctx := called(t, tt.timeout, tt.task)
			if got != tt.want {
				t.Errorf("%s: %s, want %s", tt.name, got, tt.want)
			}
			if ctx.Err() == nil || ctx.Value(place("key")) != "value" {
				t.Errorf("%s: once the execution has ended, the context has the error %v and the value %v", tt.name, ctx.Err(), ctx.Value(place("key")))
			}
			<-ctx.Done()
		})
	}
}

// The cause of the end is that of who ended the execution.
func TestTaskContextCause(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		why := errors.New("enough")
		ctx, cancel := context.WithCancelCause(t.Context())
		var got, err error
		m := expresstest.Machine(t, `{"StartAt": "A", "States": {"A": {"Type": "Task", "Resource": "func:f", "TimeoutSeconds": 9, "End": true}}}`,
			func(ctx context.Context, _ *express.Call) (value.Value, error) {
				if err := ctx.Err(); err != nil || context.Cause(ctx) != nil {
					t.Errorf("before its end the context has the error %v and the cause %v", err, context.Cause(ctx))
				}
				cancel(why)
				err, got = ctx.Err(), context.Cause(ctx)
				return value.Null, nil
			})
		if o := m.Run(ctx, express.Start{Name: "e"}); o.Status != express.Aborted {
			t.Error(outcome(o))
		}
		if err != context.Canceled || got != why {
			t.Errorf("the context has the error %v and the cause %v", err, got)
		}
	})
}

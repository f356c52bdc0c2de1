package callback

import (
	"context"
	"fmt"
	"runtime/debug"

	"github.com/seed66d9166c/express/express"
	"github.com/seed66d9166c/express/express/program"
	"github.com/seed66d9166c/express/express/value"
)

// Wrap is what performs tasks of the kind of inner that may wait for a callback.
// Inner is given them as if they had no such pattern; what it answers is what
// the task was submitted with, and its error fails the task. Then the task
// waits, for as long as its timeout, its heartbeats and its execution let it.
// All other tasks are inner's alone.
func (r *Registry) Wrap(inner express.Invoker) express.Starter { return &wrapped{r, inner} }

type wrapped struct {
	r     *Registry
	inner express.Invoker
}

// Invoke performs c, and waits for its callback if it has one.
func (w *wrapped) Invoke(ctx context.Context, c *express.Call) (value.Value, error) {
	if c.Task.Pattern != program.Token {
		return w.inner.Invoke(ctx, c)
	}
	answered := make(chan struct{})
	var v value.Value
	var err error
	id, err := w.wait(c, func(result value.Value, failure error) {
		v, err = result, failure
		close(answered)
	})
	if err != nil {
		return value.Value{}, err
	}
	defer w.r.remove(id)
	said, failed := w.inner.Invoke(ctx, plain(c))
	w.r.performed(id, c, said, failed)
	select {
	case <-answered:
		return v, err
	case <-ctx.Done():
		return value.Value{}, context.Cause(ctx)
	}
}

// Start is Invoke without a goroutine that waits.
func (w *wrapped) Start(ctx context.Context, c *express.Call, done func(value.Value, error)) (cancel func()) {
	if c.Task.Pattern != program.Token {
		return w.r.begin(ctx, w.inner, c, done)
	}
	id, err := w.wait(c, done)
	if err != nil {
		done(value.Value{}, err)
		return nil
	}
	stop := w.r.begin(ctx, w.inner, plain(c), func(v value.Value, err error) { w.r.performed(id, c, v, err) })
	return func() {
		if w.r.remove(id) && stop != nil {
			stop()
		}
	}
}

// wait makes c wait for its callback, before anybody has the token. done is
// called once: with the answer, or with the error of what performs c.
func (w *wrapped) wait(c *express.Call, done func(value.Value, error)) (id, error) {
	t, err := w.r.open(c.Token)
	if err != nil {
		return id{}, fmt.Errorf("wait for a callback: %w", err)
	}
	w.r.add(t.id, &waiting{beat: c.Beat, done: done})
	return t.id, nil
}

// plain is c for one who knows nothing of callbacks.
func plain(c *express.Call) *express.Call {
	call, task := *c, *c.Task
	task.Pattern, call.Task = program.Request, &task
	return &call
}

// begin has by perform c. What cannot be started has a goroutine until it
// returns.
func (r *Registry) begin(ctx context.Context, by express.Invoker, c *express.Call, done func(value.Value, error)) (cancel func()) {
	if s, ok := by.(express.Starter); ok {
		return s.Start(ctx, c, done)
	}
	ctx, cancel = context.WithCancel(ctx)
	r.calls.Go(func() {
		defer cancel()
		done(invoke(ctx, by, c))
	})
	return cancel
}

// invoke is by.Invoke, whose panic fails the execution and not the process.
func invoke(ctx context.Context, by express.Invoker, c *express.Call) (v value.Value, err error) {
	defer func() {
		if what := recover(); what != nil {
			p := &express.PanicError{Value: what, Stack: debug.Stack()}
			err = &express.Error{Name: express.ErrRuntime, Cause: p.Error(), Err: p}
		}
	}()
	return by.Invoke(ctx, c)
}

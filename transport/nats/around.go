package nats

import (
	"context"
	"runtime/debug"

	"github.com/seed66d9166c/express/express"
	"github.com/seed66d9166c/express/express/program"
	"github.com/seed66d9166c/express/express/value"
)

// A part is what a task asks another Invoker to do, and what becomes of that
// one's answer.
type part struct {
	by  express.Invoker
	c   *express.Call
	end func(value.Value, error) (value.Value, error)
}

// around is a task that a part is all of that takes time.
type around func(c *express.Call) (part, error)

// Invoke makes a of c, and waits for it.
func (a around) Invoke(ctx context.Context, c *express.Call) (value.Value, error) {
	p, err := a(c)
	if err != nil {
		return value.Value{}, err
	}
	return p.end(p.by.Invoke(ctx, p.c))
}

// Start begins it. Where nobody but Invoke does the part, a goroutine waits.
func (a around) Start(ctx context.Context, c *express.Call, done func(value.Value, error)) (cancel func()) {
	p, err := a(c)
	if err != nil {
		done(value.Value{}, err)
		return nil
	}
	if by, ok := p.by.(express.Starter); ok {
		return by.Start(ctx, p.c, func(v value.Value, err error) { done(p.end(v, err)) })
	}
	ctx, cancel = context.WithCancel(ctx)
	go func() {
		defer cancel()
		var v value.Value
		returned := false
		defer func() {
			if !returned { // a panic fails the execution, as in a goroutine of its own
				said := &express.PanicError{Value: recover(), Stack: debug.Stack()}
				err = &express.Error{Name: express.ErrRuntime, Cause: said.Error(), Err: said}
			}
			done(p.end(v, err))
		}()
		v, err = p.by.Invoke(ctx, p.c)
		returned = true
	}()
	return cancel
}

// asking is c as the call of a task that asks target with input, and is done with
// the answer. It is all that may be kept of c.
func asking(c *express.Call, kind, target string, input value.Value) *express.Call {
	t, inner := *c.Task, *c
	t.Kind, t.Target, t.Pattern = kind, target, program.Request
	inner.Task, inner.Input = &t, input
	return &inner
}

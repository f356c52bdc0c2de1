package express

import (
	"context"
	"slices"
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

// A Starter is an Invoker whose tasks keep no goroutine while their answer is
// awaited. Executions that Machine.Start began use it; those of Machine.Run call
// Invoke, which may be Await.
type Starter interface {
	Invoker
	// Start begins an attempt and returns. done takes what Invoke would have
	// returned: from any goroutine, now or later, without blocking. Only its first
	// call counts.
	//
	// ctx is the execution's: it does not end with the attempt. Where done has not
	// been called by then, cancel is, once, when the attempt has taken too long or
	// has sent no heartbeat, and when its execution ends. It must not block, and
	// may be nil. done may still be called after that; it is ignored.
	Start(ctx context.Context, c *Call, done func(value.Value, error)) (cancel func())
}

// Await is Invoke for a Starter.
func Await(ctx context.Context, by Starter, c *Call) (value.Value, error) {
	type answer struct {
		v   value.Value
		err error
	}
	answered := make(chan answer, 1)
	cancel := by.Start(ctx, c, func(v value.Value, err error) {
		select {
		case answered <- answer{v, err}:
		default: // the second one
		}
	})
	select {
	case a := <-answered:
		return a.v, a.err
	case <-ctx.Done():
		if cancel != nil {
			cancel()
		}
		return value.Value{}, context.Cause(ctx)
	}
}

// A Call is one attempt of a task. It must not be kept after Invoke returned, or
// where it was started, after done or cancel was called.
type Call struct {
	Task      *program.Task
	Input     value.Value // the resolved arguments
	Role      string      // of Credentials, "" for none
	Execution string
	State     string
	Iteration []Iteration   // of the Maps around the state, outermost first
	Delivery  int           // of the event, from 1
	Retry     int           // of this visit of the state, from 0
	Deadline  time.Time     // by Options.Clock
	Heartbeat time.Duration // 0 if none are expected
	Token     string        // callback token, "" if the pattern has none
	// Beat says that a heartbeat came. Any goroutine may call it.
	Beat func()
	// Submitted says that a job or a callback was taken on, with what the service
	// answered. The goroutine that Invoke runs in calls it; of an attempt that was
	// started, any goroutine, before done is called.
	Submitted func(value.Value)
	Trace     string
	Hops      int

	name  string // of the machine; the key itself where it was given
	outer []byte // which Parallel and Map states it is in, and where in them
	entry uint32 // which visit of the state it is
	given bool
}

// Key is the idempotency key: the same on retry and redelivery. It is made when it is
// asked for.
func (c *Call) Key() string {
	if c.given {
		return c.name
	}
	return key(c.name, c.Execution, appendVisit(slices.Clip(c.outer), c.State, c.entry))
}

// WithKey is c with another key: for tests of what performs tasks.
func (c Call) WithKey(key string) *Call {
	c.name, c.given = key, true
	return &c
}

// An Iteration is one item of a Map.
type Iteration struct {
	Map   string // name of the Map state
	Index int
}

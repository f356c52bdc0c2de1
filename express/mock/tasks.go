package mock

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/seed66d9166c/express/express"
	"github.com/seed66d9166c/express/express/program"
	"github.com/seed66d9166c/express/express/value"
)

// Tasks answer the tasks of one execution by rules. They are an Invoker for all
// kinds of tasks, and safe for concurrent use.
//
// A call is answered by the first rule of its state that fits it and has calls
// left. A rule with When or Item answers all calls that fit, the last of its state
// all that come to it, any other one call, unless Times says how many. The calls
// of each iteration of a Map are counted apart: what an iteration is answered does
// not depend on those beside it.
type Tasks struct {
	Rules map[string][]Rule // by state

	Clock   express.Clock   // of the machine: Bind sets both; nil is real time
	Threads express.Threads // likewise

	mu      sync.Mutex // guards what follows
	used    map[use]int
	missing []error
}

// A use is a rule in one iteration.
type use struct {
	state     string
	rule      int
	iteration string
}

// Bind makes t keep the time of o.
func (t *Tasks) Bind(o *express.Options) { t.Clock, t.Threads = o.Clock, o.Threads }

// Invokers are what a machine for p is bound to: as Case.Invokers.
func (t *Tasks) Invokers(p *program.Program, others map[string]express.Invoker) (map[string]express.Invoker, error) {
	return invokers(p, t.Rules, t, others)
}

// Invoke answers c. A call that no rule answers fails with States.Runtime, which
// no Catch matches; Err tells of it.
func (t *Tasks) Invoke(ctx context.Context, c *express.Call) (value.Value, error) {
	r := t.take(c)
	if r == nil {
		cause := fmt.Sprintf("No mock answers the task %s of state %q.", c.Task.Resource, c.State)
		return value.Value{}, &express.Error{Name: express.ErrRuntime, Cause: cause}
	}
	if err := t.pass(ctx, r, c); err != nil {
		return value.Value{}, err
	}
	return r.answer.give(ctx, c, t.Threads)
}

// Err says which calls had no answer; nil if all had one.
func (t *Tasks) Err() error {
	t.mu.Lock()
	defer t.mu.Unlock()
	return errors.Join(t.missing...)
}

// take is the rule that answers c, nil if none does.
func (t *Tasks) take(c *express.Call) *Rule {
	t.mu.Lock()
	defer t.mu.Unlock()
	rules := t.Rules[c.State]
	iteration := place(c.Iteration)
	for i := range rules {
		r := &rules[i]
		u := use{c.State, i, iteration}
		if most := r.calls(i == len(rules)-1); !r.fits(c) || most > 0 && t.used[u] >= most {
			continue
		}
		if t.used == nil {
			t.used = make(map[use]int)
		}
		t.used[u]++
		return r
	}
	t.missing = append(t.missing, unanswered(c, len(rules)))
	return nil
}

// maxShown is how much of an input an error shows, in bytes.
const maxShown = 200

// unanswered says that none of so many rules answers c.
func unanswered(c *express.Call, rules int) error {
	input := c.Input.String()
	if len(input) > maxShown {
		input = strings.ToValidUTF8(input[:maxShown], "") + "..."
	}
	if rules == 0 {
		return fmt.Errorf("no mock answers the task %s of state %q, called with %s", c.Task.Resource, c.State, input)
	}
	return fmt.Errorf("none of the %d mocks of the task %s of state %q fits this call and has calls left: it was called with %s",
		rules, c.Task.Resource, c.State, input)
}

// place is the iterations around a call as text.
func place(all []express.Iteration) string {
	var b []byte
	for _, i := range all {
		b = append(strconv.AppendInt(b, int64(i.Index), 10), ' ')
	}
	return string(b)
}

// pass lets the time go by that r wants before it answers. Its error is that the
// call was to end before that.
func (t *Tasks) pass(ctx context.Context, r *Rule, c *express.Call) error {
	left := r.after
	if r.answer.Never && r.beat > 0 {
		left = math.MaxInt64
	}
	for left > 0 {
		d := left
		if r.beat > 0 {
			d = min(r.beat, left)
		}
		if err := t.sleep(ctx, d); err != nil {
			return err
		}
		if left -= d; left > 0 {
			c.Beat()
		}
	}
	return nil
}

// errAwake ends a sleep that has taken as long as it was to.
var errAwake = errors.New("it is time")

// sleep parks the thread of a call for d, or until the call is to end.
func (t *Tasks) sleep(call context.Context, d time.Duration) error {
	ctx, cancel := context.WithCancelCause(call)
	defer cancel(nil)
	fire := func() { cancel(errAwake) }
	if t.Clock != nil {
		defer t.Clock.NewTimer(d, fire).Stop()
	} else {
		defer time.AfterFunc(d, fire).Stop()
	}
	if t.Threads != nil {
		t.Threads.Park(ctx.Done())
	} else {
		<-ctx.Done()
	}
	return context.Cause(call)
}

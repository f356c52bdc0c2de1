package teststate_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/seed66d9166c/express/express"
	"github.com/seed66d9166c/express/express/teststate"
	"github.com/seed66d9166c/express/express/value"
)

// Without a mock a task is performed by its Invoker, and one that does not answer
// ends with the context.
func TestInvoker(t *testing.T) {
	r := teststate.Request{
		Definition: `{"Type": "Task", "Resource": "func:double", "End": true}`,
		Input:      `21`,
		Invokers: map[string]express.Invoker{"func": express.InvokerFunc(func(_ context.Context, c *express.Call) (value.Value, error) {
			n, _ := c.Input.Int()
			return value.Int(2 * n), nil
		})},
	}
	out, err := teststate.Run(t.Context(), r)
	if err != nil || out.Output.String() != "42" {
		t.Errorf("got %+v, %v", out, err)
	}
	r.Mock = &teststate.Mock{Result: `1`}
	out, err = teststate.Run(t.Context(), r)
	if err != nil || out.Output.String() != "1" {
		t.Errorf("with a mock: got %+v, %v", out, err)
	}

	stopped := errors.New("stopped")
	ctx, stop := context.WithCancelCause(t.Context())
	r.Mock = nil
	r.Invokers["func"] = express.InvokerFunc(func(ctx context.Context, _ *express.Call) (value.Value, error) {
		stop(stopped)
		<-ctx.Done()
		return value.Value{}, ctx.Err()
	})
	if _, err := teststate.Run(ctx, r); !errors.Is(err, stopped) {
		t.Errorf("cancelled: got %v", err)
	}
}

// Requests may share what they point to.
func TestShared(t *testing.T) {
	r := teststate.Request{
		Definition: `{"Type": "Task", "Resource": "arn:aws:states:::sqs:sendMessage", "End": true}`,
		Mock:       &teststate.Mock{Result: `{"MessageId": 1}`},
	}
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			if _, err := teststate.Run(t.Context(), r); err == nil || !strings.Contains(err.Error(), "Field 'MessageId' must be a string") {
				t.Errorf("got %v", err)
			}
		})
	}
	wg.Wait()
}

// States are looked for as deep as the compiler takes them, and a definition that
// is deeper costs no more.
func TestNesting(t *testing.T) {
	for levels, ok := range map[int]bool{31: true, 32: false, 2000: false} {
		inner := `{"Type": "Succeed"}`
		for i := range levels {
			inner = fmt.Sprintf(`{"Type": "Parallel", "Branches": [{"StartAt": "S%d", "States": {"S%d": %s}}], "End": true}`, i, i, inner)
		}
		_, err := teststate.Run(t.Context(), teststate.Request{
			Definition:    inner,
			Mock:          &teststate.Mock{Result: `[1]`},
			Configuration: &teststate.Configuration{ErrorCausedByState: "S0"},
		})
		if ok != (err == nil) || err != nil && !strings.Contains(err.Error(), "TOO_DEEPLY_NESTED") {
			t.Errorf("%d levels: got %v", levels, err)
		}
	}
}

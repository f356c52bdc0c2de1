package express_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/seed66d9166c/express/express"
	"github.com/seed66d9166c/express/express/expresstest"
	"github.com/seed66d9166c/express/express/program"
	"github.com/seed66d9166c/express/express/value"
)

func TestCall(t *testing.T) {
	var got []*express.Call
	m := expresstest.Machine(t, `{"StartAt": "Each", "States": {"Each": {"Type": "Map", "MaxConcurrency": 1, "End": true,
		"ItemProcessor": {"StartAt": "Call", "States": {"Call": {"Type": "Task", "Resource": "func:f", "TimeoutSeconds": 30, "HeartbeatSeconds": 20,
			"Credentials": {"RoleArn": "arn:role"}, "Parameters": {"n.$": "$"}, "Retry": [{"ErrorEquals": ["Busy"]}], "End": true}}}}}}`,
		func(_ context.Context, c *express.Call) (value.Value, error) {
			got = append(got, c)
			if len(got) == 2 {
				return value.Null, &express.Error{Name: "Busy"}
			}
			return c.Input, nil
		}, expresstest.Virtual)
	o := m.Run(t.Context(), express.Start{Name: "run", Input: parse(t, `[1, 2]`), Delivery: 3, Hops: 2, Trace: "Root=1"})
	wantOutcome(t, o, `SUCCEEDED [{"n":1},{"n":2}]`)

	call := func(index, retry int, after time.Duration) *express.Call {
		return &express.Call{
			Input:     parse(t, fmt.Sprintf(`{"n":%d}`, index+1)),
			Role:      "arn:role",
			Execution: "run",
			State:     "Call",
			Iteration: []express.Iteration{{Map: "Each", Index: index}},
			Delivery:  3,
			Retry:     retry,
			Deadline:  expresstest.Epoch.Add(after + 30*time.Second),
			Heartbeat: 20 * time.Second,
			Trace:     "Root=1",
			Hops:      2,
		}
	}
	want := []*express.Call{call(0, 0, 0), call(1, 0, 0), call(1, 1, time.Second)}
	if diff := cmp.Diff(want, got, cmp.Comparer(value.Equal), cmpopts.IgnoreFields(express.Call{}, "Task", "Beat", "Submitted"), cmpopts.IgnoreUnexported(express.Call{})); diff != "" {
		t.Errorf("calls (-want +got):\n%s", diff)
	}
	if got[0].Task.Kind != "func" || got[0].Task.Target != "f" {
		t.Errorf("task is %+v", got[0].Task)
	}
	if got[0].Key() == got[1].Key() || got[1].Key() != got[2].Key() {
		t.Errorf("keys are %s, %s, %s", got[0].Key(), got[1].Key(), got[2].Key())
	}
}

// The deadline of a call is that of the execution where that comes first.
func TestCallDeadline(t *testing.T) {
	var deadline time.Time
	run(t, `{"StartAt": "Call", "TimeoutSeconds": 7, "States": {"Call": {"Type": "Task", "Resource": "func:f", "TimeoutSeconds": 30, "End": true}}}`, `{}`,
		func(_ context.Context, c *express.Call) (value.Value, error) {
			deadline = c.Deadline
			return value.Null, nil
		})
	if want := expresstest.Epoch.Add(7 * time.Second); !deadline.Equal(want) {
		t.Errorf("deadline is %s, want %s", deadline, want)
	}
}

// rounds runs iterations with two branches twice over; branch A calls its task
// twice.
const rounds = `{"StartAt": "Each", "States": {
	"Each": {"Type": "Map", "ItemsPath": "$.items", "ResultPath": null, "Retry": [{"ErrorEquals": ["Busy"]}], "Next": "Again?",
		"ItemProcessor": {"StartAt": "Both", "States": {"Both": {"Type": "Parallel", "End": true, "Branches": [
			{"StartAt": "A", "States": {
				"A": {"Type": "Task", "Resource": "func:f", "Next": "Twice?"},
				"Twice?": {"Type": "Choice", "Choices": [{"Variable": "$.call", "NumericEquals": 0, "Next": "A"}], "Default": "Enough"},
				"Enough": {"Type": "Succeed"}}},
			{"StartAt": "B", "States": {"B": {"Type": "Task", "Resource": "func:f", "End": true}}}]}}}},
	"Again?": {"Type": "Choice", "Choices": [{"Variable": "$.round", "NumericEquals": 2, "Next": "Done"}], "Default": "Round"},
	"Round": {"Type": "Pass", "Result": 2, "ResultPath": "$.round", "Next": "Each"},
	"Done": {"Type": "Succeed"}}}`

// callsOf runs rounds, and says for each call of a state in an iteration, in
// order, which key it had. The call with number busy fails.
func callsOf(t *testing.T, s express.Start, busy int) map[string][]string {
	keys := make(map[string][]string)
	calls := 0
	m := expresstest.Machine(t, rounds, func(_ context.Context, c *express.Call) (value.Value, error) {
		place := fmt.Sprint(c.State, c.Iteration)
		keys[place] = append(keys[place], c.Key())
		if calls++; calls == busy {
			return value.Null, &express.Error{Name: "Busy"}
		}
		call := len(keys[place]) % 2
		return value.Object(value.Member{Key: "call", Val: value.Int(int64(1 - call))}), nil
	}, expresstest.Virtual)
	s.Input = parse(t, `{"items": [1, 2], "round": 1}`)
	if o := m.Run(t.Context(), s); o.Status != express.Succeeded {
		t.Fatal(outcome(o))
	}
	return keys
}

// Keys differ by everything that makes another call of it, and by nothing else.
func TestKey(t *testing.T) {
	first := callsOf(t, express.Start{Name: "e-1", Delivery: 1}, 0)
	all := make(map[string]string)
	for place, keys := range first {
		for i, key := range keys {
			if len(key) != 52 {
				t.Errorf("key %q has %d characters", key, len(key))
			}
			if other, ok := all[key]; ok {
				t.Errorf("call %d of %s has the key of %s", i, place, other)
			}
			all[key] = place
		}
	}
	if want := 2 * 2 * (2 + 1); len(all) != want {
		t.Errorf("%d keys, want %d", len(all), want)
	}
	if diff := cmp.Diff(first, callsOf(t, express.Start{Name: "e-1", Delivery: 2}, 0)); diff != "" {
		t.Errorf("a redelivery has other keys:\n%s", diff)
	}
	for place, keys := range callsOf(t, express.Start{Name: "e-2"}, 0) {
		for _, key := range keys {
			if other, ok := all[key]; ok {
				t.Errorf("%s has the key of %s in another execution", place, other)
			}
		}
	}
}

// What is called again because the Map is tried again has the same key again.
func TestKeyRetry(t *testing.T) {
	want := callsOf(t, express.Start{Name: "e"}, 0)
	got := callsOf(t, express.Start{Name: "e"}, 1)
	place := "A[{Each 0}]"
	if got[place][0] != want[place][0] || got[place][1] != want[place][0] {
		t.Errorf("keys are %q, want %q twice", got[place][:2], want[place][0])
	}
}

func TestTaskErrors(t *testing.T) {
	for name, tt := range map[string]struct {
		err  error
		want string
	}{
		"plain":       {errors.New("no route"), "FAILED States.TaskFailed: no route"},
		"named":       {&express.Error{Name: "Down", Cause: "why"}, "FAILED Down: why"},
		"no cause":    {&express.Error{Name: "Down", NoCause: true}, "FAILED Down"},
		"wrapped":     {fmt.Errorf("call: %w", &express.Error{Name: "Down", Cause: "why"}), "FAILED Down: why"},
		"not UTF-8":   {errors.New("a\xffb"), "FAILED States.TaskFailed: a\uFFFDb"},
		"its context": {context.DeadlineExceeded, "FAILED States.TaskFailed: context deadline exceeded"},
		"long name":   {&express.Error{Name: strings.Repeat("ä", 257), NoCause: true}, "FAILED " + strings.Repeat("ä", 256)},
		"just a name": {&express.Error{Name: strings.Repeat("ä", 256), NoCause: true}, "FAILED " + strings.Repeat("ä", 256)},
		"long cause":  {errors.New(strings.Repeat("x", 32_769)), "FAILED States.TaskFailed: " + strings.Repeat("x", 32_768)},
	} {
		t.Run(name, func(t *testing.T) {
			o := run(t, oneTask, `{}`, func(context.Context, *express.Call) (value.Value, error) { return value.Null, tt.err })
			wantOutcome(t, o, tt.want)
			if !errors.Is(o.Err, tt.err) || o.Err.State != "Only" || o.Err.Pos == (program.Pos{}) {
				t.Errorf("error is %#v", o.Err)
			}
		})
	}
}

func TestNoAnswerIsNull(t *testing.T) {
	o := run(t, oneTask, `{}`, func(context.Context, *express.Call) (value.Value, error) { return value.Value{}, nil })
	wantOutcome(t, o, "SUCCEEDED null")
}

// A task that answers although it has timed out is not heard.
func TestLateAnswer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := expresstest.Machine(t, strings.Replace(oneTask, `"End"`, `"TimeoutSeconds": 5, "End"`, 1),
			func(ctx context.Context, _ *express.Call) (value.Value, error) {
				<-ctx.Done()
				return value.True, nil
			})
		wantOutcome(t, expresstest.Run(t, m, `{}`), "FAILED States.Timeout")
	})
}

// Heartbeats keep a task alive until its timeout.
func TestHeartbeat(t *testing.T) {
	for name, tt := range map[string]struct {
		beats int
		took  time.Duration
		want  string
	}{
		"enough":   {9, 36 * time.Second, "SUCCEEDED true"},
		"too long": {100, time.Minute, "FAILED States.Timeout"},
		"too few":  {2, 8*time.Second + 5*time.Second, "FAILED States.Timeout"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				m := expresstest.Machine(t, strings.Replace(oneTask, `"End"`, `"TimeoutSeconds": 60, "HeartbeatSeconds": 5, "End"`, 1),
					func(ctx context.Context, c *express.Call) (value.Value, error) {
						defer c.Beat() // too late to do anything
						for range tt.beats {
							select {
							case <-time.After(4 * time.Second):
								c.Beat()
							case <-ctx.Done():
								return value.Null, ctx.Err()
							}
						}
						if name == "too few" {
							<-ctx.Done()
						}
						return value.True, nil
					})
				o := expresstest.Run(t, m, `{}`)
				wantOutcome(t, o, tt.want)
				if took := o.Stop.Sub(o.Start); took != tt.took {
					t.Errorf("took %s, want %s", took, tt.took)
				}
			})
		})
	}
}

// The token of a callback is in the context object when the arguments are
// resolved, and is another one each time.
func TestToken(t *testing.T) {
	var tokens []string
	o := run(t, `{"StartAt": "Ask", "States": {"Ask": {"Type": "Task", "Resource": "arn:aws:states:::sqs:sendMessage.waitForTaskToken",
		"Parameters": {"QueueUrl": "q", "MessageBody.$": "$$.Task.Token"}, "Next": "Again"},
		"Again": {"Type": "Task", "Resource": "arn:aws:states:::sqs:sendMessage.waitForTaskToken",
		"Parameters": {"QueueUrl": "q", "MessageBody": "no token"}, "End": true}}}`, `{}`,
		func(_ context.Context, c *express.Call) (value.Value, error) {
			if body, _ := c.Input.Get("MessageBody"); c.State == "Ask" && body.Text() != c.Token {
				t.Errorf("the argument is %s, the token %s", body, c.Token)
			}
			tokens = append(tokens, c.Token)
			return value.Null, nil
		})
	if o.Status != express.Succeeded || tokens[0] == "" || tokens[1] == "" || tokens[0] == tokens[1] {
		t.Errorf("tokens are %q", tokens)
	}
}

func TestWithKey(t *testing.T) {
	c := express.Call{Execution: "e-1", State: "Ask"}
	if with := c.WithKey("mine"); with.Key() != "mine" || with.State != "Ask" || c.Key() == "mine" {
		t.Errorf("keys are %q and %q", with.Key(), c.Key())
	}
}

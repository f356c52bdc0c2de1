package express_test

import (
	"context"
	"errors"
	"runtime"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/seed66d9166c/express/express"
	"github.com/seed66d9166c/express/express/expresstest"
	"github.com/seed66d9166c/express/express/program"
	"github.com/seed66d9166c/express/express/template"
	"github.com/seed66d9166c/express/express/value"
)

const (
	onePass = `{"StartAt": "Only", "States": {"Only": {"Type": "Pass", "End": true}}}`
	oneTask = `{"StartAt": "Only", "States": {"Only": {"Type": "Task", "Resource": "func:f", "End": true}}}`
	oneWait = `{"StartAt": "Only", "States": {"Only": {"Type": "Wait", "Seconds": 60, "End": true}}}`
	loop    = `{"StartAt": "Loop", "States": {"Loop": {"Type": "Choice", "Default": "Loop", "Choices": [
		{"Variable": "$.end", "IsPresent": true, "Next": "Done"}]}, "Done": {"Type": "Succeed"}}}`
)

func TestRunDefaults(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		m := expresstest.Machine(t, oneWait, nil)
		o := m.Run(t.Context(), express.Start{})
		wantOutcome(t, o, "SUCCEEDED {}")
		if !o.Start.Equal(began) || o.Stop.Sub(o.Start) != time.Minute || o.State != "Only" || o.Logged != nil {
			t.Errorf("ran from %s to %s, ended in %q, logged %v", o.Start, o.Stop, o.State, o.Logged)
		}
	})
}

func TestNewRefuses(t *testing.T) {
	p := expresstest.Machine(t, oneTask, echo).Program()
	if _, err := express.New(p, express.Options{}); err == nil || !strings.Contains(err.Error(), `"func"`) {
		t.Errorf("without an invoker: %v", err)
	}
	if _, err := express.New(&program.Program{Name: "empty"}, express.Options{}); err == nil || !strings.Contains(err.Error(), "empty") {
		t.Errorf("a program that cannot run: %v", err)
	}
}

// A panic fails its execution, past all handlers, and nothing else.
func TestPanic(t *testing.T) {
	handlers := `"Retry": [{"ErrorEquals": ["States.ALL"]}], "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "Caught"}], "End": true`
	task := `{"Type": "Task", "Resource": "func:f", ` + handlers + `}`
	machine := `{"StartAt": "Top", "States": {"Top": %, "Caught": {"Type": "Pass", "End": true}}}`
	inner := strings.ReplaceAll(strings.Replace(machine, "%", task, 1), "Top", "In")
	inner = strings.ReplaceAll(inner, "Caught", "CaughtIn")
	waits := `{"StartAt": "Waits", "States": {"Waits": {"Type": "Wait", "Seconds": 60, "End": true}}}`
	for name, top := range map[string]string{
		"task":            task,
		"only branch":     `{"Type": "Parallel", "Branches": [` + inner + `], ` + handlers + `}`,
		"branch":          `{"Type": "Parallel", "Branches": [` + waits + `, ` + inner + `], ` + handlers + `}`,
		"first branch":    `{"Type": "Parallel", "Branches": [` + inner + `, ` + waits + `], ` + handlers + `}`,
		"iteration":       `{"Type": "Map", "ItemsPath": "$.items", "ItemProcessor": ` + inner + `, ` + handlers + `}`,
		"after iteration": `{"Type": "Map", "ItemsPath": "$.items", "MaxConcurrency": 1, "ItemProcessor": ` + inner + `, ` + handlers + `}`,
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				bad := true
				m := expresstest.Machine(t, strings.Replace(machine, "%", top, 1), func(_ context.Context, c *express.Call) (value.Value, error) {
					if bad {
						panic("the task is broken")
					}
					return value.Null, nil
				})
				o := expresstest.Run(t, m, `{"items": [1, 2]}`)
				wantOutcome(t, o, "FAILED States.Runtime: panic: the task is broken")
				p, ok := errors.AsType[*express.PanicError](o.Err)
				if !ok || p.Value != "the task is broken" || !strings.Contains(string(p.Stack), "TestPanic") {
					t.Errorf("beneath lies %v", o.Err.Err)
				}
				bad = false
				if o := expresstest.Run(t, m, `{"items": [1, 2]}`); o.Status != express.Succeeded {
					t.Errorf("the next execution: %s", outcome(o))
				}
			})
		})
	}
}

func TestPanicOfItemSelector(t *testing.T) {
	p := patch(t, `{"StartAt": "Each", "States": {"Each": {"Type": "Map", "ItemSelector": {"v.$": "$.v"}, "End": true,
		"ItemProcessor": {"StartAt": "In", "States": {"In": {"Type": "Wait", "Seconds": 1, "End": true}}}}}}`,
		`{"v.$":"$.v"}`, func(*template.Scope) (value.Value, error) { panic("the expression is broken") })
	m, err := express.New(p, express.Options{})
	if err != nil {
		t.Fatal(err)
	}
	wantOutcome(t, expresstest.Run(t, m, `[1, 2, 3]`), "FAILED States.Runtime: panic: the expression is broken")
}

// A task that ends its goroutine, as t.FailNow does, leaves nobody waiting. (On a
// virtual clock, it is certain that the goroutine is not the test's.)
func TestGoexit(t *testing.T) {
	o := run(t, `{"StartAt": "Both", "States": {"Both": {"Type": "Parallel", "End": true, "Branches": [
			{"StartAt": "Waits", "States": {"Waits": {"Type": "Wait", "Seconds": 60, "End": true}}},
			{"StartAt": "Calls", "States": {"Calls": {"Type": "Task", "Resource": "func:f", "End": true}}}]}}}`, `{}`,
		func(context.Context, *express.Call) (value.Value, error) { runtime.Goexit(); return value.Null, nil })
	wantOutcome(t, o, "FAILED States.Runtime: the goroutine has ended")
}

func TestCancel(t *testing.T) {
	retry := `"Retry": [{"ErrorEquals": ["States.ALL"], "IntervalSeconds": 60}]`
	waits := `{"StartAt": "A", "States": {"A": {"Type": "Wait", "Seconds": 60, "End": true}}}`
	for name, tt := range map[string]struct{ state, in string }{
		"wait":     {`{"Type": "Wait", "Seconds": 60, "End": true}`, "Top"},
		"task":     {`{"Type": "Task", "Resource": "func:hang", "TimeoutSeconds": 60, "End": true, ` + retry + `}`, "Top"},
		"pause":    {`{"Type": "Task", "Resource": "func:fail", "End": true, ` + retry + `}`, "Top"},
		"branches": {`{"Type": "Parallel", "Branches": [` + waits + `, ` + strings.ReplaceAll(waits, `"A"`, `"B"`) + `], "End": true}`, "A"},
		"map":      {`{"Type": "Map", "ItemsPath": "$.items", "ItemProcessor": ` + waits + `, "End": true}`, "A"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				m := expresstest.Machine(t, `{"StartAt": "Top", "States": {"Top": `+tt.state+`}}`, func(ctx context.Context, c *express.Call) (value.Value, error) {
					if c.Task.Target == "fail" {
						return value.Null, errors.New("busy")
					}
					return hang(ctx, c)
				})
				ctx, cancel := context.WithCancel(t.Context())
				time.AfterFunc(5*time.Second, cancel)
				o := m.Run(ctx, express.Start{Input: parse(t, `{"items": [1, 2, 3]}`)})
				wantOutcome(t, o, "ABORTED")
				if took := o.Stop.Sub(o.Start); took != 5*time.Second {
					t.Errorf("took %s", took)
				}
				if name != "branches" && o.State != tt.in {
					t.Errorf("ended in %q", o.State)
				}
			})
		})
	}
}

// An execution that is cancelled already ends before it has entered many states.
func TestCancelBusyLoop(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	var log expresstest.Transcript
	m := expresstest.Machine(t, loop, nil, log.Bind)
	wantOutcome(t, m.Run(ctx, express.Start{}), "ABORTED")
	if n := strings.Count(log.String(), "ChoiceStateEntered"); n > 64 {
		t.Errorf("entered %d states", n)
	}
}

// A clock that says a second more each time that it is asked.
type fastClock struct {
	express.Clock
	mu  sync.Mutex // guards now
	now time.Time
}

func (c *fastClock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(time.Second)
	return c.now
}

func TestDeadlineBusyLoop(t *testing.T) {
	m := expresstest.Machine(t, loop, nil, func(o *express.Options) { o.Clock = &fastClock{} })
	wantOutcome(t, expresstest.Run(t, m, `{}`), "TIMED_OUT States.Timeout")
}

// The shortest of what the engine, the machine and the limits say counts, and
// nothing catches it.
func TestDeadline(t *testing.T) {
	for name, tt := range map[string]struct {
		timeout string
		limits  express.Limits
		want    time.Duration
	}{
		"engine":  {"", express.Limits{}, express.DefaultDuration},
		"machine": {`"TimeoutSeconds": 20,`, express.Limits{Duration: time.Minute}, 20 * time.Second},
		"limits":  {`"TimeoutSeconds": 20,`, express.Limits{Duration: time.Second}, time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				m := expresstest.Machine(t, `{"StartAt": "Call", `+tt.timeout+` "States": {
					"Call": {"Type": "Task", "Resource": "func:hang", "End": true,
						"Retry": [{"ErrorEquals": ["States.ALL"]}], "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "Caught"}]},
					"Caught": {"Type": "Pass", "End": true}}}`, hang, limits(tt.limits))
				o := expresstest.Run(t, m, `{}`)
				wantOutcome(t, o, "TIMED_OUT States.Timeout")
				if took := o.Stop.Sub(o.Start); took != tt.want {
					t.Errorf("took %s", took)
				}
			})
		})
	}
}

// A task may run another machine: it ends with the task, and not as TimedOut.
func TestRunInTask(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		inner := expresstest.Machine(t, `{"StartAt": "In", "States": {"In": {"Type": "Task", "Resource": "func:hang", "TimeoutSeconds": 60, "End": true,
				"Catch": [{"ErrorEquals": ["States.ALL"], "Next": "Caught"}]}, "Caught": {"Type": "Pass", "End": true}}}`, hang)
		var o express.Outcome
		outer := func(timeout string) express.Outcome {
			return expresstest.Run(t, expresstest.Machine(t, `{"StartAt": "Out", "TimeoutSeconds": 20, "States": {"Out": {"Type": "Task", "Resource": "func:run", `+timeout+` "End": true}}}`,
				func(ctx context.Context, c *express.Call) (value.Value, error) {
					o = inner.Run(ctx, express.Start{Name: "inner"})
					return value.Null, nil
				}), `{}`)
		}
		wantOutcome(t, outer(""), "TIMED_OUT States.Timeout")
		wantOutcome(t, o, "ABORTED")
		wantOutcome(t, outer(`"TimeoutSeconds": 5,`), "FAILED States.Timeout")
		wantOutcome(t, o, "ABORTED")
	})
}

// Executions of one machine do not see each other.
func TestConcurrentRuns(t *testing.T) {
	m := expresstest.Machine(t, `{"StartAt": "Set", "States": {
		"Set": {"Type": "Pass", "Assign": {"v.$": "$.v"}, "Next": "All"},
		"All": {"Type": "Parallel", "End": true, "Branches": [
			{"StartAt": "A", "States": {"A": {"Type": "Task", "Resource": "func:f", "Parameters": {"v.$": "$v"}, "End": true}}},
			{"StartAt": "B", "States": {"B": {"Type": "Map", "ItemsPath": "$.items", "MaxConcurrency": 3, "End": true,
				"ItemSelector": {"v.$": "$v", "item.$": "$$.Map.Item.Value"},
				"ItemProcessor": {"StartAt": "C", "States": {"C": {"Type": "Task", "Resource": "func:f", "End": true}}}}}}]}}}`, echo)
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			n := value.Int(int64(i))
			in := value.Object(value.Member{Key: "v", Val: n}, value.Member{Key: "items", Val: value.Array(value.Int(7), value.Int(8), value.Int(9), n)})
			want := strings.ReplaceAll(`SUCCEEDED [{"v":N},[{"v":N,"item":7},{"v":N,"item":8},{"v":N,"item":9},{"v":N,"item":N}]]`, "N", n.String())
			for range 200 {
				wantOutcome(t, m.Run(t.Context(), express.Start{Input: in}), want)
			}
		})
	}
	wg.Wait()
}

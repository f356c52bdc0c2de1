package express_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/seed66d9166c/express/express"
	"github.com/seed66d9166c/express/express/expresstest"
	"github.com/seed66d9166c/express/express/template"
	"github.com/seed66d9166c/express/express/value"
)

func answer(v value.Value) express.InvokerFunc {
	return func(context.Context, *express.Call) (value.Value, error) { return v, nil }
}

// Each machine gets text as the answer of its task, or as a part of its input.
func TestPayloadLimit(t *testing.T) {
	const limit = express.DefaultPayload
	const result = "States.DataLimitExceeded: The state/task '%s' returned a result with a size exceeding the maximum number of bytes service limit."
	branch := `{"StartAt": "%s", "States": {"%s": {"Type": "Pass", "InputPath": "$.text", "End": true}}}`
	for name, tt := range map[string]struct {
		state string
		most  int // bytes of text
		want  string
	}{
		"direct Lambda": {`{"Type": "Task", "Resource": "arn:aws:lambda:eu-west-1:123456789012:function:f", "End": true}`,
			limit, fmt.Sprintf(result, "arn:aws:lambda:eu-west-1:123456789012:function:f")},
		"integration": {`{"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "Parameters": {"FunctionName": "f"}, "End": true}`,
			limit, fmt.Sprintf(result, "lambda")},
		"output": {`{"Type": "Task", "Resource": "func:f", "InputPath": null, "ResultPath": "$.r", "End": true}`,
			(limit - len(`{"text":,"items":[null],"r":}`)) / 2, fmt.Sprintf(result, "Top")},
		"argument": {`{"Type": "Pass", "Parameters": {"a.$": "$.text"}, "End": true}`,
			limit - len(`{"a":}`), "States.DataLimitExceeded: The state/task 'Top' has an input with a size exceeding the maximum number of bytes service limit."},
		"item": {`{"Type": "Map", "ItemsPath": "$.items", "ItemSelector": {"a.$": "$.text"}, "ResultPath": null, "OutputPath": null, "End": true,
			"ItemProcessor": {"StartAt": "In", "States": {"In": {"Type": "Pass", "OutputPath": null, "End": true}}}}`,
			limit - len(`{"a":}`), "States.DataLimitExceeded: The state/task 'Top' has an input with a size exceeding the maximum number of bytes service limit."},
		"children": {`{"Type": "Parallel", "Branches": [` + fmt.Sprintf(branch, "A", "A") + `, ` + fmt.Sprintf(branch, "B", "B") + `], "ResultPath": null, "OutputPath": null, "End": true}`,
			limit/2 - 2, fmt.Sprintf(result, "Top")},
		"variables": {`{"Type": "Pass", "Assign": {"a.$": "$.text", "b.$": "$.text"}, "OutputPath": null, "End": true}`,
			limit / 2, "States.DataLimitExceeded: The variables assigned in the state 'Top' exceed the maximum of 262144 bytes."},
	} {
		t.Run(name, func(t *testing.T) {
			for size, want := range map[int]string{tt.most: "SUCCEEDED ", tt.most + 1: "FAILED " + tt.want} {
				m := expresstest.Machine(t, `{"StartAt": "Top", "States": {"Top": `+tt.state+`}}`, answer(text(size)))
				o := m.Run(t.Context(), express.Start{Input: value.Object(value.Member{Key: "text", Val: text(size)}, value.Member{Key: "items", Val: value.Array(value.Null)})})
				if got := outcome(o); !strings.HasPrefix(got, want) {
					t.Errorf("%d bytes: %.300s\nwant %s", size, got, want)
				}
			}
		})
	}
}

// States.ALL catches that a result is too large, as recorded on AWS.
func TestPayloadLimitIsCaught(t *testing.T) {
	o := run(t, `{"StartAt": "Call", "States": {
		"Call": {"Type": "Task", "Resource": "func:f", "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "Caught"}], "End": true},
		"Caught": {"Type": "Pass", "InputPath": "$.Error", "End": true}}}`, `{}`, answer(text(express.DefaultPayload+1)))
	wantOutcome(t, o, `SUCCEEDED "States.DataLimitExceeded"`)
}

// chain is n Pass states in a row.
func chain(n int) string {
	var b strings.Builder
	b.WriteString(`{"StartAt": "S0", "States": {`)
	for i := range n - 1 {
		fmt.Fprintf(&b, `"S%d": {"Type": "Pass", "Next": "S%d"}, `, i, i+1)
	}
	fmt.Fprintf(&b, `"S%d": {"Type": "Pass", "End": true}}}`, n-1)
	return b.String()
}

func TestStepLimit(t *testing.T) {
	wantOutcome(t, run(t, chain(5), `{}`, nil, limits(express.Limits{Steps: 5})), "SUCCEEDED {}")
	wantOutcome(t, run(t, chain(6), `{}`, nil, limits(express.Limits{Steps: 5})),
		"FAILED States.Runtime: An error occurred while executing the state 'S5' (entered at the event id #12). The execution has made more than 5 state transitions.")
	o := run(t, loop, `{}`, nil)
	if o.Err == nil || !strings.HasSuffix(o.Err.Cause, "more than 100000 state transitions.") {
		t.Errorf("a loop without end: %s", outcome(o))
	}
}

// Retries count as transitions, and all states together have so many of them.
func TestRetryLimit(t *testing.T) {
	machine := func(attempts int) string {
		return fmt.Sprintf(`{"StartAt": "Each", "States": {"Each": {"Type": "Map", "End": true, "ItemProcessor": {"StartAt": "Call", "States": {
			"Call": {"Type": "Task", "Resource": "func:f", "End": true,
				"Retry": [{"ErrorEquals": ["Busy"], "IntervalSeconds": 1, "BackoffRate": 1, "MaxAttempts": %d}],
				"Catch": [{"ErrorEquals": ["States.ALL"], "Next": "Caught"}]},
			"Caught": {"Type": "Pass", "Result": "caught", "End": true}}}}}}`, attempts)
	}
	busy := func(context.Context, *express.Call) (value.Value, error) {
		return value.Null, &express.Error{Name: "Busy"}
	}
	wantOutcome(t, run(t, machine(5), `[1, 2]`, busy, limits(express.Limits{Retries: 10})), `SUCCEEDED ["caught","caught"]`)
	o := run(t, machine(6), `[1, 2]`, busy, limits(express.Limits{Retries: 10}))
	if o.Err == nil || !strings.HasSuffix(o.Err.Cause, "The execution has retried states more than 10 times.") {
		t.Errorf("one retry more: %s", outcome(o))
	}
	o = run(t, machine(5), `[1, 2]`, busy, limits(express.Limits{Steps: 10}))
	if o.Err == nil || !strings.HasSuffix(o.Err.Cause, "more than 10 state transitions.") {
		t.Errorf("retries as transitions: %s", outcome(o))
	}
	if o := run(t, machine(99_999_999), `[1]`, busy, limits(express.Limits{Duration: time.Hour})); o.Status != express.Failed || o.Stop.Sub(o.Start) != express.DefaultRetries*time.Second {
		t.Errorf("retries without end: %s after %s", outcome(o), o.Stop.Sub(o.Start))
	}
}

// nest is a state in n Map and Parallel states, of which the Maps run over the
// input of the execution.
func nest(n int, state string) string {
	inner := `{"StartAt": "In", "States": {"In": ` + state + `}}`
	for i := range n {
		state := `{"Type": "Parallel", "Branches": [` + inner + `], "End": true}`
		if i%2 == 0 {
			state = `{"Type": "Map", "ItemsPath": "$$.Execution.Input", "ItemProcessor": ` + inner + `, "End": true}`
		}
		inner = fmt.Sprintf(`{"StartAt": "S%d", "States": {"S%d": %s}}`, i, i, state)
	}
	return inner
}

func TestDepthLimit(t *testing.T) {
	one := `{"Type": "Pass", "Result": 1, "End": true}`
	wantOutcome(t, run(t, nest(8, one), `[0]`, nil), "SUCCEEDED [[[[[[[[1]]]]]]]]")
	wantOutcome(t, run(t, nest(9, one), `[0]`, nil), "FAILED States.DataLimitExceeded: The state 'S0' is nested more than 8 deep in Parallel and Map states.")
}

const each = `{"StartAt": "Each", "States": {"Each": {"Type": "Map", "End": true, "ItemProcessor": {"StartAt": "In", "States": {
	"In": {"Type": "Task", "Resource": "func:f", "End": true}}}}}}`

func TestItemLimit(t *testing.T) {
	items := func(n int) string { return "[" + strings.Repeat("1,", n-1) + "1]" }
	if o := run(t, each, items(express.DefaultItems), echo); o.Status != express.Succeeded || o.Output.Len() != express.DefaultItems {
		t.Errorf("all items: %.200s", outcome(o))
	}
	wantOutcome(t, run(t, each, items(express.DefaultItems+1), echo),
		"FAILED States.DataLimitExceeded: The Map state 'Each' has 10001 items, which exceeds the maximum of 10000.")
}

// At most so many iterations run at a time, and exactly so many where there are
// enough items; the outputs have the order of the items.
func TestConcurrency(t *testing.T) {
	for name, tt := range map[string]struct {
		concurrency string
		limits      express.Limits
		want        int64
	}{
		"engine":          {``, express.Limits{}, express.DefaultConcurrency},
		"zero":            {`"MaxConcurrency": 0,`, express.Limits{}, express.DefaultConcurrency},
		"too many":        {`"MaxConcurrency": 1000,`, express.Limits{}, express.DefaultConcurrency},
		"seven":           {`"MaxConcurrency": 7,`, express.Limits{}, 7},
		"one":             {`"MaxConcurrency": 1,`, express.Limits{}, 1},
		"by limit":        {`"MaxConcurrency": 7,`, express.Limits{Concurrency: 5}, 5},
		"few goroutines":  {`"MaxConcurrency": 7,`, express.Limits{Branches: 3}, 4}, // theirs and the execution's own
		"fewer than that": {`"MaxConcurrency": 2,`, express.Limits{Branches: 3}, 2},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var running, most atomic.Int64
				rnd := rand.New(rand.NewPCG(1, 2))
				pause := make([]time.Duration, 100)
				items := make([]value.Value, len(pause))
				for i := range pause {
					pause[i], items[i] = time.Duration(rnd.Int64N(1000)+1)*time.Millisecond, value.Int(int64(i))
				}
				m := expresstest.Machine(t, strings.Replace(each, `"End"`, tt.concurrency+`"End"`, 1), func(_ context.Context, c *express.Call) (value.Value, error) {
					defer running.Add(-1)
					if n := running.Add(1); n > most.Load() {
						most.Store(n) // all have come here at the same time, or will again
					}
					i, _ := c.Input.Int()
					time.Sleep(pause[i])
					return c.Input, nil
				}, limits(tt.limits))
				in := value.Array(items...)
				wantOutcome(t, m.Run(t.Context(), express.Start{Input: in}), "SUCCEEDED "+in.String())
				if most.Load() != tt.want {
					t.Errorf("%d at a time, want %d", most.Load(), tt.want)
				}
			})
		})
	}
}

// Variables that are gone with their scope do not count.
func TestVariableLimit(t *testing.T) {
	machine := `{"StartAt": "Each", "States": {
		"Each": {"Type": "Map", "MaxConcurrency": 1, "ItemsPath": "$.items", "ResultPath": null, "Next": "Set", "ItemProcessor": {"StartAt": "In", "States": {
			"In": {"Type": "Pass", "Assign": {"v.$": "$"}, "End": true}}}},
		"Set": {"Type": "Pass", "Assign": {"a.$": "$.text"}, "Next": "Reset"},
		"Reset": {"Type": "Pass", "Assign": {"a.$": "$.text"}, "Next": "Other"},
		"Other": {"Type": "Pass", "Assign": {"b": "12345678"}, "OutputPath": null, "End": true}}}`
	in := `{"items": ["123456789012", "123456789012"], "text": "0123456789"}`
	const size = len(`"0123456789"`) + len(`"12345678"`)
	wantOutcome(t, run(t, machine, in, nil, limits(express.Limits{Variables: size})), "SUCCEEDED {}")
	wantOutcome(t, run(t, machine, in, nil, limits(express.Limits{Variables: size - 1})),
		"FAILED States.DataLimitExceeded: The variables of the execution exceed the maximum of 21 bytes.")
}

// spend is an expression that takes so many steps and bytes.
func spend(steps, bytes int64) expr {
	return func(s *template.Scope) (value.Value, error) {
		s.Budget.Steps -= steps
		s.Budget.Bytes -= bytes
		if s.Budget.Steps < 0 || s.Budget.Bytes < 0 {
			return value.Null, &template.Failure{Name: "States.Runtime", Cause: "over budget"}
		}
		return value.Object(), nil
	}
}

// Each expression has its own budget of steps and of bytes, and all of them one
// of steps.
func TestExpressionLimits(t *testing.T) {
	two := `{"StartAt": "A", "States": {"A": {"Type": "Pass", "Parameters": {"a.$": "$"}, "Next": "B"}, "B": {"Type": "Pass", "Parameters": {"a.$": "$"}, "Next": "C"}, "C": {"Type": "Succeed"}}}`
	for name, tt := range map[string]struct {
		steps, bytes int64
		want         string
	}{
		"steps":      {express.DefaultExpression, 0, "SUCCEEDED {}"},
		"more steps": {express.DefaultExpression + 1, 0, "FAILED States.Runtime: An error occurred while executing the state 'A' (entered at the event id #2). over budget"},
		"bytes":      {0, express.DefaultMemory, "SUCCEEDED {}"},
		"more bytes": {0, express.DefaultMemory + 1, "FAILED States.Runtime: An error occurred while executing the state 'A' (entered at the event id #2). over budget"},
	} {
		t.Run(name, func(t *testing.T) {
			m, err := express.New(patch(t, two, `{"a.$":"$"}`, spend(tt.steps, tt.bytes)), express.Options{})
			if err != nil {
				t.Fatal(err)
			}
			wantOutcome(t, expresstest.Run(t, m, `{}`), tt.want)
		})
	}
	for work, want := range map[int]string{
		40_000: "SUCCEEDED {}",
		39_999: "FAILED States.Runtime: An error occurred while executing the state 'C' (entered at the event id #6). The expressions of the execution have taken more than 39999 steps.",
	} {
		m, err := express.New(patch(t, two, `{"a.$":"$"}`, spend(20_000, 0)), express.Options{Limits: express.Limits{Work: work}})
		if err != nil {
			t.Fatal(err)
		}
		wantOutcome(t, expresstest.Run(t, m, `{}`), want)
	}
}

// The longest wait is what AWS takes, though no execution lives to see its end.
func TestWaitLimit(t *testing.T) {
	machine := `{"StartAt": "Cool", "States": {"Cool": {"Type": "Wait", "SecondsPath": "$.s", "End": true}}}`
	wantOutcome(t, run(t, machine, `{"s": 2147483647}`, nil), "TIMED_OUT States.Timeout")
	for _, s := range []string{"2147483648", "9007199254740993"} {
		wantOutcome(t, run(t, machine, `{"s": `+s+`}`, nil),
			"FAILED States.Runtime: An error occurred while executing the state 'Cool' (entered at the event id #2). Wait state delay is too long.")
	}
}

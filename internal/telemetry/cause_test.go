package telemetry

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/seed66d9166c/express/express"
	"github.com/seed66d9166c/express/express/expresstest"
	"github.com/seed66d9166c/express/express/value"
	"github.com/seed66d9166c/express/internal/telemetry/otlp/otlptest"
)

const canary = "CANARY-4711"

// Each state fails over the input {"s": CANARY, "a": [CANARY], "o": {"k": CANARY}, "f": a fraction},
// and the engine words why.
var failing = []struct {
	name, state string
	quotes      bool // the data, in the cause
}{
	{"missing input", `"Type": "Pass", "InputPath": "$.x", "End": true`, false},
	{"missing in a template", `"Type": "Pass", "Parameters": {"a.$": "$.x"}, "End": true`, true},
	{"missing in a function", `"Type": "Pass", "Parameters": {"a.$": "States.Format('{}', $.x)"}, "End": true`, true},
	{"wrong argument", `"Type": "Pass", "Parameters": {"a.$": "States.MathAdd($.s, 1)"}, "End": true`, false},
	{"no such JSON", `"Type": "Pass", "Parameters": {"a.$": "States.StringToJson($.s)"}, "End": true`, false},
	{"no place for a result", `"Type": "Pass", "Result": 1, "ResultPath": "$.s.x", "End": true`, true},
	{"no integer", `"Type": "Wait", "SecondsPath": "$.s", "End": true`, true},
	{"no whole number", `"Type": "Wait", "SecondsPath": "$.f", "End": true`, false},
	{"no timestamp", `"Type": "Wait", "TimestampPath": "$.s", "End": true`, true},
	{"no array", `"Type": "Map", "ItemsPath": "$.s", "ItemProcessor": {"StartAt": "B", "States": {"B": {"Type": "Succeed"}}}, "End": true`, false},
	{"no variable", `"Type": "Choice", "Choices": [{"Variable": "$.x", "NumericEquals": 1, "Next": "Z"}]`, false},
	{"no match", `"Type": "Choice", "Choices": [{"Variable": "$.s", "StringEquals": "x", "Next": "Z"}]`, false},
	{"undefined", `"QueryLanguage": "JSONata", "Type": "Pass", "Output": "{% $states.input.x %}", "End": true`, false},
	{"wrong operand", `"QueryLanguage": "JSONata", "Type": "Pass", "Output": "{% $states.input.s * 2 %}", "End": true`, false},
	{"wrong conversion", `"QueryLanguage": "JSONata", "Type": "Pass", "Output": "{% $number($states.input.s) %}", "End": true`, true},
	{"wrong type", `"QueryLanguage": "JSONata", "Type": "Map", "Items": "{% $states.input.s %}", "ItemProcessor": {"StartAt": "B", "States": {"B": {"Type": "Succeed"}}}, "End": true`, true},
	{"no items", `"QueryLanguage": "JSONata", "Type": "Map", "ItemProcessor": {"StartAt": "B", "States": {"B": {"Type": "Succeed"}}}, "End": true`, true},
	{"no time", `"QueryLanguage": "JSONata", "Type": "Wait", "Timestamp": "{% $states.input.s %}", "End": true`, true},
	{"panic", `"Type": "Task", "Resource": "func:panic", "End": true`, true},
}

// runFailing runs a machine whose second state is the one given.
func runFailing(t *testing.T, state string, options ...func(*express.Options)) express.Outcome {
	t.Helper()
	definition := `{"StartAt": "First", "States": {"First": {"Type": "Pass", "Assign": {"v.$": "$"}, "Next": "A"}, "A": {` + state + `}`
	if strings.Contains(state, `"Next": "Z"`) {
		definition += `, "Z": {"Type": "Succeed"}`
	}
	m := expresstest.Machine(t, definition+"}}", func(context.Context, *express.Call) (value.Value, error) { panic(canary) },
		append(options, expresstest.Virtual)...)
	return expresstest.Run(t, m, fmt.Sprintf(`{"s": %[1]q, "a": [%[1]q], "o": {"k": %[1]q}, "f": 1.5}`, canary))
}

// What the engine says of an error loses what it quotes of the data, and
// nothing else.
func TestCauseOf(t *testing.T) {
	var b strings.Builder
	for _, tt := range failing {
		t.Run(tt.name, func(t *testing.T) {
			out := runFailing(t, tt.state)
			if out.Err == nil {
				t.Fatal("it did not fail")
			}
			if got := causeOf(out.Err, true); got != out.Err.Cause {
				t.Errorf("with data it is %q, want %q", got, out.Err.Cause)
			}
			if got := strings.Contains(out.Err.Cause, canary); got != tt.quotes {
				t.Errorf("quotes the data: %t, want %t: %s", got, tt.quotes, out.Err.Cause)
			}
			got := causeOf(out.Err, false)
			if strings.Contains(got, canary) {
				t.Errorf("it still quotes the data: %s", got)
			}
			fmt.Fprintf(&b, "%s\n  %s\n", tt.name, got)
		})
	}
	golden(t, "causes", b.String())
}

// The words of tasks and Fail states are the user's own.
func TestCauseOfUser(t *testing.T) {
	for _, err := range []*express.Error{
		{Name: "Card.Declined", Cause: canary},
		{Name: express.ErrTaskFailed, Cause: canary, Err: errors.New(canary)},
	} {
		if got := causeOf(err, false); got != canary {
			t.Errorf("%s: cause is %q, want it as it was", err.Name, got)
		}
	}
}

// Where data is excluded it is in no record and in no line.
func TestCanary(t *testing.T) {
	c := otlptest.Start(t, nil)
	tel := exporting(t, c)
	var out strings.Builder
	tel.lines = NewLines(&out, LineOptions{Events: true})
	for _, tt := range failing {
		runFailing(t, tt.state, func(o *express.Options) {
			o.Recorder = tel.Recorder(Workflow{Name: "orders", Level: express.LevelAll})
		})
	}
	closeNow(t, tel)
	if s := transcript(c.Records()); strings.Contains(s, canary) || !strings.Contains(s, "express.execution.failed") {
		t.Errorf("records:\n%s", s)
	}
	if s := out.String(); strings.Contains(s, canary) || !strings.Contains(s, "FAILED") {
		t.Errorf("lines:\n%s", s)
	}
}

package mock_test

import (
	"context"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/seed66d9166c/express/compiler"
	"github.com/seed66d9166c/express/express"
	"github.com/seed66d9166c/express/express/expresstest"
	"github.com/seed66d9166c/express/express/mock"
	"github.com/seed66d9166c/express/express/program"
	"github.com/seed66d9166c/express/express/value"
)

const config = `{
	"StateMachines": {
		"orders": {"TestCases": {
			"happy": {"Check": "checked"},
			"busy": {"Check": "busy", "Ship": "shipped"}}},
		"bills": {"TestCases": {
			"happy": {},
			"paid": {"Pay": "checked"}}}},
	"MockedResponses": {
		"checked": {"0": {"Return": {"ok": true}}},
		"shipped": {"0-9": {"Return": null}},
		"busy": {
			"3": {"Return": {"ok": true}},
			"0": {"Throw": {"Error": "Busy", "Cause": "first"}},
			"1-2": {"Throw": {"Error": "Busy", "Cause": "then"}}}}}`

const orders = `{"StartAt": "Check", "States": {
	"Check": {"Type": "Task", "Resource": "func:check", "ResultPath": "$.check", "Next": "Ship",
		"Retry": [{"ErrorEquals": ["Busy"], "MaxAttempts": 5}]},
	"Ship": {"Type": "Task", "Resource": "other:ship", "ResultPath": "$.ship", "End": true}}}`

func compile(t *testing.T, definition string) *program.Program {
	t.Helper()
	p, diags := compiler.Compile("orders", []byte(definition), nil)
	if p == nil {
		t.Fatal(diags)
	}
	return p
}

func parseConfig(t *testing.T, s string) *mock.Config {
	t.Helper()
	c, err := mock.ParseConfig([]byte(s))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// Mocked states answer from the file, others call the real invoker; each
// execution counts for itself.
func TestCase(t *testing.T) {
	c := parseConfig(t, config)
	p := compile(t, orders)
	others := map[string]express.Invoker{"other": express.InvokerFunc(func(_ context.Context, c *express.Call) (value.Value, error) {
		return value.String("real " + c.State), nil
	})}
	for _, tt := range []struct{ machine, name, want string }{
		{"orders", "happy", `{"check":{"ok":true},"ship":"real Ship"}`},
		{"", "busy", `{"check":{"ok":true},"ship":null}`},
	} {
		test, err := c.Case(tt.machine, tt.name)
		if err != nil {
			t.Fatal(err)
		}
		invokers, err := test.Invokers(p, others)
		if err != nil {
			t.Fatal(err)
		}
		o := express.Options{Invokers: invokers}
		expresstest.Virtual(&o)
		m, err := express.New(p, o)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range []string{"e-1", "e-2"} {
			if o := m.Run(t.Context(), express.Start{Name: name}); o.Output.String() != tt.want {
				t.Errorf("%s, %s: output is %s (%v), want %s", tt.name, name, o.Output, o.Err, tt.want)
			}
		}
		if tt.name == "happy" { // a response without an answer to another invocation
			if o := m.Run(t.Context(), express.Start{Name: "e-1"}); o.Status != express.Failed ||
				o.Err.Cause != `The mocked response "checked" of state "Check" has no answer to invocation 1.` {
				t.Errorf("a second invocation: %s %v", o.Status, o.Err)
			}
		}
	}
}

func TestCaseRefuses(t *testing.T) {
	c := parseConfig(t, config)
	for _, tt := range []struct{ machine, name, want string }{
		{"", "sad", `there is no test case "sad", want one of ["bills#happy" "bills#paid" "orders#busy" "orders#happy"]`},
		{"orders", "paid", `there is no test case "paid", want one of ["orders#busy" "orders#happy"]`},
		{"", "happy", `2 machines have a test case "happy": say which`},
	} {
		if _, err := c.Case(tt.machine, tt.name); err == nil || err.Error() != tt.want {
			t.Errorf("Case(%q, %q): %v, want %s", tt.machine, tt.name, err, tt.want)
		}
	}
	paid, err := c.Case("bills", "paid")
	if err != nil {
		t.Fatal(err)
	}
	want := `state "Check" is not mocked, and there is no invoker for tasks of kind "func"
state "Ship" is not mocked, and there is no invoker for tasks of kind "other"
the mocked state "Pay" is no Task of orders`
	if _, err := paid.Invokers(compile(t, orders), nil); err == nil || err.Error() != want {
		t.Errorf("Invokers: %v, want %s", err, want)
	}
}

// What is wrong is said with its place, all of it.
func TestParseConfigRefuses(t *testing.T) {
	for _, tt := range []struct{ name, config, want string }{
		{"not JSON", `{"StateMachines": `, "unexpected end of JSON input"},
		{"no object", `[]`, "json: cannot unmarshal array into Go value of type mock.object"},
		{"null", `null`, "want an object but got null"},
		{"many", `{
			"Extra": 1,
			"StateMachines": {"m": {"TestCases": {"c": {"A": "none", "B": 1}}, "Cases": {}}},
			"MockedResponses": {
				"r": {"0": {"Return": 1}, "2": {"Return": 2}},
				"s": {"a": {"Return": 1}, "2-1": {"Return": 1}},
				"t": {"0": {"Return": 1, "Throw": {"Error": "E", "Cause": "C"}}, "1": {}, "2": {"Never": true}},
				"u": {"0": {"Throw": {"Error": 1, "Cause": "C"}}, "1": {"Throw": {"Error": "E"}}, "2": {"Return": 1e999}},
				"v": {"0-2": {"Return": 1}, "2": {"Return": 1}},
				"w": {},
				"x": {"1": {"Return": 1}}}}`, `
top level: unknown field "Extra", want one of ["StateMachines" "MockedResponses" "MockedResponse"]
MockedResponses.r: want invocation 1 to follow but got 2: steps are consecutive from 0
MockedResponses.s.2-1: want the number of an invocation or a range like 1-2 but got "2-1"
MockedResponses.s.a: want the number of an invocation or a range like 1-2 but got "a"
MockedResponses.t.0: want exactly one of Return and Throw but got 2 of them
MockedResponses.t.1: want exactly one of Return and Throw but got 0 of them
MockedResponses.t.2: unknown field "Never", want one of ["Return" "Throw"]
MockedResponses.u.0: in Throw: want an Error that is a string but got {"Error": 1, "Cause": "C"}
MockedResponses.u.1: in Throw: want a Cause
MockedResponses.u.2: in Return: number out of range at offset 0
MockedResponses.v: want invocation 3 to follow but got 2: steps are consecutive from 0
MockedResponses.w: there is no step
MockedResponses.x: want invocation 0 to follow but got 1: steps are consecutive from 0
StateMachines.m: unknown field "Cases", want one of ["TestCases"]
StateMachines.m.TestCases.c.A: there is no response "none"
StateMachines.m.TestCases.c.B: want the name of a response but got 1`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := mock.ParseConfig([]byte(tt.config))
			if err == nil {
				t.Fatal("no error")
			}
			if diff := cmp.Diff(strings.TrimSpace(tt.want), err.Error()); diff != "" {
				t.Errorf("error (-want +got):\n%s", diff)
			}
		})
	}
}

// AWS's guide spells the key in two ways.
func TestMockedResponse(t *testing.T) {
	c := parseConfig(t, `{"StateMachines": {"m": {"TestCases": {"c": {"A": "r"}}}}, "MockedResponse": {"r": {"0": {"Return": 1}}}}`)
	if _, err := c.Case("m", "c"); err != nil {
		t.Error(err)
	}
}

package compiler

import (
	"fmt"
	"strings"
	"testing"

	"github.com/seed66d9166c/express/express"
	"github.com/seed66d9166c/express/express/value"
)

// A look-up does what the rules that it stands for would do one after the other.
func TestTableIsTests(t *testing.T) {
	rules := []string{
		`"StringEquals": "a"`, `"StringEquals": ""`, `"NumericEquals": 1`, `"StringEquals": "a"`, `"NumericEquals": 1.0`, `"NumericEquals": 0`,
		`"NumericEquals": 1.5`, `"StringEquals": "1"`, `"NumericEquals": 9007199254740991`, `"NumericEquals": -0.0`, `"NumericEquals": 1e300`,
	}
	machine := func(wrap string) *express.Machine {
		var choices, ends strings.Builder
		for i, r := range rules {
			fmt.Fprintf(&choices, wrap+",", fmt.Sprintf(`"Variable": "$.x", %s`, r), i)
			fmt.Fprintf(&ends, `"s%d": {"Type": "Pass", "Result": %d, "End": true}, `, i, i)
		}
		src := fmt.Sprintf(`{"StartAt": "Route", "States": {"Route": {"Type": "Choice", "Choices": [%s], "Default": "other"}, %s
			"other": {"Type": "Pass", "Result": "other", "End": true}}}`, strings.TrimSuffix(choices.String(), ","), ends.String())
		p, d := Compile("", []byte(src), nil)
		if len(d) > 0 {
			t.Fatal(d)
		}
		m, err := express.New(p, express.Options{})
		if err != nil {
			t.Fatal(err)
		}
		return m
	}
	looked, tested := machine(`{%s, "Next": "s%d"}`), machine(`{"And": [{%s}], "Next": "s%d"}`)
	if n := len(looked.Program().Rules); n > 0 {
		t.Fatalf("%d rules are not in the table", n)
	}
	if n := len(tested.Program().Tables); n > 0 {
		t.Fatalf("%d tables where there are to be tests", n)
	}
	outcome := func(m *express.Machine, in value.Value) string {
		out := m.Run(t.Context(), express.Start{Name: "x", Input: in})
		if out.Err != nil {
			return fmt.Sprintf("%s: %v", out.Status, out.Err)
		}
		return fmt.Sprintf("%s: %s", out.Status, out.Output)
	}
	for _, in := range []string{
		`{"x": "a"}`, `{"x": ""}`, `{"x": "b"}`, `{"x": "1"}`, `{"x": 1}`, `{"x": 1.0}`, `{"x": 1e0}`, `{"x": 0}`, `{"x": -0}`, `{"x": 1.50}`,
		`{"x": 9007199254740991}`, `{"x": 9007199254740992}`, `{"x": 9007199254740991.4}`, `{"x": 1e300}`, `{"x": 1000000000000000000000}`,
		`{"x": null}`, `{"x": true}`, `{"x": []}`, `{"x": {}}`, `{}`, `[]`, `null`,
	} {
		v, err := value.ParseString(in)
		if err != nil {
			t.Fatal(err)
		}
		if got, want := outcome(looked, v), outcome(tested, v); got != want {
			t.Errorf("%s: %s by the table, %s by tests", in, got, want)
		}
	}
}

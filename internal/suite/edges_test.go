package suite

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/seed66d9166c/express/compiler"
)

func TestTransitions(t *testing.T) {
	p, found := compiler.Compile("t", []byte(`{"StartAt": "Pick", "States": {
		"Pick": {"Type": "Choice", "Default": "Call", "Choices": [
			{"Variable": "$.a", "StringEquals": "x", "Next": "Fork"},
			{"Variable": "$.a", "StringEquals": "y", "Next": "Each"},
			{"Variable": "$.a", "StringEquals": "z", "Next": "Fork"},
			{"And": [{"Variable": "$.b", "IsPresent": true}, {"Not": {"Variable": "$.b", "IsNull": true}}], "Next": "Pick"}]},
		"Call": {"Type": "Task", "Resource": "func:f", "Next": "Each", "Catch": [
			{"ErrorEquals": ["A"], "Next": "Each"}, {"ErrorEquals": ["B"], "Next": "Fork"}, {"ErrorEquals": ["C"], "Next": "Each"}]},
		"Fork": {"Type": "Parallel", "End": true, "Branches": [{"StartAt": "In", "States": {"In": {"Type": "Pass", "Next": "Out"}, "Out": {"Type": "Succeed"}}}]},
		"Each": {"Type": "Map", "End": true, "ItemProcessor": {"StartAt": "Item", "States": {"Item": {"Type": "Wait", "Seconds": 1, "End": true}}}}
	}}`), nil)
	if p == nil {
		t.Fatal(found)
	}
	var got []string
	for _, x := range transitions(p) {
		got = append(got, x.String())
	}
	want := `Pick -> Call
Pick -> Each
Pick -> Fork
Pick -> Pick
Call -> Each
Call -> Each (Catch)
Call -> Fork (Catch)
In -> Out`
	if diff := cmp.Diff(want, strings.Join(got, "\n")); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

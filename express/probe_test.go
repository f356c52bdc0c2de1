package express_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/seed66d9166c/express/express"
	"github.com/seed66d9166c/express/express/expresstest"
	"github.com/seed66d9166c/express/express/value"
)

// A probe stands in for children, retries and the context object, and is told of
// handlers.
func TestProbe(t *testing.T) {
	const (
		parallel = `{"StartAt": "P", "States": {"P": {"Type": "Parallel", "Branches": [{"StartAt": "B", "States": {"B": {"Type": "Fail", "Error": "Ran"}}}],
			"Retry": [{"ErrorEquals": ["Busy"], "IntervalSeconds": 2, "BackoffRate": 3, "MaxAttempts": 2}], "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "C"}], "End": true},
			"C": {"Type": "Succeed"}}}`
		each = `{"StartAt": "M", "States": {"M": {"Type": "Map", "ItemSelector": {"i.$": "$$.Map.Item.Index", "who.$": "$$.Who"}, "ToleratedFailureCount": 1,
			"ItemProcessor": {"StartAt": "B", "States": {"B": {"Type": "Fail", "Error": "Ran"}}}, "End": true}}}`
	)
	busy := &express.Error{Name: "Busy"}
	for _, tt := range []struct {
		name, machine string
		tried, failed int
		err           error
		want          []string
	}{
		{"result", parallel, 0, 0, nil, []string{`SUCCEEDED "mocked"`}},
		{"first retry", parallel, 0, 0, busy, []string{"Busy: retrier 0 in 2s", "FAILED Busy"}},
		{"second retry", parallel, 1, 0, busy, []string{"Busy: retrier 0 in 6s", "FAILED Busy"}},
		{"no retry left", parallel, 2, 0, busy, []string{"Busy: catcher 0", `SUCCEEDED {"Error":"Busy","Cause":""}`}},
		{"another error", parallel, 0, 0, errors.New("other"), []string{"States.TaskFailed: catcher 0", `SUCCEEDED {"Error":"States.TaskFailed","Cause":"other"}`}},
		{"runtime error", parallel, 0, 0, &express.Error{Name: express.ErrRuntime}, []string{"FAILED States.Runtime"}},
		{"tolerated", each, 0, 1, nil, []string{`{"i":0,"who":"probe"}`, `SUCCEEDED "mocked"`}},
		{"not tolerated", each, 0, 2, nil, []string{`{"i":0,"who":"probe"}`, "FAILED States.ExceedToleratedFailureThreshold"}},
	} {
		var got []string
		m := expresstest.Machine(t, tt.machine, echo, func(o *express.Options) {
			o.Inspect = func(stage string, v value.Value) {
				if stage == "afterItemSelector" {
					got = append(got, v.String())
				}
			}
			o.Probe = &express.Probe{
				Context:  func(own value.Value) value.Value { return own.With("Who", value.String("probe")) },
				Items:    value.Array(value.Null),
				Children: func() (value.Value, error) { return value.String("mocked"), tt.err },
				Failed:   tt.failed,
				Tried:    tt.tried,
				Retried: func(err *express.Error, i int, d time.Duration) {
					got = append(got, fmt.Sprintf("%s: retrier %d in %s", err.Name, i, d))
				},
				Caught: func(err *express.Error, i int) { got = append(got, fmt.Sprintf("%s: catcher %d", err.Name, i)) },
			}
		})
		o := expresstest.Run(t, m, `{}`)
		end := o.Output.String()
		if o.Err != nil {
			end = o.Err.Name
		}
		got = append(got, fmt.Sprintf("%s %s", o.Status, end))
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.name, diff)
		}
	}
}

// Variables have the values of the probe where a state begins, and no other.
func TestProbeVariables(t *testing.T) {
	const machine = `{"QueryLanguage": "JSONata", "StartAt": "A", "States": {"A": {"Type": "Pass", "Assign": {"x": 1, "y": 1}, "Next": "B"},
		"B": {"Type": "Pass", "Output": "{% [$x, $exists($y)] %}", "End": true}}}`
	m := expresstest.Machine(t, machine, echo, func(o *express.Options) {
		o.Inspect = func(string, value.Value) {}
		o.Probe = &express.Probe{Variables: value.Object(value.Member{Key: "x", Val: value.Int(7)})}
	})
	if o := expresstest.Run(t, m, `{}`); o.Output.String() != "[7,false]" {
		t.Errorf("got %s, %v", o.Output, o.Err)
	}
}

package mock_test

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/seed66d9166c/express/express"
	"github.com/seed66d9166c/express/express/expresstest"
	"github.com/seed66d9166c/express/express/mock"
	"github.com/seed66d9166c/express/express/value"
)

func parseRecording(t *testing.T, s string) *mock.Recording {
	t.Helper()
	r, err := mock.ParseRecording([]byte(s))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// An answer goes to the call that it was recorded for: the same input, the same
// iteration, and else the first that is left.
func TestRecording(t *testing.T) {
	input := func(s string) value.Value {
		v, err := value.ParseString(s)
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	r := parseRecording(t, `{"A": [
		{"attempt": 0, "when": {"n": 1}, "Return": "one"},
		{"attempt": 0, "when": {"n": 2}, "Return": "two"},
		{"attempt": 0, "when": {"n": 2}, "iteration": [{"map": "M", "index": 1}], "Return": "two in 1"},
		{"attempt": 0, "Throw": {"Error": "E", "Cause": {"a": 1}}},
		{"attempt": 0, "Throw": {"Error": "E"}}], "B": []}`)
	for _, tt := range []struct {
		state, input string
		iteration    []express.Iteration
		want         string
	}{
		{"A", `{"n": 2}`, []express.Iteration{{Map: "M", Index: 1}}, `"two"`},
		{"A", `{"n": 2.0}`, []express.Iteration{{Map: "M", Index: 1}}, `"two in 1"`},
		{"A", `{"n": 3}`, nil, `E: {"a":1}`},
		{"A", `{"n": 3}`, nil, `E: `},
		{"A", `{"n": 3}`, nil, `"one"`},
		{"A", `{"n": 1}`, nil, "States.Runtime: The recording has no answer left."},
		{"B", `1`, nil, "States.Runtime: The recording has no answer left."},
		{"C", `1`, nil, "States.Runtime: The recording has no answer left."},
	} {
		v, err := r.Invoke(t.Context(), &express.Call{State: tt.state, Input: input(tt.input), Iteration: tt.iteration})
		got := v.String()
		if err != nil {
			got = err.Error()
		}
		if got != tt.want {
			t.Errorf("%s with %s: %s, want %s", tt.state, tt.input, got, tt.want)
		}
	}
	want := `no answer is left for A with {"n":1}
no answer is left for B with 1
no answer is left for C with 1`
	if err := r.Err(); err == nil || err.Error() != want {
		t.Errorf("Err is %v, want %s", err, want)
	}
}

// The rule by which answers match can be another.
func TestRecordingMatch(t *testing.T) {
	r := parseRecording(t, `{"A": [{"when": "a", "Return": 1}, {"when": "*", "Return": 2}]}`)
	r.Match = func(when, _ value.Value) bool { return when.Text() == "*" }
	if v, err := r.Invoke(t.Context(), &express.Call{State: "A", Input: value.String("b")}); err != nil || v.String() != "2" {
		t.Errorf("answer is %s, %v", v, err)
	}
	if err := r.Err(); err != nil {
		t.Error(err)
	}
}

// A call without an answer waits for the end of its context: on a virtual clock
// in no time, and in real time too.
func TestNever(t *testing.T) {
	const machine = `{"StartAt": "A", "States": {"A": {"Type": "Task", "Resource": "func:f", "TimeoutSeconds": 60, "End": true}}}`
	r := parseRecording(t, `{"A": [{"Never": true}, {"Never": true}]}`)
	check := func(o express.Outcome) {
		t.Helper()
		if o.Status != express.Failed || o.Err.Name != express.ErrTimeout || o.Stop.Sub(o.Start) != time.Minute {
			t.Errorf("%s %v after %s", o.Status, o.Err, o.Stop.Sub(o.Start))
		}
	}
	synctest.Test(t, func(t *testing.T) { check(expresstest.Run(t, expresstest.Machine(t, machine, r.Invoke), `{}`)) })
	c := mock.NewClock(epoch)
	r.Threads = c
	check(expresstest.Run(t, expresstest.Machine(t, machine, r.Invoke, c.Bind), `{}`))
}

func TestSubmitted(t *testing.T) {
	r := parseRecording(t, `{"A": [{"Submitted": {"id": 1}, "Return": 2}]}`)
	var submitted value.Value
	v, err := r.Invoke(context.Background(), &express.Call{State: "A", Submitted: func(v value.Value) { submitted = v }})
	if err != nil || v.String() != "2" || submitted.String() != `{"id":1}` {
		t.Errorf("submitted %s, answer %s, %v", submitted, v, err)
	}
}

func TestParseRecordingRefuses(t *testing.T) {
	for s, want := range map[string]string{
		`[]`:                                     "cannot unmarshal array",
		`{"A": {}}`:                              "A: json",
		`{"A": [{"Return": 1}, {}]}`:             "A[1]: want exactly one of Return and Throw but got 0 of them",
		`{"A": [1]}`:                             "A[0]: json",
		`{"A": [{"Return": 1, "when": 1e999}]}`:  "A[0]: in when: number",
		`{"A": [{"Return": 1, "iteration": 1}]}`: "A[0]: in iteration: json",
		`{"A": [{"Return": 1, "Submitted": 1e999}]}`:     "A[0]: in Submitted: number",
		`{"A": [{"Throw": {"Error": "E", "Cause": -}}]}`: "invalid character",
	} {
		if _, err := mock.ParseRecording([]byte(s)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %s", s, err, want)
		}
	}
}

package express_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/seed66d9166c/express/express"
	"github.com/seed66d9166c/express/express/expresstest"
	"github.com/seed66d9166c/express/express/mock"
)

// places is a Recorder that keeps where in the execution each event stands: the
// events that entered its state and the state around it, which branch or
// iteration of that it is in, which retry, and for how long what it ends was.
type places struct{ strings.Builder }

func (p *places) Open(context.Context, *express.Machine, *express.Start) express.Log { return p }

func (p *places) Enabled(express.EventType) bool { return true }

func (p *places) Close(*express.Outcome) <-chan error { return nil }

func (p *places) Record(e *express.Event) {
	fmt.Fprintf(p, "%d %s in %d, %d[%d]", e.ID, e.Type, e.Entered, e.Outer, e.Index)
	if e.Retry > 0 {
		fmt.Fprintf(p, " retry %d", e.Retry)
	}
	if !e.Since.IsZero() && e.Time.After(e.Since) {
		fmt.Fprintf(p, " after %s", e.Time.Sub(e.Since))
	}
	if e.Err != nil {
		fmt.Fprintf(p, " %s", e.Err.Name)
	}
	p.WriteByte('\n')
}

func TestPlaces(t *testing.T) {
	clock := mock.NewClock(expresstest.Epoch)
	answers, err := mock.ParseRecording([]byte(`{"Ask": [{"Throw": {"Error": "Busy"}}, {"Throw": {"Error": "Busy"}}, {"Throw": {"Error": "Busy"}}]}`))
	if err != nil {
		t.Fatal(err)
	}
	answers.Threads = clock
	var got places
	m := expresstest.Machine(t, `{"StartAt": "Each", "States": {"Each": {"Type": "Map", "MaxConcurrency": 1, "Catch": [{"ErrorEquals": ["Busy"], "Next": "Done"}],
		"ItemProcessor": {"StartAt": "Both", "States": {"Both": {"Type": "Parallel", "End": true, "Branches": [
			{"StartAt": "Nap", "States": {"Nap": {"Type": "Wait", "SecondsPath": "$", "End": true}}},
			{"StartAt": "Ask", "States": {"Ask": {"Type": "Task", "Resource": "nats:request:f", "Retry": [{"ErrorEquals": ["Busy"], "MaxAttempts": 2}], "End": true}}}]}}},
		"End": true}, "Done": {"Type": "Succeed"}}}`, answers.Invoke, clock.Bind, func(o *express.Options) { o.Recorder = &got })
	expresstest.Run(t, m, `[7]`)
	want := `1 ExecutionStarted in 0, 0[0]
2 MapStateEntered in 2, 0[0]
3 MapStateStarted in 2, 0[0]
4 MapIterationStarted in 2, 0[0]
5 ParallelStateEntered in 5, 2[0]
6 ParallelStateStarted in 5, 2[0]
7 WaitStateEntered in 7, 5[0]
8 TaskStateEntered in 8, 5[1]
9 TaskScheduled in 8, 5[1]
10 TaskStarted in 8, 5[1]
11 TaskFailed in 8, 5[1] Busy
12 TaskScheduled in 8, 5[1] retry 1 after 1s
13 TaskStarted in 8, 5[1] retry 1 after 1s
14 TaskFailed in 8, 5[1] retry 1 Busy
15 TaskScheduled in 8, 5[1] retry 2 after 3s
16 TaskStarted in 8, 5[1] retry 2 after 3s
17 TaskFailed in 8, 5[1] retry 2 Busy
18 TaskStateAborted in 8, 5[1] retry 2 after 3s
19 WaitStateAborted in 7, 5[0] after 3s
20 ParallelStateFailed in 5, 2[0] after 3s Busy
21 MapIterationFailed in 2, 0[0] after 3s Busy
22 MapStateFailed in 2, 0[0] after 3s Busy
23 MapStateExited in 2, 0[0] after 3s
24 SucceedStateEntered in 24, 0[0]
25 SucceedStateExited in 24, 0[0]
26 ExecutionSucceeded in 24, 0[0]
`
	if diff := cmp.Diff(want, got.String()); diff != "" {
		t.Errorf("places (-want +got):\n%s", diff)
	}
}

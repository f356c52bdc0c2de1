package expresstest_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/seed66d9166c/express/express"
	"github.com/seed66d9166c/express/express/expresstest"
	"github.com/seed66d9166c/express/express/value"
)

func TestTranscript(t *testing.T) {
	var log expresstest.Transcript
	calls := 0
	m := expresstest.Machine(t, `{"StartAt": "Call", "States": {
		"Call": {"Type": "Task", "Resource": "func:greet", "Retry": [{"ErrorEquals": ["States.ALL"]}], "End": true}}}`,
		func(_ context.Context, c *express.Call) (value.Value, error) {
			if calls++; calls == 1 {
				return value.Value{}, errors.New("busy")
			}
			return value.String("hello"), nil
		}, expresstest.Virtual, log.Bind)
	o := expresstest.Run(t, m, `{"name": "you"}`)
	if o.Status != express.Succeeded || !o.Start.Equal(expresstest.Epoch) || o.Stop.Sub(o.Start) != time.Second {
		t.Errorf("%s from %s to %s", o.Status, o.Start, o.Stop)
	}
	want := `1<-0 ExecutionStarted input={"name":"you"}
2<-0 TaskStateEntered Call input={"name":"you"}
3<-2 TaskScheduled func:greet input={"name":"you"}
4<-3 TaskStarted func:greet
5<-4 TaskFailed func:greet error=States.TaskFailed cause="busy"
6<-5 TaskScheduled func:greet input={"name":"you"}
7<-6 TaskStarted func:greet
8<-7 TaskSucceeded func:greet output="hello"
9<-8 TaskStateExited Call output="hello"
10<-9 ExecutionSucceeded output="hello"
`
	if diff := cmp.Diff(want, log.String()); diff != "" {
		t.Errorf("transcript (-want +got):\n%s", diff)
	}
}

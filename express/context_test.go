package express_test

import (
	"context"
	"testing"
	"time"

	"github.com/seed66d9166c/express/express"
	"github.com/seed66d9166c/express/express/expresstest"
	"github.com/seed66d9166c/express/express/mock"
	"github.com/seed66d9166c/express/express/value"
)

func TestContextObject(t *testing.T) {
	const (
		machine   = `"StateMachine":{"Id":"arn:machine","Name":"machine"}`
		execution = `"Execution":{"Id":"arn:run","Input":{"n":[7]},"Name":"run","RoleArn":"role","StartTime":"2030-01-01T00:00:00Z"`
	)
	all := func(extra, state, more string) string {
		return `SUCCEEDED {` + execution + extra + `},` + machine + `,"State":{"Name":"Top",` + state + `}` + more + `}`
	}
	pass := `{"Type": "Pass", "InputPath": "$$", "End": true}`
	selector := `"ItemSelector": {"all.$": "$$"}, "ResultSelector": {"all.$": "$[0].all"}, "OutputPath": "$.all", "ItemProcessor": {"StartAt": "In", "States": {"In": {"Type": "Pass", "End": true}}}, "End": true}`
	for name, tt := range map[string]struct {
		start       express.Start
		state, want string
	}{
		"asynchronous": {express.Start{}, pass, all(`,"RedriveCount":0`, `"EnteredTime":"2030-01-01T00:00:00Z"`, ``)},
		"synchronous":  {express.Start{Sync: true}, pass, all(``, `"EnteredTime":"2030-01-01T00:00:00Z"`, ``)},
		"delivered":    {express.Start{Delivery: 2}, pass, all(`,"RedriveCount":0,"Attempt":2`, `"EnteredTime":"2030-01-01T00:00:00Z"`, ``)},
		"task":         {express.Start{Sync: true}, `{"Type": "Task", "Resource": "func:f", "InputPath": "$$", "End": true}`, all(``, `"EnteredTime":"2030-01-01T00:00:00Z","RetryCount":0`, ``)},
		"item": {express.Start{Sync: true}, `{"Type": "Map", "ItemsPath": "$.n", ` + selector,
			all(``, `"EnteredTime":"2030-01-01T00:00:00Z","RetryCount":0`, `,"Map":{"Item":{"Index":0,"Value":7,"Source":"STATE_DATA"}}`)},
	} {
		t.Run(name, func(t *testing.T) {
			m := expresstest.Machine(t, `{"StartAt": "Top", "States": {"Top": `+tt.state+`}}`, echo, expresstest.Virtual)
			s := tt.start
			s.Name, s.ARN, s.Input = "run", "arn:run", parse(t, `{"n":[7]}`)
			wantOutcome(t, m.Run(t.Context(), s), tt.want)
		})
	}
}

// Times have no trailing zeros, and that of the state is when it was entered,
// however long it then takes.
func TestContextTimes(t *testing.T) {
	machine := `{"StartAt": "Cool", "States": {"Cool": {"Type": "Wait", "Seconds": 1, "Next": "Call"}, "Call": {"Type": "Task", "Resource": "func:f", "TimeoutSeconds": 2,
		"Catch": [{"ErrorEquals": ["States.ALL"], "Assign": {"entered.$": "$$.State.EnteredTime", "began.$": "$$.Execution.StartTime"}, "Next": "Show"}], "End": true},
		"Show": {"Type": "Pass", "Parameters": {"began.$": "$began", "entered.$": "$entered"}, "End": true}}}`
	for offset, want := range map[time.Duration]string{
		0:                       `{"began":"2030-01-01T00:00:00Z","entered":"2030-01-01T00:00:01Z"}`,
		190 * time.Millisecond:  `{"began":"2030-01-01T00:00:00.19Z","entered":"2030-01-01T00:00:01.19Z"}`,
		1999 * time.Microsecond: `{"began":"2030-01-01T00:00:00.001Z","entered":"2030-01-01T00:00:01.001Z"}`,
	} {
		clock := mock.NewClock(expresstest.Epoch.Add(offset).In(time.FixedZone("east", 3600)))
		m := expresstest.Machine(t, machine, func(ctx context.Context, _ *express.Call) (value.Value, error) {
			clock.Park(ctx.Done())
			return value.Null, nil
		}, clock.Bind)
		wantOutcome(t, expresstest.Run(t, m, `{}`), "SUCCEEDED "+want)
	}
}

// The start that is shown may lie before the execution: its deadline does not.
func TestStartTime(t *testing.T) {
	m := expresstest.Machine(t, `{"StartAt": "Top", "States": {"Top": {"Type": "Pass", "InputPath": "$$.Execution.StartTime", "End": true}}}`, nil, expresstest.Virtual)
	o := m.Run(t.Context(), express.Start{Time: expresstest.Epoch.Add(-time.Hour)})
	wantOutcome(t, o, `SUCCEEDED "2029-12-31T23:00:00Z"`)
	if took := o.Stop.Sub(o.Start); took != time.Hour {
		t.Errorf("took %s", took)
	}
}

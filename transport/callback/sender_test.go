package callback

import (
	"strings"
	"testing"

	"github.com/seed66d9166c/express/express"
	"github.com/seed66d9166c/express/express/expresstest"
	"github.com/seed66d9166c/express/express/program"
)

// A workflow can answer what another one waits for.
func TestSender(t *testing.T) {
	const unusable = "States.Runtime: The Parameters could not be used to start the Task: "
	r := open(t, Options{})
	for _, tt := range []struct {
		name, action, arguments string
		want                    string // what the task that waits ends with; "" if it waits on
		refused                 string // what the task that answers fails with
	}{
		{"an object", "sendTaskSuccess", `"TaskToken": "TOKEN", "Output": {"a": 1.0}`, `{"a":1.0}`, ""},
		{"JSON text", "sendTaskSuccess", `"TaskToken": "TOKEN", "Output": "\"yes\""`, `"yes"`, ""},
		{"an error", "sendTaskFailure", `"TaskToken": "TOKEN", "Error": "Refused", "Cause": "too dear"`, `Refused|too dear`, ""},
		{"no error", "sendTaskFailure", `"TaskToken": "TOKEN"`, `States.TaskFailed|`, ""},
		{"a heartbeat", "sendTaskHeartbeat", `"TaskToken": "TOKEN"`, "", ""},
		{"no such token", "sendTaskSuccess", `"TaskToken": "NoSuchTaskToken", "Output": "{}"`, "",
			"Sfn.InvalidTokenException: Invalid Token: 'It is no task token' (Service: Sfn, Status Code: 400, Request ID: "},
		{"text that is no JSON", "sendTaskSuccess", `"TaskToken": "TOKEN", "Output": "secret"`, "",
			"Sfn.InvalidOutputException: Invalid Output: 'it is no acceptable JSON' (Service: Sfn"},
		{"a long error", "sendTaskFailure", `"TaskToken": "TOKEN", "Error": "` + strings.Repeat("x", maxError+1) + `"`, "",
			"Sfn.ValidationException: 1 validation error detected: Value at 'error' failed"},
		{"no token", "sendTaskHeartbeat", `"Output": 1`, "", unusable + "[The field 'TaskToken' is required but was missing]"},
		{"a number for a token", "sendTaskHeartbeat", `"TaskToken": 1`, "", unusable + "[The value of the field 'TaskToken' has an invalid format]"},
		{"no output", "sendTaskSuccess", `"TaskToken": "TOKEN"`, "", unusable + "[The field 'Output' is required but was missing]"},
		{"another action", "listExecutions", `"TaskToken": "TOKEN"`, "", unusable + "[The resource arn:aws:states:::aws-sdk:sfn:listExecutions answers no task]"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p := park(t, r)
			m := expresstest.Machine(t, `{"StartAt": "A", "States": {"A": {"Type": "Task", "Resource": "arn:aws:states:::aws-sdk:sfn:`+tt.action+`",
				"Parameters": {`+strings.Replace(tt.arguments, "TOKEN", p.token, 1)+`}, "End": true}}}`, r.Sender().Invoke)
			if task := &m.Program().Tasks[0]; Sends(task) != (tt.action != "listExecutions") {
				t.Errorf("Sends(%s) is %v", task.Target, Sends(task))
			}
			o := expresstest.Run(t, m, `{}`)
			switch {
			case tt.refused != "":
				if o.Err == nil || !strings.HasPrefix(o.Err.Error(), tt.refused) || strings.Contains(o.Err.Cause, "secret") {
					t.Errorf("got %v, want %s", o.Err, tt.refused)
				}
			case o.Status != express.Succeeded || o.Output.String() != `{}`:
				t.Errorf("got %s %s (%v)", o.Status, o.Output, o.Err)
			case tt.want != "":
				if got := p.ended(t); got != tt.want {
					t.Errorf("the task ended with %s, want %s", got, tt.want)
				}
			}
		})
	}
	if Sends(&program.Task{Target: "aws-sdk:sfn:sendTaskSuccess", Pattern: program.Token}) {
		t.Error("an answer has a callback")
	}
}

package nested

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/seed66d9166c/express/compiler"
	"github.com/seed66d9166c/express/express"
	"github.com/seed66d9166c/express/express/expresstest"
	"github.com/seed66d9166c/express/express/value"
)

// Dates are those of the bubble, which begins at midnight of January 1, 2000.
func TestResults(t *testing.T) {
	request := keyOf(t, "parent-1")
	for _, tt := range []struct {
		name, resource, workflow, input, want string
	}{
		{"a job", startTask + ".sync", "echo", `{"a": [1.0]}`,
			`{"ExecutionArn":"arn:aws:states:eu-west-1:111122223333:express:echo:child-1:1","Input":"{\"a\":[1.0]}","InputDetails":{"Included":true},"Name":"child-1",` +
				`"Output":"{\"a\":[1.0]}","OutputDetails":{"Included":true},"StartDate":946684800000,"StateMachineArn":"` + machineARN + `echo","Status":"SUCCEEDED","StopDate":946684800000}`},
		{"a job with its output parsed", startTask + ".sync:2", "echo", `"{\"a\": [1.0]}"`,
			`{"ExecutionArn":"arn:aws:states:eu-west-1:111122223333:express:echo:child-1:1","Input":{"a":[1.0]},"InputDetails":{"Included":true},"Name":"child-1",` +
				`"Output":{"a":[1.0]},"OutputDetails":{"Included":true},"StartDate":946684800000,"StateMachineArn":"` + machineARN + `echo","Status":"SUCCEEDED","StopDate":946684800000}`},
		{"a job that fails", startTask + ".sync:2", "fail", `{}`,
			`{"Error":"States.TaskFailed","Cause":` + quoted(`{"Cause":"by rule","Error":"Refused","ExecutionArn":"arn:aws:states:eu-west-1:111122223333:express:fail:child-1:1","Input":"{}",`+
				`"InputDetails":{"Included":true},"Name":"child-1","StartDate":946684800000,"StateMachineArn":"`+machineARN+`fail","Status":"FAILED","StopDate":946684800000}`) + `}`},
		{"a job that fails without a word", startTask + ".sync", "bare", `{}`,
			`{"Error":"States.TaskFailed","Cause":` + quoted(`{"ExecutionArn":"arn:aws:states:eu-west-1:111122223333:express:bare:child-1:1","Input":"{}",`+
				`"InputDetails":{"Included":true},"Name":"child-1","StartDate":946684800000,"StateMachineArn":"`+machineARN+`bare","Status":"FAILED","StopDate":946684800000}`) + `}`},
		{"a job that times out", startTask + ".sync", "late", `{}`,
			`{"Error":"States.TaskFailed","Cause":` + quoted(`{"ExecutionArn":"arn:aws:states:eu-west-1:111122223333:express:late:child-1:1","Input":"{}",`+
				`"InputDetails":{"Included":true},"Name":"child-1","StartDate":946684800000,"StateMachineArn":"`+machineARN+`late","Status":"TIMED_OUT","StopDate":946684802000}`) + `}`},
		{"a call", sdkTask + "startSyncExecution", "slow", `{"a": 1}`,
			`{"ExecutionArn":"arn:aws:states:eu-west-1:111122223333:express:slow:child-1:1","Input":"{\"a\":1}","InputDetails":{"Included":true},"Name":"child-1",` +
				`"Output":"{\"a\":1}","OutputDetails":{"Included":true},"StartDate":"2000-01-01T00:00:00.000Z","StateMachineArn":"` + machineARN + `slow","Status":"SUCCEEDED","StopDate":"2000-01-01T00:00:30.000Z"}`},
		{"a call that fails", sdkTask + "startSyncExecution", "fail", `{}`,
			`{"Cause":"by rule","Error":"Refused","ExecutionArn":"arn:aws:states:eu-west-1:111122223333:express:fail:child-1:1","Input":"{}","InputDetails":{"Included":true},"Name":"child-1",` +
				`"StartDate":"2000-01-01T00:00:00.000Z","StateMachineArn":"` + machineARN + `fail","Status":"FAILED","StopDate":"2000-01-01T00:00:00.000Z"}`},
		{"a start", startTask, "slow", `{"a": 1}`,
			`{"ExecutionArn":"arn:aws:states:eu-west-1:111122223333:express:slow:child-1:1",` +
				`"SdkHttpMetadata":{"AllHttpHeaders":{"x-amzn-RequestId":["` + request + `"],"Content-Type":["application/x-amz-json-1.0"]},` +
				`"HttpHeaders":{"x-amzn-RequestId":"` + request + `","Content-Type":"application/x-amz-json-1.0"},"HttpStatusCode":200},` +
				`"SdkResponseMetadata":{"RequestId":"` + request + `"},"StartDate":946684800000}`},
		{"a start by the SDK", sdkTask + "startExecution", "slow", `{"a": 1}`,
			`{"ExecutionArn":"arn:aws:states:eu-west-1:111122223333:express:slow:child-1:1","StartDate":"2000-01-01T00:00:00.000Z"}`},
		{"no such workflow", startTask, "none", `{}`,
			`{"Error":"StepFunctions.StateMachineDoesNotExistException","Cause":"State Machine Does Not Exist: '` + machineARN + `none' (Service: AWSStepFunctions; Status Code: 400; Error Code: StateMachineDoesNotExist; Request ID: ` + request + `; Proxy: null)"}`},
		{"no such workflow by the SDK", sdkTask + "startSyncExecution", "none", `{}`,
			`{"Error":"Sfn.StateMachineDoesNotExistException","Cause":"State Machine Does Not Exist: '` + machineARN + `none' (Service: Sfn, Status Code: 400, Request ID: ` + request + `) (SDK Attempt Count: 1)"}`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			both(t, func(t *testing.T, w *world) {
				o := w.run(call(tt.resource, arguments(`"StateMachineArn": "`+machineARN+tt.workflow+`"`, `"Input": `+tt.input), caught), express.Start{})
				if diff := cmp.Diff(tt.want, o.Output.String()); diff != "" {
					t.Errorf("%s (-want +got):\n%s", o.Status, diff)
				}
			})
		})
	}
}

func quoted(text string) string { return string(value.AppendQuoted(nil, text)) }

// A job is submitted, and what it was submitted with says which execution it is.
func TestEvents(t *testing.T) {
	both(t, func(t *testing.T, w *world) {
		var log expresstest.Transcript
		parent := w.machine("parent", call(startTask+".sync", arguments(`"StateMachineArn": "fail"`), caught))
		bound, err := express.New(parent.Program(), express.Options{Recorder: &log, Invokers: map[string]express.Invoker{compiler.KindStates: w.invoker}})
		if err != nil {
			t.Fatal(err)
		}
		w.execute(t.Context(), bound, express.Start{Name: "parent-1"})
		var types []string
		for line := range strings.Lines(log.String()) {
			types = append(types, strings.Fields(line)[1])
			if strings.Contains(line, "TaskSubmitted") && !strings.Contains(line, `output={"ExecutionArn":"arn:aws:states:eu-west-1:111122223333:express:fail:child-1:1","SdkHttpMetadata":`) {
				t.Error(line)
			}
		}
		want := []string{"ExecutionStarted", "TaskStateEntered", "TaskScheduled", "TaskStarted", "TaskSubmitted", "TaskFailed", "TaskStateExited", "PassStateEntered", "PassStateExited", "ExecutionSucceeded"}
		if diff := cmp.Diff(want, types); diff != "" {
			t.Errorf("events (-want +got):\n%s", diff)
		}
	})
}

// A cause has no room for a large input, and says so.
func TestLongCause(t *testing.T) {
	for size, want := range map[int]bool{30_000: true, 33_000: false} {
		input := fmt.Sprintf(`"StateMachineArn": "fail", "Input": {"x": "%s"}`, strings.Repeat("é", size))
		o := newWorld(t).run(call(startTask+".sync", input, ""), express.Start{})
		d, err := value.ParseString(o.Err.Cause)
		if err != nil {
			t.Fatalf("the cause is no JSON any more: %v", err)
		}
		details, _ := d.Get("InputDetails")
		included, _ := details.Get("Included")
		_, there := d.Get("Input")
		if included.Bool() != want || there != want {
			t.Errorf("an input of %d characters: included %v, there %v, want %v", size, included, there, want)
		}
	}
	// Nor for a cause that is nearly as long as one may be.
	o := newWorld(t).run(call(startTask+".sync", `"StateMachineArn": "vast", "Input": {"why": "`+strings.Repeat(`\"`, maxCause)+`"}`, ""), express.Start{})
	d, err := value.ParseString(o.Err.Cause)
	if err != nil {
		t.Fatalf("the cause is no JSON any more: %v", err)
	}
	if c, _ := d.Get("Cause"); c.RuneLen() < maxCause/4 {
		t.Errorf("%d characters are left of the child's cause", c.RuneLen())
	}
}

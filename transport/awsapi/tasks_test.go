package awsapi_test

import (
	"context"
	"testing"

	"github.com/seed66d9166c/express/compiler"
	"github.com/seed66d9166c/express/express"
	"github.com/seed66d9166c/express/express/value"
	"github.com/seed66d9166c/express/transport/awsapi"
	"github.com/seed66d9166c/express/transport/callback"
)

// Who has the token of a task ends it, once.
func TestCallbacks(t *testing.T) {
	const ask = `{"StartAt":"A","States":{"A":{"Type":"Task","Resource":"func:ask.waitForTaskToken","End":true}}}`
	registry, err := callback.New(callback.Options{Keys: [][]byte{[]byte("an example of a key of callbacks")}})
	if err != nil {
		t.Fatal(err)
	}
	defer registry.Close()
	tokens := make(chan string, 1)
	e := newEngine(compiler.Options{})
	e.bind = func(o *express.Options) {
		o.Token = registry.Token
		o.Invokers["func"] = registry.Wrap(express.InvokerFunc(func(_ context.Context, c *express.Call) (value.Value, error) {
			tokens <- c.Token
			return value.Object(), nil
		}))
	}
	s := newServer(t, e, awsapi.Options{Callbacks: registry})
	call(t, s, "CreateStateMachine", object{"name": "asks", "definition": ask, "roleArn": role, "type": "EXPRESS"})
	for _, tt := range []struct {
		op   string
		in   object
		want object
	}{
		{"SendTaskSuccess", object{"output": `{"yes":true}`}, object{"status": "SUCCEEDED", "output": `{"yes":true}`}},
		{"SendTaskFailure", object{"error": "Refused", "cause": "no"}, object{"status": "FAILED", "error": "Refused", "cause": "no"}},
		{"SendTaskFailure", object{}, object{"status": "FAILED", "error": "States.TaskFailed"}},
	} {
		outcome := make(chan object)
		go func() {
			_, out := do(t, s, request("StartSyncExecution", object{"stateMachineArn": machines + "asks"}))
			outcome <- out
		}()
		tt.in["taskToken"] = <-tokens
		call(t, s, "SendTaskHeartbeat", object{"taskToken": tt.in["taskToken"]})
		call(t, s, tt.op, tt.in)
		out := <-outcome
		for key, want := range tt.want {
			if out[key] != want {
				t.Errorf("%s: %s is %v, want %v", tt.op, key, out[key], want)
			}
		}
		if status, out := do(t, s, request(tt.op, tt.in)); status != 400 || out["__type"] != "TaskTimedOut" {
			t.Errorf("%s again: %d %v", tt.op, status, out)
		}
	}
}

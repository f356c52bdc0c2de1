package server

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"testing"

	"github.com/seed66d9166c/express/transport"
)

// call calls an operation of AWS's API.
func (c *client) call(operation string, in, out any) {
	c.T.Helper()
	body, err := json.Marshal(in)
	if err != nil {
		c.T.Fatal(err)
	}
	q, err := http.NewRequestWithContext(c.T.Context(), http.MethodPost, c.Info().API, bytes.NewReader(body))
	if err != nil {
		c.T.Fatal(err)
	}
	q.Header.Set("X-Amz-Target", "AWSStepFunctions."+operation)
	q.Header.Set("Content-Type", "application/x-amz-json-1.0")
	r, err := http.DefaultClient.Do(q)
	if err != nil {
		c.T.Fatal(err)
	}
	defer r.Body.Close()
	answer, err := io.ReadAll(r.Body)
	if err != nil || r.StatusCode != http.StatusOK {
		c.T.Fatalf("%s: %s %s: %v", operation, r.Status, answer, err)
	}
	if err := json.Unmarshal(answer, out); err != nil {
		c.T.Fatalf("%s: %s: %v", operation, answer, err)
	}
}

// What is created over AWS's API runs here, also by an alias, and starts of it are
// events like others.
func TestAPI(t *testing.T) {
	dir := app(t, map[string]string{
		"files.asl.json": `{"StartAt": "A", "States": {"A": {"Type": "Pass", "End": true}}}`,
		"express.yaml":   "completion: publish\n",
	})
	c := serve(t, dir, options(t))
	var machine struct{ StateMachineArn, StateMachineVersionArn string }
	c.call("CreateStateMachine", map[string]any{
		"name": "deployed", "type": "EXPRESS", "roleArn": "arn:aws:iam::123456789012:role/x", "publish": true,
		"definition": `{"StartAt": "B", "States": {"B": {"Type": "Pass", "Parameters": {"name.$": "$$.Execution.Name", "id.$": "$$.Execution.Id"}, "End": true}}}`,
	}, &machine)
	var alias struct{ StateMachineAliasArn string }
	c.call("CreateStateMachineAlias", map[string]any{
		"name": "live", "routingConfiguration": []map[string]any{{"stateMachineVersionArn": machine.StateMachineVersionArn, "weight": 100}},
	}, &alias)

	var done struct{ Status, Output, ExecutionArn string }
	c.call("StartSyncExecution", map[string]any{"stateMachineArn": alias.StateMachineAliasArn, "name": "one", "input": "{}"}, &done)
	var output struct{ Name, ID string }
	if err := json.Unmarshal([]byte(done.Output), &output); err != nil || done.Status != "SUCCEEDED" || output.Name != "one" || output.ID != done.ExecutionArn {
		t.Errorf("the synchronous start is answered with %+v: %v", done, err)
	}

	outcomes := c.subscribe(transport.DoneSubjects)
	for _, arn := range []string{machine.StateMachineArn, alias.StateMachineAliasArn} {
		c.call("StartExecution", map[string]any{"stateMachineArn": arn, "name": "two", "input": "{}"}, &done)
		m, err := outcomes.NextMsg(patience)
		if err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(c.outcome(m).Output, &output); err != nil || output.Name != "two" || output.ID != done.ExecutionArn {
			t.Errorf("the start of %s ended in %s: %v", arn, m.Data, err)
		}
	}
}

// Two workflows may each have an execution of one name.
func TestOneNameOfTwoWorkflows(t *testing.T) {
	pass := `{"StartAt": "A", "States": {"A": {"Type": "Pass", "End": true}}}`
	dir := app(t, map[string]string{"a.asl.json": pass, "b.asl.json": pass, "express.yaml": "completion: publish\n"})
	c := serve(t, dir, options(t))
	outcomes := c.subscribe(transport.DoneSubjects)
	for _, workflow := range []string{"a", "b", "a"} { // the last is the first again
		if err := c.publishStart(t.Context(), workflow, "same", []byte("{}"), 0, ""); err != nil {
			t.Fatal(err)
		}
	}
	seen := make(map[string]int)
	for range 2 {
		m, err := outcomes.NextMsg(patience)
		if err != nil {
			t.Fatal(err)
		}
		seen[m.Subject]++
		if name := c.outcome(m).Name; name != "same" {
			t.Errorf("the execution is called %s", name)
		}
	}
	if len(seen) != 2 {
		t.Errorf("outcomes are on %v", seen)
	}
}

package awsapi_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/sfn"
	"github.com/google/go-cmp/cmp"

	"github.com/seed66d9166c/express/compiler"
	"github.com/seed66d9166c/express/express"
	"github.com/seed66d9166c/express/transport/awsapi"
)

// The table has the operations of the service's model, in order.
func TestOperations(t *testing.T) {
	var want []string
	client := reflect.TypeFor[*sfn.Client]()
	for m := range client.Methods() {
		if m.Name != "Options" {
			want = append(want, m.Name)
		}
	}
	slices.Sort(want)
	if diff := cmp.Diff(want, awsapi.Operations()); diff != "" {
		t.Errorf("operations (-of the model +here):\n%s", diff)
	}
}

const machines = "arn:aws:states:us-east-1:111111111111:stateMachine:"

// What is wrong with a request has the code of AWS, and never the status 500.
func TestRefused(t *testing.T) {
	s := newServer(t, newEngine(compiler.Options{}), awsapi.Options{})
	call(t, s, "CreateStateMachine", object{"name": "orders", "definition": pass("one"), "roleArn": role, "type": "EXPRESS"})
	long := strings.Repeat("n", 81)
	for _, tt := range []struct {
		name    string
		op      string
		in      any
		code    string
		message string // what it holds
	}{
		{"not JSON", "ListStateMachines", "{", "SerializationException", "at byte 1"},
		{"no object", "ListStateMachines", "[]", "SerializationException", "array"},
		{"two values", "ListStateMachines", "{}{}", "SerializationException", "at byte 3"},
		{"a text for a number", "ListStateMachines", `{"maxResults":"5"}`, "SerializationException", "a number at 'maxResults' but got: string"},
		{"a number for a text", "StartExecution", `{"stateMachineArn":5}`, "SerializationException", "a string at 'stateMachineArn' but got: number"},
		{"an object for a list", "TagResource", `{"resourceArn":"x","tags":{}}`, "SerializationException", "an array at 'tags' but got: object"},
		{"a text for a boolean", "CreateStateMachine", `{"publish":"yes"}`, "SerializationException", "a boolean at 'publish'"},
		{"a fraction for a count", "ListStateMachines", `{"maxResults":1.5}`, "SerializationException", "a number at 'maxResults'"},
		{"deeply nested", "ListStateMachines", `{"x":` + strings.Repeat("[", 100_000), "SerializationException", ""},
		{"not UTF-8", "StartExecution", "{\"stateMachineArn\":\"\xff\"}", "SerializationException", "UTF-8"},

		{"nothing", "CreateStateMachine", "", "ValidationException", "3 validation errors detected: Value null at 'name' failed to satisfy constraint: Member must not be null; Value null at 'definition'"},
		{"null", "StartExecution", `{"stateMachineArn":null}`, "ValidationException", "1 validation error detected: Value null at 'stateMachineArn'"},
		{"an unknown type", "CreateStateMachine", object{"name": "x", "definition": "{}", "roleArn": role, "type": "FAST"}, "ValidationException", "Value 'FAST' at 'type' failed to satisfy constraint: Member must satisfy enum value set: [STANDARD, EXPRESS]"},
		{"an unknown level", "CreateStateMachine", object{"name": "x", "definition": "{}", "roleArn": role, "loggingConfiguration": object{"level": "LOUD"}}, "ValidationException", "'loggingConfiguration.level'"},
		{"a name over the limit", "CreateStateMachine", object{"name": long, "definition": pass("one"), "roleArn": role}, "ValidationException", "less than or equal to 80"},
		{"a name with a blank", "CreateStateMachine", object{"name": "a b", "definition": pass("one"), "roleArn": role}, "InvalidName", "Invalid Name: 'a b'"},
		{"a page over the limit", "ListStateMachines", object{"maxResults": 1001}, "ValidationException", "Value '1001' at 'maxResults' failed to satisfy constraint: Member must have value less than or equal to 1000"},
		{"a trace that is not ASCII", "StartExecution", object{"stateMachineArn": machines + "orders", "traceHeader": "ä"}, "ValidationException", `\p{ASCII}*`},
		{"a trace of two lines", "StartExecution", object{"stateMachineArn": machines + "orders", "traceHeader": "Root=1\r\nNats-Rollup: all"}, "ValidationException", "control characters"},
		{"an element of a list", "CreateStateMachineAlias", object{"name": "live", "routingConfiguration": []object{{"weight": 1}}}, "ValidationException", "'routingConfiguration.1.member.stateMachineVersionArn'"},
		{"a hidden text over the limit", "StartExecution", object{"stateMachineArn": machines + "orders", "input": strings.Repeat("s", 262_145)}, "ValidationException", "detected: Value at 'input' failed to satisfy constraint: Member must have length less than or equal to 262144"},

		{"no ARN", "DescribeStateMachine", object{"stateMachineArn": "orders"}, "InvalidArn", "Invalid Arn: 'Invalid ARN prefix: orders'"},
		{"another account", "DescribeStateMachine", object{"stateMachineArn": strings.Replace(machines, "111111111111", "222222222222", 1) + "orders"}, "StateMachineDoesNotExist", "222222222222"},
		{"another account to start", "StartExecution", object{"stateMachineArn": strings.Replace(machines, "111111111111", "222222222222", 1) + "orders"}, "StateMachineDoesNotExist", ""},
		{"another region to delete", "TagResource", object{"resourceArn": strings.Replace(machines, "us-east-1", "eu-west-1", 1) + "orders", "tags": []any{}}, "ResourceNotFound", ""},
		{"a label", "StartExecution", object{"stateMachineArn": machines + "orders/label"}, "ValidationException", ""},
		{"no such version", "StartSyncExecution", object{"stateMachineArn": machines + "orders:7"}, "StateMachineDoesNotExist", ""},

		{"a name of an execution over the limit", "StartExecution", object{"stateMachineArn": machines + "orders", "name": long}, "ValidationException", "'name'"},
		{"a name of an execution with a blank", "StartExecution", object{"stateMachineArn": machines + "orders", "name": "a b"}, "InvalidName", ""},
		{"an empty input", "StartSyncExecution", object{"stateMachineArn": machines + "orders", "input": ""}, "InvalidExecutionInput", "Invalid State Machine Execution Input: 'Invalid execution input.'"},
		{"an input that is no JSON", "StartExecution", object{"stateMachineArn": machines + "orders", "input": "not json"}, "InvalidExecutionInput",
			"Invalid State Machine Execution Input: 'Unrecognized token 'not': was expecting (JSON String, Number, Array, Object or token 'null', 'true' or 'false')'"},
		{"an input that is YAML", "StartExecution", object{"stateMachineArn": machines + "orders", "input": "a: 1"}, "InvalidExecutionInput", ""},
		{"an input that is too deep", "StartExecution", object{"stateMachineArn": machines + "orders", "input": strings.Repeat("[", 65) + strings.Repeat("]", 65)}, "InvalidExecutionInput", ""},
		{"no token", "SendTaskSuccess", object{"taskToken": "x", "output": "{}"}, "InvalidToken", "Invalid Token: 'Invalid token'"},
		{"many tags", "TagResource", object{"resourceArn": machines + "orders", "tags": many(51)}, "TooManyTags", ""},
		{"a tag without a key", "TagResource", object{"resourceArn": machines + "orders", "tags": []object{{"value": "v"}}}, "ValidationException", "tags.1.member.key"},

		{"an execution of Express", "DescribeExecution", object{"executionArn": "arn:aws:states:us-east-1:111111111111:express:orders:a:b"}, "InvalidArn", "Invalid Arn: 'Resource type not valid in this context: express'"},
		{"an execution of Standard", "GetExecutionHistory", object{"executionArn": "arn:aws:states:us-east-1:111111111111:execution:orders:a"}, "ExecutionDoesNotExist", "Execution Does Not Exist: 'arn"},
		{"the executions", "ListExecutions", object{"stateMachineArn": machines + "orders"}, "StateMachineTypeNotSupported", "This operation is not supported by this type of state machine"},
		{"the executions of none", "ListExecutions", object{"stateMachineArn": machines + "none"}, "StateMachineDoesNotExist", ""},
		{"the executions of nothing", "ListExecutions", "", "ValidationException", "Exactly one"},
		{"the executions of a map run", "ListExecutions", object{"mapRunArn": "arn:x"}, "ResourceNotFound", ""},
		{"a map run", "DescribeMapRun", object{"mapRunArn": "arn:x"}, "ResourceNotFound", ""},
		{"an activity", "DescribeActivity", object{"activityArn": "arn:aws:states:us-east-1:111111111111:activity:a"}, "ActivityDoesNotExist", ""},
		{"no activity", "GetActivityTask", object{"activityArn": "a"}, "InvalidArn", "Invalid Arn: 'Invalid ARN prefix: a'"},
		{"an activity that is none", "DeleteActivity", object{"activityArn": machines + "orders"}, "InvalidArn", ""},
		{"a new activity", "CreateActivity", object{"name": "a"}, "ActivityLimitExceeded", ""},
		{"a new activity with a bad name", "CreateActivity", object{"name": "a:b"}, "InvalidName", "Invalid Name: 'a:b'"},
		{"a page of activities", "ListActivities", object{"nextToken": "x"}, "InvalidToken", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			status, out := do(t, s, request(tt.op, tt.in))
			if status != http.StatusBadRequest || out["__type"] != tt.code || !strings.Contains(fmt.Sprint(out["message"]), tt.message) {
				t.Errorf("%d %v, want 400 %s %s", status, out, tt.code, tt.message)
			}
		})
	}
}

func many(n int) []object {
	tags := make([]object, n)
	for i := range tags {
		tags[i] = object{"key": fmt.Sprint(i), "value": ""}
	}
	return tags
}

// A name of as many characters as there may be is one.
func TestLongestNames(t *testing.T) {
	s := newServer(t, newEngine(compiler.Options{}), awsapi.Options{})
	name := strings.Repeat("ö", 80)
	made := call(t, s, "CreateStateMachine", object{"name": name, "definition": pass("one"), "roleArn": role, "type": "EXPRESS"})
	out := call(t, s, "StartSyncExecution", object{"stateMachineArn": made["stateMachineArn"], "name": name})
	if out["name"] != name {
		t.Errorf("the execution is called %v", out["name"])
	}
}

// What is no call of an operation, whatever its body says.
func TestNoOperation(t *testing.T) {
	s := newServer(t, newEngine(compiler.Options{}), awsapi.Options{})
	for name, tt := range map[string]struct {
		change func(*http.Request)
		code   string
	}{
		"unknown":            {func(r *http.Request) { r.Header.Set("X-Amz-Target", "AWSStepFunctions.Fly") }, "UnknownOperationException"},
		"of another service": {func(r *http.Request) { r.Header.Set("X-Amz-Target", "DynamoDB_20120810.ListStateMachines") }, "UnknownOperationException"},
		"no target":          {func(r *http.Request) { r.Header.Del("X-Amz-Target") }, "UnknownOperationException"},
		"GET":                {func(r *http.Request) { r.Method = http.MethodGet }, "UnknownOperationException"},
		"a path":             {func(r *http.Request) { r.URL.Path = "/x" }, "UnknownOperationException"},
		"a query":            {func(r *http.Request) { r.URL.RawQuery = "&" }, "UnknownOperationException"},
		"text":               {func(r *http.Request) { r.Header.Set("Content-Type", "text/plain") }, "SerializationException"},
		"no type":            {func(r *http.Request) { r.Header.Del("Content-Type") }, "SerializationException"},
		"compressed":         {func(r *http.Request) { r.Header.Set("Content-Encoding", "gzip") }, "SerializationException"},
		"from a page":        {func(r *http.Request) { r.Header.Set("Origin", "http://example.com") }, "AccessDeniedException"},
	} {
		t.Run(name, func(t *testing.T) {
			r := request("ListStateMachines", "{}")
			tt.change(r)
			if status, out := do(t, s, r); status != http.StatusBadRequest || out["__type"] != tt.code {
				t.Errorf("%d %v, want %s", status, out, tt.code)
			}
		})
	}
}

// Bodies have a limit, which those with a definition have twice.
func TestBodyLimit(t *testing.T) {
	s := newServer(t, newEngine(compiler.Options{}), awsapi.Options{})
	for op, limit := range map[string]int{"ListStateMachines": 1 << 20, "ValidateStateMachineDefinition": 2 << 20} {
		for n, want := range map[int]int{limit: http.StatusOK, limit + 1: http.StatusRequestEntityTooLarge} {
			body := `{"definition":"{}"}`
			body += strings.Repeat(" ", n-len(body))
			for _, length := range []int64{int64(n), -1} { // said in advance, and not
				r := request(op, body)
				r.ContentLength = length
				if status, out := do(t, s, r); status != want {
					t.Errorf("%s with %d bytes: %d %v, want %d", op, n, status, out, want)
				}
			}
		}
	}
}

// A panicking starter is our bug: the answer is a typed error, the stack goes to
// the log, and the input does not.
func TestPanic(t *testing.T) {
	for _, op := range []string{"StartExecution", "StartSyncExecution"} {
		var log bytes.Buffer
		e := newEngine(compiler.Options{})
		var told []string
		s := newServer(t, e, awsapi.Options{
			Starter: panicking{e},
			Log:     slog.New(slog.NewTextHandler(&log, nil)),
			Done:    func(op, code string, _ time.Duration) { told = append(told, op+" "+code) },
		})
		call(t, s, "CreateStateMachine", object{"name": "orders", "definition": pass("one"), "roleArn": role, "type": "EXPRESS"})
		status, out := do(t, s, request(op, object{"stateMachineArn": machines + "orders", "input": `{"card":"4111"}`}))
		if status != http.StatusInternalServerError || out["__type"] != "InternalFailure" {
			t.Errorf("%s: %d %v", op, status, out)
		}
		if !strings.Contains(log.String(), "boom") || strings.Contains(log.String(), "4111") {
			t.Errorf("%s: the log says %s", op, &log)
		}
		if want := []string{"CreateStateMachine ", op + " InternalFailure"}; !slices.Equal(told, want) {
			t.Errorf("told of %q, want %q", told, want)
		}
	}
}

type panicking struct{ *engine }

func (panicking) Start(context.Context, *awsapi.Execution) error { panic("boom") }
func (panicking) StartSync(context.Context, *awsapi.Execution) (express.Outcome, error) {
	panic("boom")
}

// An error of a starter that is not the caller's is logged, and not shown.
func TestStarterErrors(t *testing.T) {
	for _, tt := range []struct {
		err    error
		status int
		code   string
	}{
		{awsapi.ErrBusy, http.StatusBadRequest, "ThrottlingException"},
		{fmt.Errorf("start: %w", awsapi.ErrUnavailable), http.StatusServiceUnavailable, "ServiceUnavailable"},
		{errors.New("the disk at /secret is full"), http.StatusInternalServerError, "InternalFailure"},
	} {
		e := newEngine(compiler.Options{})
		s := newServer(t, e, awsapi.Options{Starter: failing{e, tt.err}})
		call(t, s, "CreateStateMachine", object{"name": "orders", "definition": pass("one"), "roleArn": role, "type": "EXPRESS"})
		for _, op := range []string{"StartExecution", "StartSyncExecution"} {
			status, out := do(t, s, request(op, object{"stateMachineArn": machines + "orders"}))
			if status != tt.status || out["__type"] != tt.code || strings.Contains(fmt.Sprint(out), "secret") {
				t.Errorf("%s after %q: %d %v", op, tt.err, status, out)
			}
		}
	}
}

type failing struct {
	*engine
	err error
}

func (f failing) Start(context.Context, *awsapi.Execution) error { return f.err }
func (f failing) StartSync(context.Context, *awsapi.Execution) (express.Outcome, error) {
	return express.Outcome{}, f.err
}

// Where strict is set there are no state machines of type STANDARD, which is the
// type of one that has none.
func TestStandard(t *testing.T) {
	in := object{"name": "orders", "definition": pass("one"), "roleArn": role}
	strict := newServer(t, newEngine(compiler.Options{}), awsapi.Options{Strict: true})
	if status, out := do(t, strict, request("CreateStateMachine", in)); status != http.StatusBadRequest || out["__type"] != "StateMachineTypeNotSupported" {
		t.Errorf("create: %d %v", status, out)
	}
	if out := call(t, strict, "ValidateStateMachineDefinition", object{"definition": pass("one")}); out["result"] != "FAIL" {
		t.Errorf("validate: %v", out)
	}
	if out := call(t, strict, "ValidateStateMachineDefinition", object{"definition": pass("one"), "type": "EXPRESS"}); out["result"] != "OK" {
		t.Errorf("validate EXPRESS: %v", out)
	}

	var log bytes.Buffer
	s := newServer(t, newEngine(compiler.Options{}), awsapi.Options{Log: slog.New(slog.NewTextHandler(&log, nil))})
	arn := call(t, s, "CreateStateMachine", in)["stateMachineArn"]
	if !strings.Contains(log.String(), "runs as EXPRESS") {
		t.Errorf("no warning in the log: %s", &log)
	}
	if out := call(t, s, "DescribeStateMachine", object{"stateMachineArn": arn}); out["type"] != "STANDARD" {
		t.Errorf("describe: %v", out)
	}
	out := call(t, s, "StartSyncExecution", object{"stateMachineArn": arn})
	if out["output"] != `{"says":"one"}` || out["status"] != "SUCCEEDED" {
		t.Errorf("start: %v", out)
	}
	out = call(t, s, "ValidateStateMachineDefinition", object{"definition": pass("one"), "severity": "WARNING"})
	if out["result"] != "OK" || !strings.Contains(fmt.Sprint(out["diagnostics"]), "STANDARD_RUNS_AS_EXPRESS") {
		t.Errorf("validate: %v", out)
	}
}

// No more diagnostics are told of than wanted.
func TestTruncated(t *testing.T) {
	s := newServer(t, newEngine(compiler.Options{}), awsapi.Options{})
	const two = `{"StartAt":"A","States":{"A":{"Type":"Pass","Next":"X"},"B":{"Type":"Pass","Next":"Y"}}}`
	for most, want := range map[int]int{1: 1, 0: 2, 100: 2} {
		out := call(t, s, "ValidateStateMachineDefinition", object{"definition": two, "type": "EXPRESS", "maxResults": most})
		got := len(out["diagnostics"].([]any))
		if truncated := most == 1; out["result"] != "FAIL" || got != want || out["truncated"] != truncated {
			t.Errorf("of at most %d: %v", most, out)
		}
	}
}

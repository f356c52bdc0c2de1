package nested

import (
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/seed66d9166c/express/compiler"
	"github.com/seed66d9166c/express/express"
	"github.com/seed66d9166c/express/express/value"
	"github.com/seed66d9166c/express/transport"
)

// What the workflow is called with, and which one it is.
func TestArguments(t *testing.T) {
	const (
		unusable = `States.Runtime: The Parameters could not be used to start the Task: `
		badARN   = `StepFunctions.InvalidArnException: Invalid Arn: `
	)
	for _, tt := range []struct {
		name, arguments string
		want            string // output of the workflow echo, or the error
	}{
		{"no input", `"StateMachineArn": "echo"`, `{}`},
		{"null", `"StateMachineArn": "echo", "Input": null`, `{}`},
		{"an array", `"StateMachineArn": "echo", "Input": [1, "x"]`, `[1,"x"]`},
		{"a number", `"StateMachineArn": "echo", "Input": 1.50`, `1.50`},
		{"JSON text", `"StateMachineArn": "echo", "Input": "{\"a\": null}"`, `{"a":null}`},
		{"JSON text of a string", `"StateMachineArn": "echo", "Input": "\"x\""`, `"x"`},
		{"text that is no JSON", `"StateMachineArn": "echo", "Input": "x"`, `StepFunctions.InvalidExecutionInputException: Invalid State Machine Execution Input: 'unexpected character at offset 0' (Service: `},
		{"empty text", `"StateMachineArn": "echo", "Input": ""`, `StepFunctions.InvalidExecutionInputException: Invalid State Machine Execution Input: '`},

		{"an ARN", `"StateMachineArn": "arn:aws-cn:states:cn-north-1:1:stateMachine:echo"`, `{}`},
		{"a version", `"StateMachineArn": "` + machineARN + `echo:3"`, `{}`},
		{"an alias", `"StateMachineArn": "` + machineARN + `echo:live"`, `{}`},
		{"an ARN too long", `"StateMachineArn": "` + machineARN + `echo:live:3"`, badARN + `'Invalid ARN: ` + machineARN + `echo:live:3'`},
		{"an ARN without a name", `"StateMachineArn": "` + machineARN + `"`, badARN + `'Invalid ARN: ` + machineARN + `'`},
		{"an ARN with an empty alias", `"StateMachineArn": "` + machineARN + `echo:"`, badARN + `'Invalid ARN: ` + machineARN + `echo:'`},
		{"an execution", `"StateMachineArn": "arn:aws:states:eu-west-1:1:express:echo:a:b"`, badARN + `'Resource type not valid in this context: express'`},
		{"another service", `"StateMachineArn": "arn:aws:lambda:eu-west-1:1:function:echo"`, badARN + `'Invalid ARN prefix: arn:aws:lambda:eu-west-1:1:function:echo'`},
		{"no ARN", `"StateMachineArn": "a:b"`, badARN + `'Invalid ARN prefix: a:b'`},
		{"no name", `"StateMachineArn": ""`, `StepFunctions.StateMachineDoesNotExistException: State Machine Does Not Exist: ''`},

		{"nothing", ``, unusable + `[The field 'StateMachineArn' is required but was missing]`},
		{"a number for an ARN", `"StateMachineArn": 1`, unusable + `[The value of the field 'StateMachineArn' has an invalid format]`},
		{"null for a name", `"StateMachineArn": "echo", "Name": null`, unusable + `[The value of the field 'Name' has an invalid format]`},
		{"another field", `"StateMachineArn": "echo", "Timeout": 1`, unusable + `[The field 'Timeout' is not supported]`},

		{"the longest trace", `"StateMachineArn": "echo", "TraceHeader": "` + strings.Repeat("x", 256) + `"`, `{}`},
		{"a trace too long", `"StateMachineArn": "echo", "TraceHeader": "` + strings.Repeat("x", 257) + `"`, unusable + `[The value of the field 'TraceHeader' has an invalid format]`},
		{"a trace that is another header, too", `"StateMachineArn": "echo", "TraceHeader": "Root=1\r\nNats-Rollup: all"`, unusable + `[The value of the field 'TraceHeader' has an invalid format]`},
		{"a trace that is no ASCII", `"StateMachineArn": "echo", "TraceHeader": "é"`, unusable + `[The value of the field 'TraceHeader' has an invalid format]`},

		{"the longest name", `"StateMachineArn": "echo", "Name": "` + strings.Repeat("é", 80) + `"`, `{}`},
		{"a name too long", `"StateMachineArn": "echo", "Name": "` + strings.Repeat("é", 81) + `"`, `StepFunctions.InvalidNameException: Invalid Name: '` + strings.Repeat("é", 81) + `'`},
		{"an empty name", `"StateMachineArn": "echo", "Name": ""`, `StepFunctions.InvalidNameException: Invalid Name: ''`},
		{"a name with a blank", `"StateMachineArn": "echo", "Name": "a b"`, `StepFunctions.InvalidNameException: Invalid Name: 'a b'`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			o := newWorld(t).run(call(startTask+".sync:2", tt.arguments, ""), express.Start{})
			got := ""
			if o.Err != nil {
				got = o.Err.Error()
			} else {
				out, _ := o.Output.Get("Output")
				got = out.String()
			}
			if !strings.HasPrefix(got, tt.want) || o.Err == nil && got != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
		})
	}
}

// Parameters that are no object cannot start anything.
func TestArgumentsAreAnObject(t *testing.T) {
	o := newWorld(t).run(`{"QueryLanguage": "JSONata", "StartAt": "A", "States": {"A": {"Type": "Task", "Resource": "`+startTask+`", "Arguments": "{% 'echo' %}", "End": true}}}`, express.Start{})
	if want := `States.Runtime: The Parameters could not be used to start the Task: [An object is required but was: string]`; o.Err == nil || o.Err.Error() != want {
		t.Errorf("got %v, want %s", o.Err, want)
	}
}

// keyOf is the idempotency key of the only task of a parent.
func keyOf(t *testing.T, parent string) (key string) {
	t.Helper()
	p, found := compiler.Compile("parent", []byte(call("func:x", "", "")), nil)
	if p == nil {
		t.Fatal(found.Err())
	}
	m, err := express.New(p, express.Options{
		Identity: express.Identity{Name: "parent"},
		Invokers: map[string]express.Invoker{"func": express.InvokerFunc(func(_ context.Context, c *express.Call) (value.Value, error) {
			key = c.Key()
			return value.Null, nil
		})},
	})
	if err != nil {
		t.Fatal(err)
	}
	m.Run(t.Context(), express.Start{Name: parent})
	return key
}

// What is waited for runs as a child: one hop further, with the parent's
// delivery and trace, and a name that a redelivery gives it again.
func TestChild(t *testing.T) {
	w := newWorld(t)
	s := express.Start{Name: "parent-1", Delivery: 2, Hops: 3, Trace: "00-a-b-01"}
	definition := call(startTask+".sync:2", `"StateMachineArn": "who"`, "")
	first := w.run(definition, s)
	if again := w.run(definition, s); name(again) != name(first) || !transport.ValidName(name(first)) {
		t.Errorf("the children are %q and %q", name(first), name(again))
	}
	child := w.starts[1]
	if child.Name != name(first) || child.Delivery != 2 || child.Hops != 4 || child.Trace != "00-a-b-01" || child.Sync {
		t.Errorf("the child was started with %+v", child)
	}
	s.Name = "parent-2"
	if other := w.run(definition, s); name(other) == name(first) {
		t.Errorf("children of two parents are both %q", name(first))
	}
	synchronous := w.run(call(sdkTask+"startSyncExecution", `"StateMachineArn": "who"`, ""), s)
	if out, _ := synchronous.Output.Get("Output"); strings.Contains(out.Text(), "redrive") {
		t.Errorf("the context of a synchronous execution shows %s", out.Text())
	}
}

// name is that of the child which the output of a parent describes.
func name(o express.Outcome) string {
	v, _ := o.Output.Get("Name")
	return v.Text()
}

// Each iteration has a child of its own.
func TestIterations(t *testing.T) {
	w := newWorld(t)
	o := w.run(`{"QueryLanguage": "JSONata", "StartAt": "Each", "States": {"Each": {"Type": "Map", "Items": "{% [1..5] %}", "MaxConcurrency": 1, "End": true, "ItemProcessor":
		{"StartAt": "Call", "States": {"Call": {"Type": "Task", "Resource": "`+startTask+`", "Arguments": {"StateMachineArn": "echo"}, "End": true}}}}}}`, express.Start{})
	var ids []string
	for _, e := range w.published {
		ids = append(ids, e.ID)
	}
	slices.Sort(ids)
	if len(slices.Compact(ids)) != 5 {
		t.Errorf("started %q (%v), want five", ids, o.Err)
	}
}

package express_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/seed66d9166c/express/compiler"
	"github.com/seed66d9166c/express/express/expresstest"
	"github.com/seed66d9166c/express/express/program"
)

// opTests has for each operation a machine whose outcome shows what the operation
// does: states with Top as the first, over the input {"n":[1,2],"s":"b"}.
var opTests = map[program.Op]struct{ states, want string }{
	program.OpEnter:  {`"Top": {"Type": "Pass", "End": true}`, `SUCCEEDED {"n":[1,2],"s":"b"}`},
	program.OpInput:  {`"Top": {"Type": "Task", "Resource": "func:f", "InputPath": "$.n", "End": true}`, `SUCCEEDED [1,2]`},
	program.OpArg:    {`"Top": {"Type": "Task", "Resource": "func:f", "Parameters": {"x.$": "$.n[0]"}, "End": true}`, `SUCCEEDED {"x":1}`},
	program.OpConst:  {`"Top": {"Type": "Pass", "Result": {"x.$": "$.n"}, "End": true}`, `SUCCEEDED {"x.$":"$.n"}`},
	program.OpTask:   {`"Top": {"Type": "Task", "Resource": "func:f", "End": true}`, `SUCCEEDED {"n":[1,2],"s":"b"}`},
	program.OpFork:   {`"Top": {"Type": "Parallel", "InputPath": "$.n", "Branches": [{"StartAt": "A", "States": {"A": {"Type": "Pass", "End": true}}}, {"StartAt": "B", "States": {"B": {"Type": "Pass", "Result": 0, "End": true}}}], "End": true}`, `SUCCEEDED [[1,2],0]`},
	program.OpMap:    {`"Top": {"Type": "Map", "ItemsPath": "$.n", "ItemSelector": {"x.$": "$$.Map.Item.Value", "s.$": "$.s"}, "ItemProcessor": {"StartAt": "A", "States": {"A": {"Type": "Pass", "End": true}}}, "End": true}`, `SUCCEEDED [{"x":1,"s":"b"},{"x":2,"s":"b"}]`},
	program.OpSelect: {`"Top": {"Type": "Task", "Resource": "func:f", "ResultSelector": {"x.$": "$.s"}, "End": true}`, `SUCCEEDED {"x":"b"}`},
	program.OpAssign: {`"Top": {"Type": "Pass", "Assign": {"a.$": "$.n", "b": 2}, "Next": "Show"}, "Show": {"Type": "Pass", "Parameters": {"a.$": "$a[1]", "b.$": "$b"}, "End": true}`, `SUCCEEDED {"a":2,"b":2}`},
	program.OpMerge:  {`"Top": {"Type": "Pass", "InputPath": "$.s", "ResultPath": "$.r.s", "End": true}`, `SUCCEEDED {"n":[1,2],"s":"b","r":{"s":"b"}}`},
	program.OpKeep:   {`"Top": {"Type": "Task", "Resource": "func:f", "InputPath": "$.s", "ResultPath": null, "End": true}`, `SUCCEEDED {"n":[1,2],"s":"b"}`},
	program.OpOutput: {`"Top": {"Type": "Pass", "OutputPath": "$.n", "End": true}`, `SUCCEEDED [1,2]`},
	program.OpWait:   {`"Top": {"Type": "Wait", "SecondsPath": "$.n[0]", "End": true}`, `SUCCEEDED {"n":[1,2],"s":"b"}`},
	program.OpTest: {`"Top": {"Type": "Choice", "Choices": [
			{"Not": {"Or": [{"Variable": "$.n[0]", "NumericEquals": 2}, {"Variable": "$.nope", "IsPresent": true}]}, "Next": "Right"}], "Default": "Wrong"},
		"Right": {"Type": "Pass", "Result": "right", "End": true}, "Wrong": {"Type": "Fail"}`, `SUCCEEDED "right"`},
	program.OpTable: {`"Top": {"Type": "Choice", "Choices": [
			{"Variable": "$.s", "StringEquals": "a", "Next": "Wrong"}, {"Variable": "$.s", "StringEquals": "b", "Next": "Right"},
			{"Variable": "$.s", "StringEquals": "c", "Next": "Wrong"}, {"Variable": "$.s", "StringEquals": "d", "Next": "Wrong"}], "Default": "Wrong"},
		"Right": {"Type": "Choice", "Choices": [
			{"Variable": "$.n[1]", "NumericEquals": 0, "Next": "Wrong"}, {"Variable": "$.n[1]", "NumericEquals": 1, "Next": "Wrong"},
			{"Variable": "$.n[1]", "NumericEquals": 2, "Next": "Miss"}, {"Variable": "$.n[1]", "NumericEquals": 3, "Next": "Wrong"}], "Default": "Wrong"},
		"Miss": {"Type": "Choice", "Choices": [
			{"Variable": "$.n", "NumericEquals": 0, "Next": "Wrong"}, {"Variable": "$.n", "NumericEquals": 1, "Next": "Wrong"},
			{"Variable": "$.n", "NumericEquals": 2, "Next": "Wrong"}, {"Variable": "$.n", "NumericEquals": 3, "Next": "Wrong"}], "Default": "Done"},
		"Done": {"Type": "Pass", "Result": "right", "End": true}, "Wrong": {"Type": "Fail"}`, `SUCCEEDED "right"`},
	program.OpUnmatched: {`"Top": {"Type": "Choice", "Choices": [{"Variable": "$.s", "StringEquals": "a", "Next": "Wrong"}]}, "Wrong": {"Type": "Fail"}`,
		"FAILED States.Runtime: An error occurred while executing the state 'Top' (entered at the event id #2). Failed to transition out of the state. The state does not point to a next state."},
	program.OpExit: {`"Top": {"Type": "Pass", "Result": 1, "Next": "Then"}, "Then": {"Type": "Pass", "ResultPath": null, "End": true}`, `SUCCEEDED 1`},
	program.OpFail: {`"Top": {"Type": "Fail", "Error": "E", "CausePath": "$.s"}`, `FAILED E: b`},
	program.OpHalt: {`"Top": {"Type": "Succeed"}`, `SUCCEEDED {"n":[1,2],"s":"b"}`},
}

func TestOps(t *testing.T) {
	for op := program.OpEnter; op <= program.OpHalt; op++ {
		if op == program.OpCond {
			continue // TestCond
		}
		t.Run(op.String(), func(t *testing.T) {
			tt := opTests[op]
			m := expresstest.Machine(t, `{"StartAt": "Top", "States": {`+tt.states+`}}`, echo, expresstest.Virtual)
			if !slices.ContainsFunc(m.Program().Code, func(in program.Instr) bool { return in.Op == op }) {
				t.Errorf("there is no %s in\n%s", op, m.Program())
			}
			wantOutcome(t, expresstest.Run(t, m, `{"n":[1,2],"s":"b"}`), tt.want)
		})
	}
}

// cond is a Choice whose only condition is e.
func cond(t *testing.T, e expr) *program.Program {
	p, diags := compiler.Compile("cond", []byte(`{"StartAt": "Top", "States": {
		"Top": {"Type": "Choice", "Choices": [{"Variable": "$.x", "IsNull": true, "Next": "Yes"}], "Default": "No"},
		"Yes": {"Type": "Pass", "Result": "yes", "End": true}, "No": {"Type": "Pass", "Result": "no", "End": true}}}`), nil)
	if p == nil {
		t.Fatal(diags)
	}
	i := slices.IndexFunc(p.Code, func(in program.Instr) bool { return in.Op == program.OpTest })
	p.Code[i] = program.Instr{Op: program.OpCond, A: p.Rules[p.Code[i].A].Variable, B: p.Code[i].B}
	p.Exprs[p.Code[i].A] = e
	p.States[0].JSONata = true
	return p
}

func TestCond(t *testing.T) {
	for value, want := range map[string]string{
		`true`:  `SUCCEEDED "yes"`,
		`false`: `SUCCEEDED "no"`,
		`"yes"`: "FAILED States.QueryEvaluationError: An error occurred while executing the state 'Top' (entered at the event id #2). The JSONata expression '$expr' " +
			"specified for the field 'Condition' returned an unexpected result type. Expected 'boolean', but was 'string' for value: \"yes\"",
	} {
		m, _ := machine(t, cond(t, yields(t, value)))
		wantOutcome(t, expresstest.Run(t, m, `{}`), want)
	}
	m, _ := machine(t, cond(t, undefined))
	if o := expresstest.Run(t, m, `{}`); !strings.HasPrefix(outcome(o), "FAILED States.QueryEvaluationError") {
		t.Errorf("a condition without a value: %s", outcome(o))
	}
}

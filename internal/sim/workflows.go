package sim

import (
	"fmt"
	"sync"

	"github.com/seed66d9166c/express/compiler"
	"github.com/seed66d9166c/express/express/program"
)

// A workflow is what events start: its definition, the event's body, and how many
// different tasks an execution calls that succeeds.
type workflow struct {
	name       string
	definition string
	input      string
	effects    int
}

// retried is what tasks here tolerate: answers that are lost, and services that
// are busy.
const retried = `"TimeoutSeconds": 10, "Retry": [{"ErrorEquals": ["Busy", "States.Timeout"], "IntervalSeconds": 1, "BackoffRate": 2, "MaxAttempts": 4}]`

// workflows are those that scripts choose from.
var workflows = []workflow{
	{"short", `{"StartAt": "Keep", "States": {
		"Keep": {"Type": "Pass", "Next": "Which"},
		"Which": {"Type": "Choice", "Choices": [{"Variable": "$.n", "NumericEquals": 1, "Next": "Done"}], "Default": "Done"},
		"Done": {"Type": "Succeed"}}}`, `{"n":1}`, 0},
	{"wait", `{"StartAt": "Long", "States": {
		"Long": {"Type": "Wait", "Seconds": 20, "Next": "Call"},
		"Call": {"Type": "Task", "Resource": "nats:request:call", ` + retried + `, "End": true}}}`, `{}`, 1},
	{"call", `{"StartAt": "Call", "States": {
		"Call": {"Type": "Task", "Resource": "nats:request:call", ` + retried + `, "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "No"}], "End": true},
		"No": {"Type": "Fail", "Error": "Refused"}}}`, `{}`, 1},
	{"map", `{"StartAt": "Each", "States": {"Each": {"Type": "Map", "MaxConcurrency": 2, "End": true, "ItemProcessor": {"StartAt": "Call", "States": {
		"Call": {"Type": "Task", "Resource": "nats:request:call", ` + retried + `, "End": true}}}}}}`, `[1,2,3,4]`, 4},
	{"parallel", `{"StartAt": "Both", "States": {"Both": {"Type": "Parallel", "End": true, "Branches": [
		{"StartAt": "Left", "States": {"Left": {"Type": "Task", "Resource": "nats:request:call", ` + retried + `, "End": true}}},
		{"StartAt": "Right", "States": {"Right": {"Type": "Task", "Resource": "nats:request:call", ` + retried + `, "End": true}}}]}}}`, `{}`, 2},
	{"loop", `{"StartAt": "Call", "States": {
		"Call": {"Type": "Task", "Resource": "nats:request:call", ` + retried + `, "Next": "Count"},
		"Count": {"Type": "Pass", "Parameters": {"n.$": "States.MathAdd($.n, 1)"}, "Next": "Enough"},
		"Enough": {"Type": "Choice", "Choices": [{"Variable": "$.n", "NumericLessThan": 3, "Next": "Call"}], "Default": "Done"},
		"Done": {"Type": "Succeed"}}}`, `{"n":0}`, 3},
}

// hung is the workflow whose task hangs, and does not honour its context, when its
// event comes for the first time: see hangFor. It has to come again.
var hung = workflow{"hung", `{"StartAt": "Hang", "States": {"Hang": {"Type": "Task", "Resource": "nats:publish:hang", "End": true}}}`, `{}`, 1}

// programs are the workflows, compiled, by name.
var programs = sync.OnceValue(func() map[string]*program.Program {
	all := make(map[string]*program.Program)
	for _, w := range append([]workflow{hung}, workflows...) {
		p, found := compiler.Compile(w.name, []byte(w.definition), nil)
		if p == nil {
			panic(fmt.Sprintf("sim: workflow %s: %v", w.name, found))
		}
		all[w.name] = p
	}
	return all
})

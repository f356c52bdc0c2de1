package express_test

import (
	"context"
	"fmt"
	"runtime"
	"runtime/metrics"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"github.com/seed66d9166c/express/express"
	"github.com/seed66d9166c/express/express/expresstest"
	"github.com/seed66d9166c/express/express/value"
)

// bombs are machines that grow without end: each ends in the error that it wants.
var bombs = map[string]struct{ definition, input, want string }{
	// Data that grows from state to state.
	"text doubled":        {again(`"Parameters": {"s.$": "States.Format('{}{}', $.s, $.s)"}`), `{"s": "a"}`, tooLarge},
	"text escaped":        {again(`"Parameters": {"s.$": "States.JsonToString($)"}`), `{"s": "\""}`, tooLarge},
	"arrays doubled":      {again(`"Parameters": {"s.$": "States.Array($.s, $.s)"}`), `{"s": 1}`, tooLarge},
	"objects doubled":     {again(`"Parameters": {"a.$": "$", "b.$": "$"}`), `{}`, tooLarge},
	"variables doubled":   {again(`"Assign": {"s.$": "States.Array($s, $s)"}`), `{}`, tooLarge},
	"results gathered":    {again(`"Parameters": {"s.$": "States.Array($$.Execution.Input, $.s)"}`), longText, tooLarge},
	"in Parameters":       {again(`"Parameters": {"a.$": "$"}`), `{}`, tooDeep},
	"in an intrinsic":     {again(`"Parameters": {"s.$": "States.Array($.s)"}`), `{"s": 1}`, tooDeep},
	"in ResultPath":       {again(`"ResultPath": "$.a"`), `{}`, tooDeep},
	"in a variable":       {again(`"Assign": {"s.$": "States.Array($s)"}`), `{}`, tooDeep},
	"in branches":         {again(`"Type": "Parallel", "Branches": [` + one + `]`), `{}`, tooDeep},
	"in iterations":       {again(`"Type": "Map", "ItemsPath": "$$.Execution.Input", "ItemSelector": {"a.$": "$"}, "ItemProcessor": ` + one), `[0]`, tooDeep},
	"in a long path":      {again(`"ResultPath": "$` + strings.Repeat(".a", 100) + `"`), `{}`, tooDeep},
	"from the context":    {again(`"Parameters": {"a.$": "$$"}`), nested(62), tooDeep},
	"many small values":   {again(`"Parameters": {"a.$": "States.Array($, $, $)"}`), zeros(30_000), "States.DataLimitExceeded: The state/task 'Top' has an input of more than 65536 values."},
	"many by deep scan":   {again(`"InputPath": "$..*"`), nested(60), "States.DataLimitExceeded: The state/task 'Top' has an input"},
	"many, to be dropped": {again(`"Type": "Map", "ItemsPath": "$", "ItemProcessor": ` + one + `, "ResultPath": null, "OutputPath": null`), zeros(10_001), "States.DataLimitExceeded: The Map state 'Top' has 10001 items"},

	// Expressions that want too much at once.
	"range":             {again(`"Parameters": {"a.$": "States.ArrayRange(1, 2147483647, 1)"}`), `{}`, "States.Runtime: An error occurred while executing the state 'Top' (entered at the event id #4). The function"},
	"ranges":            {again(`"Parameters": {"a.$": "States.Array(` + repeat("States.ArrayRange(1, 1000, 1)", 5_000) + `)"}`), `{}`, overMemory},
	"input repeated":    {again(`"Parameters": {"a.$": "States.Array(` + repeat("$", 10_000) + `)"}`), zeros(30_000), overMemory},
	"result repeated":   {again(`"Type": "Parallel", "Branches": [` + one + `], "ResultSelector": {"a": [` + repeat(`{"b.$": "$"}`, 10_000) + `]}, "Assign": {"c.$": "$.none"}`), zeros(30_000), overMemory},
	"equal and large":   {again(`"Parameters": {"a.$": "States.ArrayContains(States.Array(` + repeat("$", 40) + `), States.Array(` + repeat("$", 40) + `))"}`), zeros(30_000), overMemory},
	"scan of a scan":    {again(`"InputPath": "$..*..*..*"`), nested(60), tooLarge},
	"quadratic filter":  {again(`"InputPath": "$[?(@ in $)]"`), zeros(30_000), overWork},
	"paths in a filter": {again(`"InputPath": "$[?(@ in $[?(@ in $)])]"`), zeros(30_000), overWork},
	"backtracking":      {again(`"InputPath": "$[?(@ =~ /` + strings.Repeat("(x+x+)+", 10) + `y/)]"`), `["` + strings.Repeat("x", 200_000) + `"]`, overWork},

	// Control that does not end.
	"choices":        {loop, `{}`, transitions},
	"waits":          {again(`"Type": "Wait", "Seconds": 0`), `{}`, transitions},
	"waits in past":  {again(`"Type": "Wait", "Timestamp": "1999-01-01T00:00:00Z"`), `{}`, transitions},
	"map of map":     {again(`"Type": "Map", "ItemProcessor": {"StartAt": "Each", "States": {"Each": {"Type": "Map", "ItemsPath": "$$.Execution.Input", "ItemProcessor": ` + one + `, "End": true}}}`), zeros(10_000), transitions},
	"maps":           {nest(8, `{"Type": "Pass", "End": true}`), zeros(30), transitions},
	"waiting maps":   {nest(8, `{"Type": "Wait", "Seconds": 1, "End": true}`), zeros(30), transitions},
	"parallels":      {again(tree(8, 3) + `, "ResultPath": null`), `{}`, transitions},
	"parallels deep": {again(tree(9, 1)), `{}`, "States.DataLimitExceeded: The state 'T.0.0.0.0.0.0.0.0' is nested more than 8 deep"},
	"retries": {again(`"Type": "Map", "ItemProcessor": {"StartAt": "In", "States": {"In": {"Type": "Task", "Resource": "func:fail", "End": true,
		"Retry": [{"ErrorEquals": ["States.ALL"], "IntervalSeconds": 1, "BackoffRate": 1, "JitterStrategy": "FULL", "MaxAttempts": 99999999}]}}}`), zeros(40), "States.Runtime: An error occurred while executing the state 'In' (entered at the event id #"},
	"caught again": {again(`"Type": "Task", "Resource": "func:fail", "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "Top"}]`), `{}`, transitions},
}

const (
	tooLarge    = "States.DataLimitExceeded: The " // state/task, or variables
	tooDeep     = "States.DataLimitExceeded: The state/task "
	overMemory  = "States.DataLimitExceeded: An error occurred while executing the state 'Top' (entered at the event id #4). "
	overWork    = "States.Runtime: An error occurred while executing the state 'Top' (entered at the event id #4). The expressions of the execution took more steps"
	transitions = "States.Runtime: An error occurred while executing the state "

	longText = `{"s": "0123456789012345678901234567890123456789012345678901234567890123456789"}`
	one      = `{"StartAt": "One", "States": {"One": {"Type": "Pass", "End": true}}}`
)

// Each bomb ends in its error, having used no more than its share of states,
// expressions and memory.
func TestBombs(t *testing.T) {
	for name, tt := range bombs {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { // in which no goroutine may be left
				fail := func(context.Context, *express.Call) (value.Value, error) {
					return value.Null, &express.Error{Name: "Busy"}
				}
				var used usage
				m := expresstest.Machine(t, tt.definition, fail, func(o *express.Options) { o.Recorder = &used })
				used.begin()
				o := expresstest.Run(t, m, tt.input)
				if got := outcome(o); !strings.HasPrefix(got, "FAILED "+tt.want) {
					t.Errorf("outcome is %.300s\nwant %s", got, tt.want)
				}
				const mostStates = express.DefaultSteps + express.DefaultBranches // one more in each thread
				if n := used.states.Load(); n > mostStates {
					t.Errorf("%d states were entered", n)
				}
				if most := used.most.Load(); most > mostMemory {
					t.Errorf("%d MB of memory were in use", most>>20)
				}
			})
		})
	}
}

// mostMemory is twice what the largest bomb was seen to use, with the garbage that
// a collection had not yet found.
const mostMemory = 128 << 20

// usage is a Recorder that measures what an execution uses.
type usage struct {
	states atomic.Int64
	before uint64
	most   atomic.Uint64 // bytes in use beyond before
}

func (u *usage) begin() {
	runtime.GC()
	u.before = inUse()
}

// inUse is the size of all objects, of which some may be garbage.
func inUse() uint64 {
	sample := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
	metrics.Read(sample)
	return sample[0].Value.Uint64()
}

func (u *usage) Open(context.Context, *express.Machine, *express.Start) express.Log { return u }

func (u *usage) Enabled(t express.EventType) bool {
	if strings.HasSuffix(t.String(), "StateEntered") {
		u.states.Add(1)
	}
	if used := inUse(); used > u.before && used-u.before > u.most.Load() {
		u.most.Store(used - u.before)
	}
	return false
}

func (u *usage) Record(*express.Event) {}

func (u *usage) Close(*express.Outcome) <-chan error { return nil }

// again is a machine that enters a state, a Pass if it says nothing else, again and
// again, with s as a variable.
func again(state string) string {
	if !strings.HasPrefix(state, `"Type"`) {
		state = `"Type": "Pass", ` + state
	}
	return `{"StartAt": "Set", "States": {"Set": {"Type": "Pass", "Assign": {"s": "a"}, "Next": "Top"}, "Top": {` + state + `, "Next": "Again?"},
		"Again?": {"Type": "Choice", "Choices": [{"Variable": "$$.Never", "IsPresent": true, "Next": "Done"}], "Default": "Top"},
		"Done": {"Type": "Succeed"}}}`
}

// tree is a Parallel state as it stands before its Next: so many of them, one in
// the other, each with so many branches.
func tree(depth, branches int) string { return parallel("T", depth, branches) }

func parallel(name string, depth, branches int) string {
	if depth == 0 {
		return `"Type": "Pass"`
	}
	var list []string
	for i := range branches {
		inner := fmt.Sprintf("%s.%d", name, i)
		list = append(list, fmt.Sprintf(`{"StartAt": "%s", "States": {"%[1]s": {%s, "End": true}}}`, inner, parallel(inner, depth-1, branches)))
	}
	return `"Type": "Parallel", "Branches": [` + strings.Join(list, ",") + `]`
}

func repeat(s string, n int) string { return s + strings.Repeat(", "+s, n-1) }

func zeros(n int) string { return "[" + repeat("0", n) + "]" }

// nested is an array so many deep.
func nested(n int) string { return strings.Repeat("[", n) + strings.Repeat("]", n) }

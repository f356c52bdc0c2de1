package express_test

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"testing"

	"github.com/seed66d9166c/express/express"
	"github.com/seed66d9166c/express/express/expresstest"
	"github.com/seed66d9166c/express/express/value"
)

// reading is the event of the benchmarks.
const reading = `{"id":"e-000000000001","type":"sensor.reading","device":{"id":"dev-4711","site":"plant-3","fw":"2.4.1"},` +
	`"ts":1763700000123,"temp":21.75,"hum":48.2,"status":"OK","items":[{"k":"a","v":1},{"k":"b","v":2},{"k":"c","v":3},` +
	`{"k":"d","v":4},{"k":"e","v":5},{"k":"f","v":6},{"k":"g","v":7},{"k":"h","v":8},{"k":"i","v":9},{"k":"j","v":10}]}`

var workloads = []struct{ name, definition string }{
	{"pass", `{"StartAt": "Pick", "States": {
		"Pick": {"Type": "Pass", "Parameters": {"id.$": "$.id", "site.$": "$.device.site", "temp.$": "$.temp"}, "Next": "Hot?"},
		"Hot?": {"Type": "Choice", "Choices": [{"Variable": "$.temp", "NumericGreaterThan": 20, "Next": "Alarm"}], "Default": "Done"},
		"Alarm": {"Type": "Pass", "Result": true, "ResultPath": "$.alarm", "Next": "Done"},
		"Done": {"Type": "Succeed"}}}`},
	{"task", `{"StartAt": "Hot?", "States": {
		"Hot?": {"Type": "Choice", "Choices": [{"Variable": "$.temp", "NumericGreaterThan": 20, "Next": "First"}], "Default": "Done"},
		"First": {"Type": "Task", "Resource": "func:first", "ResultPath": "$.first", "Retry": [{"ErrorEquals": ["States.ALL"]}], "Next": "Second"},
		"Second": {"Type": "Task", "Resource": "func:second", "ResultPath": "$.second", "Retry": [{"ErrorEquals": ["States.ALL"]}], "Next": "Done"},
		"Done": {"Type": "Succeed"}}}`},
	{"map", `{"StartAt": "Each", "States": {
		"Each": {"Type": "Map", "ItemsPath": "$.items", "ResultPath": "$.out", "End": true, "ItemProcessor": {"StartAt": "Swap", "States": {
			"Swap": {"Type": "Pass", "Parameters": {"key.$": "$.k", "value.$": "$.v"}, "End": true}}}}}}`},
	{"parallel", `{"StartAt": "All", "States": {"All": {"Type": "Parallel", "End": true, "Branches": [
		{"StartAt": "A", "States": {"A": {"Type": "Pass", "Parameters": {"a.$": "$.id"}, "End": true}}},
		{"StartAt": "B", "States": {"B": {"Type": "Pass", "Parameters": {"b.$": "$.temp"}, "End": true}}},
		{"StartAt": "C", "States": {"C": {"Type": "Pass", "Parameters": {"c.$": "$.status"}, "End": true}}}]}}}`},
	{"parallel-task", `{"StartAt": "All", "States": {"All": {"Type": "Parallel", "End": true, "Branches": [
		{"StartAt": "A", "States": {"A": {"Type": "Task", "Resource": "func:a", "End": true}}},
		{"StartAt": "B", "States": {"B": {"Type": "Task", "Resource": "func:b", "End": true}}},
		{"StartAt": "C", "States": {"C": {"Type": "Task", "Resource": "func:c", "End": true}}}]}}}`},
}

// BenchmarkRun runs executions of the usual sizes, without the parsing of the
// event and the printing of the output.
func BenchmarkRun(b *testing.B) {
	ok := value.Object(value.Member{Key: "ok", Val: value.Int(1)})
	answer := func(context.Context, *express.Call) (value.Value, error) { return ok, nil }
	in, err := value.ParseString(reading)
	if err != nil {
		b.Fatal(err)
	}
	for _, w := range workloads {
		b.Run(w.name, func(b *testing.B) {
			m := expresstest.Machine(b, w.definition, answer)
			b.ReportAllocs()
			for b.Loop() {
				if o := m.Run(b.Context(), express.Start{Name: "e", Input: in}); o.Status != express.Succeeded {
					b.Fatal(o.Err)
				}
			}
		})
	}
}

// BenchmarkChoice runs a Choice among so many string constants, of which the last
// is the one, and what an execution costs around it.
func BenchmarkChoice(b *testing.B) {
	for _, n := range []int{2, 3, 20, 200} {
		b.Run(strconv.Itoa(n), func(b *testing.B) {
			var rules []string
			for i := range n {
				rules = append(rules, fmt.Sprintf(`{"Variable": "$.device.site", "StringEquals": "plant-%d", "Next": "Done"}`, n-i+2))
			}
			m := expresstest.Machine(b, `{"StartAt": "Which", "States": {"Which": {"Type": "Choice", "Choices": [`+strings.Join(rules, ",")+`], "Default": "None"},
				"Done": {"Type": "Succeed"}, "None": {"Type": "Fail"}}}`, nil)
			in := parse(b, reading)
			b.ReportAllocs()
			for b.Loop() {
				if o := m.Run(b.Context(), express.Start{Name: "e", Input: in}); o.Status != express.Succeeded {
					b.Fatal(o.Err)
				}
			}
		})
	}
}

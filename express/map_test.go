package express_test

import (
	"strings"
	"testing"
)

// A Map fails if more iterations fail than either field tolerates; else a failure
// has its Error Output among the results.
func TestTolerance(t *testing.T) {
	const failed = "FAILED States.ExceedToleratedFailureThreshold: The specified tolerated failure threshold was exceeded"
	for name, tt := range map[string]struct{ fields, input, want string }{
		"none":              {``, `[1, 0]`, "FAILED Odd: it is"},
		"none allowed":      {`"ToleratedFailureCount": 0,`, `[1, 0]`, failed},
		"as many":           {`"ToleratedFailureCount": 1,`, `[1, 0]`, `SUCCEEDED [{"Error":"Odd","Cause":"it is"},0]`},
		"one more":          {`"ToleratedFailureCount": 1,`, `[1, 0, 1]`, failed},
		"just the share":    {`"ToleratedFailurePercentage": 50,`, `[1, 0]`, `SUCCEEDED [{"Error":"Odd","Cause":"it is"},0]`},
		"above the share":   {`"ToleratedFailurePercentage": 49.9,`, `[1, 0]`, failed},
		"no share":          {`"ToleratedFailurePercentage": 0,`, `[0, 1]`, failed},
		"all":               {`"ToleratedFailurePercentage": 100,`, `[1]`, `SUCCEEDED [{"Error":"Odd","Cause":"it is"}]`},
		"count is less":     {`"ToleratedFailureCount": 1, "ToleratedFailurePercentage": 100,`, `[1, 1]`, failed},
		"share is less":     {`"ToleratedFailureCount": 2, "ToleratedFailurePercentage": 20,`, `[1, 0]`, failed},
		"runtime error not": {`"ToleratedFailurePercentage": 100,`, `["a"]`, "FAILED States.Runtime: An error occurred while executing the state 'Number' (entered at the event id #7). Invalid path"},
	} {
		t.Run(name, func(t *testing.T) {
			o := run(t, `{"StartAt": "Each", "States": {"Each": {"Type": "Map", `+tt.fields+` "End": true, "ItemProcessor": {"StartAt": "Odd?", "States": {
				"Odd?": {"Type": "Choice", "Default": "Number", "Choices": [{"Variable": "$", "NumericEquals": 1, "Next": "Bad"}, {"Variable": "$", "NumericEquals": 0, "Next": "Good"}]},
				"Good": {"Type": "Pass", "End": true},
				"Number": {"Type": "Pass", "InputPath": "$.number", "End": true},
				"Bad": {"Type": "Fail", "Error": "Odd", "Cause": "it is"}}}}}}`, tt.input, nil)
			if got := outcome(o); !strings.HasPrefix(got, tt.want) {
				t.Errorf("outcome is\n%s\nwant\n%s", got, tt.want)
			}
		})
	}
}

package express_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/seed66d9166c/express/express"
	"github.com/seed66d9166c/express/express/expresstest"
	"github.com/seed66d9166c/express/express/mock"
	"github.com/seed66d9166c/express/express/program"
	"github.com/seed66d9166c/express/express/template"
	"github.com/seed66d9166c/express/express/value"
)

// yields is an expression with this value, in JSON.
func yields(t *testing.T, s string) expr {
	v := parse(t, s)
	return func(*template.Scope) (value.Value, error) { return v, nil }
}

// undefined is an expression without a value.
func undefined(*template.Scope) (value.Value, error) {
	return value.Null, &template.Failure{Name: express.ErrQueryEvaluation, Cause: "It is nothing.", Location: "Output/a"}
}

// machine binds a program to echo and a virtual clock, and to a transcript.
func machine(t *testing.T, p *program.Program) (*express.Machine, *expresstest.Transcript) {
	log := new(expresstest.Transcript)
	o := express.Options{Recorder: log, Invokers: map[string]express.Invoker{"func": express.InvokerFunc(echo)}}
	mock.NewClock(expresstest.Epoch).Bind(&o)
	m, err := express.New(p, o)
	if err != nil {
		t.Fatal(err)
	}
	return m, log
}

// What an expression says and its field cannot use is an EvaluationFailed, which
// follows the event before its state was entered.
func TestEvaluationFailed(t *testing.T) {
	const prefix = "An error occurred while executing the state 'Top' (entered at the event id #4). "
	wrong := func(field, want, was, v string) string {
		return prefix + "The JSONata expression '$expr' specified for the field '" + field + "' returned an unexpected result type. Expected '" + want + "', but was '" + was + "' for value: " + v
	}
	each := `"ItemProcessor": {"StartAt": "In", "States": {"In": {"Type": "Pass", "End": true}}}, "End": true`
	task := `"Type": "Task", "Resource": "func:f", "End": true`
	for name, tt := range map[string]struct {
		state, src string
		e          expr
		location   string
		cause      string
		then       []string // the events that follow, each after the one before
	}{
		"pass": {`{"Type": "Pass", "Parameters": {"x.$": "$.x"}, "End": true}`, `{"x.$":"$.x"}`, undefined,
			"Output/a", prefix + "It is nothing.", nil},
		"task": {`{` + task + `, "ResultSelector": {"x.$": "$.x"}}`, `{"x.$":"$.x"}`, undefined,
			"Output/a", prefix + "It is nothing.", nil},
		"caught": {`{` + task + `, "Parameters": {"x.$": "$.x"}, "Catch": [{"ErrorEquals": ["States.QueryEvaluationError"], "Next": "Caught"}]}`, `{"x.$":"$.x"}`, undefined,
			"Output/a", prefix + "It is nothing.", []string{"TaskStateExited", "PassStateEntered", "PassStateExited"}},
		"items": {`{"Type": "Map", "ItemsPath": "$.x", ` + each + `}`, "$.x", yields(t, `{"a": 1}`),
			"Items", wrong("Items", "array", "object", `{"a":1}`), []string{"MapStateFailed"}},
		"no array": {`{"Type": "Map", "MaxConcurrencyPath": "$.x", ` + each + `}`, "$.x", yields(t, `1`),
			"", prefix + `Map state input must be an array but was: {"items":[1],"x":1}`, []string{"MapStateFailed"}},
		"concurrency": {`{"Type": "Map", "ItemsPath": "$.items", "MaxConcurrencyPath": "$.x", ` + each + `}`, "$.x", yields(t, `"2"`),
			"MaxConcurrency", wrong("MaxConcurrency", "number", "string", `"2"`), []string{"MapStateFailed"}},
		"item selector": {`{"Type": "Map", "ItemsPath": "$.items", "ItemSelector": {"x.$": "$.x"}, ` + each + `}`, `{"x.$":"$.x"}`, undefined,
			"Output/a", prefix + "It is nothing.", []string{"MapStateFailed"}},
		"tolerated count": {`{"Type": "Map", "ItemsPath": "$.items", "ToleratedFailureCountPath": "$.x", ` + each + `}`, "$.x", yields(t, `-1`),
			"ToleratedFailureCount", prefix + "ToleratedFailureCount cannot be negative.", []string{"MapStateFailed"}},
		"tolerated percentage": {`{"Type": "Map", "ItemsPath": "$.items", "ToleratedFailurePercentagePath": "$.x", ` + each + `}`, "$.x", yields(t, `100.1`),
			"ToleratedFailurePercentage", prefix + "ToleratedFailurePercentage must be between 0 and 100.", []string{"MapStateFailed"}},
		"timeout": {`{` + task + `, "TimeoutSecondsPath": "$.x"}`, "$.x", yields(t, `0`),
			"TimeoutSeconds", prefix + "TimeoutSeconds must be between 1 and 99999999.", nil},
		"heartbeat": {`{` + task + `, "HeartbeatSecondsPath": "$.x"}`, "$.x", yields(t, `100000000`),
			"HeartbeatSeconds", prefix + "HeartbeatSeconds must be between 1 and 99999999.", nil},
		"seconds": {`{"Type": "Wait", "SecondsPath": "$.x", "End": true}`, "$.x", yields(t, `1.5`),
			"Seconds", wrong("Seconds", "integer", "number", "1.5"), nil},
		"error": {`{"Type": "Fail", "ErrorPath": "$.x"}`, "$.x", yields(t, `null`),
			"Error", wrong("Error", "string", "null", "null"), nil},
		"cause": {`{"Type": "Fail", "CausePath": "$.x"}`, "$.x", yields(t, `[]`),
			"Cause", wrong("Cause", "string", "array", "[]"), nil},
	} {
		t.Run(name, func(t *testing.T) {
			states := `"First": {"Type": "Pass", "Next": "Top"}, "Top": ` + tt.state
			if strings.Contains(tt.state, "Caught") {
				states += `, "Caught": {"Type": "Pass", "End": true}`
			}
			m, log := machine(t, patch(t, `{"StartAt": "First", "States": {`+states+`}}`, tt.src, tt.e))
			expresstest.Run(t, m, `{"items": [1], "x": 1}`)
			lines := strings.SplitAfter(log.String(), "\n")
			for i, line := range lines {
				if strings.Contains(line, " EvaluationFailed ") {
					lines = lines[i:]
					break
				}
			}
			want := "EvaluationFailed Top"
			if tt.location != "" {
				want += " location=" + tt.location
			}
			want += fmt.Sprintf(" error=States.QueryEvaluationError cause=%q\n", tt.cause)
			var id int
			fmt.Sscan(strings.ReplaceAll(lines[0], "<-", " "), &id)
			if diff := cmp.Diff(fmt.Sprintf("%d<-3 ", id)+want, lines[0]); diff != "" {
				t.Errorf("event (-want +got):\n%s", diff)
			}
			for i, typ := range tt.then {
				if want := fmt.Sprintf("%d<-%d %s", id+i+1, id+i, typ); !strings.HasPrefix(lines[i+1], want) {
					t.Errorf("then %swant %s", lines[i+1], want)
				}
			}
		})
	}
}

// A Timestamp that is none is found when the state was entered already.
func TestTimestampInJSONata(t *testing.T) {
	m, log := machine(t, patch(t, `{"StartAt": "Cool", "States": {"Cool": {"Type": "Wait", "TimestampPath": "$.x", "End": true}}}`, "$.x", yields(t, `"today"`)))
	o := expresstest.Run(t, m, `{}`)
	wantOutcome(t, o, "FAILED States.QueryEvaluationError: An error occurred while executing the state 'Cool' (entered at the event id #2). "+
		"The Timestamp field cannot be parsed as an ISO-8601 extended offset date-time format string: today")
	if !strings.Contains(log.String(), "\n3<-2 EvaluationFailed Cool location=Timestamp") {
		t.Errorf("events are\n%s", log)
	}
}

// The handlers of a state are not for what goes wrong in one of them.
func TestErrorInCatcher(t *testing.T) {
	m, log := machine(t, patch(t, `{"StartAt": "All", "States": {
		"All": {"Type": "Parallel", "Branches": [{"StartAt": "Bad", "States": {"Bad": {"Type": "Fail", "Error": "E"}}}], "End": true,
			"Retry": [{"ErrorEquals": ["States.QueryEvaluationError"]}],
			"Catch": [{"ErrorEquals": ["States.ALL"], "Assign": {"v.$": "$.x"}, "Next": "Caught"}]},
		"Caught": {"Type": "Pass", "End": true}}}`, "$.x", undefined))
	wantOutcome(t, expresstest.Run(t, m, `{}`),
		"FAILED States.QueryEvaluationError: An error occurred while executing the state 'All' (entered at the event id #2). It is nothing.")
	if n := strings.Count(log.String(), "EvaluationFailed"); n != 1 {
		t.Errorf("events are\n%s", log)
	}
}

// The Scope of an expression has what $states shows: the result where there is
// one, and the error in a catcher.
func TestScope(t *testing.T) {
	var seen []string
	look := expr(func(s *template.Scope) (value.Value, error) {
		name, _ := s.Context().Get("State")
		seen = append(seen, fmt.Sprintf("doc=%s input=%s result=%s error=%s in %s", s.Doc, s.Input, s.Result, s.Error, name))
		return s.Doc, nil
	})
	p := patch(t, `{"StartAt": "Call", "States": {
		"Call": {"Type": "Task", "Resource": "func:f", "InputPath": "$.look", "ResultSelector": {"look.$": "$"}, "Assign": {"v": 1}, "Next": "All"},
		"All": {"Type": "Parallel", "ResultSelector": {"look.$": "$"}, "ResultPath": "$.all", "Next": "Fails", "Branches": [{"StartAt": "In", "States": {"In": {"Type": "Pass", "End": true}}}]},
		"Fails": {"Type": "Map", "Catch": [{"ErrorEquals": ["States.ALL"], "Assign": {"v.$": "States.JsonToString($)"}, "Next": "Done"}],
			"ItemsPath": "$.look", "End": true, "ItemProcessor": {"StartAt": "Bad", "States": {"Bad": {"Type": "Fail", "Error": "E", "Cause": "C"}}}},
		"Done": {"Type": "Succeed"}}}`, `{"look.$":"$"}`, look)
	for i, e := range p.Exprs {
		if e != nil && strings.Contains(e.String(), "JsonToString") {
			p.Exprs[i] = look
		}
	}
	m, _ := machine(t, p)
	m.Run(t.Context(), express.Start{Input: parse(t, `{"look": {"look": [1]}}`)})
	const entered = `"EnteredTime":"2030-01-01T00:00:00Z"`
	want := []string{
		`doc={"look":[1]} input={"look":{"look":[1]}} result={"look":[1]} error= in {"Name":"Call",` + entered + `,"RetryCount":0}`,
		`doc=[{"look":[1]}] input={"look":[1]} result=[{"look":[1]}] error= in {"Name":"All",` + entered + `,"RetryCount":0}`,
		`doc={"Error":"E","Cause":"C"} input={"look":[1],"all":[{"look":[1]}]} result= error={"Error":"E","Cause":"C"} in {"Name":"Fails",` + entered + `,"RetryCount":0}`,
	}
	if diff := cmp.Diff(want, seen); diff != "" {
		t.Errorf("scopes (-want +got):\n%s", diff)
	}
}

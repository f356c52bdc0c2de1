package teststate

import (
	"github.com/seed66d9166c/express/express/program"
	"github.com/seed66d9166c/express/express/value"
)

// anyKind is the kind of a member that may be anything.
const anyKind = value.KindNothing

// contextFields are the context object that a request may give: the kinds of what
// stands in each of its objects.
var contextFields = map[string]map[string]value.Kind{
	"Execution": {
		"Id": value.KindString, "Input": anyKind, "Name": value.KindString, "RoleArn": value.KindString,
		"StartTime": value.KindString, "RedriveCount": value.KindNumber, "RedriveTime": value.KindString,
	},
	"State":        {"EnteredTime": value.KindString, "Name": value.KindString, "RetryCount": value.KindNumber},
	"StateMachine": {"Id": value.KindString, "Name": value.KindString},
	"Task":         {"Token": value.KindString},
}

func (t *test) readContext() *Error {
	if t.Context == "" {
		return nil
	}
	v, err := value.ParseString(t.Context)
	if err != nil || v.Kind() != value.KindObject {
		return invalidContext("Context object must be a JSON object")
	}
	for name, part := range v.Members() {
		if err := t.checkContext(name, part); err != nil {
			return err
		}
	}
	t.context = v
	return nil
}

func (t *test) checkContext(name string, part value.Value) *Error {
	fields, ok := contextFields[name]
	switch {
	case name == "Map":
		return invalidContext("'Map' field is not supported when mocking a Context object")
	case !ok:
		return invalidContext("Field '" + name + "' is not allowed")
	case part.Kind() != value.KindObject:
		return invalidContext(name + " must be an object")
	case name == "Task" && (t.kind != program.TypeTask || t.task().Pattern == program.Request):
		return invalidContext("Context object contains 'Task' when state is not a Task state with a '.sync' or '.waitForTaskToken' service integration pattern")
	}
	for field, v := range part.Members() {
		kind, ok := fields[field]
		switch {
		case !ok:
			return invalidContext("Field '" + field + "' is not allowed")
		case kind != anyKind && v.Kind() != kind:
			return invalidContext(name + "." + field + " must be a " + kind.String())
		}
	}
	return nil
}

func invalidContext(reason string) *Error {
	return invalid("Invalid Context object provided: %s", reason)
}

// contextObject is what the state sees: what the request says, with the item of
// the engine's own where that has one; else the engine's own, as AWS has it.
func (t *test) contextObject(own value.Value) value.Value {
	if !t.context.IsNothing() {
		if item, ok := own.Get("Map"); ok {
			return t.context.With("Map", item)
		}
		return t.context
	}
	if t.RoleArn == "" {
		execution, _ := own.Get("Execution")
		own = own.With("Execution", execution.With("RoleArn", value.Null))
	}
	if tried := t.configuration().RetrierRetryCount; tried > 0 {
		s, _ := own.Get("State")
		own = own.With("State", s.With("RetryCount", value.Int(int64(tried))))
	}
	return own
}

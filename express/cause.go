package express

import (
	"fmt"
	"strings"

	"github.com/seed66d9166c/express/express/program"
	"github.com/seed66d9166c/express/express/template"
	"github.com/seed66d9166c/express/express/value"
)

// error is an error that happened where x is.
func (x *execution) error(name, cause string) *Error {
	return &Error{Name: name, Cause: clip(cause, maxCause), State: x.stateName(), Pos: x.pos()}
}

// pos is the place in the definition of the instruction that x runs.
func (x *execution) pos() program.Pos {
	if i := int(x.pc) - 1; i >= 0 && i < len(x.m.prog.Pos) {
		return x.m.prog.Pos[i]
	}
	return program.Pos{}
}

// fail is a States.Runtime of the state.
func (x *execution) fail(cause string) *Error { return x.error(ErrRuntime, x.prefix()+cause) }

func (x *execution) dataLimit(cause string) *Error { return x.error(ErrDataLimitExceeded, cause) }

// checkResult is nil if v may be the result of who, the state or what AWS calls
// the task.
func (x *execution) checkResult(v value.Value, who string) *Error {
	return x.checkData(v, who, asResult)
}

// What is wrong with data is said of it as
const (
	asResult = "returned a result"
	asInput  = "has an input"
)

// checkData is nil if v is data: within the payload limit, and of a shape that
// value.Parse takes, so that what an execution yields can always be read again. AWS
// has no such bound of the shape that is known; here it is met where the value
// arises.
func (x *execution) checkData(v value.Value, who, what string) *Error {
	switch {
	case v.Size() > x.m.limits.Payload:
		return x.tooLarge(who, what)
	case v.Depth() > value.MaxDepth:
		return x.dataLimit(fmt.Sprintf("The state/task '%s' %s that is nested deeper than %d.", who, what, value.MaxDepth))
	case v.Values() > value.MaxValues:
		return x.dataLimit(fmt.Sprintf("The state/task '%s' %s of more than %d values.", who, what, value.MaxValues))
	}
	return nil
}

func (x *execution) tooLarge(who, what string) *Error {
	return x.dataLimit(fmt.Sprintf("The state/task '%s' %s with a size exceeding the maximum number of bytes service limit.", who, what))
}

// failed is the error of the state whose expression or path failed.
func (x *execution) failed(err error) *Error {
	f := err.(*template.Failure) // the contract of Expr and Path
	e := x.error(f.Name, x.prefix()+f.Cause)
	e.Err = f.Err
	if f.Name == ErrQueryEvaluation {
		x.evaluationFailed(e, f.Location, x.before)
	}
	return e
}

// prefix begins the causes of errors that the engine finds in a state, but for one
// that is tested alone.
func (x *execution) prefix() string {
	if x.m.o.Probe != nil {
		return ""
	}
	return fmt.Sprintf("An error occurred while executing the state '%s' (entered at the event id #%d). ", x.stateName(), x.entered)
}

// queryFailed is an error in what an expression of a JSONata state says. location
// is the field, "" if there is none.
func (x *execution) queryFailed(location, cause string) *Error {
	e := x.error(ErrQueryEvaluation, x.prefix()+cause)
	x.evaluationFailed(e, location, x.before)
	return e
}

// wrongType is the error of an expression whose value is of no use to its field.
func (x *execution) wrongType(id program.ID, field, want string, v value.Value) *Error {
	if !x.state.JSONata {
		return x.fail(fmt.Sprintf("The value of the field '%s' must be a %s but was: %s", field, want, v))
	}
	return x.queryFailed(field, fmt.Sprintf(
		"The JSONata expression '%s' specified for the field '%s' returned an unexpected result type. Expected '%s', but was '%s' for value: %s",
		bare(x.m.prog.Exprs[id].String()), field, want, v.Kind(), v))
}

// bare is a JSONata expression without its delimiters.
func bare(s string) string {
	return strings.TrimSpace(strings.TrimSuffix(strings.TrimPrefix(s, "{%"), "%}"))
}

// evaluationFailed records e. Its event follows, as recorded on AWS, the one
// before the state was entered, but for the contents of a Timestamp.
func (x *execution) evaluationFailed(e *Error, location string, prev uint64) {
	id, ev := x.emit(EvaluationFailed, prev)
	if ev != nil {
		ev.Location, ev.Err = location, e
		x.record(ev)
	}
	x.prev = id
}

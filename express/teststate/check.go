package teststate

import (
	"cmp"
	"slices"
	"strings"

	"github.com/seed66d9166c/express/express/program"
	"github.com/seed66d9166c/express/express/value"
)

// prepare checks a request. The order of the checks is AWS's where it is known.
func prepare(r *Request) (*test, error) {
	t := &test{Request: r}
	r.Level = cmp.Or(r.Level, Info)
	for _, check := range []func() *Error{
		t.checkEnums, t.checkMock, t.readInput, t.readVariables, t.compile,
		t.checkType, t.readResult, t.readContext, t.readItems,
	} {
		if err := check(); err != nil {
			return nil, err
		}
	}
	return t, nil
}

func (t *test) checkEnums() *Error {
	if err := oneOf("inspectionLevel", t.Level, Info, Debug, Trace); err != nil {
		return err
	}
	if t.Mock == nil {
		return nil
	}
	t.mode = cmp.Or(t.Mock.Validation, Strict)
	return oneOf("mock.fieldValidationMode", t.mode, Strict, Present, None)
}

// oneOf is the error of the field called name whose value v is none of known.
func oneOf[T ~string](name string, v T, known ...T) *Error {
	if slices.Contains(known, v) {
		return nil
	}
	all := make([]string, len(known))
	for i, k := range known {
		all[i] = string(k)
	}
	return invalid("1 validation error detected: Value '%s' at '%s' failed to satisfy constraint: Member must satisfy enum value set: [%s]",
		v, name, strings.Join(all, ", "))
}

// configuration is that of the request; one without any has the zero one.
func (t *test) configuration() Configuration {
	if t.Configuration == nil {
		return Configuration{}
	}
	return *t.Configuration
}

func (t *test) checkMock() *Error {
	c := t.configuration()
	switch m := t.Mock; {
	case m == nil && c.MapIterationFailureCount > 0:
		return invalid("TestState does not support MapIterationFailureCount when a mock is not specified.")
	case m == nil && c != Configuration{}:
		return invalid("TestState does not support StateConfiguration when a mock is not specified.")
	case m == nil && t.Context != "":
		return invalid("TestState does not support Context when a mock is not specified.")
	case c.RetrierRetryCount < 0 || c.MapIterationFailureCount < 0:
		return invalid("The counts of StateConfiguration must not be negative.")
	case m == nil:
		return nil
	case m.Result != "" && m.ErrorOutput != nil:
		return invalid("A test mock should have only one of the following fields: [result, errorOutput].")
	case m.Result == "" && m.ErrorOutput == nil:
		return invalid("A test mock must have one of the following fields: [result, errorOutput].")
	case t.RevealSecrets:
		return invalid("TestState does not support RevealSecrets when a mock is specified.")
	}
	return nil
}

func (t *test) readInput() *Error {
	v, err := value.ParseString(cmp.Or(t.Input, "{}"))
	if err != nil {
		return &Error{InvalidExecutionInput, "Invalid State Machine Execution Input: '" + err.Error() + "'"}
	}
	t.input = v
	return nil
}

func (t *test) readVariables() *Error {
	v, err := value.ParseString(cmp.Or(t.Variables, "{}"))
	if err != nil || v.Kind() != value.KindObject {
		return invalid("Variables must be a JSON object.")
	}
	t.variables = v
	return nil
}

func (t *test) compile() *Error {
	var names []string
	for name := range t.variables.Members() {
		names = append(names, name)
	}
	var err *Error
	t.state, t.prog, err = compile(t.Definition, t.StateName, names)
	return err
}

// checkType is the error of a mock where there can be none, and of none where there
// has to be one.
func (t *test) checkType() *Error {
	switch t.kind {
	case program.TypeTask:
		switch task := t.task(); {
		case t.Mock != nil:
		case task.Pattern != program.Request:
			return invalid("A mock must be specified for a Task state with a '.sync' or '.waitForTaskToken' service integration pattern")
		case t.Invokers[task.Kind] == nil:
			return invalid("A mock must be specified: nothing performs the task %s here.", task.Resource)
		}
	case program.TypeParallel, program.TypeMap:
		if t.Mock == nil {
			return &Error{InvalidDefinition, "TestState API does not support Map or Parallel states. Supported state types include: [Task, Wait, Pass, Succeed, Fail, Choice]"}
		}
		return t.checkOrigin()
	default:
		if t.Mock != nil {
			return invalid("State type '%s' is not supported when a mock is specified", t.kind)
		}
	}
	return nil
}

// checkOrigin is the error of an ErrorCausedByState that is not within the state.
func (t *test) checkOrigin() *Error {
	name := t.configuration().ErrorCausedByState
	if name == "" || slices.Contains(t.fields.within(maxNesting), name) {
		return nil
	}
	return invalid("State '%s' of ErrorCausedByState not found in definition", name)
}

// task is what a Task state under test calls: no other one in the machine does.
func (t *test) task() *program.Task { return &t.prog.Tasks[0] }

// readResult checks a mocked result.
func (t *test) readResult() *Error {
	if t.Mock == nil || t.Mock.Result == "" {
		return nil
	}
	v, err := value.ParseString(t.Mock.Result)
	if err != nil {
		return invalid("Mocked result must be valid JSON")
	}
	t.result = v
	switch {
	case t.kind == program.TypeTask:
		return t.validate(v)
	case t.kind == program.TypeMap && t.fields["ResultWriter"] != nil:
		if v.Kind() != value.KindObject {
			return invalid("Mocked result must be a JSON object.")
		}
	case v.Kind() != value.KindArray:
		return invalid("Mocked result must be an array.")
	case t.kind == program.TypeParallel && v.Len() != len(t.prog.Forks[0].Entries):
		return invalid("Mocked result must contain the same number of items as number of Parallel branches.")
	case t.configuration().MapIterationFailureCount > v.Len():
		return invalid("Map iteration failure count must be less than or equal to the number of Map iterations")
	}
	return nil
}

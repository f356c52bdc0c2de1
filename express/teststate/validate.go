package teststate

import (
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/seed66d9166c/express/express/program"
	"github.com/seed66d9166c/express/express/value"
)

// An api is an operation of a service.
type api struct{ service, action string }

// integrated are the services of optimised integrations that are called otherwise
// behind aws-sdk:.
var integrated = map[string]string{
	"bedrock":          "bedrockruntime",
	"elasticmapreduce": "emr",
	"emr-containers":   "emrcontainers",
	"emr-serverless":   "emrserverless",
	"events":           "eventbridge",
	"states":           "sfn",
}

// polled are the operations whose output is the result of a job, by what started
// it. Jobs that are not here have a result that is no operation's, as a whole.
var polled = map[api]string{
	{"athena", "startqueryexecution"}:              "getqueryexecution",
	{"sagemaker", "createlabelingjob"}:             "describelabelingjob",
	{"sagemaker", "createprocessingjob"}:           "describeprocessingjob",
	{"sagemaker", "createtrainingjob"}:             "describetrainingjob",
	{"sagemaker", "createtransformjob"}:            "describetransformjob",
	{"sagemaker", "createhyperparametertuningjob"}: "describehyperparametertuningjob",
	{"sfn", "startexecution"}:                      "describeexecution",
}

// parsed are the members of which optimised integrations make JSON: not the text
// that the API has.
var parsed = map[api]string{
	{"lambda", "invoke"}:              "Payload",
	{"bedrockruntime", "invokemodel"}: "Body",
	{"sfn", "describeexecution"}:      "Output",
}

// A validator holds a mocked result against the shape of an API's output.
type validator struct {
	*service
	strict bool
	any    string // a member that may be anything
}

// validate is the error of a mocked result that the service which the task calls
// would not answer. A service or an operation that is not known is not checked;
// nor is a callback, which may be anything.
func (t *test) validate(result value.Value) *Error {
	task := t.task()
	if t.mode == None || task.Pattern == program.Token {
		return nil
	}
	name, sdk := strings.CutPrefix(task.Service, "aws-sdk:")
	if other, ok := integrated[name]; ok && !sdk {
		name = other
	}
	action, _, _ := strings.Cut(strings.ToLower(task.Action), ".")
	op := api{name, action}
	if task.Pattern != program.Request {
		op.action = polled[op]
	}
	s := serviceOf(name)
	if s == nil || s.outputs[op.action] == "" {
		return nil
	}
	v := &validator{service: s, strict: t.mode == Strict}
	if !sdk {
		v.any = parsed[op]
	}
	if result.Kind() != value.KindObject {
		return invalid("Mocked result must be a JSON object.")
	}
	if problem := v.check("", s.outputs[op.action], result); problem != "" {
		return invalid("Mock result schema validation error: %s", problem)
	}
	return nil
}

// check says what is wrong with a field, "" if nothing.
func (v *validator) check(field, shape string, x value.Value) string {
	wrong := func(what string) string { return "Field '" + field + "' " + what }
	n, err := strconv.Atoi(shape)
	if err != nil {
		if what := checkSimple(shape, x); what != "" {
			return wrong(what)
		}
		return ""
	}
	line := v.lines[n]
	switch kind, rest := line[0], strings.TrimPrefix(line[1:], " "); kind {
	case 'e':
		if x.Kind() != value.KindString {
			return wrong("must be a string")
		}
		for known := range strings.SplitSeq(rest, "\t") {
			if known == x.Text() {
				return ""
			}
		}
		return wrong("is not an expected value")
	case 'l':
		if x.Kind() != value.KindArray {
			return wrong("must be an array")
		}
		for _, e := range x.Elements() {
			if problem := v.check(field, rest, e); problem != "" {
				return problem
			}
		}
	case 'm':
		if x.Kind() != value.KindObject {
			return wrong("must be an object")
		}
		for name, e := range x.Members() {
			if problem := v.check(name, rest, e); problem != "" {
				return problem
			}
		}
	case 'o':
		if x.Kind() != value.KindObject {
			return wrong("must be an object")
		}
		return v.checkObject(strings.Fields(rest), x)
	}
	return ""
}

// checkObject is check of an object whose members are names and shapes in turn.
// As the result is one of Step Functions, its names begin with a capital; the case
// of the rest does not count, for the API may write acronyms otherwise. A member
// that the API does not have is no problem.
func (v *validator) checkObject(members []string, x value.Value) string {
	for i := 0; i < len(members); i += 2 {
		name, required := strings.CutSuffix(members[i], "!")
		field, e := memberOf(x, name)
		switch {
		case e.IsNothing() && required && v.strict:
			return "Required field '" + name + "' is missing"
		case e.IsNothing() || name == v.any:
		default:
			if problem := v.check(field, members[i+1], e); problem != "" {
				return problem
			}
		}
	}
	return ""
}

// checkSimple says what is wrong with a value of a simple shape.
func checkSimple(shape string, x value.Value) string {
	letter, b := simple(shape)
	switch letter {
	case 's':
		switch n := float64(utf8.RuneCountInString(x.Text())); {
		case x.Kind() != value.KindString:
			return "must be a string"
		case b.under(n):
			return "is smaller than the minimum length"
		case b.over(n):
			return "exceeds the maximum length"
		}
	case 'n':
		switch {
		case x.Kind() != value.KindNumber:
			return "must be a number"
		case b.under(x.Float()):
			return "is less than the minimum value"
		case b.over(x.Float()):
			return "exceeds the maximum value"
		}
	case 'b':
		if x.Kind() != value.KindBool {
			return "must be a boolean"
		}
	}
	return ""
}

// memberOf is the member of x called name, nothing if it has none, and how x
// writes the name.
func memberOf(x value.Value, name string) (string, value.Value) {
	for field, e := range x.Members() {
		if field != "" && field[0] == name[0] && strings.EqualFold(field, name) {
			return field, e
		}
	}
	return name, value.Value{}
}

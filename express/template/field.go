package template

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/seed66d9166c/express/express/jsonpath"
	"github.com/seed66d9166c/express/express/value"
)

// A Field is a field of a definition whose value is a path. It decides what the
// path may be, what it must lead to, and the words of its failure.
type Field uint8

const (
	InputPath Field = iota
	OutputPath
	ItemsPath                      // yields an array
	MaxConcurrencyPath             // yields a whole number from 0
	ToleratedFailureCountPath      // yields a whole number from 0
	ToleratedFailurePercentagePath // yields a number from 0 to 100
	TimeoutSecondsPath             // yields a whole number from 1 to MaxSeconds
	HeartbeatSecondsPath           // yields a whole number from 1 to MaxSeconds
	SecondsPath                    // yields a whole number from 0
	TimestampPath                  // yields a string that ParseTimestamp reads
	ErrorPath                      // yields a string; may be a call of an intrinsic function
	CausePath                      // yields a string; may be a call of an intrinsic function
	Variable                       // of a Choice rule; and the operand of its ...Path operators
	PresentVariable                // the Variable of IsPresent: yields nothing where it leads nowhere
	endFields
)

// MaxSeconds bounds TimeoutSeconds and HeartbeatSeconds: AWS's limit, a little
// over three years.
const MaxSeconds = 99_999_999

// A field is a row of the table of fields.
type field struct {
	name      string
	reference bool // it must be a reference path
	call      bool // it may be a call of an intrinsic function
	// missing is the failure of a path that leads nowhere in root; without it such
	// a path yields nothing.
	missing func(f *field, p *jsonpath.Path, root value.Value, err error) *Failure
	// accept is what the field makes of v, to which text led, or why it refuses v.
	accept func(f *field, text string, v value.Value) (_ value.Value, cause string)
}

var fields = [endFields]field{
	InputPath:                      {name: "InputPath", missing: invalidPath},
	OutputPath:                     {name: "OutputPath", missing: invalidPath},
	ItemsPath:                      {name: "ItemsPath", missing: noStep, accept: acceptArray},
	MaxConcurrencyPath:             {name: "MaxConcurrencyPath", reference: true, missing: invalidPath, accept: acceptCount},
	ToleratedFailureCountPath:      {name: "ToleratedFailureCountPath", reference: true, missing: invalidPath, accept: acceptCount},
	ToleratedFailurePercentagePath: {name: "ToleratedFailurePercentagePath", reference: true, missing: invalidPath, accept: acceptPercentage},
	TimeoutSecondsPath:             {name: "TimeoutSecondsPath", reference: true, missing: invalidPath, accept: acceptTimeout},
	HeartbeatSecondsPath:           {name: "HeartbeatSecondsPath", reference: true, missing: invalidPath, accept: acceptTimeout},
	SecondsPath:                    {name: "SecondsPath", reference: true, missing: noInputValue, accept: acceptSeconds},
	TimestampPath:                  {name: "TimestampPath", reference: true, missing: noInputValue, accept: acceptTimestamp},
	ErrorPath:                      {name: "ErrorPath", reference: true, call: true, missing: notInInput, accept: acceptString},
	CausePath:                      {name: "CausePath", reference: true, call: true, missing: notInInput, accept: acceptString},
	Variable:                       {name: "Variable", reference: true, missing: invalidChoice},
	PresentVariable:                {name: "Variable", reference: true},
}

// String is the name of f in the States Language.
func (f Field) String() string { return fields[f].name }

// Path is the expression of field f with the value src: a path that starts from
// the Scope's Doc ($), from the context object ($$) or from a variable ($name),
// or the call of an intrinsic function where f may be one. A nil env has no
// variables. The error is a *SyntaxError.
func Path(f Field, src string, env *Env) (Expr, error) {
	row, b := &fields[f], builder{env: env}
	if row.call && !strings.HasPrefix(src, "$") {
		return b.fieldCall(row, src)
	}
	r, err := b.parseRef(src)
	if !row.reference {
		if err != nil {
			return nil, syntaxError("Value is not a valid JSONPath: "+err.Error(), err)
		}
	} else if err := checkReference(src, r.path, err); err != nil {
		return nil, err
	}
	return b.expr(term{node: &fieldPath{r, row}}, src), nil
}

// checkReference is nil if p, parsed from src with err, is a reference path.
func checkReference(src string, p *jsonpath.Path, err error) error {
	why := "Reference path didn't start with '$'" // AWS's words
	switch {
	case !strings.HasPrefix(src, "$"):
	case err != nil:
		why = err.Error()
	case !p.Reference():
		why = "only names and indexes may follow the '$'"
	default:
		return nil
	}
	if err == nil {
		err = errors.New(why)
	}
	return syntaxError("Value is not a Reference Path: "+why, err)
}

// A fieldPath is the path of a field.
type fieldPath struct {
	ref
	field *field
}

func (p *fieldPath) Eval(s *Scope) (value.Value, error) {
	v, root, err := p.find(s)
	if err == nil {
		return p.field.check(p.path.String(), v)
	}
	if _, failed := err.(*Failure); !failed && p.field.missing == nil {
		return value.Value{}, nil
	}
	return value.Value{}, lost(err, func() *Failure { return p.field.missing(p.field, p.path, root, err) })
}

// fieldCall is the expression of a field that is a call. Only functions whose
// result may be a string are allowed.
func (b *builder) fieldCall(row *field, src string) (Expr, error) {
	t, fn, err := b.call(src)
	if err == nil && !fn.is(givesText) {
		err = fmt.Errorf("%s does not return a string", fn.name)
	}
	if err != nil {
		return nil, syntaxError(invalidCall(row.name), err)
	}
	return b.expr(term{node: &fieldCall{t, row, src}}, src), nil
}

// A fieldCall is the call of a field.
type fieldCall struct {
	term
	field *field
	src   string
}

func (c *fieldCall) Eval(s *Scope) (value.Value, error) {
	v, err := c.eval(s)
	if err != nil {
		return v, err
	}
	return c.field.check(c.src, v)
}

// check is what f makes of v, to which text led.
func (f *field) check(text string, v value.Value) (value.Value, error) {
	if f.accept == nil {
		return v, nil
	}
	v, cause := f.accept(f, text, v)
	if cause != "" {
		return v, &Failure{Name: errRuntime, Cause: cause}
	}
	return v, nil
}

// The failures of a path that leads nowhere.

func runtimeFailure(format string, args ...any) *Failure {
	return &Failure{Name: errRuntime, Cause: fmt.Sprintf(format, args...)}
}

// noInput is what AWS says of any path into null.
const noInput = "Unable to apply Path transformation to null or empty input."

func invalidPath(_ *field, p *jsonpath.Path, root value.Value, err error) *Failure {
	if root.Kind() == value.KindNull {
		return runtimeFailure(noInput)
	}
	return runtimeFailure("Invalid path '%s' : %v", p, err)
}

// noStep is worded as for a ResultPath, and not as for an InputPath, where the
// path is a reference path.
func noStep(f *field, p *jsonpath.Path, root value.Value, err error) *Failure {
	nf, ok := err.(*jsonpath.NotFound)
	if !ok || !p.Reference() {
		return invalidPath(f, p, root, err)
	}
	return &Failure{Name: errPlace, Cause: fmt.Sprintf("Unable to apply step \"%s\" to input %s", nf.Name, root)}
}

func invalidChoice(_ *field, p *jsonpath.Path, _ value.Value, _ error) *Failure {
	return runtimeFailure("Invalid path '%s': The choice state's condition path references an invalid value.", p)
}

func noInputValue(f *field, p *jsonpath.Path, _ value.Value, _ error) *Failure {
	return runtimeFailure("The %s parameter does not reference an input value: %s", f.name, p)
}

// notInInput is worded as for a payload template.
func notInInput(f *field, p *jsonpath.Path, root value.Value, _ error) *Failure {
	return notFound(p, f.name, root)
}

// notFound is the failure of a path in a payload template or a Fail state.
func notFound(p *jsonpath.Path, field string, root value.Value) *Failure {
	if root.Kind() == value.KindNull {
		return runtimeFailure(noInput)
	}
	return runtimeFailure("The JSONPath '%s' specified for the field '%s' could not be found in the input '%s'", p, field, root)
}

// What fields accept, and the words where they do not. Those of timeouts,
// negative concurrency and strings are ours: AWS's are not known.

// acceptArray names a path into the context object without its second dollar, as
// AWS was seen to.
func acceptArray(_ *field, text string, v value.Value) (value.Value, string) {
	if v.Kind() != value.KindArray {
		return v, fmt.Sprintf("Reference path %q must point to array.", strings.Replace(text, "$$", "$", 1))
	}
	return v, ""
}

// acceptCount takes a number written as a string too, as AWS does.
func acceptCount(f *field, text string, v value.Value) (value.Value, string) {
	n, ok := v.Int()
	if v.Kind() == value.KindString {
		var err error
		n, err = strconv.ParseInt(v.Text(), 10, 32)
		ok = err == nil
	}
	switch {
	case !ok || n > math.MaxInt32:
		return v, fmt.Sprintf("The %s field refers to value \"%s\" which is not a valid integer: %s", f.name, plain(v), text)
	case n < 0:
		return v, strings.TrimSuffix(f.name, "Path") + " cannot be negative."
	}
	return value.Int(n), ""
}

// acceptPercentage takes a number written as a string too, as AWS does.
func acceptPercentage(f *field, text string, v value.Value) (value.Value, string) {
	x, ok := v.Float(), v.Kind() == value.KindNumber
	if v.Kind() == value.KindString {
		var err error
		x, err = strconv.ParseFloat(v.Text(), 64)
		ok = err == nil
	}
	switch {
	case !ok || math.IsNaN(x):
		return v, fmt.Sprintf("The %s field refers to value \"%s\" which is not a valid float: %s", f.name, plain(v), text)
	case x < 0 || x > 100:
		return v, strings.TrimSuffix(f.name, "Path") + " must be between 0 and 100."
	}
	return value.Number(x), ""
}

// acceptSeconds takes what Java reads as a long: 1.0 is none, and "1" is one.
func acceptSeconds(f *field, text string, v value.Value) (value.Value, string) {
	n, err := strconv.ParseInt(plain(v), 10, 64)
	switch {
	case err != nil:
		return v, fmt.Sprintf("The %s parameter cannot be parsed as a long value: %s == %s", f.name, text, plain(v))
	case n < 0:
		return v, fmt.Sprintf("The %s parameter references a negative value: %s == %d", f.name, text, n)
	}
	return value.Int(n), ""
}

func acceptTimeout(f *field, text string, v value.Value) (value.Value, string) {
	v, cause := acceptSeconds(f, text, v)
	if n, _ := v.Int(); cause == "" && (n < 1 || n > MaxSeconds) {
		cause = fmt.Sprintf("The %s parameter references a value that is not between 1 and %d: %s == %d", f.name, MaxSeconds, text, n)
	}
	return v, cause
}

func acceptTimestamp(f *field, text string, v value.Value) (value.Value, string) {
	if _, ok := ParseTimestamp(v); !ok {
		return v, fmt.Sprintf("The %s parameter does not reference a valid ISO-8601 extended offset date-time format string: %s == %s", f.name, text, plain(v))
	}
	return v, ""
}

func acceptString(f *field, text string, v value.Value) (value.Value, string) {
	if v.Kind() != value.KindString {
		return v, fmt.Sprintf("The %s field refers to a value that is not a string: %s == %s", f.name, text, plain(v))
	}
	return v, ""
}

// plain is v as causes show it: a string without its quotes.
func plain(v value.Value) string {
	if v.Kind() == value.KindString {
		return v.Text()
	}
	return v.String()
}

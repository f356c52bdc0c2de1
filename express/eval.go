package express

import (
	"fmt"

	"github.com/seed66d9166c/express/express/program"
	"github.com/seed66d9166c/express/express/template"
	"github.com/seed66d9166c/express/express/value"
)

// eval is the value of an expression over the current value.
func (x *execution) eval(id program.ID) (value.Value, *Error) { return x.evalOver(id, x.cur) }

// evalOver is the value of an expression over doc.
func (x *execution) evalOver(id program.ID, doc value.Value) (value.Value, *Error) {
	limit := int64(x.m.limits.Expression)
	x.scope.Doc = doc
	x.budget = template.Budget{Steps: limit, Bytes: int64(x.m.limits.Memory)}
	v, err := x.m.prog.Exprs[id].Eval(&x.scope)
	x.spent += limit - x.budget.Steps
	if err != nil {
		return value.Value{}, x.failed(err)
	}
	return v, nil
}

// argument is the value over doc of an expression that makes the input of a task,
// of branches or of an iteration.
func (x *execution) argument(id program.ID, doc value.Value) (value.Value, *Error) {
	v, err := x.evalOver(id, doc)
	if err == nil {
		err = x.checkData(v, x.state.Name, asInput)
	}
	return v, err
}

// evalAs is the value over the effective input of an expression whose field must
// be of a kind. The fields of JSONPath and literals see to that themselves.
func (x *execution) evalAs(id program.ID, field string, kind value.Kind) (value.Value, *Error) {
	v, err := x.evalOver(id, x.input)
	if err == nil && v.Kind() != kind {
		err = x.wrongType(id, field, kind.String(), v)
	}
	return v, err
}

// integer is the whole number from low to high of a field.
func (x *execution) integer(id program.ID, field string, low, high int64) (int64, *Error) {
	v, err := x.evalAs(id, field, value.KindNumber)
	if err != nil {
		return 0, err
	}
	n, ok := v.Int()
	if !ok {
		return 0, x.wrongType(id, field, "integer", v)
	}
	switch {
	case n < 0:
		return 0, x.queryFailed(field, field+" cannot be negative.")
	case n < low || n > high:
		return 0, x.queryFailed(field, fmt.Sprintf("%s must be between %d and %d.", field, low, high))
	}
	return n, nil
}

// percentage is the number from 0 to 100 of a field.
func (x *execution) percentage(id program.ID, field string) (float64, *Error) {
	v, err := x.evalAs(id, field, value.KindNumber)
	if err != nil {
		return 0, err
	}
	f := v.Float()
	if f < 0 || f > 100 {
		return 0, x.queryFailed(field, field+" must be between 0 and 100.")
	}
	return f, nil
}

package express

import (
	"github.com/seed66d9166c/express/express/program"
	"github.com/seed66d9166c/express/express/value"
)

// test goes to B of in if rule A holds, and with a flag if it does not.
func (x *execution) test(in *program.Instr) *Error {
	r := &x.m.prog.Rules[in.A]
	v, err := x.eval(r.Variable)
	if err != nil {
		return err
	}
	operand := r.Operand
	if r.Path != 0 {
		if operand, err = x.eval(r.Path); err != nil {
			return err
		}
	}
	if r.Op.Holds(v, operand) != (in.Flag != 0) {
		x.pc = in.B
	}
	return nil
}

// cond goes to B of in if condition A is true.
func (x *execution) cond(in *program.Instr) *Error {
	v, err := x.eval(in.A)
	if err != nil {
		return err
	}
	if v.Kind() != value.KindBool {
		return x.wrongType(in.A, "Condition", value.KindBool.String(), v)
	}
	if v.Bool() {
		x.pc = in.B
	}
	return nil
}

// table goes to where t sends the value of its variable, or on.
func (x *execution) table(t *program.Table) *Error {
	v, err := x.eval(t.Variable)
	if err != nil {
		return err
	}
	to, ok := program.PC(0), false
	switch v.Kind() {
	case value.KindString:
		to, ok = t.Strings[v.Text()]
	case value.KindNumber:
		to, ok = t.Numbers[v.Float()]
	}
	if ok {
		x.pc = to
	}
	return nil
}

// raise is the error that a Fail state says.
func (x *execution) raise(f *program.Fail) *Error {
	e := x.error("", "")
	e.NoCause = true
	if f.Error != 0 {
		v, err := x.evalAs(f.Error, "Error", value.KindString)
		if err != nil {
			return err
		}
		e.Name = clip(v.Text(), maxErrorName)
	}
	if f.Cause != 0 {
		v, err := x.evalAs(f.Cause, "Cause", value.KindString)
		if err != nil {
			return err
		}
		e.Cause, e.NoCause = clip(v.Text(), maxCause), false
	}
	return e
}

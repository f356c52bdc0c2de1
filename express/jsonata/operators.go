package jsonata

import (
	"math"

	"github.com/seed66d9166c/express/express/value"
)

// symbols are the operators as the source has them.
var symbols = [opEnd]string{
	opAdd: "+", opSub: "-", opMul: "*", opDiv: "/", opMod: "%", opNegate: "-", opConcat: "&",
	opEqual: "=", opUnequal: "!=", opLess: "<", opLessEqual: "<=", opGreater: ">", opGreaterEqual: ">=",
	opIn: "in", opRange: "..", opAnd: "and", opOr: "or", opApply: "~>",
}

// operands are the two cells on top of the stack; the lower takes the answer.
func (m *machine) operands() (a, b *cell) {
	n := len(m.stack)
	a, b = &m.stack[n-2], &m.stack[n-1]
	m.cut(n - 1)
	return a, b
}

// second takes the second operand of in from the constants or the stack.
func (m *machine) second(in *Instr) (a *cell, b cell) {
	if in.B > 0 {
		b.v = m.prog.consts[in.B-1]
	} else {
		b = m.pop()
	}
	return m.top(), b
}

func (m *machine) arithmetic(in *Instr) *Error {
	a, b := m.second(in)
	op := in.Op
	switch {
	case !a.isNumber() && !a.undefined():
		return fail("T2001", symbols[op])
	case !b.isNumber() && !b.undefined():
		return fail("T2002", symbols[op])
	case a.undefined() || b.undefined():
		*a = cell{}
		return nil
	}
	f, err := finite(calculate(op, a.v.Float(), b.v.Float()))
	*a = f
	return err
}

func calculate(op Op, x, y float64) float64 {
	switch op {
	case opAdd:
		return x + y
	case opSub:
		return x - y
	case opMul:
		return x * y
	case opDiv:
		return x / y
	}
	return math.Mod(x, y)
}

func (m *machine) negate() *Error {
	t := m.top()
	switch {
	case t.isNumber():
		*t = num(-t.v.Float())
	case !t.undefined():
		return fail("D1002", *t)
	}
	return nil
}

// includes is the in operator, which knows only scalars.
func (m *machine) includes() *Error {
	a, b := m.operands()
	n := 1
	if b.isArray() {
		n = b.len()
	}
	if err := m.work(n); err != nil {
		return err
	}
	found := false
	if !a.undefined() && !b.undefined() && !a.isArray() && !a.isObject() {
		for i := 0; i < n && !found; i++ {
			e := *b
			if b.isArray() {
				e = b.index(i)
			}
			found = !e.undefined() && m.equal(*a, e)
		}
	}
	*a = boolean(found)
	return nil
}

// maxRange is the longest range that JSONata makes. A range takes no memory
// until it is made into something else.
const maxRange = 10_000_000

func (m *machine) rangeOf(flags uint8) *Error {
	a, b := m.operands()
	lo, ok := integer(*a)
	if !ok {
		return fail("T2003")
	}
	hi, ok := integer(*b)
	if !ok {
		return fail("T2004")
	}
	var kind uint8 = seqFlag
	if flags&flagCons != 0 {
		kind = 0
	}
	if a.undefined() || b.undefined() || lo > hi {
		if *a = (cell{}); kind == 0 {
			*a = cell{v: value.Array()}
		}
		return nil
	}
	if size := hi - lo + 1; size > maxRange {
		return fail("D2014", size)
	}
	*a = cell{x: &box{kind: boxRange, flags: kind, lo: int(lo), n: int(hi - lo + 1)}}
	return nil
}

// integer is the whole number c; undefined will do.
func integer(c cell) (float64, bool) {
	if c.undefined() {
		return 0, true
	}
	f := c.v.Float()
	return f, c.isNumber() && f == math.Trunc(f)
}

func (m *machine) concat() *Error {
	a, b := m.operands()
	if a.isString() && b.isString() { // the common case, without a copy
		x, y := a.v.Text(), b.v.Text()
		if err := m.grow(len(x) + len(y)); err != nil {
			return err
		}
		*a = str(x + y)
		return nil
	}
	text, err := m.appendString(nil, *a, false)
	if err != nil {
		return err
	}
	if text, err = m.appendString(text, *b, false); err != nil {
		return err
	}
	*a = str(string(text))
	return nil
}

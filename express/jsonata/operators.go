package jsonata

import (
	"math"
	"strings"

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

// comparison is equality or order.
func (m *machine) comparison(in *Instr) *Error {
	a, b := m.second(in)
	kind := a.v.Kind()
	if kind == b.v.Kind() && (kind == value.KindNumber || kind == value.KindString) {
		*a = boolean(holds(in.Op, compareScalars(a, &b)))
		return nil
	}
	if in.Op != opEqual && in.Op != opUnequal {
		return compareOthers(in.Op, a, &b)
	}
	if a.undefined() || b.undefined() {
		*a = boolean(false) // for != too
		return nil
	}
	if err := m.work(min(a.len(), b.len())); err != nil {
		return err
	}
	*a = boolean(equal(*a, b) == (in.Op == opEqual))
	return nil
}

// holds reports whether op holds of two that compare as c.
func holds(op Op, c int) bool {
	switch op {
	case opEqual:
		return c == 0
	case opUnequal:
		return c != 0
	case opLess:
		return c < 0
	case opLessEqual:
		return c <= 0
	case opGreater:
		return c > 0
	}
	return c >= 0
}

func comparable(c *cell) bool { return c.undefined() || c.isNumber() || c.isString() }

func compareOthers(op Op, a, b *cell) *Error {
	switch {
	case !comparable(a) || !comparable(b):
		return fail("T2010", symbols[op])
	case a.undefined() || b.undefined():
		*a = cell{}
		return nil
	}
	return fail("T2009", *a, *b, symbols[op])
}

// compareStrings orders strings as JavaScript does, by UTF-16 code unit, which
// differs from the order of UTF-8 above U+D7FF only.
func compareStrings(a, b string) int {
	i := 0
	for i < len(a) && i < len(b) && a[i] == b[i] {
		i++
	}
	if i < len(a) && i < len(b) && a[i] >= 0xEE && b[i] >= 0xEE && (a[i] >= 0xF0) != (b[i] >= 0xF0) {
		return strings.Compare(b[i:], a[i:]) // surrogates sort before U+E000
	}
	return strings.Compare(a, b)
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
			found = !e.undefined() && equal(*a, e)
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

// spread keeps the elements of top for the array being made.
func (m *machine) spread() *Error {
	c := m.pop()
	if c.undefined() {
		return nil
	}
	if !c.isArray() {
		m.push(c)
		return nil
	}
	return m.pushElements(c)
}

// pushElements pushes the elements of an array.
func (m *machine) pushElements(c cell) *Error {
	n := c.len()
	if err := m.growList(n); err != nil {
		return err
	}
	if c.x != nil && c.x.kind == boxList {
		m.stack = append(m.stack, c.x.items...)
		return nil
	}
	for i := range n {
		m.push(c.index(i))
	}
	return nil
}

func (m *machine) array(flags uint8) *Error {
	r := m.popRegion()
	items := m.stack[r.base:]
	if err := m.growList(len(items)); err != nil {
		return err
	}
	c := m.listOf(items, 0)
	if flags&flagCons != 0 {
		c.x.flags = consFlag
	} else {
		c = plain(c)
	}
	m.replace(r.base, c)
	return nil
}

func (m *machine) popRegion() region {
	r := m.regions[len(m.regions)-1]
	m.regions = popped(m.regions)
	return r
}

// enter makes room for an object. The context of its values is what grouping the
// items of an array by one key leaves: all of them, in one array.
func (m *machine) enter() *Error {
	m.push(m.ctx)
	if !m.ctx.isArray() {
		return nil
	}
	base := len(m.stack)
	if err := m.pushElements(m.ctx); err != nil {
		return err
	}
	ctx, err := m.merged(base)
	m.ctx = ctx
	return err
}

// merged takes what is on the stack from base on and appends one to the other: a
// lone item is itself, none is undefined.
func (m *machine) merged(base int) (cell, *Error) {
	n := len(m.stack) - base
	if n == 0 {
		return cell{}, nil
	}
	if n == 1 {
		return m.pop(), nil
	}
	size := 0
	for _, c := range m.stack[base:] {
		if size++; c.isArray() {
			size += c.len() - 1
		}
	}
	if err := m.growList(size); err != nil {
		return cell{}, err
	}
	items := m.room(size)
	for _, c := range m.stack[base:] {
		if !c.isArray() {
			items = append(items, c)
			continue
		}
		for i := range c.len() {
			items = append(items, c.index(i))
		}
	}
	m.cut(base)
	return m.list(items, 0), nil
}

func (m *machine) object(names []string) *Error {
	base := len(m.stack) - len(names)
	c, err := m.record(names, m.stack[base:])
	m.ctx = m.stack[base-1]
	m.replace(base-1, c)
	return err
}

// record is the object of names and values, without those that are undefined. It
// is plain JSON if its values are.
func (m *machine) record(names []string, values []cell) (cell, *Error) {
	if err := m.grow(len(names) * 2 * cellSize); err != nil {
		return cell{}, err
	}
	members := make([]value.Member, 0, len(names))
	for i, name := range names {
		c := plain(values[i])
		if c.x != nil {
			return m.box(names, values), nil
		}
		if !c.undefined() {
			members = append(members, value.Member{Key: name, Val: c.v})
		}
	}
	return cell{v: value.Object(members...)}, nil
}

// box is the object of names and values that are no JSON.
func (m *machine) box(names []string, values []cell) cell {
	b := &box{kind: boxRecord}
	for i, name := range names {
		if c := plain(values[i]); !c.undefined() {
			b.keys = append(b.keys, name)
			b.items = append(b.items, c)
		}
	}
	return cell{x: b}
}

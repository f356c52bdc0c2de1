package jsonata

import (
	"strings"

	"github.com/seed66d9166c/express/express/value"
)

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
	*a = boolean(m.equal(*a, b) == (in.Op == opEqual))
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

// compareScalars orders two numbers or two strings.
func compareScalars(x, y *cell) int {
	if x.isString() {
		return compareStrings(x.v.Text(), y.v.Text())
	}
	a, b := x.v.Float(), y.v.Float()
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

// truth is what $boolean says of c; undefined is false.
func (m *machine) truth(c cell) bool {
	switch c.v.Kind() {
	case value.KindBool:
		return c.v.Bool()
	case value.KindNumber:
		return c.v.Float() != 0
	case value.KindString:
		return c.v.Text() != ""
	}
	if !c.isArray() {
		return c.isObject() && c.len() > 0
	}
	found := false
	for i := 0; i < c.len() && !found && m.down(); i++ {
		found = m.truth(c.index(i))
		m.up()
	}
	return found
}

// equal is deep equality.
func (m *machine) equal(a, b cell) bool {
	switch {
	case a.isNumber() && b.isNumber():
		return a.v.Float() == b.v.Float()
	case a.isArray() && b.isArray(), a.isObject() && b.isObject():
		return a.x != nil && a.x == b.x || a.len() == b.len() && m.equalParts(a, b)
	case a.x != nil || b.x != nil:
		return a.x == b.x
	}
	return value.Equal(a.v, b.v)
}

func (m *machine) equalParts(a, b cell) bool {
	same := true
	for i := 0; i < a.len() && same; i++ {
		if !m.down() {
			return false
		}
		if a.isArray() {
			same = m.equal(a.index(i), b.index(i))
		} else {
			k, v := a.member(i)
			other, w := b.member(i)
			if other != k {
				m.fuel -= b.len() / longObject
				w = b.get(k)
			}
			same = !w.undefined() && m.equal(v, w)
		}
		m.up()
	}
	return same
}

// down accounts for going down one level into a value, and reports whether the
// budget and the depth of values allow it: if not, the instruction after this one
// fails.
func (m *machine) down() bool {
	m.fuel--
	err := m.tick()
	if err == nil && m.level >= maxDepth {
		err = tooDeep()
	}
	if err != nil {
		m.fault, m.fuel = err, 0
		return false
	}
	m.level++
	return true
}

func (m *machine) up() { m.level-- }

func tooDeep() *Error { return fail(CodeLimit, "value is nested too deeply") }

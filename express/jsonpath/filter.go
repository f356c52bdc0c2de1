package jsonpath

import (
	"regexp"
	"strings"

	"github.com/seed66d9166c/express/express/value"
)

// A condition is what a filter asks of an item.
type condition interface {
	holds(m *matcher, item value.Value) bool
	String() string
}

type (
	anyOf  []condition // ||
	allOf  []condition // &&
	negate struct{ condition }
	exists struct{ path *Path }
	test   struct {
		left  operand
		rel   *relation
		right operand
	}
)

// An operand is a path, a pattern or a literal.
type operand struct {
	path    *Path
	pattern *pattern
	literal value.Value
}

// A pattern is a regular expression that has to match all of a text.
type pattern struct {
	*regexp.Regexp
	written string // /.../i
	size    int    // instructions
}

func (c anyOf) holds(m *matcher, item value.Value) bool {
	for _, x := range c {
		if x.holds(m, item) {
			return true
		}
	}
	return false
}

func (c allOf) holds(m *matcher, item value.Value) bool {
	for _, x := range c {
		if !x.holds(m, item) {
			return false
		}
	}
	return true
}

func (c negate) holds(m *matcher, item value.Value) bool { return !c.condition.holds(m, item) }

// An indefinite path exists if it matches anything.
func (c exists) holds(m *matcher, item value.Value) bool {
	v := m.operand(c.path, item)
	return !v.IsNothing() && (c.path.Definite() || v.Len() > 0)
}

func (c test) holds(m *matcher, item value.Value) bool {
	l, r := c.left.value(m, item), c.right.value(m, item)
	if c.right.pattern != nil {
		return c.right.pattern.matches(m, l)
	}
	return m.visit(c.rel.cost(l, r)) && c.rel.holds(l, r)
}

// matches reports whether all of v, a string or number, matches.
func (p *pattern) matches(m *matcher, v value.Value) bool {
	if v.Kind() != value.KindString && v.Kind() != value.KindNumber {
		return false
	}
	text := v.Text()
	return m.visit(1+len(text)*p.size/matched) && p.MatchString(text)
}

// value is the operand for item, nothing if its path leads nowhere.
func (o *operand) value(m *matcher, item value.Value) value.Value {
	if o.path != nil {
		return m.operand(o.path, item)
	}
	return o.literal
}

func (c anyOf) String() string  { return join(c, " || ") }
func (c allOf) String() string  { return join(c, " && ") }
func (c exists) String() string { return c.path.Normalized() }

func (c test) String() string {
	return c.left.String() + " " + c.rel.name + " " + c.right.String()
}

func (c negate) String() string {
	switch c.condition.(type) {
	case negate, exists:
		return "!" + c.condition.String()
	}
	return "!(" + c.condition.String() + ")"
}

func (o *operand) String() string {
	switch {
	case o.path != nil:
		return o.path.Normalized()
	case o.pattern != nil:
		return o.pattern.written
	}
	return literal(o.literal)
}

func join(cs []condition, sep string) string {
	s := make([]string, len(cs))
	for i, c := range cs {
		s[i] = c.String()
		if _, ok := c.(anyOf); ok {
			s[i] = "(" + s[i] + ")"
		}
	}
	return strings.Join(s, sep)
}

// literal is v as written in a filter.
func literal(v value.Value) string {
	switch v.Kind() {
	case value.KindString:
		return quote(v.Text())
	case value.KindArray:
		s := make([]string, v.Len())
		for i, e := range v.Elements() {
			s[i] = literal(e)
		}
		return "[" + strings.Join(s, ",") + "]"
	}
	return v.String()
}

package jsonata

import (
	"strings"

	"github.com/seed66d9166c/express/express/value"
)

// maxSize bounds the size of one value, as JSON, on the way. What one expression
// may make is as much in all, but a value can hold a part many times: it would
// be small, and yet never be walked through.
const maxSize = DefaultBytes

// size is that of c as JSON, near enough for accounting.
func (c cell) size() int {
	switch {
	case c.x == nil && c.v.Len() > 0, c.isString():
		return c.v.Size()
	case c.x == nil || c.isFunc():
		return 8
	case c.x.kind == boxRange:
		return 8 * c.x.n
	}
	if c.x.size == 0 {
		c.x.size = 2
		for i := range c.x.items {
			c.x.size += 1 + c.x.items[i].size()
		}
	}
	return c.x.size
}

// sealed is c, which becomes part of another value, as plain JSON if it can be.
func sealed(c cell) (cell, *Error) {
	c = plain(c)
	if (c.x != nil || c.v.Len() > 0) && c.size() > maxSize {
		return cell{}, fail(CodeLimit, "Expression evaluation memory limit exceeded")
	}
	return c, nil
}

// maxDepth bounds the nesting of an expression's value, so that recursion over
// it is bounded. Foreign data is refused at 64 levels before it gets here.
const maxDepth = 200

// export is the JSON that c stands for.
func (m *machine) export(c cell, depth int) (value.Value, *Error) {
	if depth > maxDepth {
		return value.Value{}, tooDeep()
	}
	if c.x == nil {
		if len(m.prog.protos) > 0 && !shallow(c.v, depth) { // without lambdas nothing gets deep
			return value.Value{}, tooDeep()
		}
		return c.v, nil
	}
	if err := m.growList(c.len()); err != nil {
		return value.Value{}, err
	}
	switch c.x.kind {
	case boxRange:
		return c.x.numbers(), nil
	case boxList:
		vals := make([]value.Value, len(c.x.items))
		for i := range vals {
			e := &c.x.items[i]
			switch {
			case e.x != nil || e.v.Len() > 0:
				v, err := m.export(*e, depth+1)
				if err != nil {
					return v, err
				}
				vals[i] = v
			case e.v.IsNothing():
				vals[i] = value.Null // as JavaScript prints a hole in an array
			default:
				vals[i] = e.v
			}
		}
		return value.Array(vals...), nil
	case boxRecord:
		members := make([]value.Member, 0, len(c.x.keys))
		for i, k := range c.x.keys {
			v, err := m.export(c.x.items[i], depth+1)
			if err != nil {
				return v, err
			}
			if !v.IsNothing() {
				members = append(members, value.Member{Key: k, Val: v})
			}
		}
		return value.Object(members...), nil
	}
	return value.Value{}, fail(CodeFunction)
}

// shallow reports whether v, which lies depth levels down, is not nested too
// deeply.
func shallow(v value.Value, depth int) bool {
	if depth > maxDepth {
		return false
	}
	for _, e := range v.Elements() {
		if !shallow(e, depth+1) {
			return false
		}
	}
	for _, e := range v.Members() {
		if !shallow(e, depth+1) {
			return false
		}
	}
	return true
}

// scrub is v with halves of surrogate pairs replaced, as UTF-8 must not hold
// them.
func scrub(v value.Value) value.Value {
	switch v.Kind() {
	case value.KindString:
		return value.String(strings.ToValidUTF8(v.Text(), "\uFFFD"))
	case value.KindArray:
		items := make([]value.Value, v.Len())
		for i, e := range v.Elements() {
			items[i] = scrub(e)
		}
		return value.Array(items...)
	case value.KindObject:
		members := make([]value.Member, 0, v.Len())
		for k, e := range v.Members() {
			members = append(members, value.Member{Key: strings.ToValidUTF8(k, "\uFFFD"), Val: scrub(e)})
		}
		return value.Object(members...)
	}
	return v
}

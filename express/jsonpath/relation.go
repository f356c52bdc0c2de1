package jsonpath

import (
	"strings"
	"unicode/utf16"

	"github.com/seed66d9166c/express/express/value"
)

// A relation compares two operands in a filter. An operand whose path leads
// nowhere is nothing.
type relation struct {
	name  string
	holds func(l, r value.Value) bool
	pairs bool // compares each element of one with each of the other
}

// charged is the number of bytes to compare that cost a step, and matched that of
// pattern instructions to run.
const (
	charged = 128
	matched = 8
)

// cost is the steps of comparing l with r.
func (r *relation) cost(left, right value.Value) int {
	if r.pairs {
		return 1 + left.Len()*(right.Len()+weight(right))
	}
	return 1 + weight(left) + weight(right)
}

func weight(v value.Value) int {
	switch v.Kind() {
	case value.KindString, value.KindArray, value.KindObject:
		return v.Size() / charged
	}
	return 0
}

// relations are all of them; one that begins like another comes before it.
var relations = []relation{
	{name: "==", holds: same},
	{name: "!=", holds: func(l, r value.Value) bool { return !same(l, r) }},
	{name: "<=", holds: ordered(func(c int) bool { return c <= 0 })},
	{name: "<", holds: ordered(func(c int) bool { return c < 0 })},
	{name: ">=", holds: ordered(func(c int) bool { return c >= 0 })},
	{name: ">", holds: ordered(func(c int) bool { return c > 0 })},
	{name: "=~"}, // its right operand is a pattern
	{name: "in", holds: func(l, r value.Value) bool { return has(r, l) }},
	{name: "nin", holds: func(l, r value.Value) bool { return !has(r, l) }},
	{name: "subsetof", holds: func(l, r value.Value) bool { return arrays(l, r) && count(l, r) == l.Len() }, pairs: true},
	{name: "anyof", holds: func(l, r value.Value) bool { return arrays(l, r) && count(l, r) > 0 }, pairs: true},
	{name: "noneof", holds: func(l, r value.Value) bool { return arrays(l, r) && count(l, r) == 0 }, pairs: true},
	{name: "contains", holds: contains},
	{name: "size", holds: size},
	{name: "empty", holds: empty},
}

// same is equality: a number equals a string that reads as the same number.
func same(l, r value.Value) bool {
	if l.IsNothing() || r.IsNothing() {
		return false
	}
	if l.Kind() == value.KindString && r.Kind() == value.KindNumber {
		l, r = r, l
	}
	if l.Kind() == value.KindNumber && r.Kind() == value.KindString {
		n, ok := value.ParseNumber(r.Text())
		return ok && value.CompareNumbers(l, n) == 0
	}
	return value.Equal(l, r)
}

// ordered is a comparison of two numbers or two strings; others have no order.
func ordered(holds func(c int) bool) func(l, r value.Value) bool {
	return func(l, r value.Value) bool {
		switch {
		case l.Kind() == value.KindNumber && r.Kind() == value.KindNumber:
			return holds(value.CompareNumbers(l, r))
		case l.Kind() == value.KindString && r.Kind() == value.KindString:
			return holds(strings.Compare(l.Text(), r.Text()))
		}
		return false
	}
}

func arrays(l, r value.Value) bool {
	return l.Kind() == value.KindArray && r.Kind() == value.KindArray
}

// has reports whether x is an element of list.
func has(list, x value.Value) bool {
	for _, e := range list.Elements() {
		if same(e, x) {
			return true
		}
	}
	return false
}

// count is how many elements of l are in r.
func count(l, r value.Value) int {
	n := 0
	for _, e := range l.Elements() {
		if has(r, e) {
			n++
		}
	}
	return n
}

// contains: a string has r as a part, an array as an element.
func contains(l, r value.Value) bool {
	if l.Kind() == value.KindString {
		return r.Kind() == value.KindString && strings.Contains(l.Text(), r.Text())
	}
	return has(l, r)
}

// size: a string has r UTF-16 code units, as Java counts; an array or object r
// elements or members.
func size(l, r value.Value) bool {
	n, ok := r.Int()
	return ok && extent(l) == int(n)
}

// empty: a string, array or object is empty, or if r is false is not.
func empty(l, r value.Value) bool {
	n := extent(l)
	return n >= 0 && r.Kind() == value.KindBool && (n == 0) == r.Bool()
}

// extent is the length of v, and -1 for what has none.
func extent(v value.Value) int {
	switch v.Kind() {
	case value.KindString:
		n := 0
		for _, r := range v.Text() {
			n += utf16.RuneLen(r)
		}
		return n
	case value.KindArray, value.KindObject:
		return v.Len()
	}
	return -1
}

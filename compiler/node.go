package compiler

import (
	"strconv"
	"strings"

	"github.com/seed66d9166c/express/express/value"
)

// A node is a value of a definition with its place in the text.
type node struct {
	kind value.Kind
	text string  // of a string, decoded; of a number, as written
	kids []*node // members of an object, elements of an array, in source order
	at   span

	filled bool // the text was one placeholder

	up    *node
	key   string // the name in up, if that is an object
	keyAt span
	index int // the place in up, if that is an array

	// made is what checking made of the node, for lowering: a template.Expr, a
	// *template.Place, a program.Task, ...
	made any
}

// get is the member of an object called key, nil if there is none.
func (n *node) get(key string) *node {
	if n.kind != value.KindObject {
		return nil
	}
	for _, k := range n.kids {
		if k.key == key {
			return k
		}
	}
	return nil
}

// str is the text of the member called key if that is a string, else "".
func (n *node) str(key string) string {
	if m := n.get(key); m != nil && m.kind == value.KindString {
		return m.text
	}
	return ""
}

// isTrue reports whether n is the literal true.
func (n *node) isTrue() bool { return n != nil && n.kind == value.KindBool && n.text == "true" }

// isNull reports whether n is the literal null.
func (n *node) isNull() bool { return n != nil && n.kind == value.KindNull }

// inArray reports whether n is an element of an array.
func (n *node) inArray() bool { return n.up != nil && n.up.kind == value.KindArray }

// path is the place of n as AWS writes it: /States/Fork/Branches[0]/StartAt.
func (n *node) path() string {
	if n.up == nil {
		return "/"
	}
	var steps []string
	for ; n.up != nil; n = n.up {
		if n.inArray() {
			steps = append(steps, "["+strconv.Itoa(n.index)+"]")
		} else {
			steps = append(steps, "/"+n.key)
		}
	}
	var b strings.Builder
	for i := len(steps) - 1; i >= 0; i-- {
		b.WriteString(steps[i])
	}
	return b.String()
}

// mark is what a finding about n points at: the text of a scalar, the name of
// what spreads over lines.
func (n *node) mark() span {
	if n.kind != value.KindObject && n.kind != value.KindArray {
		return n.at
	}
	if n.key != "" {
		return n.keyAt
	}
	return span{n.at.from, n.at.from + 1}
}

// follow is the node at keys and indexes from n, as far as they lead.
func (n *node) follow(steps []string) *node {
	for _, s := range steps {
		next := n.get(s)
		if i, err := strconv.Atoi(s); next == nil && n.kind == value.KindArray && err == nil && i < len(n.kids) {
			next = n.kids[i]
		}
		if next == nil {
			break
		}
		n = next
	}
	return n
}

// value is n as data.
func (n *node) value() value.Value {
	switch n.kind {
	case value.KindObject:
		m := make([]value.Member, len(n.kids))
		for i, k := range n.kids {
			m[i] = value.Member{Key: k.key, Val: k.value()}
		}
		return value.Object(m...)
	case value.KindArray:
		e := make([]value.Value, len(n.kids))
		for i, k := range n.kids {
			e[i] = k.value()
		}
		return value.Array(e...)
	case value.KindString:
		return value.String(n.text)
	case value.KindNumber:
		return value.NumberText(n.text)
	case value.KindBool:
		if n.isTrue() {
			return value.True
		}
		return value.False
	}
	return value.Null
}

// each calls f for n and all that is in it.
func (n *node) each(f func(*node)) {
	f(n)
	for _, k := range n.kids {
		k.each(f)
	}
}

// deepest is a bracket in n that is nested deeper than most, nil if there is
// none.
func (n *node) deepest(most int) *node {
	if n.kind != value.KindObject && n.kind != value.KindArray {
		return nil
	}
	if most == 0 {
		return n
	}
	for _, k := range n.kids {
		if deep := k.deepest(most - 1); deep != nil {
			return deep
		}
	}
	return nil
}

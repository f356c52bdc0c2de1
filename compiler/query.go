package compiler

import (
	"strings"

	"github.com/seed66d9166c/express/express/template"
	"github.com/seed66d9166c/express/express/value"
)

// isQuery reports whether n is to be evaluated: a string between {% and %} in a
// state in JSONata. It has to stand in a field of a state.
func (c *checker) isQuery(n *node) bool {
	return c.in&inStates != 0 && c.language() == jsonata && n.kind == value.KindString && delimited(n.text)
}

// delimited reports whether text begins or ends as a query does. Blanks around
// it make it plain text.
func delimited(text string) bool {
	return strings.HasPrefix(text, "{%") || strings.HasSuffix(text, "%}")
}

// expression is the check of a value in JSONata: strings between {% and %} are
// evaluated at any depth.
func (c *checker) expression(n *node) {
	n.each(func(k *node) {
		if k.kind != value.KindString || !delimited(k.text) {
			return
		}
		if !strings.HasPrefix(k.text, "{%") {
			c.fail(k, "The JSONata expression ends with '%%}' but does not begin with '{%%'")
		} else if !strings.HasSuffix(k.text, "%}") || len(k.text) < len("{%%}") {
			c.fail(k, "The JSONata expression begins with '{%%' but does not end with '%%}'")
		}
	})
	v, ok := c.data(n)
	if !ok {
		return
	}
	q := template.Query{
		Field:       n.key,
		Result:      c.in&inCalls != 0 && n.key == "Output",
		ErrorOutput: c.in == inCatcher,
		Strict:      c.o.Strict,
	}
	if n.up.key == "Assign" {
		q.Field = "Assign/" + n.key
		q.Result = c.in&inCalls != 0
	}
	e, errs := q.Compile(v, &template.Env{Var: c.body.scope.find})
	for _, err := range errs {
		c.syntax(n, n.follow(err.Path), err)
	}
	n.made = e
}

// condition is the check of the Condition of a rule: a boolean or a query.
func (c *checker) condition(n *node) {
	if n.kind == value.KindBool {
		n.made = template.Const(n.value())
		return
	}
	if c.is(n, value.KindString) {
		c.expression(n)
	}
}

// items is the check of Items: an array or a query.
func (c *checker) items(n *node) {
	if n.kind != value.KindString && !c.is(n, value.KindArray) {
		return
	}
	c.expression(n)
}

package compiler

import (
	"maps"
	"slices"
	"strings"

	"github.com/seed66d9166c/express/express/template"
	"github.com/seed66d9166c/express/express/value"
)

// The checks of values: each is the last column of a row of fields, and leaves
// in n.made what lowering needs.

// anything is the check of a value that may be anything.
func (c *checker) anything(*node) {}

// is reports whether n is of a kind, and that it is not.
func (c *checker) is(n *node, kind value.Kind) bool {
	if n.filled && n.kind == value.KindString {
		if s := scalar(n.text); s != nil && s.kind == kind {
			n.kind, n.text = kind, s.text
		}
	}
	if n.kind != kind {
		c.fail(n, "Expected value of type [%s]", strings.ToUpper(kind.String()))
	}
	return n.kind == kind
}

// oneOf is the check of a string that is one of names.
func oneOf(names ...string) func(*checker, *node) {
	return func(c *checker, n *node) {
		if !c.is(n, value.KindString) {
			return
		}
		for _, name := range names {
			if n.text == name {
				return
			}
		}
		c.suggest(c.report(n, SchemaFailed, "Value should be one of the following: [%s]", strings.Join(names, ", ")), n.text, slices.Values(names))
	}
}

// list is the check of an array of at least least objects of an owner.
func list(in owner, least int) func(*checker, *node) {
	return func(c *checker, n *node) {
		if !c.is(n, value.KindArray) {
			return
		}
		if len(n.kids) < least {
			c.fail(n, "Value cannot be empty")
		}
		for _, k := range n.kids {
			c.checkObject(k, in)
		}
	}
}

// object is the check of an object of an owner.
func object(in owner) func(*checker, *node) {
	return func(c *checker, n *node) { c.checkObject(n, in) }
}

func (c *checker) statesObject(n *node) {
	if c.is(n, value.KindObject) && len(n.kids) == 0 {
		c.fail(n, "Value cannot be empty")
	}
}

func (c *checker) branches(n *node) {
	if c.is(n, value.KindArray) && len(n.kids) == 0 {
		c.fail(n, "Value cannot be empty")
	}
}

// target is the check of the name of a state in the same States object.
func (c *checker) target(n *node) {
	if !c.is(n, value.KindString) {
		return
	}
	s := c.body.byName[n.text]
	if s == nil && len(c.body.states) == 0 {
		return // without states, that is what is wrong
	}
	if s == nil {
		c.suggest(c.report(n, MissingTarget, "Missing 'Next' target: %s", n.text), n.text, maps.Keys(c.body.byName))
		return
	}
	switch {
	case c.state == nil: // StartAt
	case c.in == inCatcher:
		c.state.caught = append(c.state.caught, s)
	default:
		c.state.next = append(c.state.next, s)
	}
}

func (c *checker) end(n *node) {
	if c.is(n, value.KindBool) && n.isTrue() {
		c.state.ends = true
	}
}

// whole is the check of a whole number in a range, number that of any.
func whole(least, most float64) func(*checker, *node) { return ranged(least, most, true) }

func number(least, most float64) func(*checker, *node) { return ranged(least, most, false) }

func ranged(least, most float64, whole bool) func(*checker, *node) {
	return func(c *checker, n *node) {
		if c.isQuery(n) {
			c.expression(n)
			return
		}
		if !c.is(n, value.KindNumber) {
			return
		}
		v := n.value()
		_, isWhole := v.Int()
		switch {
		case whole && !isWhole:
			c.fail(n, "Expected value of type [INTEGER]")
		case v.Float() < least:
			c.fail(n, "Minimum value is %v", least)
		case v.Float() > most:
			c.fail(n, "Maximum value is %.0f", most)
		}
		n.made = template.Const(v)
	}
}

// heartbeat is the check of a HeartbeatSeconds, which must be smaller than the
// TimeoutSeconds beside it (section "Timeouts").
func (c *checker) heartbeat(n *node) {
	whole(1, maxSeconds)(c, n)
	timeout := n.up.get("TimeoutSeconds")
	if timeout != nil && timeout.kind == value.KindNumber && n.kind == value.KindNumber && n.value().Float() >= timeout.value().Float() {
		c.fail(n, "'HeartbeatSeconds' must be smaller than 'TimeoutSeconds'")
	}
}

// message is the check of a Fail state's Error and Cause.
func (c *checker) message(n *node) {
	switch {
	case c.isQuery(n):
		c.expression(n)
	case c.is(n, value.KindString):
		if looksLikePath(n.text) {
			c.warn(n, NoPath, "The value looks like a path, but '%s' is not '%sPath'", n.key, n.key)
		}
		n.made = template.Const(n.value())
	}
}

func (c *checker) timestamp(n *node) {
	if c.isQuery(n) {
		c.expression(n)
		return
	}
	if !c.is(n, value.KindString) {
		return
	}
	if _, ok := template.ParseTimestamp(n.value()); !ok {
		c.fail(n, "String does not match RFC3339 timestamp")
	}
	n.made = template.Const(n.value())
}

// result is the check of the Result of a Pass, which is data all through.
func (c *checker) result(n *node) {
	c.data(n)
	n.each(func(k *node) {
		if strings.HasSuffix(k.key, ".$") || k.kind == value.KindString && looksLikePath(k.text) {
			c.warn(k, ResultStatic, "The Result of a Pass is not evaluated: a path in it is text")
		}
	})
}

// data is n as data, and reports where that is nested too deeply.
func (c *checker) data(n *node) (v value.Value, ok bool) {
	if deep := n.deepest(value.MaxDepth); deep != nil {
		c.report(deep, TooDeep, "Data is nested deeper than %d", value.MaxDepth)
		return value.Null, false
	}
	return n.value(), true
}

// pathOf is the check of a field that is a path. null stands for {}.
func pathOf(f template.Field) func(*checker, *node) {
	return func(c *checker, n *node) {
		if n.isNull() && (f == template.InputPath || f == template.OutputPath) {
			n.made = template.Const(value.Object())
			return
		}
		if !c.is(n, value.KindString) {
			return
		}
		e, err := template.Path(f, n.text, c.env(n))
		if err != nil {
			c.syntax(n, n, err.(*template.SyntaxError))
			return
		}
		n.made = e
	}
}

func (c *checker) resultPath(n *node) {
	if n.isNull() || !c.is(n, value.KindString) {
		return
	}
	p, err := template.ResultPath(n.text)
	if err != nil {
		c.syntax(n, n, err.(*template.SyntaxError))
		return
	}
	n.made = p
}

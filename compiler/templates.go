package compiler

import (
	"regexp"
	"strings"

	"github.com/seed66d9166c/express/express/template"
	"github.com/seed66d9166c/express/express/value"
)

// payload is the check of a payload template.
func (c *checker) payload(n *node) {
	c.noDollar(n)
	v, ok := c.data(n)
	if !ok {
		return
	}
	e, errs := template.Payload(v, c.env(n))
	for _, err := range errs {
		c.syntax(n, n.follow(err.Path), err)
	}
	n.made = e
}

// noDollar warns of paths and calls that will be taken as text.
func (c *checker) noDollar(n *node) {
	n.each(func(k *node) {
		if k.kind == value.KindString && !strings.HasSuffix(k.key, ".$") && !k.inArray() && looksLikePath(k.text) {
			c.warn(k, NoDollar, "The value looks like a path or a call of an intrinsic function, but the field '%s' does not end with '.$'", k.key)
		}
	})
}

func (c *checker) selector(n *node) {
	if c.language() == jsonata {
		c.expression(n)
	} else {
		c.payload(n)
	}
}

// A variable is one member of an Assign.
type variable struct {
	slot uint32
	name string
	expr template.Expr
}

func (c *checker) assign(n *node) {
	if !c.is(n, value.KindObject) {
		return
	}
	var vars []variable
	seen := make(map[string]bool, len(n.kids))
	for _, k := range n.kids {
		name := variableName(k.key, c.language())
		place, ok := c.body.scope.find(name)
		if !ok || place.Up > 0 {
			continue // reported with the declaration
		}
		v := variable{slot: place.Slot, name: name}
		if c.language() == jsonata {
			c.expression(k)
			v.expr, _ = k.made.(template.Expr)
		} else {
			v.expr = c.entry(n, k)
		}
		if seen[name] {
			c.reportField(k, "Variable '%s' is assigned twice", name)
		}
		seen[name] = true
		vars = append(vars, v)
	}
	n.made = vars
}

// entry is the expression of k, a member of the payload template n by itself.
func (c *checker) entry(n, k *node) template.Expr {
	v, ok := c.data(k)
	if !ok {
		return nil
	}
	_, e, errs := template.Entry(k.key, v, c.env(n))
	for _, err := range errs {
		c.syntax(n, n.follow(err.Path), err)
	}
	return e
}

// credentials is the check of a role to assume, constant or not.
func (c *checker) credentials(n *node) {
	if !c.is(n, value.KindObject) {
		return
	}
	switch role, path := n.get("RoleArn"), n.get("RoleArn.$"); {
	case role == nil && (path == nil || c.language() == jsonata):
		c.fail(n, "The field 'RoleArn' is required but was missing")
	case path != nil && c.language() == jsonPath:
		n.made = c.entry(n, path)
	case c.isQuery(role):
		c.expression(role)
		n.made = role.made
	case c.is(role, value.KindString):
		n.made = template.Const(role.value())
	}
}

// syntax reports what is wrong with an expression at k, in the field n.
func (c *checker) syntax(n, k *node, err *template.SyntaxError) {
	d := c.find(Error, c.within(k, err.Offset), n.path(), SchemaFailed, "%s", err.Message)
	if err.Err != nil && !strings.HasSuffix(err.Message, err.Err.Error()) {
		d.Detail = err.Err.Error()
	}
}

// within is the rest of the text of n from byte off on, or all of n where its
// text is not as in the source.
func (c *checker) within(n *node, off int) span {
	at := n.mark()
	raw := c.text[at.from:at.to]
	if n.kind == value.KindString && off > 0 && off < len(n.text) && raw == `"`+n.text+`"` {
		return span{at.from + 1 + uint32(off), at.to - 1}
	}
	return at
}

// paths are texts that look like a path or a call of an intrinsic function.
var paths = regexp.MustCompile(`^\$\$?([.\[]|$)|^States\.[A-Za-z0-9]+\(`)

func looksLikePath(text string) bool { return paths.MatchString(text) }

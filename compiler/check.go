package compiler

import (
	"slices"
	"strings"

	"github.com/seed66d9166c/express/express/program"
	"github.com/seed66d9166c/express/express/template"
	"github.com/seed66d9166c/express/express/value"
)

// extension begins the names of fields that are the user's own, as anchors of
// YAML need a place. AWS has none, and refuses them.
const extension = "x-"

// A checker finds what is wrong with a definition, and makes the expressions
// that lowering puts into the program.
type checker struct {
	*source
	o     *Options
	diags Diagnostics
	found [2]int           // by severity
	names map[string]*node // states of the whole machine
	lang  language         // of the machine

	suggestions int

	// Where it is.
	body  *body
	state *state
	in    owner // of the field
}

// newChecker is ready to read and check the text src.
func newChecker(src []byte, o *Options) *checker {
	if o == nil {
		o = new(Options)
	}
	return &checker{source: newSource(string(src)), o: o, names: make(map[string]*node)}
}

// check reports what is wrong with a machine and what is in it.
func (c *checker) check(m *body) {
	c.checkBody(m)
}

func (c *checker) checkBody(b *body) {
	body, state, before := c.body, c.state, len(c.diags)
	c.body, c.state = b, nil
	c.checkObject(b.node, b.kind)
	for _, s := range b.states {
		c.checkState(s)
	}
	if !slices.ContainsFunc(c.diags[before:], misleads) {
		c.checkFlow(b)
	}
	c.body, c.state = body, state
}

func (c *checker) checkState(s *state) {
	c.state = s
	if s.node.kind != value.KindObject {
		c.fail(s.node, "Expected value of type [OBJECT]")
		return
	}
	if c.lang == jsonata && s.lang == jsonPath {
		c.fail(s.node, "'QueryLanguage' can not be 'JSONPath' if set to 'JSONata' for whole state machine")
		return
	}
	if t := s.node.get("Type"); t != nil && !s.known {
		d := c.report(t, SchemaFailed, "The field 'Type' should have one of these values: [Task, Wait, Pass, Succeed, Fail, Choice, Parallel, Map]")
		c.suggest(d, t.text, slices.Values(stateTypes))
		return
	}
	if !s.known {
		c.fail(s.node, "These fields are required: [Type]")
		return
	}
	c.checkObject(s.node, 1<<s.kind)
	for _, b := range s.bodies {
		c.checkBody(b)
	}
}

// env is what the expression at n may refer to. A variable that is assigned
// nowhere gets a place that stays empty: reading it fails.
func (c *checker) env(n *node) *template.Env {
	scope := c.body.scope
	return &template.Env{Var: func(name string) (template.Var, bool) {
		if v, ok := scope.find(name); ok || badVariable(name) != "" {
			return v, ok
		}
		c.warn(n, SchemaFailed, "Variable '%s' is assigned nowhere", name)
		return template.Var{Slot: scope.add(name)}, true
	}}
}

// language is that of the field being checked.
func (c *checker) language() language {
	if c.state == nil {
		return both
	}
	return c.state.lang
}

// checkObject checks the fields of n, each by its row.
func (c *checker) checkObject(n *node, in owner) {
	if n.kind != value.KindObject {
		c.fail(n, "Expected value of type [OBJECT]")
		return
	}
	for _, k := range n.kids {
		c.in = in
		f := fieldOf(in, k.key)
		switch {
		case f == nil && !c.o.Strict && strings.HasPrefix(k.key, extension):
		case f == nil:
			d := c.reportField(k, "Field '%s' is not supported", k.key)
			c.suggest(d, k.key, fieldNames(in, c.language()))
		case f.lang&c.language() == 0:
			c.reportField(k, "The QueryLanguage is set to '%s', but field '%s' is only supported for the '%s' QueryLanguage", c.language(), k.key, f.lang)
		default:
			f.check(c, k)
		}
	}
	c.checkRequired(n, in)
	c.checkAlternatives(n, in)
	if in&(inRule|inTest) != 0 && c.language() == jsonPath {
		c.checkRule(n)
	}
}

func (c *checker) checkRequired(n *node, in owner) {
	var missing []string
	for _, r := range required {
		if r.in&in == 0 || r.lang&c.language() == 0 {
			continue
		}
		for _, name := range r.names {
			if n.get(name) == nil {
				missing = append(missing, name)
			}
		}
	}
	if missing != nil {
		c.fail(n, "These fields are required: [%s]", strings.Join(missing, ", "))
	}
}

func (c *checker) checkAlternatives(n *node, in owner) {
	for _, a := range alternatives {
		if a.in&in == 0 {
			continue
		}
		var have []*node
		for _, name := range a.names {
			if k := n.get(name); k != nil && !(name == "End" && k.kind == value.KindBool && !k.isTrue()) {
				have = append(have, k)
			}
		}
		if len(have) > 1 {
			last := slices.MaxFunc(have, func(a, b *node) int { return int(a.keyAt.from) - int(b.keyAt.from) })
			c.reportField(last, "Only one of these fields is allowed: [%s]", strings.Join(a.names, ", "))
		}
		if len(have) == 0 && a.must {
			c.fail(n, "One of these fields is required: [%s]", strings.Join(a.names, ", "))
		}
	}
}

// misleads reports whether a finding may be the reason why a state seems out of
// reach: one wrong Next would be followed by a finding for every state behind it.
func misleads(d Diagnostic) bool { return d.Severity == Error }

// checkFlow reports states that cannot be reached, and a machine that cannot
// end. AWS leaves out the first where it reports the second, which it looks for
// at the top level only.
func (c *checker) checkFlow(b *body) {
	if b.kind == inMachine && !slices.ContainsFunc(b.states, func(s *state) bool {
		return s.ends || s.kind == program.TypeSucceed || s.kind == program.TypeFail
	}) {
		c.find(Error, b.node.get("States").mark(), "", MissingEnd, "Workflow has no terminal state")
		return
	}
	reached := make(map[*state]bool, len(b.states))
	var todo []*state
	visit := func(s *state) {
		if !reached[s] {
			reached[s] = true
			todo = append(todo, s)
		}
	}
	if s := b.start(); s != nil {
		visit(s)
	}
	for len(todo) > 0 {
		s := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		for _, n := range slices.Concat(s.next, s.caught) {
			visit(n)
		}
	}
	for _, s := range b.states {
		if !reached[s] {
			c.find(Error, s.node.keyAt, s.node.path(), MissingTarget, "State \"%s\" is not reachable.", s.name)
		}
	}
}

// stateTypes are the names of the types of states.
var stateTypes = func() (names []string) {
	for t := program.TypeTask; t <= program.TypeFail; t++ {
		names = append(names, t.String())
	}
	return names
}()

package compiler

import (
	"strings"

	"github.com/seed66d9166c/express/express/program"
	"github.com/seed66d9166c/express/express/template"
	"github.com/seed66d9166c/express/express/value"
)

// maxNesting bounds states within states. AWS does not publish its number; each
// level is a goroutine for each branch or item, so that deep ones cannot run.
const maxNesting = 32

// A language is a query language; as a set, those in which a field may stand.
type language uint8

const (
	jsonPath language = 1 << iota
	jsonata
	both = jsonPath | jsonata
)

// String is the name of l in the States Language.
func (l language) String() string {
	if l == jsonata {
		return "JSONata"
	}
	return "JSONPath"
}

// A body is a States object and what stands around it: the machine, a branch or
// an item processor.
type body struct {
	node   *node
	kind   owner
	up     *state   // nil for the machine
	states []*state // in source order
	byName map[string]*state
	scope  *scope
}

// start is the state that StartAt names, nil if there is none.
func (b *body) start() *state { return b.byName[b.node.str("StartAt")] }

// A state is one of a body's.
type state struct {
	name   string
	node   *node
	body   *body
	kind   program.StateType
	known  bool // kind is what Type says
	lang   language
	bodies []*body
	next   []*state // where it may go on, in the order of the text
	caught []*state // the same after an error
	ends   bool     // it may be the last one

	id    program.ID // in the program
	entry label
}

// A scope is the variables of one body, by slot.
type scope struct {
	up    *scope
	names []string
	slots map[string]uint32  // places in names
	sites map[string][]*node // where each is assigned
	id    program.ID         // in the program
}

func newScope() *scope {
	return &scope{slots: make(map[string]uint32), sites: make(map[string][]*node)}
}

// add makes a place for the variable called name.
func (s *scope) add(name string) uint32 {
	slot := uint32(len(s.names))
	s.slots[name] = slot
	s.names = append(s.names, name)
	return slot
}

// find is the place of the variable called name as seen from s.
func (s *scope) find(name string) (template.Var, bool) {
	for up := uint32(0); s != nil; up, s = up+1, s.up {
		if slot, ok := s.slots[name]; ok {
			return template.Var{Up: up, Slot: slot}, true
		}
	}
	return template.Var{}, false
}

// declare finds the bodies, states and variables of a machine, which everything
// else refers to, and reports the names that cannot be.
func (c *checker) declare(root *node) *body {
	c.lang = jsonPath
	// Only this very text is JSONPath to AWS, even where it refuses another.
	if l := root.get("QueryLanguage"); l != nil && l.text != jsonPath.String() {
		c.lang = jsonata
	}
	return c.declareBody(root, inMachine, nil, 1)
}

func (c *checker) declareBody(n *node, kind owner, up *state, depth int) *body {
	b := &body{node: n, kind: kind, up: up, byName: make(map[string]*state), scope: newScope()}
	if up != nil {
		b.scope.up = up.body.scope
	}
	states := n.get("States")
	if states == nil || states.kind != value.KindObject {
		return b
	}
	if depth > maxNesting {
		c.report(states, TooDeep, "States are nested deeper than %d", maxNesting)
		return b
	}
	for _, k := range states.kids {
		if b.byName[k.key] != nil {
			continue // reported as a duplicate
		}
		s := c.declareState(k, b)
		b.states = append(b.states, s)
		b.byName[s.name] = s
	}
	// Variables of this body before those of the bodies within it.
	for _, s := range b.states {
		c.declareInner(s, depth)
	}
	return b
}

func (c *checker) declareState(n *node, b *body) *state {
	s := &state{name: n.key, node: n, body: b, lang: c.lang}
	c.checkName(n)
	if n.kind != value.KindObject {
		return s
	}
	if l := n.get("QueryLanguage"); l != nil {
		s.lang = jsonata
		if l.text == jsonPath.String() {
			s.lang = jsonPath
		}
	}
	s.kind, s.known = program.StateTypeByName(n.str("Type"))
	c.declareVariables(n.get("Assign"), s)
	for _, list := range []string{"Choices", "Catch"} {
		if l := n.get(list); l != nil && l.kind == value.KindArray {
			for _, k := range l.kids {
				c.declareVariables(k.get("Assign"), s)
			}
		}
	}
	return s
}

// declareInner finds the branches of a Parallel and the processor of a Map.
func (c *checker) declareInner(s *state, depth int) {
	switch {
	case !s.known:
	case s.kind == program.TypeParallel:
		if l := s.node.get("Branches"); l != nil && l.kind == value.KindArray {
			for _, k := range l.kids {
				s.bodies = append(s.bodies, c.declareBody(k, inBranch, s, depth+1))
			}
		}
	case s.kind == program.TypeMap:
		for _, name := range []string{"ItemProcessor", "Iterator"} {
			if k := s.node.get(name); k != nil {
				s.bodies = append(s.bodies, c.declareBody(k, inProcessor, s, depth+1))
			}
		}
	}
}

// declareVariables takes up what an Assign of s names.
func (c *checker) declareVariables(assign *node, s *state) {
	if assign == nil || assign.kind != value.KindObject {
		return
	}
	own := s.body.scope
	for _, k := range assign.kids {
		name := variableName(k.key, s.lang)
		switch reason := badVariable(name); {
		case reason != "":
			c.reportField(k, "Variable name '%s' %s", name, reason)
			continue
		case assignedAround(s.body, name):
			c.reportField(k, "Variable '%s' is assigned in an outer scope already", name)
			continue
		}
		if own.sites[name] == nil {
			own.add(name)
		}
		own.sites[name] = append(own.sites[name], k)
	}
}

// assignedAround reports whether a scope around b assigns the variable called
// name, which b must not assign then (section "Variables"). AWS accepts what a
// catcher of a state around b assigns: that is after b has ended.
func assignedAround(b *body, name string) bool {
	for s := b.up; s != nil; s = s.body.up {
		for _, site := range s.body.scope.sites[name] {
			if site.up.up.up != s.node.get("Catch") {
				return true
			}
		}
	}
	return false
}

// variableName is the name of the variable that a key of Assign stands for.
func variableName(key string, l language) string {
	if l == jsonPath {
		return strings.TrimSuffix(key, ".$")
	}
	return key
}

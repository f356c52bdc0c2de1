package compiler

import (
	"slices"

	"github.com/seed66d9166c/express/express/program"
	"github.com/seed66d9166c/express/express/template"
	"github.com/seed66d9166c/express/express/value"
)

// arms are what the rules of a Choice do once they hold. Rules that do the same
// share one.
type arms struct {
	plain map[string]*label // by Next, of rules without Assign and Output
	rules []*node           // each the first of its arm, in the order of the text
	label map[*node]*label
}

// of is where the arm of a rule will be.
func (a *arms) of(rule *node) *label {
	next, plain := rule.str("Next"), isPlain(rule)
	if plain && a.plain[next] != nil {
		return a.plain[next]
	}
	to := new(label)
	if plain {
		a.plain[next] = to
	}
	a.rules = append(a.rules, rule)
	a.label[rule] = to
	return to
}

// isPlain reports whether all that is done for n, a rule or the Default of a
// Choice, is to go on.
func isPlain(n *node) bool { return n.get("Assign") == nil && n.get("Output") == nil }

// choice emits a Choice: its rules as tests in order, then what is done if none
// of them holds, then the arms.
func (l *lowerer) choice(s *state) {
	rules := s.node.get("Choices").kids
	otherwise, next := s.node, s.node.get("Default")
	if i := slices.IndexFunc(rules, always); i >= 0 {
		otherwise, next = rules[i], rules[i].get("Next")
		rules = rules[:i]
	}
	a := &arms{plain: make(map[string]*label), label: make(map[*node]*label)}
	shared := new(label)
	if next != nil && isPlain(otherwise) {
		a.plain[next.text] = shared
	}
	for len(rules) > 0 {
		n := l.table(rules, a)
		if n == 0 {
			l.rule(rules[0], a)
			n = 1
		}
		rules = rules[n:]
	}
	l.bind(shared)
	if next != nil {
		l.arm(s, otherwise, next)
	} else {
		l.at(s.node)
		l.emit(program.OpUnmatched, 0, 0)
	}
	for _, r := range a.rules {
		l.bind(a.label[r])
		l.arm(s, r, r.get("Next"))
	}
}

// always reports whether a rule holds whatever the input is.
func always(rule *node) bool {
	v, ok := condition(rule)
	return ok && v.Bool()
}

// condition is the Condition of a rule if that is constant. A constant that is
// no boolean is an error when it is its turn.
func condition(rule *node) (v value.Value, ok bool) {
	if n := rule.get("Condition"); n != nil {
		v, _ = n.made.(template.Expr).Const()
	}
	return v, v.Kind() == value.KindBool
}

// rule emits the jump to the arm of a rule.
func (l *lowerer) rule(n *node, a *arms) {
	l.at(n)
	if query := n.get("Condition"); query == nil {
		l.test(n, true, a.of(n))
	} else if _, constant := condition(n); !constant { // what is true always was cut off
		l.jump(program.OpCond, l.id(query), a.of(n))
	}
}

// arm emits what the owner of Assign and Output, a rule or the Choice itself,
// does before execution goes on at next.
func (l *lowerer) arm(s *state, owner, next *node) {
	l.assign(owner.get("Assign"))
	l.expr(program.OpOutput, owner.get("Output"))
	l.expr(program.OpOutput, s.node.get("OutputPath"))
	l.exit(s, next)
}

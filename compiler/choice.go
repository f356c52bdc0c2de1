package compiler

import (
	"slices"

	"github.com/seed66d9166c/express/express/program"
	"github.com/seed66d9166c/express/express/template"
	"github.com/seed66d9166c/express/express/value"
)

// A rule is what checking makes of a rule of a Choice that tests a variable.
type rule struct {
	op       program.RuleOp
	variable template.Expr
	path     template.Expr // the operand of a ...Path operator
	operand  value.Value   // of the others
}

// operator is the check of the operand of a rule.
func operator(op program.RuleOp) func(*checker, *node) {
	if op.Path() {
		return pathOf(template.Variable)
	}
	return func(c *checker, n *node) {
		if v, ok := c.data(n); !ok {
			return
		} else if err := op.Accepts(v); err != nil {
			c.fail(n, "%v", err)
		}
		if n.kind == value.KindString && looksLikePath(n.text) {
			c.warn(n, NoPath, "The value looks like a path, but '%s' is not '%sPath'", op, op)
		}
	}
}

// variable is the check of the Variable of a rule.
func (c *checker) variable(n *node) {
	f := template.Variable
	if n.up.get(program.IsPresent.String()) != nil {
		f = template.PresentVariable
	}
	pathOf(f)(c, n)
}

// checkRule reports a rule that is not exactly one test: of a variable by one
// operator, or And, Or or Not.
func (c *checker) checkRule(n *node) {
	var tests []*node
	for _, k := range n.kids {
		switch k.key {
		case "And", "Or", "Not":
			tests = append(tests, k)
		default:
			if _, ok := program.RuleOpByName(k.key); ok {
				tests = append(tests, k)
			}
		}
	}
	variable := n.get("Variable")
	switch {
	case len(tests) == 0 && slices.ContainsFunc(n.kids, isStrange): // reported, and perhaps meant as one
	case len(tests) == 0:
		c.fail(n, "A rule needs a comparison operator, 'And', 'Or' or 'Not'")
	case len(tests) > 1:
		c.reportField(tests[1], "A rule may have only one of '%s' and '%s'", tests[0].key, tests[1].key)
	case isConnective(tests[0]) && variable != nil:
		c.reportField(variable, "A rule with '%s' has no 'Variable'", tests[0].key)
	case isConnective(tests[0]):
	case variable == nil:
		c.fail(n, "These fields are required: [Variable]")
	default:
		t := tests[0]
		r := &rule{}
		r.op, _ = program.RuleOpByName(t.key)
		r.variable, _ = variable.made.(template.Expr)
		if r.op.Path() {
			r.path, _ = t.made.(template.Expr)
		} else {
			r.operand = t.value()
		}
		n.made = r
	}
}

// isStrange reports whether n is no field of a rule in JSONPath.
func isStrange(n *node) bool {
	f := fieldOf(inRule, n.key)
	return f == nil || f.lang&jsonPath == 0
}

func isConnective(n *node) bool { return n.key == "And" || n.key == "Or" || n.key == "Not" }

// test emits a jump to a place if rule n, which may be And, Or or Not, holds (if
// want is true) or does not.
func (l *lowerer) test(n *node, want bool, to *label) {
	if not := n.get("Not"); not != nil {
		l.test(not, !want, to)
		return
	}
	list, all := n.get("And"), true
	if list == nil {
		list, all = n.get("Or"), false
	}
	if list == nil {
		l.at(n)
		l.testOne(n.made.(*rule), want, to)
		return
	}
	if all != want { // the first that decides it jumps
		for _, k := range list.kids {
			l.test(k, want, to)
		}
		return
	}
	skip := new(label)
	last := len(list.kids) - 1
	for _, k := range list.kids[:last] {
		l.test(k, !want, skip)
	}
	l.test(list.kids[last], want, to)
	l.bind(skip)
}

func (l *lowerer) testOne(r *rule, want bool, to *label) {
	row := program.Rule{Op: r.op, Variable: l.exprID(r.variable), Operand: r.operand}
	if r.path != nil {
		row.Path = l.exprID(r.path)
	}
	pc := l.pc()
	l.jump(program.OpTest, add(&l.p.Rules, row), to)
	if !want {
		l.p.Code[pc].Flag = program.IfNot
	}
}

// minTable is how many rules pay for a table: a look-up costs about as much as
// two or three comparisons.
const minTable = 3

// maxExact bounds the numbers of a table, which are compared as float64: all
// whole ones below it are exact, and no other whole number rounds to one.
const maxExact = 1 << 53

// table emits the rules at the head of list that compare one variable with
// constants for equality as one look-up, and is their number: 0 where they are
// too few. Of equal constants the first rule counts.
func (l *lowerer) table(list []*node, a *arms) int {
	n := 0
	for n < len(list) && isCase(list[n]) && list[n].str("Variable") == list[0].str("Variable") {
		n++
	}
	if n < minTable {
		return 0
	}
	id := add(&l.p.Tables, program.Table{
		Variable: l.exprID(list[0].made.(*rule).variable),
		Strings:  make(map[string]program.PC),
		Numbers:  make(map[float64]program.PC),
	})
	strings, numbers := make(map[string]*label), make(map[float64]*label)
	for _, r := range list[:n] {
		switch v := r.made.(*rule).operand; {
		case v.Kind() == value.KindString && strings[v.Text()] == nil:
			strings[v.Text()] = a.of(r)
		case v.Kind() == value.KindNumber && numbers[v.Float()] == nil:
			numbers[v.Float()] = a.of(r)
		}
	}
	l.at(list[0])
	l.emit(program.OpTable, id, 0)
	l.fixes = append(l.fixes, func() {
		for k, to := range strings {
			l.p.Tables[id].Strings[k] = to.pc
		}
		for k, to := range numbers {
			l.p.Tables[id].Numbers[k] = to.pc
		}
	})
	return n
}

// isCase reports whether a rule may be a row of a table.
func isCase(n *node) bool {
	r, ok := n.made.(*rule)
	if !ok {
		return false
	}
	i, isWhole := r.operand.Int()
	return r.op == program.StringEquals || r.op == program.NumericEquals && (!isWhole || max(i, -i) < maxExact)
}

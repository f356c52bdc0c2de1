package compiler

import (
	"fmt"
	"slices"
	"strings"

	"github.com/seed66d9166c/express/express/program"
)

// A Graph is a state machine as it is drawn: its states in source order, and
// where each may go on.
type Graph struct {
	Name    string // of the definition
	Comment string
	States  []*GraphState
	Start   string
}

// A GraphState is a state in a Graph.
type GraphState struct {
	Name     string
	Type     program.StateType
	Comment  string
	Resource string // of a Task, as written
	Pos      program.Pos
	Retries  bool     // it has a Retry
	Inner    []*Graph // branches of a Parallel, the processor of a Map
	Edges    []Edge   // in source order; a pair of states may have several
}

// An Edge is a transition.
type Edge struct {
	To    string // "" for the end of the machine, branch or iteration
	Kind  EdgeKind
	Label string // the condition of a Choice rule, the errors of a Catcher
}

// An EdgeKind says when a transition is taken.
type EdgeKind uint8

const (
	EdgeNext    EdgeKind = iota // the state has done its work: Next, End
	EdgeRule                    // a rule of a Choice holds
	EdgeDefault                 // none does
	EdgeCatch                   // a Catcher took an error
	EdgeFail                    // the state fails what it is in: Fail
)

// Draw is the graph of a definition. It is nil where Compile refuses the
// definition; the findings are the same.
func Draw(name string, src []byte, o *Options) (*Graph, Diagnostics) {
	c := newChecker(src, o)
	m := c.read(name)
	if m == nil {
		return nil, c.diags
	}
	g := c.draw(m)
	g.Name = name
	return g, c.diags
}

func (c *checker) draw(b *body) *Graph {
	g := &Graph{Comment: b.node.str("Comment"), Start: b.node.str("StartAt")}
	for _, s := range b.states {
		n := s.node
		d := &GraphState{
			Name:     s.name,
			Type:     s.kind,
			Comment:  n.str("Comment"),
			Resource: n.str("Resource"),
			Pos:      c.pos(n.keyAt.from),
			Retries:  retries(n.get("Retry")),
		}
		for _, inner := range s.bodies {
			d.Inner = append(d.Inner, c.draw(inner))
		}
		switch {
		case s.kind == program.TypeFail:
			d.Edges = append(d.Edges, Edge{Kind: EdgeFail})
		case s.kind == program.TypeChoice:
			for _, rule := range n.get("Choices").kids {
				d.Edges = append(d.Edges, Edge{rule.str("Next"), EdgeRule, ruleText(rule)})
			}
			if to := n.str("Default"); to != "" {
				d.Edges = append(d.Edges, Edge{to, EdgeDefault, "otherwise"})
			}
		default:
			d.Edges = append(d.Edges, Edge{To: n.str("Next")})
		}
		if l := n.get("Catch"); l != nil {
			for _, k := range l.kids {
				var errors []string
				for _, e := range k.get("ErrorEquals").kids {
					errors = append(errors, e.text)
				}
				d.Edges = append(d.Edges, Edge{k.str("Next"), EdgeCatch, strings.Join(errors, ", ")})
			}
		}
		g.States = append(g.States, d)
	}
	return g
}

func retries(list *node) bool { return list != nil && len(list.kids) > 0 }

// operators are how comparisons are written, by the end of the name of theirs.
var operators = []struct{ name, sign string }{
	{"LessThanEquals", "≤"}, {"GreaterThanEquals", "≥"}, {"LessThan", "<"}, {"GreaterThan", ">"}, {"Equals", "="}, {"Matches", "like"},
}

// ruleText is the condition of a Choice rule in a few words.
func ruleText(rule *node) string {
	if n := rule.get("Condition"); n != nil {
		text := strings.TrimSuffix(strings.TrimPrefix(n.text, "{%"), "%}")
		return strings.Join(strings.Fields(text), " ")
	}
	for _, k := range rule.kids {
		switch k.key {
		case "Not":
			return "not (" + ruleText(k) + ")"
		case "And", "Or":
			var parts []string
			for _, part := range k.kids {
				text := ruleText(part)
				if slices.ContainsFunc(part.kids, func(n *node) bool { return isConnective(n) && n.key != "Not" }) {
					text = "(" + text + ")"
				}
				parts = append(parts, text)
			}
			return strings.Join(parts, " "+strings.ToLower(k.key)+" ")
		}
	}
	for _, k := range rule.kids {
		if _, ok := program.RuleOpByName(k.key); ok {
			return comparisonText(rule.str("Variable"), k)
		}
	}
	return ""
}

// comparisonText is a comparison of variable with the value of operand, whose
// key is the operator.
func comparisonText(variable string, operand *node) string {
	v := operand.value()
	if test, ok := strings.CutPrefix(operand.key, "Is"); ok {
		not := ""
		if !operand.isTrue() {
			not = "not "
		}
		return fmt.Sprintf("%s is %s%s", variable, not, strings.ToLower(test))
	}
	name, path := strings.CutSuffix(operand.key, "Path")
	text := v.String()
	if path {
		text = v.Text()
	}
	for _, o := range operators {
		if strings.HasSuffix(name, o.name) {
			return variable + " " + o.sign + " " + text
		}
	}
	return ""
}

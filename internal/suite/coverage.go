package suite

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/seed66d9166c/express/express/program"
)

// A Coverage is which states and transitions of a workflow were seen.
type Coverage struct {
	Workflow    string // path of the definition
	states      []stateSeen
	transitions []transitionSeen
}

type stateSeen struct {
	name string
	pos  program.Pos
	seen bool
}

type transitionSeen struct {
	transition
	pos  program.Pos // of the state that it leads from
	seen bool
}

func newCoverage(w *workflow) *Coverage {
	c := &Coverage{Workflow: w.path}
	at := make(map[string]program.Pos)
	for i := range w.program.States {
		s := &w.program.States[i]
		at[s.Name] = w.program.Pos[s.Entry]
		c.states = append(c.states, stateSeen{name: s.Name, pos: at[s.Name]})
	}
	for _, t := range transitions(w.program) {
		c.transitions = append(c.transitions, transitionSeen{transition: t, pos: at[t.from]})
	}
	return c
}

// add takes in an execution.
func (c *Coverage) add(t *trace) {
	for i := range c.states {
		s := &c.states[i]
		s.seen = s.seen || t.entered[s.name]
	}
	for i := range c.transitions {
		x := &c.transitions[i]
		x.seen = x.seen || t.took(x.transition, c)
	}
}

// took reports whether an execution took a transition. A catcher may have caught
// what no event tells of: where only a catcher leads, it was one.
func (t *trace) took(x transition, c *Coverage) bool {
	other := x
	other.caught = !x.caught
	return t.taken[x] || t.taken[other] && !slices.ContainsFunc(c.transitions, func(s transitionSeen) bool { return s.transition == other })
}

// Merge brings together what was seen of the same workflow by several files,
// sorted by the workflows' paths.
func Merge(all []*Coverage) []*Coverage {
	byPath := make(map[string]*Coverage)
	var merged []*Coverage
	for _, c := range all {
		m := byPath[c.Workflow]
		if m == nil {
			m = &Coverage{Workflow: c.Workflow}
			byPath[c.Workflow] = m
			merged = append(merged, m)
		}
		m.merge(c)
	}
	slices.SortFunc(merged, func(a, b *Coverage) int { return cmp.Compare(a.Workflow, b.Workflow) })
	return merged
}

// merge adds what was seen by d.
func (c *Coverage) merge(d *Coverage) {
	for _, s := range d.states {
		i := slices.IndexFunc(c.states, func(x stateSeen) bool { return x.name == s.name })
		if i < 0 {
			c.states = append(c.states, s)
		} else {
			c.states[i].seen = c.states[i].seen || s.seen
		}
	}
	for _, t := range d.transitions {
		i := slices.IndexFunc(c.transitions, func(x transitionSeen) bool { return x.transition == t.transition })
		if i < 0 {
			c.transitions = append(c.transitions, t)
		} else {
			c.transitions[i].seen = c.transitions[i].seen || t.seen
		}
	}
}

// A Count is how many of some things were seen.
type Count struct {
	Covered int `json:"covered"`
	Total   int `json:"total"`
}

// Percent is how many of a hundred; nothing is covered where there is nothing to.
func (c Count) Percent() float64 {
	if c.Total == 0 {
		return 100
	}
	return float64(c.Covered) * 100 / float64(c.Total)
}

func (c Count) String() string { return fmt.Sprintf("%d/%d %.1f%%", c.Covered, c.Total, c.Percent()) }

// States is how many states were entered.
func (c *Coverage) States() (n Count) {
	for _, s := range c.states {
		n.count(s.seen)
	}
	return n
}

// Transitions is how many transitions were taken.
func (c *Coverage) Transitions() (n Count) {
	for _, t := range c.transitions {
		n.count(t.seen)
	}
	return n
}

func (c *Count) count(seen bool) {
	c.Total++
	if seen {
		c.Covered++
	}
}

// Totals are the states and transitions of all workflows together.
func Totals(all []*Coverage) (states, transitions Count) {
	for _, c := range all {
		s, t := c.States(), c.Transitions()
		states = Count{states.Covered + s.Covered, states.Total + s.Total}
		transitions = Count{transitions.Covered + t.Covered, transitions.Total + t.Total}
	}
	return states, transitions
}

// WriteCoverage prints a table, and below it what was not seen.
func WriteCoverage(w io.Writer, all []*Coverage) error {
	width := len("all workflows")
	for _, c := range all {
		width = max(width, len(c.Workflow))
	}
	var b strings.Builder
	row := func(name, states, transitions string) {
		fmt.Fprintf(&b, "%-*s  %-16s %s\n", width, name, states, transitions)
	}
	row("coverage", "states", "transitions")
	for _, c := range all {
		row(c.Workflow, c.States().String(), c.Transitions().String())
	}
	if len(all) > 1 {
		s, t := Totals(all)
		row("all workflows", s.String(), t.String())
	}
	for _, c := range all {
		for _, s := range c.states {
			if !s.seen {
				fmt.Fprintf(&b, "%s:%d: the state %s was not entered\n", c.Workflow, s.pos.Line, s.name)
			}
		}
		for _, t := range c.transitions {
			if !t.seen {
				fmt.Fprintf(&b, "%s:%d: the transition %s was not taken\n", c.Workflow, t.pos.Line, t.transition)
			}
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}

package graph

import (
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/seed66d9166c/express/compiler"
	"github.com/seed66d9166c/express/express/program"
)

// text is s in a few words.
func (s *State) text() string {
	parts := []string{strconv.FormatUint(s.Entered, 10) + "×"}
	if s.Failed > 0 {
		parts = append(parts, fmt.Sprintf("%d failed", s.Failed))
	}
	if s.Retried > 0 {
		parts = append(parts, fmt.Sprintf("%d retried", s.Retried))
	}
	if s.Worst > 0 {
		parts = append(parts, brief(s.Median)+" median")
	}
	return strings.Join(parts, ", ")
}

// brief is a number of seconds with two digits that count.
func brief(seconds float64) string {
	d := time.Duration(seconds * float64(time.Second))
	for _, unit := range []time.Duration{time.Second, time.Millisecond, time.Microsecond} {
		if d >= unit {
			return d.Round(unit / 10).String()
		}
	}
	return d.String()
}

// An output is a text form of graphs.
type output struct {
	b     strings.Builder
	stats Stats
	ids   map[*compiler.GraphState]string
	row   func(o *output, indent, id string, s *compiler.GraphState)
	edge  func(o *output, indent, from, to, label string, k compiler.EdgeKind)
	open  func(o *output, indent, id string, s *compiler.GraphState, branch int)
	close string
	mark  func(o *output, indent, id string, start bool)
}

// body writes what is in g; prefix begins the ids of what has no name.
func (o *output) body(g *compiler.Graph, indent, prefix string) {
	byName := make(map[string]string)
	for _, s := range g.States {
		id := "s" + strconv.Itoa(len(o.ids))
		o.ids[s], byName[s.Name] = id, id
	}
	start, end, ends := prefix+"start", prefix+"end", false
	o.mark(o, indent, start, true)
	for _, s := range g.States {
		o.row(o, indent, o.ids[s], s)
		for i, in := range s.Inner {
			inner := fmt.Sprintf("%sb%d", o.ids[s], i)
			o.open(o, indent, inner, s, i)
			o.body(in, indent+"  ", inner)
			o.b.WriteString(indent + o.close + "\n")
		}
		for _, e := range s.Edges {
			ends = ends || e.To == "" && e.Kind != compiler.EdgeFail
		}
	}
	if ends {
		o.mark(o, indent, end, false)
	}
	o.edge(o, indent, start, byName[g.Start], "", compiler.EdgeNext)
	for _, s := range g.States {
		for i := range s.Inner {
			o.edge(o, indent, o.ids[s], fmt.Sprintf("%sb%dstart", o.ids[s], i), "", compiler.EdgeFail)
		}
		for _, e := range s.Edges {
			to, ok := byName[e.To]
			if !ok {
				to = end
			}
			if e.Kind != compiler.EdgeFail {
				o.edge(o, indent, o.ids[s], to, e.Label, e.Kind)
			}
		}
	}
}

// mermaidText escapes what Mermaid reads in a quoted text.
var mermaidText = strings.NewReplacer(`#`, "#35;", `"`, "#quot;", "<", "#lt;", ">", "#gt;", "\n", " ")

// WriteMermaid writes g as a flowchart of Mermaid, which Git forges draw.
func WriteMermaid(w io.Writer, g *compiler.Graph, stats Stats) error {
	arrows := [...]string{compiler.EdgeNext: "-->", compiler.EdgeRule: "-->", compiler.EdgeDefault: "-->", compiler.EdgeCatch: "-.->", compiler.EdgeFail: "---"}
	o := &output{
		stats: stats,
		ids:   make(map[*compiler.GraphState]string),
		row: func(o *output, indent, id string, s *compiler.GraphState) {
			left, right := "[", "]"
			switch s.Type {
			case program.TypeChoice:
				left, right = "{{", "}}"
			case program.TypeSucceed, program.TypeFail:
				left, right = "([", "])"
			}
			fmt.Fprintf(&o.b, "%s%s%s\"%s<br/>%s\"%s\n", indent, id, left, mermaidText.Replace(s.Name), o.stats.under(s), right)
		},
		edge: func(o *output, indent, from, to, label string, k compiler.EdgeKind) {
			if label != "" {
				label = `|"` + mermaidText.Replace(short(label)) + `"|`
			}
			fmt.Fprintf(&o.b, "%s%s %s%s %s\n", indent, from, arrows[k], label, to)
		},
		open: func(o *output, indent, id string, s *compiler.GraphState, branch int) {
			fmt.Fprintf(&o.b, "%ssubgraph %s[\"%s\"]\n", indent, id, mermaidText.Replace(part(s, branch)))
		},
		close: "end",
		mark: func(o *output, indent, id string, start bool) {
			shape := `((" "))`
			if !start {
				shape = `(((" ")))`
			}
			fmt.Fprintf(&o.b, "%s%s%s\n", indent, id, shape)
		},
	}
	o.b.WriteString("flowchart TD\n")
	o.body(g, "  ", "")
	_, err := io.WriteString(w, o.b.String())
	return err
}

// part is the name of what is inside s.
func part(s *compiler.GraphState, branch int) string {
	if s.Type == program.TypeMap {
		return s.Name + ": each item"
	}
	return fmt.Sprintf("%s: branch %d", s.Name, branch+1)
}

// dotText escapes what DOT reads in a quoted text.
var dotText = strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", " ")

// WriteDOT writes g in the language of Graphviz.
func WriteDOT(w io.Writer, g *compiler.Graph, stats Stats) error {
	looks := [...]string{
		compiler.EdgeNext: "", compiler.EdgeRule: "", compiler.EdgeDefault: "style=dotted ",
		compiler.EdgeCatch: "style=dashed color=firebrick ", compiler.EdgeFail: "arrowhead=none style=dotted ",
	}
	o := &output{
		stats: stats,
		ids:   make(map[*compiler.GraphState]string),
		row: func(o *output, indent, id string, s *compiler.GraphState) {
			shape := "box"
			if s.Type == program.TypeChoice {
				shape = "hexagon"
			}
			fmt.Fprintf(&o.b, "%s%s [shape=%s label=\"%s\\n%s\"]\n", indent, id, shape, dotText.Replace(s.Name), o.stats.under(s))
		},
		edge: func(o *output, indent, from, to, label string, k compiler.EdgeKind) {
			fmt.Fprintf(&o.b, "%s%s -> %s [%slabel=\"%s\"]\n", indent, from, to, looks[k], dotText.Replace(short(label)))
		},
		open: func(o *output, indent, id string, s *compiler.GraphState, branch int) {
			fmt.Fprintf(&o.b, "%ssubgraph cluster_%s { label=\"%s\" style=dashed\n", indent, id, dotText.Replace(part(s, branch)))
		},
		close: "}",
		mark: func(o *output, indent, id string, start bool) {
			shape := "point"
			if !start {
				shape = "doublecircle"
			}
			fmt.Fprintf(&o.b, "%s%s [shape=%s label=\"\" width=0.15]\n", indent, id, shape)
		},
	}
	fmt.Fprintf(&o.b, "digraph \"%s\" {\n  rankdir=TB fontname=sans\n", dotText.Replace(g.Name))
	o.body(g, "  ", "")
	o.b.WriteString("}\n")
	_, err := io.WriteString(w, o.b.String())
	return err
}

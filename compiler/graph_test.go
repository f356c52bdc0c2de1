package compiler

import (
	"fmt"
	"strings"
	"testing"
)

// A definition and its graph.
func TestDraw(t *testing.T) {
	golden(t, "graph", func(name string, src []byte, c *checker) string {
		g, found := Draw(name, src, c.o)
		if g == nil {
			return found.Err().Error() + "\n"
		}
		var b strings.Builder
		writeGraph(&b, "", g)
		return b.String()
	})
}

func writeGraph(b *strings.Builder, indent string, g *Graph) {
	fmt.Fprintf(b, "%s%q %q starts at %s\n", indent, g.Name, g.Comment, g.Start)
	for _, s := range g.States {
		fmt.Fprintf(b, "%s%s %s at %d:%d %q resource %q retries %t\n", indent, s.Type, s.Name, s.Pos.Line, s.Pos.Col, s.Comment, s.Resource, s.Retries)
		for _, e := range s.Edges {
			kind := [...]string{EdgeNext: "next", EdgeRule: "rule", EdgeDefault: "default", EdgeCatch: "catch", EdgeFail: "fail"}[e.Kind]
			fmt.Fprintf(b, "%s  %s -> %q %s\n", indent, kind, e.To, e.Label)
		}
		for _, inner := range s.Inner {
			writeGraph(b, indent+"    ", inner)
		}
	}
}

package graph

import (
	"fmt"
	"html"
	"io"
	"strings"

	"github.com/seed66d9166c/express/compiler"
	"github.com/seed66d9166c/express/express/program"
)

// margin is the room around the drawing.
const margin = 16.0

// style is the look of the drawing, by day and by night.
const style = `
svg { font-family: system-ui, sans-serif; background: #fff; color: #1f2430 }
.box { fill: #f4f6fa; stroke: #7b8794; stroke-width: 1.2 }
.task .box { fill: #fff3e2; stroke: #c97a16 } .choice .box { fill: #eef4ff; stroke: #3d6fd1 } .wait .box { fill: #f5effd; stroke: #8a5fc7 }
.succeed .box { fill: #e8f7ee; stroke: #2f9455 } .fail .box { fill: #fdecec; stroke: #c73e3e }
.parallel > .box, .map > .box { fill: none; stroke-dasharray: 5 4 }
.name { font-size: 13px; text-anchor: middle; fill: currentColor } .small { font-size: 11px; text-anchor: middle; fill: #66707d }
.edge { fill: none; stroke: #7b8794; stroke-width: 1.3 } .catch { stroke: #c73e3e; stroke-dasharray: 4 3 } .default { stroke-dasharray: 1 3 }
.label { font-size: 11px; text-anchor: middle; fill: currentColor; paint-order: stroke; stroke: #fff; stroke-width: 4px }
.dot { fill: currentColor } .ring { fill: none; stroke: currentColor } .unused { opacity: .45 } .failing > .box { stroke: #c73e3e; stroke-width: 2.4 }
@media (prefers-color-scheme: dark) {
svg { background: #14181f; color: #e6e9ef } .label { stroke: #14181f } .box { fill: #20262f } .small { fill: #9aa5b1 }
.task .box { fill: #33270f } .choice .box { fill: #17243f } .wait .box { fill: #2a2038 } .succeed .box { fill: #16301f } .fail .box { fill: #3a1a1a }
}`

// WriteSVG writes g as SVG, with what is known of its states where stats is not
// nil. Text that is cut short stands in the tooltips, whole.
func WriteSVG(w io.Writer, g *compiler.Graph, stats Stats) error {
	d := &drawing{stats: stats}
	p := lay(g, stats)
	fmt.Fprintf(&d.b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %s %s" width="%[1]s" height="%[2]s" role="img">`+"\n",
		number1(p.w+2*margin), number1(p.h+2*margin))
	fmt.Fprintf(&d.b, "<title>%s</title>\n<style>%s\n</style>\n", html.EscapeString(g.Name), style)
	d.b.WriteString(`<defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto-start-reverse"><path d="M0 0 8 4 0 8Z" fill="context-stroke"/></marker></defs>` + "\n")
	d.picture(p, margin, margin)
	d.b.WriteString("</svg>\n")
	_, err := io.WriteString(w, d.b.String())
	return err
}

// A drawing is an SVG that is being written.
type drawing struct {
	b     strings.Builder
	stats Stats
}

// picture draws p with its origin at x, y: lines first, so that they end behind
// the boxes.
func (d *drawing) picture(p *picture, x, y float64) {
	fmt.Fprintf(&d.b, `<g transform="translate(%s %s)">`+"\n", number1(x), number1(y))
	for _, l := range p.lines {
		d.line(l)
	}
	for i, b := range p.boxes {
		switch {
		case b.state != nil:
			d.state(b)
		case i == 0:
			fmt.Fprintf(&d.b, `<circle class="dot" cx="%s" cy="%s" r="5"/>`+"\n", number1(b.x), number1(b.y))
		default:
			fmt.Fprintf(&d.b, `<circle class="ring" cx="%s" cy="%s" r="6"/><circle class="dot" cx="%[1]s" cy="%[2]s" r="3"/>`+"\n", number1(b.x), number1(b.y))
		}
	}
	d.b.WriteString("</g>\n")
}

// state draws the box of a state and what is inside.
func (d *drawing) state(b *box) {
	s, left, top := b.state, b.x-b.w/2, b.y-b.h/2
	known := d.stats.of(s)
	class := strings.ToLower(s.Type.String())
	switch {
	case d.stats != nil && known == nil:
		class += " unused"
	case known != nil && known.Failed > 0:
		class += " failing"
	}
	fmt.Fprintf(&d.b, `<g class="%s"><title>%s</title>`, class, html.EscapeString(tooltip(s, known)))
	round := 6
	if s.Type == program.TypeChoice {
		round = 20
	}
	fmt.Fprintf(&d.b, `<rect class="box" x="%s" y="%s" width="%s" height="%s" rx="%d"/>`+"\n", number1(left), number1(top), number1(b.w), number1(b.h), round)
	fmt.Fprintf(&d.b, `<text class="name" x="%s" y="%s">%s</text>`, number1(b.x), number1(top+17), html.EscapeString(s.Name))
	fmt.Fprintf(&d.b, `<text class="small" x="%s" y="%s">%s</text>`+"\n", number1(b.x), number1(top+31), html.EscapeString(d.stats.under(s)))
	x := left + frame
	if len(b.inner) == 1 {
		x = b.x - b.inner[0].w/2
	}
	for _, in := range b.inner {
		d.picture(in, x, top+header)
		x += in.w + frame
	}
	d.b.WriteString("</g>\n")
}

// under is what stands under the name of a state.
func (s Stats) under(state *compiler.GraphState) string {
	if known := s.of(state); known != nil {
		return known.text()
	}
	text := state.Type.String()
	if state.Retries {
		text += " ↻"
	}
	return text
}

func tooltip(s *compiler.GraphState, known *State) string {
	lines := []string{s.Type.String() + " " + s.Name}
	for _, more := range []string{s.Resource, s.Comment} {
		if more != "" {
			lines = append(lines, more)
		}
	}
	if known != nil {
		lines = append(lines, known.text())
	}
	return strings.Join(lines, "\n")
}

// kinds are the classes of lines.
var kinds = [...]string{compiler.EdgeNext: "", compiler.EdgeRule: "", compiler.EdgeDefault: " default", compiler.EdgeCatch: " catch"}

// line draws l, downwards through its boxes, and its label.
func (d *drawing) line(l *line) {
	class := "edge"
	if len(l.edges) > 0 {
		class += kinds[l.edges[0].Kind]
	}
	from, to := l.down()
	var path strings.Builder
	if from == to {
		x, y := from.x+from.w/2, from.y
		fmt.Fprintf(&path, "M%s %s c%s -14 %[3]s 22 0 8", number1(x), number1(y-4), number1(nodeGap))
	} else {
		x, y := from.x, from.y+from.h/2
		fmt.Fprintf(&path, "M%s %s", number1(x), number1(y))
		for _, b := range append(l.through, to) {
			top := b.y - b.h/2
			bend := (top - y) / 2
			fmt.Fprintf(&path, "C%s %s %s %s %s %s", number1(x), number1(y+bend), number1(b.x), number1(top-bend), number1(b.x), number1(top))
			if x, y = b.x, b.y+b.h/2; b.h > 0 && b != to {
				fmt.Fprintf(&path, "V%s", number1(y))
			}
		}
	}
	tip := "marker-end"
	if l.turned && from != to {
		tip = "marker-start"
	}
	fmt.Fprintf(&d.b, `<path class="%s" %s="url(#tip)" d="%s"/>`+"\n", class, tip, path.String())
	d.labels(l)
}

// labels writes what stands on l: the conditions of its edges, and how often it
// was taken.
func (d *drawing) labels(l *line) {
	x, y := l.from.x+l.from.w/2+(nodeGap+l.from.side)/2, l.from.y
	if l.label != nil {
		x, y = l.label.x, l.label.y-smallHeight*float64(len(l.texts()))/2
	}
	var whole []string
	for _, e := range l.edges {
		whole = append(whole, e.Label)
	}
	for i, text := range l.texts() {
		fmt.Fprintf(&d.b, `<text class="label" x="%s" y="%s">%s<title>%s</title></text>`+"\n",
			number1(x), number1(y+smallHeight*float64(i)+11), html.EscapeString(text), html.EscapeString(strings.Join(whole, "\n")))
	}
}

// number1 is f with at most one digit behind the point.
func number1(f float64) string {
	return strings.TrimSuffix(fmt.Sprintf("%.1f", f), ".0")
}

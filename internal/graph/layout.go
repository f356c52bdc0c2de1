package graph

import (
	"cmp"
	"math"
	"slices"
	"strconv"
	"unicode/utf8"

	"github.com/seed66d9166c/express/compiler"
)

// Sizes in the units of SVG, at which the text of a browser's default sans-serif
// font fits.
const (
	nodeHeight  = 40.0
	minWidth    = 90.0
	nodePadding = 28.0 // of the width
	charWidth   = 7.2  // of a name, at 13 units
	smallChar   = 6.0  // of a label, at 11 units
	smallHeight = 14.0
	layerGap    = 20.0 // half of it between two states, with the labels in the middle
	nodeGap     = 28.0
	frame       = 16.0 // around what is inside a state
	header      = 34.0 // its name
	dot         = 14.0 // start and end
)

// maxLabel bounds the text of a label in characters: the whole of it stands in
// the tooltip.
const maxLabel = 36

// sweeps are how often layers are ordered and aligned by their neighbours; more
// changes little.
const sweeps = 8

// A box is something that is drawn: a state, the start, the end, or a place
// through which a long edge passes.
type box struct {
	state *compiler.GraphState // nil for the others
	round bool                 // start or end
	inner []*picture
	w, h  float64
	side  float64 // room on the right, for a line back to itself
	x, y  float64 // of the centre

	layer    int
	place    int // in the layer
	out, in  []*box
	searched bool // see rank
	open     bool
}

// A line is an edge with the boxes that it passes through.
type line struct {
	from, to *box
	edges    []compiler.Edge // that share it
	taken    uint64          // how often executions went this way
	start    bool            // from the start
	through  []*box          // in between, downwards
	label    *box            // the one of these that the label has, nil if there is none
	turned   bool            // it goes upwards
}

// A picture is a laid-out graph: of a machine, a branch or an item processor.
// Its origin is its upper left corner.
type picture struct {
	boxes  []*box
	lines  []*line
	layers [][]*box
	w, h   float64
}

// lay lays out g: layers from the start downwards, in which as few lines cross
// as a few sweeps find (the method of Sugiyama, Tagawa and Toda).
func lay(g *compiler.Graph, stats Stats) *picture {
	p := new(picture)
	p.build(g, stats)
	p.rank()
	p.split()
	p.order()
	p.arrange()
	return p
}

// build makes the boxes and lines of g.
func (p *picture) build(g *compiler.Graph, stats Stats) {
	start := &box{round: true, w: dot, h: dot}
	p.boxes = append(p.boxes, start)
	byName := make(map[string]*box)
	for _, s := range g.States {
		b := measured(s, stats)
		byName[s.Name] = b
		p.boxes = append(p.boxes, b)
	}
	end := &box{round: true, w: dot, h: dot}
	p.join(start, byName[g.Start], nil, true)
	for _, s := range g.States {
		for _, e := range s.Edges {
			to := byName[e.To]
			if e.Kind == compiler.EdgeFail {
				continue // the state itself is the end
			}
			if to == nil {
				to = end
			}
			l := p.join(byName[s.Name], to, []compiler.Edge{e}, false)
			if known := stats.of(s); known != nil {
				l.taken = known.To[e.To]
			}
		}
	}
	if len(end.in) > 0 {
		p.boxes = append(p.boxes, end)
	}
}

// measured is the box of s, with all that is inside.
func measured(s *compiler.GraphState, stats Stats) *box {
	b := &box{state: s, w: minWidth, h: nodeHeight}
	b.w = max(b.w, charWidth*float64(utf8.RuneCountInString(s.Name))+nodePadding)
	b.w = max(b.w, smallChar*float64(utf8.RuneCountInString(stats.under(s)))+nodePadding)
	if len(s.Inner) == 0 {
		return b
	}
	w, h := frame, 0.0
	for _, g := range s.Inner {
		in := lay(g, stats)
		b.inner = append(b.inner, in)
		w += in.w + frame
		h = max(h, in.h)
	}
	b.w, b.h = max(b.w, w), header+h+frame
	return b
}

// join adds an edge to the line between two boxes.
func (p *picture) join(from, to *box, e []compiler.Edge, start bool) *line {
	for _, l := range p.lines {
		if l.from == from && l.to == to {
			l.edges = append(l.edges, e...)
			return l
		}
	}
	l := &line{from: from, to: to, edges: e, start: start}
	p.lines = append(p.lines, l)
	from.out, to.in = append(from.out, to), append(to.in, from)
	return l
}

// rank gives each box a layer below those that lead to it; a line that closes a
// circle is turned. Every second layer is left to labels.
func (p *picture) rank() {
	var search func(b *box)
	back := make(map[[2]*box]bool)
	search = func(b *box) {
		b.searched, b.open = true, true
		for _, to := range b.out {
			switch {
			case to.open:
				back[[2]*box{b, to}] = true
			case !to.searched:
				search(to)
			}
		}
		b.open = false
	}
	for _, b := range p.boxes {
		if !b.searched {
			search(b)
		}
	}
	for _, b := range p.boxes {
		b.out, b.in = nil, nil
	}
	for _, l := range p.lines {
		l.turned = back[[2]*box{l.from, l.to}]
		if from, to := l.down(); from != to {
			from.out, to.in = append(from.out, to), append(to.in, from)
		}
	}
	for changed := true; changed; { // there is no circle any more
		changed = false
		for _, b := range p.boxes {
			for _, to := range b.out {
				if to.layer <= b.layer {
					to.layer, changed = b.layer+2, true
				}
			}
		}
	}
}

// down is the ends of l, the upper one first.
func (l *line) down() (from, to *box) {
	if l.turned {
		return l.to, l.from
	}
	return l.from, l.to
}

// split puts a box into each layer that a line passes through; the label stands
// in the one next to where the line comes from.
func (p *picture) split() {
	for _, b := range p.boxes {
		b.out, b.in = nil, nil
		p.put(b)
	}
	for _, l := range p.lines {
		from, to := l.down()
		if from == to {
			from.side = nodeGap + smallChar*float64(longest(l.texts()))
			continue
		}
		last := from
		for layer := from.layer + 1; layer < to.layer; layer++ {
			b := &box{layer: layer}
			p.put(b)
			l.through = append(l.through, b)
			last.out, b.in = append(last.out, b), append(b.in, last)
			last = b
		}
		last.out, to.in = append(last.out, to), append(to.in, last)
		if texts := l.texts(); len(texts) > 0 {
			l.label = l.through[0]
			if l.turned {
				l.label = l.through[len(l.through)-1]
			}
			l.label.w, l.label.h = smallChar*float64(longest(texts)), smallHeight*float64(len(texts))
		}
	}
}

// texts are the labels of l, a line each.
func (l *line) texts() []string {
	var all []string
	for _, e := range l.edges {
		if e.Label != "" {
			all = append(all, short(e.Label))
		}
	}
	if l.taken > 0 {
		all = append(all, strconv.FormatUint(l.taken, 10)+"×")
	}
	return all
}

// longest is the number of characters of the longest text.
func longest(texts []string) int {
	n := 0
	for _, t := range texts {
		n = max(n, utf8.RuneCountInString(t))
	}
	return n
}

func (p *picture) put(b *box) {
	for len(p.layers) <= b.layer {
		p.layers = append(p.layers, nil)
	}
	b.place = len(p.layers[b.layer])
	p.layers[b.layer] = append(p.layers[b.layer], b)
}

// order sorts each layer by where the neighbours of its boxes are, downwards and
// upwards in turn, and keeps the order that has the fewest crossings.
func (p *picture) order() {
	best, least := p.copyLayers(), p.crossings()
	for i := range sweeps {
		for n := range p.layers {
			layer, near := p.layers[n], func(b *box) []*box { return b.in }
			if i%2 == 1 {
				layer, near = p.layers[len(p.layers)-1-n], func(b *box) []*box { return b.out }
			}
			slices.SortStableFunc(layer, func(a, b *box) int {
				return cmp.Compare(middle(a, near(a)), middle(b, near(b)))
			})
			number(layer)
		}
		if n := p.crossings(); n < least {
			best, least = p.copyLayers(), n
		}
	}
	p.layers = best
	for _, layer := range p.layers {
		number(layer)
	}
}

// middle is the mean place of near, that of b where there are none.
func middle(b *box, near []*box) float64 {
	if len(near) == 0 {
		return float64(b.place)
	}
	sum := 0
	for _, n := range near {
		sum += n.place
	}
	return float64(sum) / float64(len(near))
}

func number(layer []*box) {
	for i, b := range layer {
		b.place = i
	}
}

func (p *picture) copyLayers() [][]*box {
	all := make([][]*box, len(p.layers))
	for i := range p.layers {
		all[i] = slices.Clone(p.layers[i])
	}
	return all
}

func (p *picture) crossings() int {
	n := 0
	for _, layer := range p.layers {
		for i, a := range layer {
			for _, b := range layer[i+1:] {
				for _, x := range a.out {
					for _, y := range b.out {
						if x.place > y.place {
							n++
						}
					}
				}
			}
		}
	}
	return n
}

// arrange gives every box its place: near the middle of its neighbours, and
// clear of the boxes beside it.
func (p *picture) arrange() {
	y := 0.0
	for _, layer := range p.layers {
		tallest := 0.0
		for _, b := range layer {
			tallest = max(tallest, b.h)
		}
		x := 0.0
		for _, b := range layer {
			if b.state == nil && !b.round {
				b.h = max(b.h, tallest) // a line goes straight down beside what is in its layer
			}
			b.x, b.y = x+b.w/2, y+tallest/2
			x += b.w + nodeGap
		}
		y += tallest + layerGap
	}
	for i := range 2 * sweeps {
		for n := range p.layers {
			if i%2 == 0 {
				align(p.layers[n], func(b *box) []*box { return b.in })
			} else {
				align(p.layers[len(p.layers)-1-n], func(b *box) []*box { return b.out })
			}
		}
	}
	p.fit(y - layerGap)
}

// align moves the boxes of a layer below, or above, their neighbours: each to
// where it wants to be, then apart again in their order, by as little as it
// takes (the mean of pushing to the right and pushing to the left).
func align(layer []*box, near func(*box) []*box) {
	want := make([]float64, len(layer))
	for i, b := range layer {
		want[i] = b.x
		if n := near(b); len(n) > 0 {
			sum := 0.0
			for _, o := range n {
				sum += o.x
			}
			want[i] = sum / float64(len(n))
		}
	}
	right, left := slices.Clone(want), slices.Clone(want)
	for i := 1; i < len(layer); i++ {
		right[i] = max(right[i], right[i-1]+apart(layer[i-1], layer[i]))
	}
	for i := len(layer) - 2; i >= 0; i-- {
		left[i] = min(left[i], left[i+1]-apart(layer[i], layer[i+1]))
	}
	for i, b := range layer {
		b.x = (right[i] + left[i]) / 2
	}
}

func apart(a, b *box) float64 { return (a.w+b.w)/2 + a.side + nodeGap }

// fit moves everything to the origin and says how much room it takes, labels
// and detours included.
func (p *picture) fit(h float64) {
	least, most := math.Inf(1), math.Inf(-1)
	for _, layer := range p.layers {
		for _, b := range layer {
			least, most = min(least, b.x-b.w/2), max(most, b.x+b.w/2+b.side)
		}
	}
	for _, layer := range p.layers {
		for _, b := range layer {
			b.x -= least
		}
	}
	p.w, p.h = most-least, h
}

// short is s where it is short enough for a label.
func short(s string) string {
	if r := []rune(s); len(r) > maxLabel {
		return string(r[:maxLabel-1]) + "…"
	}
	return s
}

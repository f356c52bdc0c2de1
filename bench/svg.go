package bench

import (
	"fmt"
	"html"
	"io"
	"math"
	"strings"
	"unicode"
)

// A Chart is lines over two axes.
type Chart struct {
	Title      string
	X, Y       string // what the axes show
	XUnit      Unit
	YUnit      Unit
	LogX, LogY bool // by powers of ten; all values are above 0 then
	Lines      []Line
}

// A Line is one of a Chart.
type Line struct {
	Name   string
	Points [][2]float64 // x, y; ascending x
}

// File is the name of the file that holds c.
func (c *Chart) File() string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return unicode.ToLower(r)
		}
		return '-'
	}, c.Title) + ".svg"
}

// The measures of a chart, in pixels.
const (
	chartWidth  = 750
	chartHeight = 360
	marginLeft  = 80
	marginRight = 180 // the names of the lines stand there
	marginTop   = 40
	marginBelow = 50
)

// colours of lines, apart also for those who see fewer (Okabe and Ito).
var colours = []string{"#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#000000"}

// WriteSVG draws c.
func (c *Chart) WriteSVG(w io.Writer) error {
	x := newAxis(c, 0, c.LogX, marginLeft, chartWidth-marginRight)
	y := newAxis(c, 1, c.LogY, chartHeight-marginBelow, marginTop)
	x.whole, y.whole = c.XUnit == Count, c.YUnit == Count
	var b strings.Builder
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" font-family="sans-serif" font-size="12">`+"\n", chartWidth, chartHeight)
	fmt.Fprintf(&b, `<rect width="%d" height="%d" fill="white"/>`+"\n", chartWidth, chartHeight)
	text := func(x, y float64, anchor, s string) {
		fmt.Fprintf(&b, `<text x="%.1f" y="%.1f" text-anchor="%s">%s</text>`+"\n", x, y, anchor, html.EscapeString(s))
	}
	text(marginLeft, marginTop-18, "start", c.Title+": "+c.Y+" over "+c.X)
	for _, v := range x.ticks() {
		at := x.at(v)
		fmt.Fprintf(&b, `<path d="M%.1f %d V%d" stroke="#ddd"/>`+"\n", at, marginTop, chartHeight-marginBelow)
		text(at, chartHeight-marginBelow+18, "middle", c.XUnit.tick(v))
	}
	for _, v := range y.ticks() {
		at := y.at(v)
		fmt.Fprintf(&b, `<path d="M%d %.1f H%d" stroke="#ddd"/>`+"\n", marginLeft, at, chartWidth-marginRight)
		text(marginLeft-8, at+4, "end", c.YUnit.tick(v))
	}
	text((marginLeft+chartWidth-marginRight)/2, chartHeight-12, "middle", c.X)
	for i, l := range c.Lines {
		colour := colours[i%len(colours)]
		var d strings.Builder
		for j, p := range l.Points {
			px, py := x.at(p[0]), y.at(p[1])
			fmt.Fprintf(&d, "%c%.1f %.1f", "ML"[min(j, 1)], px, py)
			fmt.Fprintf(&b, `<circle cx="%.1f" cy="%.1f" r="2.5" fill="%s"/>`+"\n", px, py, colour)
		}
		fmt.Fprintf(&b, `<path d="%s" fill="none" stroke="%s" stroke-width="1.5"/>`+"\n", d.String(), colour)
		const lineHeight = 18
		at := float64(marginTop + lineHeight*(i+1))
		fmt.Fprintf(&b, `<path d="M%d %.1f h18" stroke="%s" stroke-width="3"/>`+"\n", chartWidth-marginRight+10, at-4, colour)
		text(chartWidth-marginRight+34, at, "start", l.Name)
	}
	b.WriteString("</svg>\n")
	_, err := io.WriteString(w, b.String())
	return err
}

// An axis maps values to pixels.
type axis struct {
	low, high float64 // values at the ends
	from, to  float64 // pixels there
	log       bool
	whole     bool // there is nothing between two whole numbers
}

// newAxis is the axis of the coordinate i of all points of c.
func newAxis(c *Chart, i int, log bool, from, to float64) axis {
	a := axis{low: math.Inf(1), high: math.Inf(-1), from: from, to: to, log: log}
	for _, l := range c.Lines {
		for _, p := range l.Points {
			a.low, a.high = min(a.low, p[i]), max(a.high, p[i])
		}
	}
	switch {
	case a.low > a.high: // there is no point
		a.low, a.high = 1, 10
	case log:
		a.low, a.high = math.Pow(10, math.Floor(math.Log10(a.low))), math.Pow(10, math.Ceil(math.Log10(a.high)))
	default:
		a.low, a.high = min(a.low, 0), a.high*1.05
	}
	if a.low == a.high {
		a.high = a.low + 1
	}
	if log && a.high/a.low < 10 {
		a.high = a.low * 10
	}
	return a
}

// at is where a value is.
func (a axis) at(v float64) float64 {
	share := (v - a.low) / (a.high - a.low)
	if a.log {
		share = math.Log(v/a.low) / math.Log(a.high/a.low)
	}
	return a.from + share*(a.to-a.from)
}

// ticks are the values that have a name: powers of ten, or about five round ones.
func (a axis) ticks() (all []float64) {
	if a.log {
		for v := a.low; v <= a.high*1.001; v *= 10 {
			all = append(all, v)
		}
		return all
	}
	step := math.Pow(10, math.Floor(math.Log10(a.high-a.low)))
	for _, finer := range []float64{5, 2, 1} {
		if (a.high-a.low)/(step/finer) <= 10 {
			step /= finer
			break
		}
	}
	if a.whole {
		step = max(step, 1)
	}
	for i := 0; ; i++ {
		v := a.low + float64(i)*step
		if v > a.high {
			return all
		}
		all = append(all, v)
	}
}

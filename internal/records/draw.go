package records

import (
	"fmt"
	"io"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// DrawOptions say how an execution is drawn.
type DrawOptions struct {
	Width int  // of a line in columns
	Data  bool // inputs and outputs, too, each cut to a line
	Full  bool // not cut
	Color bool
}

const (
	barWidth = 24
	minWidth = 60
)

// Draw writes the execution as a tree of its states, each with when it began and
// how long it took, as numbers and as a bar.
func Draw(w io.Writer, x *Execution, o DrawOptions) error {
	d := &drawing{o: o, x: x, total: max(x.End.Sub(x.Start), 1)}
	d.o.Width = max(o.Width, minWidth)
	status := x.Status
	if status == "" {
		status = "its end is not recorded,"
	}
	d.line("%s %s  %s after %s", x.Workflow, x.Name, d.paint(statusColor(x.Status), status), brief(x.End.Sub(x.Start)))
	var about []string
	if x.Version != "" {
		about = append(about, "version "+x.Version)
	}
	if x.Attempt > 1 {
		about = append(about, fmt.Sprintf("delivery %d", x.Attempt))
	}
	if x.Missing > 0 {
		about = append(about, fmt.Sprintf("%d events without a record", x.Missing))
	}
	about = append(about, "began "+x.Start.UTC().Format(time.RFC3339Nano))
	d.line("  %s", d.paint(dim, strings.Join(about, ", ")))
	d.failure("  ", x.Error, x.Cause)
	d.data("  ", "input", x.Input)
	d.width = widest(x.States, 0)
	d.spans(x.States, 0)
	d.data("  ", "output", x.Output)
	_, err := io.WriteString(w, d.b.String())
	return err
}

type drawing struct {
	b     strings.Builder
	o     DrawOptions
	x     *Execution
	total time.Duration
	width int // of the tree's names
}

// Escape sequences of colours.
const (
	dim   = "\x1b[2m"
	red   = "\x1b[31m"
	green = "\x1b[32m"
	plain = "\x1b[0m"
)

func statusColor(status string) string {
	if status == "SUCCEEDED" {
		return green
	}
	return red
}

func (d *drawing) paint(color, s string) string {
	if !d.o.Color {
		return s
	}
	return color + s + plain
}

func (d *drawing) line(format string, args ...any) {
	d.b.WriteString(strings.TrimRight(fmt.Sprintf(format, args...), " ") + "\n")
}

// name is what stands for s in the tree.
func (s *Span) name() string {
	name := s.State
	if s.Type == "Map" && s.Attempts > 0 {
		name += fmt.Sprintf(" (%d items)", s.Length)
	}
	return name
}

func widest(spans []*Span, depth int) int {
	w := 0
	for _, s := range spans {
		w = max(w, 2*depth+utf8.RuneCountInString(s.name()), widest(s.Inner, depth+2))
	}
	return w
}

// spans draws states that follow one another, or beside one another where they
// are of branches and iterations, which are numbered.
func (d *drawing) spans(spans []*Span, depth int) {
	last := -1
	for _, s := range spans {
		indent := strings.Repeat("  ", depth)
		if depth > 0 && s.Index != last {
			d.line("%28s %s%s", "", indent[2:], d.paint(dim, fmt.Sprintf("[%d]", s.Index)))
			last = s.Index
		}
		took := "…"
		if s.Done || !s.End.IsZero() {
			took = brief(s.End.Sub(s.Start))
		}
		name := indent + s.name()
		pad := strings.Repeat(" ", max(d.width-utf8.RuneCountInString(name), 0))
		d.line("  %9s %9s  %s %s%s  %-8s %s", brief(s.Start.Sub(d.x.Start)), took, d.bar(s), d.mark(s, name), pad, s.Type, d.tries(s))
		under := strings.Repeat(" ", 5+9+9+barWidth) + indent + "  "
		d.data(under, "input", s.Input)
		for i, c := range s.Calls {
			if c.Error != "" || len(s.Calls) > 1 {
				d.line("%s%s", under, d.paint(dim, fmt.Sprintf("attempt %d of %s, %s", i+1, c.Resource, callTook(c))))
			}
			d.data(under, "parameters", c.Parameters)
			d.failure(under, c.Error, c.Cause)
			d.data(under, "result", c.Output)
		}
		if len(s.Calls) == 0 {
			d.failure(under, s.Error, s.Cause)
		}
		d.data(under, "variables", s.Variables)
		d.data(under, "output", s.Output)
		d.spans(s.Inner, depth+2)
	}
}

func callTook(c *Call) string {
	if !c.Done {
		return "not ended"
	}
	return brief(c.End.Sub(c.Start))
}

// mark paints the name of a state that failed.
func (d *drawing) mark(s *Span, name string) string {
	if s.Done || s.Type == "Succeed" {
		return name
	}
	return d.paint(red, name)
}

// tries says how often the work of s was tried, if more than once.
func (d *drawing) tries(s *Span) string {
	switch {
	case s.Attempts > 1:
		return fmt.Sprintf("%d attempts", s.Attempts)
	case len(s.Calls) == 1:
		return s.Calls[0].Resource
	}
	return ""
}

// bar shows when s ran within the execution.
func (d *drawing) bar(s *Span) string {
	at := func(t time.Time) int {
		return min(max(int(int64(barWidth)*int64(t.Sub(d.x.Start))/int64(d.total)), 0), barWidth)
	}
	from, to := at(s.Start), barWidth
	if !s.End.IsZero() {
		to = at(s.End)
	}
	from = min(from, barWidth-1)
	to = max(to, from+1)
	return d.paint(dim, strings.Repeat("·", from)) + strings.Repeat("█", to-from) + d.paint(dim, strings.Repeat("·", barWidth-to))
}

// failure writes an error and its cause.
func (d *drawing) failure(indent, name, cause string) {
	if name == "" {
		return
	}
	text := name
	if cause != "" {
		text += ": " + cause
	}
	d.line("%s%s", indent, d.paint(red, d.cut(text, len(indent))))
}

// data writes execution data, if it is wanted and recorded.
func (d *drawing) data(indent, what, json string) {
	if d.o.Data && json != "" {
		d.line("%s%s %s", indent, d.paint(dim, what), d.cut(json, len(indent)+len(what)+1))
	}
}

// cut is s on one line, without what would move a terminal's cursor.
func (d *drawing) cut(s string, used int) string {
	s = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, s)
	if r := []rune(s); !d.o.Full && used+len(r) > d.o.Width {
		return string(r[:max(d.o.Width-used-1, 20)]) + "…"
	}
	return s
}

// brief is d with three digits or so.
func brief(d time.Duration) string {
	for _, unit := range []time.Duration{time.Second, time.Millisecond} {
		if d >= 10*unit {
			return d.Round(unit / 10).String()
		} else if d >= unit {
			return d.Round(unit / 100).String()
		}
	}
	return d.Round(time.Microsecond).String()
}

package rates

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// DrawOptions say how a View is drawn.
type DrawOptions struct {
	By       *Column       // which was sorted by
	Interval time.Duration // between looks
	Hide     bool          // states
	Keys     bool          // the last line says which there are
	Width    int           // columns of the screen, 0 for no bound
	Height   int           // its lines, 0 for no bound
	Color    bool
}

const (
	nameWidth  = 24 // of the first column,
	cellWidth  = 9  // of those with numbers, and
	errorWidth = 8  // of the last one, at least
)

// Colors.
const (
	bold  = "\x1b[1m"
	dim   = "\x1b[2m"
	red   = "\x1b[31m"
	plain = "\x1b[0m"
)

// Draw writes v as a table.
func Draw(w io.Writer, v *View, o DrawOptions) error {
	s := screen{DrawOptions: o}
	s.line("", fmt.Sprintf("express top   %s   every %v   %s", counted(v.Engines, "engine"), o.Interval, v.Time.Format("15:04:05")))
	s.line("", fmt.Sprintf("%s/s executions   %s/s failed   %s active   %s waiting   %s/s redelivered   %s/s dead letters",
		rate(v.Total.Rate), rate(v.Total.Failed), count(float64(v.Total.Active)), count(float64(v.Total.Pending)),
		rate(v.Total.Redelivered), rate(v.Total.Buried)))
	s.line(alarm(v.Logs.DroppedRate > 0), fmt.Sprintf("%s/s log records   %s waiting   %s/s dropped   %s dropped since the start",
		rate(v.Logs.Rate), count(float64(v.Logs.Waiting)), rate(v.Logs.DroppedRate), count(float64(v.Logs.Dropped))))
	s.line("", "")
	s.line(bold, s.row(func(c *Column) string {
		if c == o.By {
			return c.title + "▾"
		}
		return c.title
	}, "ERRORS"))
	s.table(v)
	if o.Keys {
		s.line(dim, keys())
	}
	_, err := io.WriteString(w, s.String())
	return err
}

// table draws the rows that fit.
func (s *screen) table(v *View) {
	var all []*Row
	for i := range v.Workflows {
		w := &v.Workflows[i]
		all = append(all, w)
		for j := range w.States {
			if !s.Hide {
				all = append(all, &w.States[j])
			}
		}
	}
	left := v.LeftOut
	if room := s.room(); s.Height > 0 && len(all) > room {
		room = max(room-1, 0) // for what follows
		left += len(all) - room
		all = all[:room]
	}
	for _, r := range all {
		s.line(alarm(r.Failed > 0 || r.Delivery != nil && r.Buried > 0), s.row(func(c *Column) string {
			if c.value != nil {
				return c.cell(r)
			}
			if r.Delivery == nil {
				return "  " + r.Name
			}
			return r.Name
		}, strings.Join(r.errors(), ", ")))
	}
	if left > 0 {
		s.line(dim, fmt.Sprintf("and %s", counted(left, "more row")))
	}
}

// errors are the names of what failed, the most frequent first.
func (r *Row) errors() []string {
	return slices.SortedFunc(maps.Keys(r.Errors), func(a, b string) int {
		switch {
		case r.Errors[a] > r.Errors[b]:
			return -1
		case r.Errors[a] < r.Errors[b]:
			return 1
		}
		return strings.Compare(a, b)
	})
}

// alarm is the color of what wants somebody's eye.
func alarm(yes bool) string {
	if yes {
		return red
	}
	return ""
}

// keys is the last line.
func keys() string {
	var b strings.Builder
	b.WriteString("sort by:")
	for _, c := range Columns {
		fmt.Fprintf(&b, " %c %s", c.Key, c.Name)
	}
	b.WriteString("   s states   q quit")
	return b.String()
}

// A screen is lines.
type screen struct {
	DrawOptions
	strings.Builder
	lines int
}

// room is how many lines there are still.
func (s *screen) room() int {
	room := s.Height - s.lines
	if s.Keys {
		room--
	}
	return max(room, 0)
}

// line adds a line, cut to the width of the screen.
func (s *screen) line(color, text string) {
	if text = strings.TrimRight(text, " "); s.Width > 0 {
		text = fit(text, s.Width)
	}
	if s.Color && color != "" {
		text = color + text + plain
	}
	s.WriteString(text)
	s.WriteByte('\n')
	s.lines++
}

// row is a line of the table: as many of the columns as there is room for, and
// what failed if there is more.
func (s *screen) row(cell func(*Column) string, errors string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%-*s", nameWidth, fit(cell(&Columns[0]), nameWidth))
	at := nameWidth
	for i := range Columns[1:] {
		if at += cellWidth; s.fits(at) {
			fmt.Fprintf(&b, "%*s", cellWidth, cell(&Columns[1+i]))
		}
	}
	if s.fits(at + 2 + errorWidth) {
		b.WriteString("  " + errors)
	}
	return b.String()
}

// fits reports whether there are n columns.
func (s *screen) fits(n int) bool { return s.Width == 0 || n <= s.Width }

// fit is s in at most n characters.
func fit(s string, n int) string {
	if utf8.RuneCountInString(s) <= n {
		return s
	}
	return string([]rune(s)[:max(n-1, 0)]) + "…"
}

// counted is n things: "1 engine", "2 engines".
func counted(n int, noun string) string {
	if n != 1 {
		noun += "s"
	}
	return fmt.Sprintf("%d %s", n, noun)
}

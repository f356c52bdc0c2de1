package bench

import (
	"fmt"
	"io"
	"math"
	"slices"
	"strings"
	"text/tabwriter"
	"time"
)

// Format is a value of the unit, for people.
func (u Unit) Format(v float64) string {
	switch u {
	case PerSecond:
		return fmt.Sprintf("%.0f/s", v)
	case Ratio:
		return fmt.Sprintf("%.2f", v)
	case Time:
		return shortTime(time.Duration(v))
	case Bytes:
		return shortBytes(v)
	case Fraction:
		return fmt.Sprintf("%.3g ns", v)
	}
	if v == math.Trunc(v) {
		return fmt.Sprintf("%.0f", v)
	}
	return fmt.Sprintf("%.1f", v)
}

// Names of the powers of a thousand, for each from 1 on.
var (
	countTicks = []string{"", "k", "M", "G"}
	timeTicks  = []string{" ns", " us", " ms", " s"}
)

// tick is a round value of the unit, as short as it can be.
func (u Unit) tick(v float64) string {
	names, after := countTicks, ""
	switch u {
	case Time:
		names = timeTicks
	case PerSecond:
		after = "/s"
	case Count:
	default:
		return u.Format(v)
	}
	for len(names) > 1 && v >= 1000*(1-1e-9) {
		v, names = v/1000, names[1:]
	}
	return fmt.Sprintf("%.4g%s%s", v, names[0], after)
}

// shortTime is d with three digits.
func shortTime(d time.Duration) string {
	switch {
	case d < 10*time.Microsecond:
		return fmt.Sprintf("%d ns", d)
	case d < 10*time.Millisecond:
		return fmt.Sprintf("%.*f us", digitsAfter(d, time.Microsecond), float64(d)/float64(time.Microsecond))
	case d < 10*time.Second:
		return fmt.Sprintf("%.*f ms", digitsAfter(d, time.Millisecond), float64(d)/float64(time.Millisecond))
	}
	return fmt.Sprintf("%.1f s", d.Seconds())
}

// digitsAfter is how many digits d in this unit has after the point, for three
// in all.
func digitsAfter(d, unit time.Duration) int {
	if d < 100*unit {
		return 1
	}
	return 0
}

func shortBytes(v float64) string {
	switch {
	case v < 10<<10:
		return fmt.Sprintf("%.0f B", v)
	case v < 10<<20:
		return fmt.Sprintf("%.0f KiB", v/(1<<10))
	}
	return fmt.Sprintf("%.1f MiB", v/(1<<20))
}

// spread are the metrics that are shown with their least and most.
var spread = []string{"rate", "ratio", "times", "p99", "p99_ratio", "cpu_ratio"}

// cell is the median of m, with the least and the most where that matters.
func (m *Metric) cell() string {
	text := m.Unit.Format(m.Median())
	if len(m.Samples) > 1 && slices.Contains(spread, m.Name) {
		text += fmt.Sprintf(" (%s-%s)", strings.TrimSuffix(m.Unit.Format(slices.Min(m.Samples)), "/s"), strings.TrimSuffix(m.Unit.Format(slices.Max(m.Samples)), "/s"))
	}
	return text
}

// uses are the metrics of what was used for the others, which have tables of their
// own.
var uses = []string{"cpu_engine", "cpu_broker", "cpu_generator", "allocs", "allocs_beyond", "collections", "paused", "rss", "late"}

// columns are the names of the metrics of s, in the order in which they come up:
// of what was used or of the rest. Losses are there only where there were some.
func (s *Section) columns(used bool) (names []string) {
	for _, r := range s.Rows {
		for _, m := range r.Metrics {
			if slices.Contains(names, m.Name) || slices.Contains(uses, m.Name) != used || slices.Contains(losses, m.Name) && slices.Max(m.Samples) == 0 {
				continue
			}
			names = append(names, m.Name)
		}
	}
	return names
}

// tables are s with a line a row, the first one the names of the columns.
func (s *Section) tables() (tables [][][]string) {
	for _, used := range []bool{false, true} {
		names := s.columns(used)
		if len(names) == 0 {
			continue
		}
		table := [][]string{append([]string{s.Name}, names...)}
		for _, r := range s.Rows {
			line := []string{r.Name}
			for _, name := range names {
				text := ""
				if m := r.Metric(name); m != nil {
					text = m.cell()
				}
				line = append(line, text)
			}
			table = append(table, line)
		}
		tables = append(tables, table)
	}
	return tables
}

// String is m in one line.
func (m Machine) String() string {
	text := fmt.Sprintf("%s, %d cores", m.System, m.Cores)
	if m.CPU != "" {
		text += " of " + m.CPU
	}
	return fmt.Sprintf("%s, %s, load average %.1f at the start", text, m.Go, m.Load)
}

// WriteText prints a table for each section: medians, with the least and the most.
func (r *Report) WriteText(w io.Writer) error {
	fmt.Fprintf(w, "%s, %s\n", r.Date.Format("2006-01-02 15:04 MST"), r.Machine)
	for _, s := range r.Sections {
		fmt.Fprintf(w, "\n%s\n", s.Title)
		for _, table := range s.tables() {
			t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
			for _, line := range table {
				fmt.Fprintln(t, "  "+strings.TrimRight(strings.Join(line, "\t"), "\t"))
			}
			if err := t.Flush(); err != nil {
				return err
			}
		}
	}
	for i, t := range r.Verdicts {
		if i == 0 {
			fmt.Fprintln(w)
		}
		if len(t.Broken) == 0 {
			fmt.Fprintf(w, "kept    %s\n", t.Text)
		}
		for _, b := range t.Broken {
			fmt.Fprintf(w, "broken  %s: %s\n", t.Text, b)
		}
	}
	return nil
}

package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"runtime"
	"strings"
	"time"
	"unicode/utf8"
)

// Goals: how many times as fast as the peer.
const (
	goalMedian = 20 // at the median of the expressions
	goalEach   = 10 // on every expression
	goalW5     = 25 // on W5, evaluated
)

// A report is a run: when, where, and the rows.
type report struct {
	Date    string   `json:"date"`
	Machine string   `json:"machine"`
	Go      string   `json:"go"`
	GOGC    int      `json:"gogc"`
	Peer    versions `json:"peer"`
	Rounds  int      `json:"rounds"`
	Rows    []row    `json:"rows"`
}

func newReport(o options) *report {
	return &report{
		Date:    time.Now().UTC().Format("2006-01-02 15:04 UTC"),
		Machine: fmt.Sprintf("%s/%s, %d cores, %s", runtime.GOOS, runtime.GOARCH, runtime.NumCPU(), processor()),
		Go:      strings.TrimPrefix(runtime.Version(), "go"),
		GOGC:    o.gogc,
		Rounds:  o.rounds,
	}
}

// processor is its name, where the system is Linux.
func processor() string {
	b, _ := os.ReadFile("/proc/cpuinfo")
	for s := bufio.NewScanner(bytes.NewReader(b)); s.Scan(); {
		if key, name, _ := strings.Cut(s.Text(), ":"); strings.TrimSpace(key) == "model name" {
			return strings.TrimSpace(name)
		}
	}
	return "unknown processor"
}

// of are the rows of a kind.
func (r *report) of(kind string) []row {
	return r.where(func(k string) bool { return k == kind })
}

// expressions are the rows that the goals for expressions are about.
func (r *report) expressions() []row {
	return r.where(func(k string) bool { return k != kindW5 })
}

func (r *report) where(kind func(string) bool) []row {
	var rows []row
	for _, row := range r.Rows {
		if kind(row.Kind) {
			rows = append(rows, row)
		}
	}
	return rows
}

// writeJSON prints every measure, in nanoseconds, and the summaries by CPU time.
func (r *report) writeJSON(w io.Writer) error {
	summaries := map[string]summary{}
	if rows := r.expressions(); rows != nil {
		summaries["all"] = summarize(byCPU, rows)
	}
	for _, k := range kinds {
		if rows := r.of(k.name); rows != nil {
			summaries[k.name] = summarize(byCPU, rows)
		}
	}
	return json.NewEncoder(w).Encode(struct {
		*report
		Times map[string]summary `json:"times"` // "all" is without W5
	}{r, summaries})
}

// writeText prints tables that are Markdown, too.
func (r *report) writeText(w io.Writer) error {
	var b bytes.Buffer
	fmt.Fprintf(&b, "%s, %s\n", r.Date, r.Machine)
	fmt.Fprintf(&b, "express/jsonata on Go %s with GOGC=%d, jsonata %s on Node %s\n", r.Go, r.GOGC, r.Peer.JSONata, strings.TrimPrefix(r.Peer.Node, "v"))
	fmt.Fprintf(&b, "CPU time of one evaluation, median of %d rounds (least-most); times: Node's over ours, round by round\n", r.Rounds)
	for _, k := range kinds {
		rows := r.of(k.name)
		if rows == nil {
			continue
		}
		fmt.Fprintf(&b, "\n%s", k.title)
		if k.name != kindW5 {
			s := summarize(byCPU, rows)
			fmt.Fprintf(&b, ": %.1f times at the median, %.1f at least", s.Median, s.Least)
		}
		b.WriteString("\n\n")
		writeTable(&b, rows)
	}
	r.writeGoals(&b)
	_, err := w.Write(b.Bytes())
	return err
}

func (r *report) writeGoals(b *bytes.Buffer) {
	b.WriteByte('\n')
	if rows := r.expressions(); rows != nil {
		s, wall := summarize(byCPU, rows), summarize(byWall, rows)
		fmt.Fprintf(b, "expressions, at the median: %.1f times (goal %d, %s)\n", s.Median, goalMedian, verdict(s.Median, goalMedian))
		fmt.Fprintf(b, "expressions, at least: %.1f times, %s (goal %d, %s)\n", s.Least, s.Case, goalEach, verdict(s.Least, goalEach))
		fmt.Fprintf(b, "the same by the clock on the wall: %.1f at the median, %.1f at least, %s\n", wall.Median, wall.Least, wall.Case)
	}
	for _, row := range r.of(kindW5) {
		times := row.times(byCPU).Median
		if row.Text {
			fmt.Fprintf(b, "W5 from text to text: %.1f times\n", times)
		} else {
			fmt.Fprintf(b, "W5: %.1f times (goal %d, %s)\n", times, goalW5, verdict(times, goalW5))
		}
	}
}

func verdict(times float64, goal int) string {
	if times >= float64(goal) {
		return "met"
	}
	return "missed"
}

func writeTable(b *bytes.Buffer, rows []row) {
	table := [][]string{{"case", "expression", "ours", "allocs", "Node", "times"}, {"---", "---", "---:", "---:", "---:", "---:"}}
	for i := range rows {
		table = append(table, rows[i].cells())
	}
	widths := make([]int, len(table[0]))
	for _, cells := range table {
		for i, cell := range cells {
			widths[i] = max(widths[i], utf8.RuneCountInString(cell))
		}
	}
	for _, cells := range table {
		for i, cell := range cells {
			fmt.Fprintf(b, "| %-*s ", widths[i], cell)
		}
		b.WriteString("|\n")
	}
}

func (r *row) cells() []string {
	expression := "`" + r.Expression + "`"
	if r.Text {
		expression = "the same, the input parsed and the result printed"
	}
	times := r.times(byCPU)
	return []string{
		r.ID, expression,
		nanoseconds(spreadBy(byCPU, r.Ours)), fmt.Sprintf("%.0f", r.Allocs), nanoseconds(spreadBy(byCPU, r.Theirs)),
		fmt.Sprintf("%.1f (%.1f-%.1f)", times.Median, times.Least, times.Most),
	}
}

// nanoseconds prints them in the unit that suits the median.
func nanoseconds(s spread) string {
	switch {
	case s.Median < 1e3:
		return fmt.Sprintf("%.0f (%.0f-%.0f) ns", s.Median, s.Least, s.Most)
	case s.Median < 1e5:
		return fmt.Sprintf("%.1f (%.1f-%.1f) us", s.Median/1e3, s.Least/1e3, s.Most/1e3)
	}
	return fmt.Sprintf("%.0f (%.0f-%.0f) us", s.Median/1e3, s.Least/1e3, s.Most/1e3)
}

package main

import (
	"bytes"
	"cmp"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
)

// The markers between which a page has the results.
const (
	reportBegin = "<!-- chaos: begin -->\n"
	reportEnd   = "<!-- chaos: end -->\n"
)

// The tables of a page have the runs, and the rows, each with the number of the run
// that its result is from.
var (
	runColumns = []string{"run", "date", "engine", "Go", "nats-server", "nats.go", "machine", "seed", "`ackWait`", "slack"}
	rowColumns = []string{"#", "fault", "broker", "must hold", "events", "verdict", "in figures", "run"}
)

const (
	faultColumn  = 1
	eventsColumn = 4
	wordColumn   = 5
	runColumn    = 7
)

// A page is what stands between the markers of a file.
type page struct {
	before, after []byte
	rows          [][]string // their cells; the last is, instead of a number, all that is known of the run
}

// write puts r into the page at path. Rows that were run before stay as they are,
// but those that no table has any more.
func (s *summary) write(path string, r *result) error {
	b, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	p, err := readPage(b)
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	p.put(r.cells(s.cells()))
	return os.WriteFile(path, p.text(), 0o644)
}

func readPage(b []byte) (*page, error) {
	before, rest, begins := bytes.Cut(b, []byte(reportBegin))
	tables, after, ends := bytes.Cut(rest, []byte(reportEnd))
	if !begins || !ends {
		return nil, fmt.Errorf("no place for the table: %q and %q", reportBegin, reportEnd)
	}
	p := &page{before: before, after: after}
	runs := make(map[string]string)
	for line := range strings.Lines(string(tables)) {
		cells := strings.Split(strings.Trim(line, "| \n"), " | ")
		switch _, err := strconv.Atoi(cells[0]); {
		case err != nil: // a heading, or a sentence
		case len(cells) == len(runColumns):
			runs[cells[0]] = strings.Join(cells[1:], " | ")
		case len(cells) == len(rowColumns):
			cells[runColumn] = runs[cells[runColumn]]
			p.rows = append(p.rows, cells)
		}
	}
	return p, nil
}

// put takes in a row, in the place of the one that has its name.
func (p *page) put(cells []string) {
	p.rows = slices.DeleteFunc(p.rows, func(old []string) bool {
		return old[faultColumn] == cells[faultColumn] || place(old) < 0
	})
	p.rows = append(p.rows, cells)
	slices.SortFunc(p.rows, func(a, b []string) int { return cmp.Compare(place(a), place(b)) })
}

// place is where in the table of faults a row stands, -1 for one that is not there
// any more.
func place(cells []string) int {
	return slices.IndexFunc(table, func(r *row) bool { return cell(r.name) == cells[faultColumn] })
}

// text is all of the file.
func (p *page) text() []byte {
	var w bytes.Buffer
	w.Write(p.before)
	w.WriteString(reportBegin)
	var runs []string
	events, words := 0, make(map[string]int)
	for _, cells := range p.rows {
		if !slices.Contains(runs, cells[runColumn]) {
			runs = append(runs, cells[runColumn])
		}
		n, _ := strconv.Atoi(cells[eventsColumn]) // none of a row that was not run
		events += n
		words[cells[wordColumn]]++
	}
	slices.Sort(runs) // by date
	fmt.Fprintf(&w, "\n%d events; rows: %s.\n\n", events, counts(words))
	heading(&w, runColumns)
	for i, run := range runs {
		fmt.Fprintf(&w, "| %d | %s |\n", i+1, run)
	}
	w.WriteString("\n")
	heading(&w, rowColumns)
	for _, cells := range p.rows {
		run := slices.Index(runs, cells[runColumn]) + 1
		fmt.Fprintf(&w, "| %s | %d |\n", strings.Join(cells[:runColumn], " | "), run)
	}
	w.WriteString("\n")
	w.WriteString(reportEnd)
	w.Write(p.after)
	return w.Bytes()
}

func heading(w *bytes.Buffer, columns []string) {
	fmt.Fprintf(w, "| %s |\n|%s\n", strings.Join(columns, " | "), strings.Repeat(" --- |", len(columns)))
}

// cells is the run in the table of runs, without its number.
func (s *summary) cells() string {
	return strings.Join([]string{s.Date, s.Engine, s.Go, s.Server, s.Client, cell(s.Machine), fmt.Sprint(s.Seed), s.AckWait, fmt.Sprint(s.Slack)}, " | ")
}

// cells is the row in the table of rows.
func (r *result) cells(run string) []string {
	return []string{fmt.Sprint(r.Row), cell(r.Name), r.Profile, cell(r.Promise), events(r), r.word(), cell(r.inFigures()), run}
}

// events is how many there were, nothing of a row that was not run.
func events(r *result) string {
	if r.Skipped != "" {
		return ""
	}
	return fmt.Sprint(r.Events)
}

// word is the verdict in a word.
func (r *result) word() string {
	switch {
	case r.Skipped != "":
		return "not run"
	case r.Observed:
		return "observed"
	case r.OK:
		return "held"
	}
	return "**failed**"
}

// inFigures is why the row was not run, else its figures, the verdicts that say
// more than ok, and all that failed.
func (r *result) inFigures() string {
	if r.Skipped != "" {
		return r.Skipped
	}
	shown := map[string]bool{
		"L2": true, "L6": true, "L8": true, "redelivery": true, "resume": true, "drain": true, "deaths": true, "memory": true, "late": true, "refused": true, "idle": true,
	}
	var parts []string
	for _, v := range r.Verdicts {
		if shown[v.Check] || !v.OK {
			parts = append(parts, v.Text)
		}
	}
	for _, f := range r.Figures {
		parts = append(parts, f.Name+": "+f.Value)
	}
	return strings.Join(parts, "; ")
}

// cell is text that fits into a table.
func cell(text string) string { return strings.ReplaceAll(text, "|", `\|`) }

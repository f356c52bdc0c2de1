package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strings"

	"github.com/seed66d9166c/express/bench"
)

// A report is a run: what package bench reports, what the sides are, and which of
// them are missing.
type report struct {
	*bench.Report
	Sides   []described `json:"sides"`
	Missing []string    `json:"missing"` // each with why
}

// A described is a side that was there.
type described struct {
	Section    string            `json:"section"`
	Name       string            `json:"name"`
	Versions   map[string]string `json:"versions"`
	Guarantees string            `json:"guarantees"`
}

func (r *report) miss(s side, err error) {
	r.Missing = append(r.Missing, fmt.Sprintf("%s: %v", s.name, err))
}

// status is the exit code: 1 where a goal is missed, or a side is missing.
func (r *report) status() int {
	if !r.OK() || len(r.Missing) > 0 {
		return 1
	}
	return 0
}

// are are its versions, in the order of their names.
func (d described) are() string {
	var all []string
	for _, name := range slices.Sorted(maps.Keys(d.Versions)) {
		all = append(all, name+" "+d.Versions[name])
	}
	return strings.Join(all, ", ")
}

// table are the sides, a line each, the first one the names of the columns.
func (r *report) table() [][]string {
	lines := [][]string{{"section", "side", "versions", "guarantees"}}
	for _, d := range r.Sides {
		lines = append(lines, []string{d.Section, d.Name, d.are(), d.Guarantees})
	}
	return lines
}

// writeText prints tables of what was measured, the sides, and what is missing.
func (r *report) writeText(w io.Writer) error {
	if err := r.WriteText(w); err != nil {
		return err
	}
	fmt.Fprintln(w)
	for _, line := range r.table()[1:] {
		fmt.Fprintf(w, "%s, %s (%s)\n  %s\n", line[0], line[1], line[2], line[3])
	}
	for _, m := range r.Missing {
		fmt.Fprintf(w, "missing  %s\n", m)
	}
	return nil
}

// writeJSON prints everything, on one line.
func (r *report) writeJSON(w io.Writer) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	return enc.Encode(r)
}

// sidesName is the name of the place of the table of sides in a page.
const sidesName = "sides"

// writePage puts the tables into a page in Markdown: see bench.Report.WritePage.
func (r *report) writePage(file string) error {
	if err := r.WritePage(file); err != nil {
		return err
	}
	page, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	var b bytes.Buffer
	for i, line := range r.table() {
		fmt.Fprintf(&b, "| %s |\n", strings.Join(line, " | "))
		if i == 0 {
			b.WriteString("|" + strings.Repeat(" --- |", len(line)) + "\n")
		}
	}
	for _, m := range r.Missing {
		fmt.Fprintf(&b, "\nNot measured: %s\n", m)
	}
	if page, err = bench.Fill(page, sidesName, b.Bytes()); err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	return os.WriteFile(file, page, 0o644)
}

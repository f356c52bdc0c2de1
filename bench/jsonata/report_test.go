package main

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "rewrite the golden file")

func costs(ns ...float64) []cost {
	out := make([]cost, len(ns))
	for i, f := range ns {
		out[i] = cost{CPU: f, Wall: 2 * f}
	}
	return out
}

// sampleReport has rows whose medians and leasts can be told by eye.
func sampleReport() *report {
	return &report{
		Date: "2026-01-02 03:04 UTC", Machine: "plan9/mips, 3 cores, Abacus", Go: "1.26.0", GOGC: 200,
		Peer: versions{Node: "v20.1.0", JSONata: "2.2.0"}, Rounds: 3,
		Rows: []row{
			{ID: "one", Kind: "path", Expression: "a.b", Ours: costs(100, 50, 80), Theirs: costs(3000, 2000, 1600)},              // 20, 30, 40
			{ID: "two", Kind: "path", Expression: "a > 1", Allocs: 2, Ours: costs(100, 100, 100), Theirs: costs(900, 901, 9000)}, // 9, 9.01, 90
			{ID: "three", Kind: "sum", Expression: "$sum(a)", Ours: costs(20e3, 30e3, 10e3), Theirs: costs(480e3, 720e3, 240e3)}, // 24
			{ID: "w5", Kind: kindW5, Expression: "{}", Ours: costs(1000, 1000, 1000), Theirs: costs(24e3, 25e3, 26e3)},
			{ID: "w5-text", Kind: kindW5, Expression: "{}", Text: true, Ours: costs(2000, 2000, 2000), Theirs: costs(30e3, 30e3, 30e3)},
		},
	}
}

func TestText(t *testing.T) {
	const golden = "testdata/report.txt"
	var b bytes.Buffer
	if err := sampleReport().writeText(&b); err != nil {
		t.Fatal(err)
	}
	if *update {
		if err := os.WriteFile(golden, b.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), b.String()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestJSON(t *testing.T) {
	r := sampleReport()
	var b bytes.Buffer
	if err := r.writeJSON(&b); err != nil {
		t.Fatal(err)
	}
	var got struct {
		report
		Times map[string]summary
	}
	if err := json.Unmarshal(b.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(*r, got.report); diff != "" {
		t.Errorf("report (-want +got):\n%s", diff)
	}
	want := map[string]summary{
		"all":  {Median: 24, Least: 9.01, Case: "two"},
		"path": {Median: 19.505, Least: 9.01, Case: "two"},
		"sum":  {Median: 24, Least: 24, Case: "three"},
		kindW5: {Median: 20, Least: 15, Case: "w5-text"},
	}
	if diff := cmp.Diff(want, got.Times); diff != "" {
		t.Errorf("times (-want +got):\n%s", diff)
	}
}

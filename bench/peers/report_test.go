package main

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/seed66d9166c/express/bench"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// testReport is of the sides of scriptedSides, at a time and on a machine that do
// not change.
func testReport(t *testing.T) *report {
	t.Helper()
	var calls []string
	r, err := measure(t.Context(), options{sides: scriptedSides(&calls), root: ".", rounds: 3, log: t.Output()})
	if err != nil {
		t.Fatal(err)
	}
	r.Date = time.Date(2026, time.March, 4, 5, 6, 0, 0, time.UTC)
	r.Machine = bench.Machine{System: "linux/amd64", CPU: "Model 3", Cores: 2, Go: "go1.26", Load: 0.25}
	return r
}

func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(file, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("%s (-want +got):\n%s", name, diff)
	}
}

func TestText(t *testing.T) {
	var b bytes.Buffer
	if err := testReport(t).writeText(&b); err != nil {
		t.Fatal(err)
	}
	golden(t, "report.txt", b.Bytes())
}

func TestJSON(t *testing.T) {
	want := testReport(t)
	var b bytes.Buffer
	if err := want.writeJSON(&b); err != nil {
		t.Fatal(err)
	}
	var got report
	if err := json.Unmarshal(b.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want.Sides, got.Sides); diff != "" {
		t.Errorf("sides (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(want.Missing, got.Missing); diff != "" {
		t.Errorf("missing (-want +got):\n%s", diff)
	}
	if len(got.Sections) != 2 || len(got.Verdicts) != 2 {
		t.Errorf("%d sections and %d thresholds, want 2 of each", len(got.Sections), len(got.Verdicts))
	}
}

func TestPage(t *testing.T) {
	r := testReport(t)
	page := filepath.Join(t.TempDir(), "peers.md")
	text := "# Page\n"
	for _, name := range []string{alone, stream, sidesName} {
		text += fmt.Sprintf("<!-- %s -->\nold\n<!-- end of %s -->\n", name, name)
	}
	if err := os.WriteFile(page, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := r.writePage(page); err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "page.md", got)
	for _, c := range []string{"peers-alone.svg", "peers-stream-w1.svg"} {
		if _, err := os.Stat(filepath.Join(filepath.Dir(page), "performance", c)); err != nil {
			t.Error(err)
		}
	}
	if err := os.WriteFile(page, []byte(strings.ReplaceAll(text, sidesName, "others")), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := r.writePage(page); err == nil || !strings.Contains(err.Error(), "<!-- sides -->") {
		t.Errorf("a page without a place for the sides: got %v, want that it has none", err)
	}
}

// The page in docs has a place for everything.
func TestDocs(t *testing.T) {
	page, err := os.ReadFile("../../docs/peers.md")
	if err != nil {
		t.Fatal(err)
	}
	names := []string{sidesName}
	for _, s := range sections {
		names = append(names, s.name)
	}
	for _, name := range names {
		if _, err := bench.Fill(page, name, nil); err != nil {
			t.Error(err)
		}
	}
}

package graph

import (
	"encoding/xml"
	"errors"
	"flag"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/seed66d9166c/express/compiler"
)

var update = flag.Bool("update", false, "rewrite the golden files: look at the drawings")

// stats are of executions of testdata/orders.asl.json.
var stats = Stats{
	"Check":  {Entered: 1200, Retried: 31, Median: 0.00421, Worst: 0.9, To: map[string]uint64{"Route": 1200}},
	"Route":  {Entered: 1200, Median: 0.0000042, Worst: 0.00002, To: map[string]uint64{"Charge": 900, "Sorry": 300}},
	"Charge": {Entered: 900, Failed: 3, Median: 0.12, Worst: 2.5},
	"Items":  {Entered: 897, Median: 2, Worst: 3},
	"Pick":   {Entered: 4000, Median: 0.0005, Worst: 1},
}

// Each form of a definition with all kinds of states, with and without numbers.
func TestWrite(t *testing.T) {
	src, err := os.ReadFile("testdata/orders.asl.json")
	if err != nil {
		t.Fatal(err)
	}
	g, found := compiler.Draw("orders", src, nil)
	if g == nil {
		t.Fatal(found)
	}
	for name, write := range map[string]func(io.Writer) error{
		"orders.svg":       func(w io.Writer) error { return WriteSVG(w, g, nil) },
		"orders.stats.svg": func(w io.Writer) error { return WriteSVG(w, g, stats) },
		"orders.mmd":       func(w io.Writer) error { return WriteMermaid(w, g, nil) },
		"orders.stats.mmd": func(w io.Writer) error { return WriteMermaid(w, g, stats) },
		"orders.dot":       func(w io.Writer) error { return WriteDOT(w, g, nil) },
	} {
		t.Run(name, func(t *testing.T) {
			var b strings.Builder
			if err := write(&b); err != nil {
				t.Fatal(err)
			}
			path := filepath.Join("testdata", name)
			if *update {
				if err := os.WriteFile(path, []byte(b.String()), 0o666); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), b.String()); diff != "" {
				t.Errorf("%s (-want +got), run with -update:\n%s", path, diff)
			}
		})
	}
}

// Names and conditions are data: they are escaped in every form.
func TestEscape(t *testing.T) {
	const src = `{"StartAt": "a\"<&\\#", "Comment": "-->", "States": {"a\"<&\\#": {"Type": "Choice", "Comment": "]]>",
		"Choices": [{"Variable": "$.x", "StringEquals": "\"]<&\n", "Next": "b"}], "Default": "b"}, "b": {"Type": "Succeed"}}}`
	g, found := compiler.Draw(`x"<`, []byte(src), nil)
	if g == nil {
		t.Fatal(found)
	}
	var svg, mermaid, dot strings.Builder
	for w, write := range map[*strings.Builder]func(io.Writer, *compiler.Graph, Stats) error{&svg: WriteSVG, &mermaid: WriteMermaid, &dot: WriteDOT} {
		if err := write(w, g, nil); err != nil {
			t.Fatal(err)
		}
	}
	for d := xml.NewDecoder(strings.NewReader(svg.String())); ; {
		if _, err := d.Token(); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatalf("the SVG is no XML: %v", err)
		}
	}
	if want := `{{"a#quot;#lt;&\#35;<br/>Choice"}}`; !strings.Contains(mermaid.String(), want) {
		t.Errorf("want %s in\n%s", want, &mermaid)
	}
	if want := `label="a\"<&\\#\nChoice"`; !strings.Contains(dot.String(), want) {
		t.Errorf("want %s in\n%s", want, &dot)
	}
}

// No two boxes of a picture overlap, and all lie within it.
func TestLayout(t *testing.T) {
	paths, err := filepath.Glob("../../examples/*/*.asl.json")
	if err != nil || len(paths) == 0 {
		t.Fatalf("no definitions: %v", err)
	}
	for _, path := range append(paths, "testdata/orders.asl.json") {
		src, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		g, found := compiler.Draw(path, src, nil)
		if g == nil {
			t.Fatal(found)
		}
		checkLayout(t, path, lay(g, stats))
	}
}

func checkLayout(t *testing.T, path string, p *picture) {
	t.Helper()
	const slack = 0.01
	for i, a := range p.boxes {
		if a.x-a.w/2 < -slack || a.x+a.w/2 > p.w+slack || a.y-a.h/2 < -slack || a.y+a.h/2 > p.h+slack {
			t.Errorf("%s: a box lies outside", path)
		}
		for _, b := range p.boxes[i+1:] {
			if (a.w+b.w)/2-max(a.x-b.x, b.x-a.x) > slack && (a.h+b.h)/2-max(a.y-b.y, b.y-a.y) > slack {
				t.Errorf("%s: two boxes overlap", path)
			}
		}
		for _, in := range a.inner {
			checkLayout(t, path, in)
		}
	}
}

package suite

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.yaml.in/yaml/v4"

	"github.com/seed66d9166c/express/express"
	"github.com/seed66d9166c/express/express/value"
)

// Each limit has a test on both of its sides.

func TestMaxFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.test.yaml")
	for _, tt := range []struct {
		size int
		ok   bool
	}{{maxFile, true}, {maxFile + 1, false}} {
		text := "cases: [{name: a}]\n#"
		text += strings.Repeat("x", tt.size-len(text))
		if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
		if f, report := Read(path); (f != nil) != tt.ok {
			t.Errorf("%d bytes: %v", tt.size, report.Findings)
		}
	}
}

func TestMaxDefinition(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.asl.json")
	for _, tt := range []struct {
		size int
		ok   bool
	}{{maxDefinition - 1, true}, {maxDefinition, false}, {2 * maxDefinition, false}} {
		text := `{"StartAt": "A", "States": {"A": {"Type": "Succeed"}}}`
		text += strings.Repeat(" ", tt.size-len(text))
		if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
		if w, reports := new(File).compile(path, &Options{}); (w != nil) != tt.ok {
			t.Errorf("%d bytes: %v", tt.size, reports)
		}
	}
}

// data reads a value in YAML, with so many values before it.
func data(text string, before int) *reader {
	r := &reader{values: before}
	if n := r.Parse([]byte(text)); n != nil {
		r.value(n)
	}
	return r
}

func TestMaxValues(t *testing.T) {
	if r := data("[1, 2]", maxValues-3); r.Found() != nil {
		t.Errorf("as many as there may be: %v", r.Found())
	}
	if r := data("[1, 2, 3, 4]", maxValues-3); len(r.Found()) != 1 {
		t.Errorf("two more: want it said once, but got %v", r.Found())
	}
}

func TestDepth(t *testing.T) {
	nested := func(n int) string { return strings.Repeat("[", n) + strings.Repeat("]", n) }
	if r := data(nested(value.MaxDepth), 0); r.Found() != nil {
		t.Errorf("as deep as it may be: %v", r.Found())
	}
	if r := data(nested(value.MaxDepth+1), 0); len(r.Found()) != 1 {
		t.Errorf("one deeper: %v", r.Found())
	}
}

func TestMaxMerges(t *testing.T) {
	merged := func(n int) string {
		text := "m0: &m0 {a: 1}\n"
		for i := range n {
			text += fmt.Sprintf("m%d: &m%d {<<: *m%d}\n", i+1, i+1, i)
		}
		return text
	}
	if r := data(merged(maxMerges), 0); r.Found() != nil {
		t.Errorf("as deep as it may be: %v", r.Found())
	}
	if r := data(merged(maxMerges+1), 0); len(r.Found()) != 1 {
		t.Errorf("one deeper: %v", r.Found())
	}
}

func TestMaxCount(t *testing.T) {
	for s, ok := range map[string]bool{"0": false, "1": true, "1000000": true, "1000001": false, "1.0": false, "": false} {
		if _, err := parseCount(1)(s); (err == nil) != ok {
			t.Errorf("parseCount(1)(%q): %v", s, err)
		}
	}
}

func TestMaxLine(t *testing.T) {
	if line := strings.Repeat("x", maxLine); cut(line) != line {
		t.Error("a line that is not too long is cut")
	}
	if got := cut(strings.Repeat("x", maxLine-1) + "é"); got != strings.Repeat("x", maxLine-1)+"..." {
		t.Errorf("got %s", got)
	}
}

func TestMaxEvents(t *testing.T) {
	for _, n := range []int{maxEvents, maxEvents + 1, 3*maxEvents + 7} {
		tr := newTrace()
		for i := range n {
			tr.Record(&express.Event{ID: uint64(i + 1), Type: express.ExecutionStarted, Time: Epoch.Add(time.Duration(i))})
		}
		lines := strings.Split(strings.TrimSpace(tr.transcript(maxEvents)), "\n")
		before := ""
		if n > maxEvents {
			before, lines = strings.TrimSpace(lines[0]), lines[1:]
		}
		if want := fmt.Sprintf("(%d events before)", n-maxEvents); n > maxEvents && before != want {
			t.Errorf("%d events: %s, want %s", n, before, want)
		}
		if len(lines) != maxEvents || !strings.Contains(lines[0], fmt.Sprintf(" %d<-0 ", n-maxEvents+1)) || !strings.Contains(lines[maxEvents-1], fmt.Sprintf(" %d<-0 ", n)) {
			t.Errorf("%d events: %d lines from %s to %s", n, len(lines), lines[0], lines[len(lines)-1])
		}
	}
}

func TestMaxDiff(t *testing.T) {
	a, b := make([]string, 2048), make([]string, maxDiff/2048+1)
	a[7], b[9] = "same", "same"
	for _, tt := range []struct {
		b    []string
		want int // lines that are in both
	}{{b[:len(b)-1], 2047}, {b, 0}} {
		same := 0
		for _, line := range middle(a, tt.b) {
			if line[0] == ' ' {
				same++
			}
		}
		if same != tt.want {
			t.Errorf("%d by %d lines: %d are the same, want %d", len(a), len(tt.b), same, tt.want)
		}
	}
}

// Whatever the data is, it is read as it was written.
func FuzzData(f *testing.F) {
	for _, s := range []string{
		`{"a": [1, 1.0, -0, 1e400, "x", "", "\n", null, true, {}, []], "": {"b": "yes"}}`, `"- a: b # c"`, `"\u2028\t\u0000\ufeff"`, `"2030-01-01"`, `0`,
		`{"<<": {"a": 1}, "=": "~", "null": "0x10", "!a": "&b", "*c": "'\""}`, `["0o17", "1_000", ".inf", "0b1", "+1", "1:30", "NO"]`,
		`"` + strings.Repeat("long ", 60) + `"`, `" \n  a\n b \n\n"`, `[[["a", ["b"]], {"c": [{"d": []}]}]]`,
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		v, err := value.ParseString(s)
		if err != nil {
			t.Skip()
		}
		text, err := yaml.Dump(dataNode(v, 0), yaml.WithIndent(2), yaml.WithLineWidth(-1))
		if err != nil {
			t.Fatalf("%s: %v", v, err)
		}
		r := new(reader)
		root := r.Parse(text)
		if root == nil {
			t.Fatalf("%s: is not read again: %v\n%s", v, r.Found(), text)
		}
		if got := r.value(root); !value.Equal(v, got) || r.Found() != nil {
			t.Errorf("%s comes back as %s (%v)\n%s", v, got, r.Found(), text)
		}
	})
}

// Whatever a test file holds is read or reported, with its place.
func FuzzFile(f *testing.F) {
	paths, err := filepath.Glob("testdata/run/*.txt")
	if err != nil {
		f.Fatal(err)
	}
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(text))
	}
	for _, s := range []string{
		"cases: [{name: a, mocks: &m {A: [{return: *m}]}}]", "x-a: &a {<<: [*a, *a]}\n<<: *a\ncases: [*a]",
		"cases: [{name: a, expect: {path: &p [a, {b: [*p]}]}}]", `{"cases": [{"name": "a", "input": 1e999, "start": "now"}]}`,
		"? [a]\n: b\ncases: !!set {a}", "set: {A: &a [*a]}\nmocks: a#b#c\ncases: [null, {name: }]",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, src string) {
		file, found := parseFile(filepath.Join(t.TempDir(), "a.test.yaml"), []byte(src))
		for _, d := range found {
			if d.Message == "" || d.Code == "" {
				t.Errorf("finding without words: %+v", d)
			}
		}
		if found.Err() == nil && len(file.Cases) == 0 {
			t.Error("no cases, and no finding")
		}
		for _, d := range found {
			if int(d.Pos.Line) > strings.Count(src, "\n")+2 {
				t.Errorf("finding behind the text: %+v", d)
			}
		}
	})
}

package cloudformation

import (
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"

	"github.com/seed66d9166c/express/compiler"
)

var update = flag.Bool("update", false, "rewrite golden files")

// Each file has a template, what is set, and what is wanted: the state machines
// with their definitions, or what is found.
func TestParse(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) {
			a, err := txtar.ParseFile(file)
			if err != nil {
				t.Fatal(err)
			}
			set := make(map[string]string)
			var src []byte
			for _, f := range a.Files {
				switch f.Name {
				case "template":
					src = f.Data
				case "set":
					for line := range strings.Lines(string(f.Data)) {
						name, value, _ := strings.Cut(strings.TrimSpace(line), "=")
						set[name] = value
					}
				}
			}
			if !Is(src) {
				t.Error("it is not taken for a template")
			}
			got := []byte(describe(src, set))
			i := slices.IndexFunc(a.Files, func(f txtar.File) bool { return f.Name == "want" })
			if *update {
				if i < 0 {
					i = len(a.Files)
					a.Files = append(a.Files, txtar.File{Name: "want"})
				}
				a.Files[i].Data = got
				if err := os.WriteFile(file, txtar.Format(a), 0o666); err != nil {
					t.Fatal(err)
				}
			}
			if i < 0 {
				t.Fatal("nothing is wanted")
			}
			if diff := cmp.Diff(string(a.Files[i].Data), string(got)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// describe is what is in a template, and what is found in its definitions, with the
// lines of the template.
func describe(src []byte, set map[string]string) string {
	var b strings.Builder
	machines, found := Parse(src, set)
	for _, d := range found {
		fmt.Fprintf(&b, "%d:%d: %s\n", d.Pos.Line, d.Pos.Col, &d)
	}
	for _, m := range machines {
		fmt.Fprintf(&b, "%s is %s\n", m.ID, m.Name)
		if m.File != "" {
			fmt.Fprintf(&b, "in %s\n", m.File)
		}
		for _, name := range slices.Sorted(maps.Keys(m.Set)) {
			if _, ok := pseudo[name]; !ok {
				fmt.Fprintf(&b, "set %s=%s\n", name, m.Set[name])
			}
		}
		for i, line := range strings.Split(string(m.Text), "\n") {
			if strings.TrimSpace(line) != "" {
				fmt.Fprintf(&b, "%3d %s\n", i+1, line)
			}
		}
		if m.Text == nil {
			continue
		}
		_, found := compiler.Compile(m.ID, m.Text, &compiler.Options{Set: m.Set})
		for _, d := range found {
			fmt.Fprintf(&b, "%d:%d: %s\n", d.Pos.Line, d.Pos.Col, &d)
		}
	}
	return b.String()
}

func TestIs(t *testing.T) {
	for src, want := range map[string]bool{
		"Resources:\n  A: {Type: AWS::Serverless::StateMachine}":                 true,
		`{"Resources": {"A": {"Type": "AWS::StepFunctions::StateMachine"}}}`:     true,
		"Resources:\n  A: {Type: AWS::SQS::Queue}":                               false,
		`{"StartAt": "A", "States": {}}`:                                         false,
		`{"Comment": "made from AWS::Serverless::StateMachine", "StartAt": "A"}`: false,
		"": false,
	} {
		if got := Is([]byte(src)); got != want {
			t.Errorf("%s: %v, want %v", src, got, want)
		}
	}
}

// Aliases that refer to each other end within a bound.
func TestBomb(t *testing.T) {
	var b strings.Builder
	b.WriteString("x0: &x0 [a, a, a, a, a, a, a, a, a, a]\n")
	for i := range 9 {
		fmt.Fprintf(&b, "x%d: &x%d [*x%d, *x%[3]d, *x%[3]d, *x%[3]d, *x%[3]d, *x%[3]d, *x%[3]d, *x%[3]d, *x%[3]d, *x%[3]d]\n", i+1, i+1, i)
	}
	b.WriteString("Resources: {A: {Type: AWS::Serverless::StateMachine, Properties: {Definition: *x9}}}\n")
	_, found := Parse([]byte(b.String()), nil)
	if err := found.Err(); err == nil {
		t.Error("nothing is found")
	}
}

func TestMaxNodes(t *testing.T) {
	for n, want := range map[int]bool{maxNodes - 2: true, maxNodes - 1: false} { // and the list itself
		src := "Resources: {A: {Type: AWS::Serverless::StateMachine, Properties: {Definition: [" + strings.Repeat("1,", n) + "]}}}\n"
		machines, found := Parse([]byte(src), nil)
		if ok := found.Err() == nil; ok != want || ok != (machines != nil) {
			t.Errorf("%d values: %v", n, found)
		}
	}
}

func FuzzParse(f *testing.F) {
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil {
		f.Fatal(err)
	}
	for _, file := range files {
		a, err := txtar.ParseFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(a.Files[0].Data)
	}
	f.Fuzz(func(t *testing.T, src []byte) {
		machines, found := Parse(src, nil)
		if found.Err() != nil && machines != nil {
			t.Error("there are state machines in spite of errors")
		}
		for _, m := range machines {
			compiler.Compile(m.ID, m.Text, &compiler.Options{Set: m.Set})
		}
	})
}

package suite

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// Each archive of testdata/run is a directory of definitions and test files,
// beside what stands in "options" (words: update, strict, events, coverage,
// only=REGEXP, set:NAME=VALUE) and what is printed ("want"): the results, the
// coverage, and the snapshots where they are recorded.
func TestRun(t *testing.T) {
	paths, err := filepath.Glob("testdata/run/*.txt")
	if err != nil || len(paths) == 0 {
		t.Fatalf("no golden files: %v", err)
	}
	for _, path := range paths {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".txt"), func(t *testing.T) {
			archive, err := txtar.ParseFile(path)
			if err != nil {
				t.Fatal(err)
			}
			path, err := filepath.Abs(path)
			if err != nil {
				t.Fatal(err)
			}
			t.Chdir(t.TempDir())
			options := unpack(t, archive)
			golden(t, path, archive, runAll(t, options))
		})
	}
}

// unpack writes the files of a to the working directory, and returns the options.
func unpack(t *testing.T, a *txtar.Archive) (options []string) {
	t.Helper()
	for _, f := range a.Files {
		switch f.Name {
		case "want":
		case "options":
			options = strings.Fields(string(f.Data))
		default:
			if err := os.MkdirAll(filepath.Dir(f.Name), 0o777); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(f.Name, f.Data, 0o666); err != nil {
				t.Fatal(err)
			}
		}
	}
	return options
}

func runAll(t *testing.T, words []string) string {
	t.Helper()
	o := Options{Set: make(map[string]string), Env: func(string) (string, bool) { return "", false }}
	coverage := false
	for _, w := range words {
		name, v, _ := strings.Cut(w, "=")
		switch {
		case w == "update":
			o.Update = true
		case w == "strict":
			o.Strict = true
		case w == "events":
			o.Events = true
		case w == "coverage":
			coverage = true
		case name == "only":
			o.Only = regexp.MustCompile(v)
		case strings.HasPrefix(name, "set:"):
			o.Set[name[len("set:"):]] = v
		default:
			t.Fatalf("there is no option %s", w)
		}
	}
	files, err := Find([]string{"./..."})
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	var all []*Coverage
	var sum Summary
	RunFiles(t.Context(), files, o, func(r *Result) {
		for i := range r.Cases {
			r.Cases[i].Took = 0
		}
		sum.Add(r)
		if err := r.WriteText(&b); err != nil {
			t.Fatal(err)
		}
		if r.Coverage != nil {
			all = append(all, r.Coverage)
		}
	})
	if coverage {
		if err := WriteCoverage(&b, Merge(all)); err != nil {
			t.Fatal(err)
		}
	}
	fmt.Fprintf(&b, "%d files, %d passed, %d failed\n", sum.Files, sum.Passed, sum.Failed)
	if o.Update {
		snaps, err := filepath.Glob("*.snap.yaml")
		if err != nil {
			t.Fatal(err)
		}
		for _, path := range snaps {
			text, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			fmt.Fprintf(&b, "%s:\n%s", path, text)
		}
	}
	return b.String()
}

// golden compares what was printed with "want" of the archive, or rewrites it.
func golden(t *testing.T, path string, a *txtar.Archive, got string) {
	t.Helper()
	want := ""
	for i := range a.Files {
		if f := &a.Files[i]; f.Name == "want" {
			want = string(f.Data)
			f.Data = []byte(got)
		}
	}
	if *update {
		if err := os.WriteFile(path, txtar.Format(a), 0o666); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

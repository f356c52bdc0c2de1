package compiler

import (
	"bytes"
	"flag"
	"os"
	"path"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"
)

var update = flag.Bool("update", false, "rewrite the golden files: read the diff")

// golden runs every archive in dir. In it, a file NAME.json or NAME.yaml is a
// definition, and NAME.want what f makes of it; words in NAME behind a dot are
// switches: x.strict.json.
func golden(t *testing.T, dir string, f func(name string, src []byte, c *checker) string) {
	files, err := filepath.Glob(filepath.Join("testdata", dir, "*.txt"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no golden files in %s: %v", dir, err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) {
			old, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			a := txtar.Parse(old)
			made := &txtar.Archive{Comment: a.Comment}
			for _, in := range a.Files {
				ext := path.Ext(in.Name)
				if ext == ".want" {
					continue
				}
				stem := strings.TrimSuffix(in.Name, ext)
				c := newChecker(in.Data, &Options{
					Strict: strings.Contains(stem, ".strict"),
					Set:    map[string]string{"Function": "arn:aws:lambda:eu-west-1:123456789012:function:price", "Seconds": "5"},
				})
				made.Files = append(made.Files, in, txtar.File{Name: stem + ".want", Data: []byte(f(in.Name, in.Data, c))})
			}
			got := txtar.Format(made)
			if *update {
				if err := os.WriteFile(file, got, 0o666); err != nil {
					t.Fatal(err)
				}
				return
			}
			if diff := cmp.Diff(string(old), string(got)); diff != "" {
				t.Errorf("%s (-want +got):\n%s", file, diff)
			}
		})
	}
}

// A definition and its listing.
func TestLower(t *testing.T) {
	golden(t, "lower", func(name string, src []byte, c *checker) string {
		p, found := c.compile(name)
		if err := found.Err(); err != nil {
			return err.Error() + "\n"
		}
		return p.String()
	})
}

// A definition and what is wrong with it.
func TestDiagnostics(t *testing.T) {
	golden(t, "diag", func(name string, src []byte, c *checker) string {
		_, found := c.compile(name)
		var b bytes.Buffer
		if err := found.Write(&b, name, src); err != nil {
			return err.Error()
		}
		return b.String()
	})
}

// Every code is raised by some golden file.
func TestCodes(t *testing.T) {
	var all strings.Builder
	files, err := filepath.Glob(filepath.Join("testdata", "diag", "*.txt"))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		all.Write(b)
	}
	for _, code := range []Code{
		InvalidJSON, SchemaFailed, MissingTarget, MissingEnd, DuplicateState, InvalidState, InvalidTask, TooDeep, NoDollar, NoPath, ResultStatic,
	} {
		if !strings.Contains(all.String(), ": "+string(code)+": ") {
			t.Errorf("no golden file raises %s", code)
		}
	}
}

// definitions are those in a golden file.
func definitions(t testing.TB, file string) (all [][]byte) {
	t.Helper()
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range txtar.Parse(b).Files {
		if path.Ext(f.Name) != ".want" {
			all = append(all, f.Data)
		}
	}
	return all
}

package jsonata_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/seed66d9166c/express/express/jsonata"
)

// TestListings compiles the expressions of testdata/listings.txt, each on a line
// that begins with "> ", and compares their listings with what follows.
func TestListings(t *testing.T) {
	name := filepath.Join("testdata", "listings.txt")
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	o := &jsonata.Options{Vars: []string{"states.input", "states.context", "v"}}
	var got strings.Builder
	for line := range strings.Lines(string(b)) {
		if expr, ok := strings.CutPrefix(strings.TrimSuffix(line, "\n"), "> "); ok {
			if got.Len() > 0 {
				got.WriteByte('\n')
			}
			got.WriteString(line + compile(t, expr, o).Listing())
		}
	}
	if *update {
		if err := os.WriteFile(name, []byte(got.String()), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(string(b), got.String()); diff != "" {
		t.Errorf("run with -update if this is meant (-want +got):\n%s", diff)
	}
}

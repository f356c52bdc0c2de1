// Package demotest tests the examples.
package demotest

import (
	"flag"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/seed66d9166c/express/examples/internal/demo"
)

var update = flag.Bool("update", false, "rewrite outcomes.txt")

// Run runs d from the directory of the test, and compares what it writes with
// outcomes.txt there.
func Run(t *testing.T, d demo.Demo) {
	t.Helper()
	var b strings.Builder
	if err := d.Run(t.Context(), &b, ".", false); err != nil {
		t.Fatal(err)
	}
	const golden = "outcomes.txt"
	if *update {
		if err := os.WriteFile(golden, []byte(b.String()), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), b.String()); diff != "" {
		t.Errorf("%s (-want +got), run with -update:\n%s", golden, diff)
	}
}

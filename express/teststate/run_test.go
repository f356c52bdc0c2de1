package teststate_test

import (
	"encoding/json"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"

	"github.com/seed66d9166c/express/express/teststate"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// volatile are parts of a context object that differ on each run.
var volatile = regexp.MustCompile(`[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]+Z|[A-Z2-7]{26}`)

// Each file has a request and what comes of it: a response, or a code and its
// message.
func TestRun(t *testing.T) {
	files, err := filepath.Glob(filepath.Join("testdata", "run", "*.txt"))
	if err != nil || len(files) == 0 {
		t.Fatalf("there are no cases: %v", err)
	}
	for _, file := range files {
		a, err := txtar.ParseFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var r teststate.Request
		if err := json.Unmarshal(a.Files[0].Data, &r); err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		got := outcome(t, r)
		if *update {
			a.Files[1].Data = []byte(got)
			if err := os.WriteFile(file, txtar.Format(a), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		if diff := cmp.Diff(string(a.Files[1].Data), got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", file, diff)
		}
	}
}

func outcome(t *testing.T, r teststate.Request) string {
	t.Helper()
	out, err := teststate.Run(t.Context(), r)
	if refused, ok := errors.AsType[*teststate.Error](err); ok {
		return refused.Error() + "\n"
	}
	if err != nil {
		t.Fatal(err)
	}
	b, err := json.MarshalIndent(out, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	return volatile.ReplaceAllString(string(b), "...") + "\n"
}

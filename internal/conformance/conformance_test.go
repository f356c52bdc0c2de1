package conformance

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// cases are the recorded ones, if they are there.
func cases(t *testing.T) []*Case {
	t.Helper()
	dir := os.Getenv("EXPRESS_CONFORMANCE")
	if dir == "" {
		dir = filepath.Join("..", "..", "..", "shared", "conformance")
	}
	if _, err := os.Stat(dir); err != nil {
		t.Skip("there are no recorded cases: set EXPRESS_CONFORMANCE to the folder that has them")
	}
	cases, err := Load(dir)
	if err != nil {
		t.Fatal(err)
	}
	return cases
}

// Every case agrees with its recording but for those in known.txt, which has
// none that does agree.
func TestRecorded(t *testing.T) {
	results := Run(cases(t))
	var table strings.Builder
	if err := WriteText(&table, results); err != nil {
		t.Fatal(err)
	}
	t.Log("\n" + table.String())
	for _, k := range Apply(results, KnownFailures()) {
		t.Errorf("known.txt excuses level %d of %s, which agrees or is not run", k.Level, k.ID)
	}
	if bad := Unexcused(results); len(bad) > 0 {
		t.Errorf("%d cases do not agree with their recordings", len(bad))
	}
}

package metrics

import (
	"bytes"
	"flag"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.opentelemetry.io/otel/attribute"
)

var update = flag.Bool("update", false, "rewrite golden files")

const referencePath = "../../../docs/metrics.md"

// docs/metrics.md is what WriteReference writes.
func TestReference(t *testing.T) {
	var b bytes.Buffer
	if err := WriteReference(&b); err != nil {
		t.Fatal(err)
	}
	if *update {
		if err := os.WriteFile(referencePath, b.Bytes(), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(referencePath)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), b.String()); diff != "" {
		t.Errorf("%s (-want +got), run with -update:\n%s", referencePath, diff)
	}
}

// Names follow OpenTelemetry's conventions: lower case, dotted, without the unit
// and without _total.
func TestTable(t *testing.T) {
	name := regexp.MustCompile(`^(express|messaging)(\.[a-z]+(_[a-z]+)*)+$`)
	seen := make(map[string]bool)
	for i := range numInstruments {
		row := table[i]
		if !name.MatchString(row.name) || strings.HasSuffix(row.name, "total") || seen[row.name] {
			t.Errorf("row %d has the name %q", i, row.name)
		}
		seen[row.name] = true
		if !strings.HasSuffix(row.help, ".") || row.unit == "" || row.kind == histogramKind != (row.unit == "s") {
			t.Errorf("%s: %s in %q: %q", row.name, row.kind, row.unit, row.help)
		}
		keys := slices.Clone(row.attributes)
		slices.Sort(keys)
		if len(slices.Compact(keys)) != len(row.attributes) || slices.Contains(keys, attribute.Key("")) {
			t.Errorf("%s has the attributes %v", row.name, row.attributes)
		}
	}
}

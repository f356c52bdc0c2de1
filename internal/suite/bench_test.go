package suite

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// BenchmarkRun is a test file of a thousand cases: what one of them costs is a
// thousandth of it.
func BenchmarkRun(b *testing.B) {
	dir := b.TempDir()
	var cases strings.Builder
	cases.WriteString("mocks: {Pay: [{throw: {error: Busy}}, {return: {paid: true}}], Ship: {return: ok}}\ncases:\n")
	for i := range 1000 {
		fmt.Fprintf(&cases, "  - {name: case %d, input: {items: [1, 2, %d]}, expect: {path: [Pay, Each], calls: {Ship: 3}, duration: 1s}}\n", i, i)
	}
	for name, text := range map[string]string{
		"order.asl.json": `{"StartAt": "Pay", "States": {
			"Pay": {"Type": "Task", "Resource": "func:pay", "ResultPath": "$.pay", "Retry": [{"ErrorEquals": ["Busy"]}], "Next": "Each"},
			"Each": {"Type": "Map", "ItemsPath": "$.items", "End": true, "ItemProcessor": {"StartAt": "Ship", "States": {"Ship": {"Type": "Task", "Resource": "func:ship", "End": true}}}}}}`,
		"order.test.yaml": cases.String(),
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o666); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportAllocs()
	for b.Loop() {
		if r := Run(b.Context(), filepath.Join(dir, "order.test.yaml"), Options{}); len(r.Cases) != 1000 || r.Failed() {
			b.Fatal("the cases do not pass")
		}
	}
}

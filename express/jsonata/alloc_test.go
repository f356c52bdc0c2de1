//go:build !race

package jsonata_test

import (
	"testing"

	"github.com/seed66d9166c/express/express/value"
)

// TestAllocations checks that field paths and comparisons make no garbage, and
// that an object makes no more than itself. (The race detector empties pools at
// random.)
func TestAllocations(t *testing.T) {
	input, err := value.Parse([]byte(event))
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		expr string
		want float64
	}{
		{`id`, 0}, {`device.site`, 0}, {`items`, 0}, {`items[0].k`, 0}, {`temp > 20`, 0}, {`temp > 20 and status = "OK"`, 0},
		{`$sum(items.v)`, 0}, {`$count(items[v > 5])`, 0}, {`{"id": id, "t": temp}`, 1}, {`items.v`, 1},
	} {
		e := compile(t, tt.expr, nil)
		got := testing.AllocsPerRun(100, func() {
			if _, err := e.Eval(input); err != nil {
				t.Fatal(err)
			}
		})
		if got > tt.want {
			t.Errorf("%s: %v allocations, want %v", tt.expr, got, tt.want)
		}
	}
}

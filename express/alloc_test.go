//go:build !race

package express_test

import (
	"testing"

	"github.com/seed66d9166c/express/express"
	"github.com/seed66d9166c/express/express/expresstest"
)

// An execution that waits for nothing allocates the values that it makes, and
// nothing else: here two objects. (The race detector empties pools at random.)
func TestAllocations(t *testing.T) {
	in := parse(t, reading)
	m := expresstest.Machine(t, workloads[0].definition, nil)
	start := express.Start{Name: "e", Input: in}
	n := testing.AllocsPerRun(1000, func() {
		if o := m.Run(t.Context(), start); o.Status != express.Succeeded {
			t.Fatal(outcome(o))
		}
	})
	if n > 2 {
		t.Errorf("%v allocations", n)
	}
}

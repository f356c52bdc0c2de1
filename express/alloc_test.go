//go:build !race && !arenas

package express_test

import (
	"testing"

	"github.com/seed66d9166c/express/express"
	"github.com/seed66d9166c/express/express/expresstest"
	"github.com/seed66d9166c/express/express/value"
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

// In an Arena it allocates nothing, the reading of its input included. Of tasks each
// is a Call; all together have a context.
func TestAllocationsInArena(t *testing.T) {
	for i, most := range map[int]float64{0: 0, 1: 3} {
		m := expresstest.Machine(t, workloads[i].definition, echo, borrow)
		event := []byte(reading)
		n := testing.AllocsPerRun(1000, func() {
			a := value.NewArena()
			in, err := m.ReadInput(a, event)
			if err != nil {
				t.Fatal(err)
			}
			if o := m.Run(t.Context(), express.Start{Name: "e", Input: in, Arena: a}); o.Status != express.Succeeded {
				t.Fatal(outcome(o))
			}
			a.Release()
		})
		if n > most {
			t.Errorf("%s: %v allocations, want at most %v", workloads[i].name, n, most)
		}
	}
}

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

// ReadInput leaves unread what no state looks into, and nothing else.
func TestReadInput(t *testing.T) {
	const list = `[1,2,3,4,5,6,7,8,9,10]`
	for _, tt := range []struct {
		expression string
		unread     bool
	}{
		{`"Parameters": {"a.$": "$.list"}`, true},
		{`"Parameters": {"a.$": "$.list[0]"}`, false},
		{`"Parameters": {"a.$": "$.list[*]"}`, false},
		{`"Parameters": {"a.$": "$..list"}`, false},
		{`"Parameters": {"a.$": "States.ArrayLength($.list)"}`, false},
		{`"QueryLanguage": "JSONata", "Output": "{% $states.input %}"`, false},
	} {
		m := expresstest.Machine(t, `{"StartAt": "A", "States": {"A": {"Type": "Pass", `+tt.expression+`, "End": true}}}`, nil)
		text := []byte(`{"list":` + list + `}`)
		reads := testing.AllocsPerRun(100, func() { m.ReadInput(nil, text) })
		v, err := m.ReadInput(nil, text)
		if err != nil || v.String() != string(text) {
			t.Errorf("%s: %v, %v", tt.expression, v, err)
		}
		looks := testing.AllocsPerRun(100, func() {
			v, _ := m.ReadInput(nil, text)
			list, _ := v.Get("list")
			list.Index(0)
		})
		if unread := looks > reads; unread != tt.unread {
			t.Errorf("%s: to read takes %v allocations, to look into the list as well %v", tt.expression, reads, looks)
		}
	}
}

//go:build !race

package telemetry

import (
	"testing"

	"github.com/seed66d9166c/express/express"
	"github.com/seed66d9166c/express/express/expresstest"
	"github.com/seed66d9166c/express/express/value"
	"github.com/seed66d9166c/express/internal/telemetry/otlp/otlptest"
)

// Once warm, neither a record nor an execution costs an allocation. (The race
// detector empties pools at random.)
func TestRecordAllocations(t *testing.T) {
	c := otlptest.Start(t, nil)
	tel := exporting(t, c)
	defer closeNow(t, tel)
	m := expresstest.Machine(t, passes, nil)
	for _, tt := range []struct {
		name string
		w    Workflow
	}{
		{"all", Workflow{Level: express.LevelAll}},
		{"error", Workflow{Level: express.LevelError}},
		{"tail", Workflow{Level: express.LevelAll, Tail: new(Tail)}},
		{"data", Workflow{Level: express.LevelAll, Data: true}},
	} {
		r := tel.Recorder(tt.w)
		s := &express.Start{Name: "order-7", ARN: "arn:order-7", Delivery: 1}
		e := &express.Event{Type: express.PassStateEntered, State: "A", Input: value.Object(value.Member{Key: "id", Val: value.Int(7)})}
		o := new(express.Outcome)
		run := func() {
			l := r.Open(t.Context(), m, s)
			for range 6 {
				if l.Enabled(e.Type) {
					l.Record(e)
				}
			}
			l.Close(o)
		}
		// a batch of 2048 records is an allocation now and then, and so is its request
		if allocs := testing.AllocsPerRun(300, run); allocs >= 1 {
			t.Errorf("%s: %v allocations an execution, want none", tt.name, allocs)
		}
	}
}

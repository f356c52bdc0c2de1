package express_test

import (
	"context"
	"testing"

	"github.com/seed66d9166c/express/express"
	"github.com/seed66d9166c/express/express/expresstest"
	"github.com/seed66d9166c/express/express/value"
)

// inArena runs an execution of m over an input, and is its outcome as text, and what
// is left of the output once the Arena was released.
func inArena(t *testing.T, m *express.Machine, input string) (before, after string) {
	t.Helper()
	a := value.NewArena()
	in, err := m.ReadInput(a, []byte(input))
	if err != nil {
		t.Fatal(err)
	}
	o := m.Run(t.Context(), express.Start{Name: "e", Input: in, Arena: a})
	before = outcome(o)
	a.Release()
	return before, outcome(o)
}

func borrow(o *express.Options) { o.Borrow = true }

// An execution in an Arena ends as any other does, over and over.
func TestArena(t *testing.T) {
	for _, w := range workloads {
		t.Run(w.name, func(t *testing.T) {
			m := expresstest.Machine(t, w.definition, echo, borrow)
			want := outcome(m.Run(t.Context(), express.Start{Name: "e", Input: parse(t, reading)}))
			for range 3 {
				if got, _ := inArena(t, m, reading); got != want {
					t.Errorf("got\n%s\nwant\n%s", got, want)
				}
			}
		})
	}
}

// Memory is used again only where nobody else has seen a value who may keep it.
func TestArenaKept(t *testing.T) {
	const pass = `{"StartAt": "A", "States": {"A": {"Type": "Pass", "Parameters": {"n.$": "$.n"}, "End": true}}}`
	const task = `{"StartAt": "A", "States": {"A": {"Type": "Task", "Resource": "func:f", "End": true}}}`
	seen := func(string, value.Value) {}
	for _, tt := range []struct {
		name, definition string
		options          func(*express.Options)
		kept             bool
	}{
		{"nobody", pass, func(*express.Options) {}, false},
		{"a task", task, func(*express.Options) {}, true},
		{"a task that borrows", task, borrow, false},
		{"a recorder", pass, func(o *express.Options) { new(expresstest.Transcript).Bind(o) }, true},
		{"a recorder that borrows", pass, func(o *express.Options) { new(expresstest.Transcript).Bind(o); o.Borrow = true }, false},
		{"an inspector", pass, func(o *express.Options) { o.Inspect, o.Borrow = seen, true }, true},
	} {
		m := expresstest.Machine(t, tt.definition, echo, tt.options)
		before, after := inArena(t, m, `{"n":{"m":1}}`)
		if kept := before == after; kept != tt.kept {
			t.Errorf("%s has seen values: they are %s, and after the release %s", tt.name, before, after)
		}
	}
}

// Threads of an execution that panicked may still be there.
func TestArenaOfPanic(t *testing.T) {
	var got value.Value
	m := expresstest.Machine(t, `{"StartAt": "A", "States": {"A": {"Type": "Task", "Resource": "func:f", "End": true}}}`,
		func(_ context.Context, c *express.Call) (value.Value, error) {
			got = c.Input
			panic("no")
		}, borrow)
	inArena(t, m, `{"n":1}`)
	if got.String() != `{"n":1}` {
		t.Errorf("the input is %s", got)
	}
}

// Package expresstest helps to test state machines: it compiles and runs a
// definition, with tasks that are functions or mocks and with a clock that takes no
// time, keeps a transcript of the events, and runs the test files that "express
// test" runs.
package expresstest

import (
	"context"
	"strings"
	"sync"
	"testing"

	"github.com/seed66d9166c/express/compiler"
	"github.com/seed66d9166c/express/express"
	"github.com/seed66d9166c/express/express/mock"
	"github.com/seed66d9166c/express/express/value"
	"github.com/seed66d9166c/express/internal/suite"
)

// Epoch is when executions on a virtual clock begin.
var Epoch = suite.Epoch

// Machine compiles a definition and binds it: invoke performs its tasks,
// whatever their kind. It ends the test if the definition has errors.
func Machine(t testing.TB, definition string, invoke express.InvokerFunc, options ...func(*express.Options)) *express.Machine {
	t.Helper()
	p, diags := compiler.Compile(t.Name(), []byte(definition), nil)
	if p == nil {
		t.Fatalf("compile: %v", diags)
	}
	o := express.Options{Identity: express.Identity{Name: "machine", ARN: "arn:machine", Role: "role"}}
	if invoke != nil {
		o.Invokers = make(map[string]express.Invoker)
		for _, task := range p.Tasks {
			o.Invokers[task.Kind] = invoke
		}
	}
	for _, option := range options {
		option(&o)
	}
	m, err := express.New(p, o)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// Virtual is an option of Machine: waits, retry intervals and timeouts take no
// time, and threads run one at a time, in an order that a rerun repeats.
func Virtual(o *express.Options) { mock.NewClock(Epoch).Bind(o) }

// Run runs an execution named "run" with an input in JSON.
func Run(t testing.TB, m *express.Machine, input string) express.Outcome {
	t.Helper()
	v, err := value.ParseString(input)
	if err != nil {
		t.Fatalf("input: %v", err)
	}
	return m.Run(t.Context(), express.Start{Name: "run", ARN: "arn:run", Input: v})
}

// A Transcript is a Recorder that keeps events as lines of text:
//
//	3<-2 PassStateExited First output={"a":1}
//
// It is safe for concurrent use; with several executions their lines mix.
type Transcript struct {
	mu    sync.Mutex // guards lines
	lines []string
}

var _ express.Recorder = (*Transcript)(nil)

// Bind is an option of Machine: it makes r the recorder.
func (r *Transcript) Bind(o *express.Options) { o.Recorder = r }

// Open begins the record of an execution.
func (r *Transcript) Open(context.Context, *express.Machine, *express.Start) express.Log { return r }

// Enabled reports that every event is wanted.
func (r *Transcript) Enabled(express.EventType) bool { return true }

// Record adds a line.
func (r *Transcript) Record(e *express.Event) {
	line := Line(e)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.lines = append(r.lines, line)
}

// Close does nothing: the last event has said it.
func (r *Transcript) Close(*express.Outcome) <-chan error { return nil }

// String is all lines.
func (r *Transcript) String() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return strings.Join(r.lines, "")
}

// Line is an event as a line of text: its ids, its type and the details that AWS
// shows of it.
func Line(e *express.Event) string { return suite.Line(e) }

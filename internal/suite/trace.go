package suite

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/seed66d9166c/express/express"
	"github.com/seed66d9166c/express/express/value"
)

// maxEvents bounds the events that a trace keeps to be shown, the last ones: a
// loop makes half a million, and nobody reads more than this.
const maxEvents = 1000

// A trace is the course of one execution: a Recorder that follows its threads. On a
// virtual clock branches and iterations begin in order. It is safe for concurrent
// use.
type trace struct {
	mu      sync.Mutex // guards what follows
	start   time.Time
	root    thread
	visits  map[uint64]*visit // by id of the event that entered the state
	inputs  map[string][]value.Value
	entered map[string]bool
	taken   map[transition]bool

	events  []express.Event // the last of them
	dropped int             // before those
}

// A thread is an execution, a branch or an iteration.
type thread struct{ visits []*visit }

// A visit is one entry of a state.
type visit struct {
	state    string
	failed   bool // the last attempt, so that it was a catcher that went on
	fork     bool // it has branches or iterations, if only none
	children []*thread
	attempt  int // how many of the children were of earlier attempts
}

var _ express.Recorder = (*trace)(nil)

func newTrace() *trace {
	return &trace{
		visits:  make(map[uint64]*visit),
		inputs:  make(map[string][]value.Value),
		entered: make(map[string]bool),
		taken:   make(map[transition]bool),
	}
}

// Open begins the record of an execution.
func (t *trace) Open(context.Context, *express.Machine, *express.Start) express.Log { return t }

// Enabled reports that every event is wanted.
func (t *trace) Enabled(express.EventType) bool { return true }

// Close does nothing: the outcome is known.
func (t *trace) Close(*express.Outcome) <-chan error { return nil }

// Record takes in an event.
func (t *trace) Record(e *express.Event) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.keep(e)
	v := t.visits[e.Entered]
	switch e.Type {
	case express.ExecutionStarted:
		t.start = e.Time
	case express.TaskScheduled, express.LambdaFunctionScheduled:
		v.failed = false
		t.inputs[e.State] = append(t.inputs[e.State], e.Input)
	case express.ParallelStateStarted, express.MapStateStarted:
		v.failed, v.fork, v.attempt = false, true, len(v.children)
	case express.MapIterationStarted:
		v.child(e.Index)
	case express.TaskFailed, express.TaskTimedOut, express.LambdaFunctionFailed, express.LambdaFunctionTimedOut,
		express.ParallelStateFailed, express.MapStateFailed, express.EvaluationFailed:
		v.failed = true
	default:
		if e.Entered == e.ID {
			t.enter(e)
		}
	}
}

// keep keeps e to be shown.
func (t *trace) keep(e *express.Event) {
	if len(t.events) < maxEvents {
		t.events = append(t.events, *e)
		return
	}
	t.events[t.dropped%maxEvents] = *e
	t.dropped++
}

// enter takes in that a state is entered.
func (t *trace) enter(e *express.Event) {
	at := &t.root
	if up := t.visits[e.Outer]; up != nil {
		at = up.child(e.Index)
	}
	if n := len(at.visits); n > 0 {
		before := at.visits[n-1]
		t.taken[transition{before.state, e.State, before.failed}] = true
	}
	v := &visit{state: e.State}
	at.visits = append(at.visits, v)
	t.visits[e.ID] = v
	t.entered[e.State] = true
}

// child is the branch or iteration of the attempt that runs with this index.
func (v *visit) child(index int) *thread {
	for len(v.children) <= v.attempt+index {
		v.children = append(v.children, new(thread))
	}
	return v.children[v.attempt+index]
}

// path is the states that were entered, in order: the name of each, and with a
// Parallel or Map state the paths of its branches or iterations.
func (t *trace) path() value.Value { return t.root.path() }

func (t *thread) path() value.Value {
	steps := make([]value.Value, len(t.visits))
	for i, v := range t.visits {
		if steps[i] = value.String(v.state); !v.fork {
			continue
		}
		paths := make([]value.Value, len(v.children))
		for j, kid := range v.children {
			paths[j] = kid.path()
		}
		steps[i] = value.Object(value.Member{Key: v.state, Val: value.Array(paths...)})
	}
	return value.Array(steps...)
}

// tasks are the inputs that the tasks of each state were called with.
func (t *trace) tasks() value.Value {
	return t.byState(func(inputs []value.Value) value.Value { return value.Array(inputs...) })
}

// calls are how often the task of each state was called.
func (t *trace) calls() value.Value {
	return t.byState(func(inputs []value.Value) value.Value { return value.Int(int64(len(inputs))) })
}

func (t *trace) byState(of func([]value.Value) value.Value) value.Value {
	members := make([]value.Member, 0, len(t.inputs))
	for state, inputs := range t.inputs {
		members = append(members, value.Member{Key: state, Val: of(inputs)})
	}
	slices.SortFunc(members, func(a, b value.Member) int { return strings.Compare(a.Key, b.Key) })
	return value.Object(members...)
}

// transcript is the last events, at most this many, a line each: how long after
// the start, and what.
func (t *trace) transcript(most int) string {
	var b strings.Builder
	first := max(0, len(t.events)-most)
	if before := t.dropped + first; before > 0 {
		fmt.Fprintf(&b, "%10s  (%d events before)\n", "", before)
	}
	for i := first; i < len(t.events); i++ {
		e := &t.events[(t.dropped+i)%len(t.events)]
		fmt.Fprintf(&b, "%10s  %s\n", e.Time.Sub(t.start), cut(strings.TrimSuffix(Line(e), "\n")))
	}
	return b.String()
}

// maxLine is how much of an event is shown, in bytes: three lines of a terminal.
const maxLine = 240

func cut(line string) string {
	if len(line) <= maxLine {
		return line
	}
	return strings.ToValidUTF8(line[:maxLine], "") + "..."
}

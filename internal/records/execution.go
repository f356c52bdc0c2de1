package records

import (
	"cmp"
	"slices"
	"strings"
	"time"
)

// An Execution is what the records say of one delivery of an execution.
type Execution struct {
	Workflow, Version string
	Name, ARN         string
	Attempt           int
	Status            string // SUCCEEDED, FAILED, TIMED_OUT, ABORTED; "" where its end is not recorded
	Error, Cause      string
	Input, Output     string // JSON, "" where data is not recorded
	Start, End        time.Time
	States            []*Span // in the order in which they were entered
	Missing           int     // events without a record: by the level, or lost
}

// A Span is one visit of a state.
type Span struct {
	State, Type   string
	Index         int // which iteration of the Map, or branch of the Parallel, it is in
	Start, End    time.Time
	Done          bool // its exit is recorded
	Input, Output string
	Variables     string
	Calls         []*Call // of its task, by attempt
	Error, Cause  string  // the last one
	Inner         []*Span // of branches and iterations
	Length        int     // items of a Map
	Attempts      int     // of the task, the branches or the iterations
}

// A Call is one attempt of a task.
type Call struct {
	Resource     string // SERVICE:ACTION, or the ARN of a function
	Start, End   time.Time
	Parameters   string
	Output       string
	Error, Cause string
	Done         bool
}

// statuses are the ways in which an execution ends, by the type of its last
// event.
var statuses = map[string]string{
	"ExecutionSucceeded": "SUCCEEDED",
	"ExecutionFailed":    "FAILED",
	"ExecutionTimedOut":  "TIMED_OUT",
	"ExecutionAborted":   "ABORTED",
}

// Executions draws the executions again that records are of, in the order of
// their first records.
func Executions(all []*Record) []*Execution {
	of := make(map[run][]*Record)
	var order []run
	for _, r := range all {
		key := r.run()
		if of[key] == nil {
			order = append(order, key)
		}
		of[key] = append(of[key], r)
	}
	var xs []*Execution
	for _, key := range order {
		xs = append(xs, assemble(of[key]))
	}
	return xs
}

// A thread is an execution, a branch or an iteration.
type thread struct {
	up    *thread
	of    *Span // of which it is a part, nil for the execution
	index int
	now   *Span // that it is in
}

// An assembly is an execution that is being put together.
type assembly struct {
	x       *Execution
	root    *thread
	threads map[uint64]*thread // by the id of the events in them
	kids    map[*Span]int      // branches begun
	open    map[string]*Span   // visits that have not ended, by state; the last one of each
}

// assemble puts together the execution that records are of.
func assemble(records []*Record) *Execution {
	slices.SortStableFunc(records, func(a, b *Record) int { return cmp.Compare(a.ID, b.ID) })
	records = slices.CompactFunc(records, func(a, b *Record) bool { return a.ID == b.ID }) // delivered twice by a collector
	first, last := records[0], records[len(records)-1]
	x := &Execution{
		Workflow: first.Workflow, Version: first.Version, Name: first.Execution, ARN: first.ARN, Attempt: first.Attempt,
		Start: first.Time, End: last.Time, Missing: int(last.ID) - len(records),
	}
	a := &assembly{x: x, root: new(thread), threads: make(map[uint64]*thread), kids: make(map[*Span]int), open: make(map[string]*Span)}
	for _, r := range records {
		a.add(r)
	}
	return x
}

// add takes up one event.
func (a *assembly) add(r *Record) {
	t := a.threads[r.Prev]
	if t == nil {
		t = a.root
	}
	switch {
	case r.Type == "ExecutionStarted":
		a.x.Input = r.Input
	case statuses[r.Type] != "":
		a.x.Status, a.x.Error, a.x.Cause, a.x.Output = statuses[r.Type], r.Error, r.Cause, r.Output
	case strings.HasSuffix(r.Type, "StateEntered"):
		t = a.enter(t, r)
		a.open[r.State] = t.now
	case strings.HasSuffix(r.Type, "StateAborted") && a.open[r.State] != nil: // it follows what aborted it
		a.open[r.State].End = r.Time
	case r.Type == "MapIterationStarted":
		t = t.inside("Map", r.State)
		t = &thread{up: t, of: t.now, index: r.Index}
	default:
		t = a.within(t, r)
	}
	a.threads[r.ID] = t
}

// enter begins a visit of a state: that of a branch, where the thread is in a
// Parallel state that has begun no such one.
func (a *assembly) enter(t *thread, r *Record) *thread {
	if t.now != nil && t.now.Type == "Parallel" && !t.now.Done && t.now.Attempts > 0 {
		a.kids[t.now]++
		t = &thread{up: t, of: t.now, index: a.kids[t.now] - 1}
	}
	s := &Span{
		State: r.State, Type: cmp.Or(r.StateType, strings.TrimSuffix(r.Type, "StateEntered")),
		Index: t.index, Start: r.Time, Input: r.Input,
	}
	t.now = s
	if t.of != nil {
		t.of.Inner = append(t.of.Inner, s)
	} else {
		a.x.States = append(a.x.States, s)
	}
	return t
}

// inside is the innermost thread, t or one around it, that is in a state of this
// type and name; either may be "".
func (t *thread) inside(typ, name string) *thread {
	for u := t; u != nil; u = u.up {
		if u.now != nil && (typ == "" || u.now.Type == typ) && (name == "" || u.now.State == name) {
			return u
		}
	}
	return t
}

// within takes up an event within a state, and is the thread that it belongs to.
func (a *assembly) within(t *thread, r *Record) *thread {
	switch {
	case strings.HasSuffix(r.Type, "StateExited"):
		t = t.inside("", r.State)
	case strings.HasPrefix(r.Type, "ParallelState"):
		t = t.inside("Parallel", "")
	case strings.HasPrefix(r.Type, "MapState"):
		t = t.inside("Map", "")
	case strings.HasPrefix(r.Type, "MapIteration"):
		t = t.inside("Map", r.State)
	}
	s := t.now
	if s == nil || s.State != r.State && r.State != "" { // its entry is not recorded
		t.now = &Span{State: r.State, Type: r.StateType, Index: t.index, Start: r.Time}
		s = t.now
		a.x.States = append(a.x.States, s)
	}
	s.End = r.Time
	switch event := r.Type; {
	case strings.HasSuffix(event, "StateExited"):
		s.Done, s.Output, s.Variables = true, r.Output, r.Variables
		s.endInner()
	case event == "ParallelStateStarted", event == "MapStateStarted":
		s.Attempts++
		s.Length = r.Length
		a.kids[s] = 0
	case event == "TaskScheduled", event == "LambdaFunctionScheduled":
		s.Attempts++
		s.Calls = append(s.Calls, &Call{Resource: resource(r), Start: r.Time, Parameters: cmp.Or(r.Parameters, r.Input)})
	case r.Error != "":
		s.Error, s.Cause = r.Error, r.Cause
		s.endCall(r)
	case strings.HasSuffix(event, "Succeeded"), strings.HasSuffix(event, "TimedOut"), strings.HasSuffix(event, "Failed"):
		s.endCall(r)
	}
	return t
}

// endInner ends what was aborted in the branches and iterations of s.
func (s *Span) endInner() {
	for _, in := range s.Inner {
		if in.End.IsZero() {
			in.End = s.End
		}
		in.endInner()
	}
}

// endCall ends the attempt that s is in, if it is in one.
func (s *Span) endCall(r *Record) {
	if n := len(s.Calls); n > 0 && !s.Calls[n-1].Done {
		c := s.Calls[n-1]
		c.Done, c.End, c.Output, c.Error, c.Cause = true, r.Time, r.Output, r.Error, r.Cause
	}
}

// resource is what a task calls.
func resource(r *Record) string {
	if r.Service == "" {
		return r.Resource
	}
	return r.Service + ":" + r.Resource
}

// Package conformance runs recorded executions of the real service and compares
// what happens here: level 1 the status and the output or error, level 2 causes,
// what tasks were called with, and the history, level 3 the ids in the history.
package conformance

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/seed66d9166c/express/compiler"
	"github.com/seed66d9166c/express/express"
	"github.com/seed66d9166c/express/express/mock"
	"github.com/seed66d9166c/express/express/program"
	"github.com/seed66d9166c/express/express/value"
)

// Run runs every case and compares it with its recording.
func Run(cases []*Case) []Result {
	results := make([]Result, len(cases))
	for i, c := range cases {
		results[i] = c.run()
	}
	return results
}

func (c *Case) run() Result {
	r := Result{ID: c.ID, Area: c.Area, Skip: c.Unusable(), jsonPath: c.JSONPath()}
	if r.Skip != "" {
		return r
	}
	p, err := c.play()
	if err != nil {
		r.Diff[0] = err.Error()
		return r
	}
	r.Diff[0] = p.compareOutcome(&c.Expected)
	r.Diff[1] = p.compareCourse(c)
	if recordedIDs(c.Events) && !c.Sorted {
		r.Diff[2] = diffIDs(c.Events, p.events)
	}
	return r
}

// A play is what happened in one execution.
type play struct {
	outcome express.Outcome
	inputs  []TaskInput
	events  []Event
}

// identity is that of the recordings. A Standard execution's ARN has another
// form than one of an Express Workflow.
const (
	account = "arn:aws:states:us-east-1:111111111111:"
	machine = "recorded"
	run     = "run-1"
)

func (c *Case) arn() string {
	if c.WorkflowType == "STANDARD" {
		return account + "execution:" + machine + ":" + run
	}
	return account + "express:" + machine + ":" + run + ":0d5e"
}

func (c *Case) play() (*play, error) {
	definition := []byte(c.Definition)
	if s := ""; json.Unmarshal(definition, &s) == nil {
		definition = []byte(s)
	}
	prog, found := compiler.Compile(machine, definition, &compiler.Options{Resolve: anyTask})
	if prog == nil {
		return nil, fmt.Errorf("compile: %w", found.Err())
	}
	input, err := value.Parse(c.Input)
	if err != nil {
		return nil, fmt.Errorf("input: %w", err)
	}
	recording, err := c.recording(prog)
	if err != nil {
		return nil, fmt.Errorf("mocks: %w", err)
	}
	clock := mock.NewClock(time.Date(2026, time.January, 5, 9, 30, 0, 250e6, time.UTC))
	recording.Threads = clock
	recording.Match = func(when, input value.Value) bool { return Match(strip(generic(when)), strip(generic(input))) }

	p := new(play)
	rec := &recorder{play: p}
	o := express.Options{
		Identity: express.Identity{
			Name: machine, ARN: account + "stateMachine:" + machine, Role: "arn:aws:iam::111111111111:role/xrole1",
		},
		Recorder: rec,
		Rand:     rand.New(rand.NewPCG(1, 1)),
		Invokers: map[string]express.Invoker{},
	}
	for _, t := range prog.Tasks {
		o.Invokers[t.Kind] = rec.watch(recording)
	}
	clock.Bind(&o)
	m, err := express.New(prog, o)
	if err != nil {
		return nil, err
	}
	p.outcome = m.Run(context.Background(), express.Start{
		Name: run, ARN: c.arn(), Input: input, Sync: strings.Contains(c.ID, "express_sync"),
	})
	if err := recording.Err(); err != nil {
		return nil, err
	}
	return p, nil
}

// recording is what the tasks of the case answered. The recorder kept a cause
// that was JSON as JSON; a Python function called directly writes it with
// blanks, which then stand in outputs and later causes.
func (c *Case) recording(prog *program.Program) (*mock.Recording, error) {
	if c.Mocks == nil {
		return mock.ParseRecording([]byte("{}"))
	}
	direct := map[string]bool{}
	for _, s := range prog.States {
		for _, in := range prog.Code[s.Entry:s.End] {
			if in.Op == program.OpTask {
				direct[s.Name] = prog.Tasks[in.A].Service == ""
			}
		}
	}
	mocks := map[string]any{}
	d := json.NewDecoder(bytes.NewReader(c.Mocks))
	d.UseNumber() // 0.0 stays 0.0
	if err := d.Decode(&mocks); err != nil {
		return nil, err
	}
	for state, list := range mocks {
		for _, answer := range list.([]any) {
			throw, _ := answer.(map[string]any)["Throw"].(map[string]any)
			if cause, ok := throw["Cause"].(map[string]any); ok && direct[state] {
				throw["Cause"] = python(cause)
			}
		}
	}
	b, err := json.Marshal(mocks)
	if err != nil {
		return nil, err
	}
	return mock.ParseRecording(b)
}

// python is v as Python's json module prints it.
func python(v any) string {
	switch v := v.(type) {
	case map[string]any:
		var parts []string
		for _, k := range slices.Sorted(maps.Keys(v)) {
			parts = append(parts, text(k)+": "+python(v[k]))
		}
		return "{" + strings.Join(parts, ", ") + "}"
	case []any:
		var parts []string
		for _, e := range v {
			parts = append(parts, python(e))
		}
		return "[" + strings.Join(parts, ", ") + "]"
	}
	return text(v)
}

// anyTask leaves what the compiler knows to it. The recorded tasks all are
// AWS's; their answers come from the recording, whoever would perform them.
func anyTask(string) (program.Task, error) { return program.Task{}, nil }

func (p *play) compareOutcome(want *Expected) string {
	got := &p.outcome
	if got.Status.String() != want.Status {
		return fmt.Sprintf("status: got %v%s, want %s", got.Status, describe(got.Err), want.Status)
	}
	if got.Status == express.Succeeded {
		if out := generic(got.Output); !Match(strip(want.Output), strip(out)) {
			return fmt.Sprintf("output: got %.500s, want %.500s", text(out), text(want.Output))
		}
		if want.OutputText != nil && !Match(*want.OutputText, got.Output.String()) {
			return fmt.Sprintf("output: got the text %.500s, want %.500s", got.Output, *want.OutputText)
		}
		return ""
	}
	name := ""
	if got.Err != nil {
		name = got.Err.Name
	}
	if w := deref(want.Error); !Match(w, name) {
		return fmt.Sprintf("error: got %q, want %q", name, w)
	}
	return ""
}

func (p *play) compareCourse(c *Case) string {
	if got, want := cause(p.outcome.Err), c.Expected.Cause; !sameMember(want, got) && p.outcome.Status != express.Succeeded {
		return fmt.Sprintf("cause: got %.500s, want %.500s", text(got), text(want))
	}
	if diff := diffInputs(c.TaskInputs, p.inputs, concurrent(c.Events)); diff != "" {
		return diff
	}
	if len(c.Events) > 0 {
		if diff := diffEvents(c.Events, p.events, c.Sorted); diff != "" {
			return diff
		}
	}
	if c.End != nil {
		if diff := diffInOrder([]Event{*c.End}, p.events[len(p.events)-1:]); diff != "" {
			return "at the end: " + diff
		}
	}
	return diffLogs(c.Logs, logged(c.Logging, p.events))
}

// diffInputs compares what each state's task was called with, in order unless
// threads ran side by side.
func diffInputs(want, got []TaskInput, anyOrder bool) string {
	if len(want) == 0 {
		return "" // they were not recorded
	}
	left := map[string][]TaskInput{}
	for _, g := range got {
		left[g.State] = append(left[g.State], g)
	}
	for _, w := range want {
		expected := w.Parameters
		if expected == nil {
			expected = w.Input
		}
		calls := left[w.State]
		i := slices.IndexFunc(calls, func(g TaskInput) bool { return expected == nil || sameMember(expected, g.Input) })
		if i < 0 || i > 0 && !anyOrder {
			return fmt.Sprintf("task %s was not called with %.500s but with %.500s", w.State, text(expected), text(calls))
		}
		left[w.State] = slices.Delete(calls, i, i+1)
	}
	for _, state := range slices.Sorted(maps.Keys(left)) {
		if calls := left[state]; len(calls) > 0 {
			return fmt.Sprintf("task %s was called with %.500s too", state, text(calls))
		}
	}
	return ""
}

// A recorder writes down the history and the inputs of the tasks.
type recorder struct {
	play *play
	mu   sync.Mutex // guards play
}

func (r *recorder) watch(next express.Invoker) express.Invoker {
	return express.InvokerFunc(func(ctx context.Context, c *express.Call) (value.Value, error) {
		r.mu.Lock()
		r.play.inputs = append(r.play.inputs, TaskInput{State: c.State, Input: generic(c.Input)})
		r.mu.Unlock()
		return next.Invoke(ctx, c)
	})
}

// Open makes r the log of the one execution.
func (r *recorder) Open(context.Context, *express.Machine, *express.Start) express.Log { return r }

// Enabled wants everything.
func (r *recorder) Enabled(express.EventType) bool { return true }

// Close has nothing to wait for.
func (r *recorder) Close(*express.Outcome) <-chan error { return nil }

// Record writes e down in the form of the recordings.
func (r *recorder) Record(e *express.Event) {
	has := func(d express.Details) bool { return e.Type.Has()&d != 0 }
	out := Event{
		ID: json.Number(strconv.FormatUint(e.ID, 10)), Prev: json.Number(strconv.FormatUint(e.Prev, 10)),
		Type: e.Type.String(), typ: e.Type,
	}
	if has(express.HasName) {
		out.Name = e.State
	}
	if has(express.HasInput) {
		out.Input = generic(e.Input)
	}
	if has(express.HasOutput) {
		out.Output = generic(e.Output)
	}
	if has(express.HasVars) && !e.Vars.IsNothing() {
		out.AssignedVariables = generic(e.Vars)
	}
	if has(express.HasError) && e.Err != nil {
		if e.Err.Name != "" {
			out.Error = e.Err.Name
		}
		out.Cause = cause(e.Err)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.play.events = append(r.play.events, out)
}

// cause is the cause of e as the service shows it: nil if there is none.
func cause(e *express.Error) any {
	if e == nil || e.NoCause {
		return nil
	}
	return e.Cause
}

func describe(e *express.Error) string {
	if e == nil {
		return ""
	}
	return fmt.Sprintf(" (%s: %.300s)", e.Name, e.Cause)
}

// generic is v as encoding/json decodes it to any.
func generic(v value.Value) any {
	var a any
	if err := json.Unmarshal([]byte(v.String()), &a); err != nil {
		panic(errors.Join(errors.New("a value prints as no JSON"), err))
	}
	return a
}

func text(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		return fmt.Sprint(v)
	}
	return strings.TrimSpace(string(b))
}

func deref(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

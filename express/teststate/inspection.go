package teststate

import (
	"github.com/seed66d9166c/express/compiler"
	"github.com/seed66d9166c/express/express/program"
	"github.com/seed66d9166c/express/express/value"
)

// An Inspection is what a test shows of a state.
type Inspection struct {
	Stages   []Stage // of the data flow, in order
	Handling *ErrorDetails
	Request  *HTTPRequest // of an HTTP task, at level TRACE
	Response *HTTPResponse
}

// A Stage is a value on its way through a state, under the name that AWS gives
// it: input, afterInputPath, afterParameters, ...
type Stage struct {
	Name  string
	Value value.Value
}

// ErrorDetails say what takes an error: a retrier or a catcher, by its place in
// its list from 0, and in how many seconds a retrier would try again, without
// jitter.
type ErrorDetails struct {
	CatchIndex *int   `json:"catchIndex,omitempty"`
	RetryIndex *int   `json:"retryIndex,omitempty"`
	Interval   *int64 `json:"retryBackoffIntervalSeconds,omitempty"`
}

// A flow is what the engine showed of an execution.
type flow struct {
	states   int // that have begun
	over     bool
	seen     map[string]value.Value // of the state under test
	selected []value.Value          // after ItemSelector, by item
	assigned value.Value            // variables, by name
}

// see takes up a stage of the state under test.
func (t *test) see(stage string, v value.Value) {
	f := &t.flow
	if stage == "input" {
		f.states++
	}
	switch {
	case f.states != t.before+1:
	case stage == "variables":
		f.assigned = v
	case f.over:
	case stage == itemSelector.stage:
		f.selected = append(f.selected, v)
	default:
		f.seen[stage] = v
	}
}

// gather makes a stage of what ItemSelector made of the items, if it did so of all.
func (t *test) gather() {
	items, ok := t.flow.seen[items.stage]
	if ok && t.has(itemSelector.fields) && len(t.flow.selected) == items.Len() {
		t.flow.seen[itemSelector.stage] = value.Array(t.flow.selected...)
	}
}

// A step is a stage of a type of state, as AWS shows it. The engine leaves out
// what does nothing: then the value is the one of the step before.
type step struct {
	stage  string
	fields []string     // one of them makes the engine go through the stage,
	always bool         // or it does so anyway
	hidden bool         // AWS does not show it
	absent *value.Value // the value where there is no such field; one that is nothing for no stage
}

var (
	none = new(value.Value)
	zero = new(value.Int(0))

	inputPath    = step{stage: "afterInputPath", fields: []string{"InputPath"}}
	parameters   = step{stage: "afterParameters", fields: []string{"Parameters"}}
	result       = step{stage: "result", always: true}
	selector     = step{stage: "afterResultSelector", fields: []string{"ResultSelector"}}
	resultPath   = step{stage: "afterResultPath", fields: []string{"ResultPath"}}
	arguments    = step{stage: "afterArguments", fields: []string{"Arguments"}}
	items        = step{stage: "afterItemsPath", always: true}
	itemSelector = step{stage: "afterItemSelector", fields: []string{"ItemSelector", "Parameters"}, absent: none}
	settings     = []step{
		{stage: "maxConcurrency", fields: []string{"MaxConcurrency", "MaxConcurrencyPath"}, absent: zero},
		{stage: "toleratedFailureCount", fields: []string{"ToleratedFailureCount", "ToleratedFailureCountPath"}, absent: none},
		{stage: "toleratedFailurePercentage", fields: []string{"ToleratedFailurePercentage", "ToleratedFailurePercentagePath"}, absent: none},
		itemSelector,
	}
)

func (s step) hide() step {
	s.hidden = true
	return s
}

// steps are what AWS shows of a state of this type behind its input.
func (s *state) steps() []step {
	kind := s.kind
	items := items
	if s.fields["ItemReader"] != nil || s.jsonata {
		items = items.hide()
	}
	switch {
	case s.jsonata && kind == program.TypeTask:
		return []step{arguments, result}
	case s.jsonata && kind == program.TypeMap:
		return append([]step{items}, settings...)
	case s.jsonata:
		return nil
	case kind == program.TypeTask:
		return []step{inputPath, parameters, result, selector, resultPath}
	case kind == program.TypeMap:
		return append(append([]step{inputPath, items}, settings...), result.hide(), selector, resultPath)
	case kind == program.TypePass && s.fields["Result"] == nil:
		return []step{inputPath, parameters, selector, resultPath}
	case kind == program.TypePass:
		return []step{inputPath.hide(), parameters.hide(), result, selector, resultPath}
	case kind == program.TypeParallel:
		return []step{inputPath.hide(), parameters.hide(), result.hide(), selector, resultPath}
	}
	return []step{inputPath}
}

// has reports whether the engine does something for one of these fields.
func (s *state) has(fields []string) bool {
	for _, f := range fields {
		if v := s.fields[f]; v != nil && string(v) != `"$"` {
			return true
		}
	}
	return false
}

// stages are the steps of the state, up to the one that failed.
func (t *test) stages() []Stage {
	current := t.input
	all := []Stage{{"input", current}}
	for _, s := range t.steps() {
		v, seen := t.flow.seen[s.stage]
		switch {
		case seen:
		case s.always || t.has(s.fields):
			return all
		case s.absent != nil:
			v = *s.absent
		default:
			v = current
		}
		if !s.hidden && !v.IsNothing() {
			all = append(all, Stage{s.stage, v})
		}
		if s.absent == nil {
			current = v
		}
	}
	return all
}

// inspection is what is shown of the test.
func (t *test) inspection(r *Response) *Inspection {
	t.gather()
	i := &Inspection{Stages: t.stages(), Handling: t.handling}
	if !t.pointed.IsNothing() {
		i.Stages = append(i.Stages, Stage{"afterItemsPointer", t.pointed})
	}
	if !t.batches.IsNothing() {
		i.Stages = append(i.Stages, Stage{"afterItemBatcher", t.batches})
	}
	if vars := t.after(r); vars.Len() > 0 {
		i.Stages = append(i.Stages, Stage{"variables", vars})
	}
	if t.Level == Trace && t.kind == program.TypeTask && t.task().Kind == compiler.KindHTTP {
		t.http(i)
	}
	return i
}

// after are the variables behind the state: those that were given, and what it
// has assigned if it went on.
func (t *test) after(r *Response) value.Value {
	vars := t.variables
	if r.Status == Succeeded || r.Status == CaughtError {
		for name, v := range t.flow.assigned.Members() {
			vars = vars.With(name, v)
		}
	}
	return vars
}

// http shows the request and the response of an HTTP task, if it came to them.
func (t *test) http(i *Inspection) {
	for _, s := range i.Stages {
		switch s.Name {
		case "afterParameters", "afterArguments":
			i.Request = httpRequest(s.Value)
		case "result":
			i.Response = httpResponse(s.Value, i.Request.Protocol)
		}
	}
}

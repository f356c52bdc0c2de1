package metrics

import (
	"context"
	"sync/atomic"
	"time"

	"go.opentelemetry.io/otel/trace"

	"github.com/seed66d9166c/express/express"
	"github.com/seed66d9166c/express/express/program"
	"github.com/seed66d9166c/express/internal/telemetry/semconv"
)

// A Workflow counts the executions of one workflow, by all versions of it. It is
// an express.Recorder, and safe for concurrent use.
type Workflow struct {
	name string
	logs [2]log // by whether an event started the execution

	active    atomic.Int64
	succeeded [2]*histogram // as logs: nearly all executions
	ended     family[endKey, histogram]
	states    family[stateKey, histogram]
	tasks     family[taskKey, histogram]
	retries   family[string, atomic.Uint64] // by state
	errors    family[string, string]        // names that are told apart
}

// maxNames is the most names of errors that the metrics of a workflow tell apart.
// It is more than definitions have; services that make names up count as other.
const maxNames = 200

type endKey struct {
	event  int // as logs
	status express.Status
	error  string
}

type stateKey struct {
	name  string
	exits express.EventType // of its type
}

type taskKey struct{ state, operation, target, error string }

var _ express.Recorder = (*Workflow)(nil)

func newWorkflow(name string, exponential, examples bool) *Workflow {
	fresh := func() *histogram { return newHistogram(exponential, examples) }
	w := &Workflow{
		name:      name,
		succeeded: [2]*histogram{fresh(), fresh()},
		ended:     family[endKey, histogram]{fresh: func(endKey) *histogram { return fresh() }},
		states: family[stateKey, histogram]{
			fresh: func(stateKey) *histogram { return fresh() }, most: maxSeries, other: stateKey{name: semconv.Other},
		},
		tasks: family[taskKey, histogram]{ // every state may fail with every name
			fresh: func(taskKey) *histogram { return fresh() }, most: maxSeries, other: taskKey{state: semconv.Other, error: semconv.Other},
		},
		retries: family[string, atomic.Uint64]{
			fresh: func(string) *atomic.Uint64 { return new(atomic.Uint64) }, most: maxSeries, other: semconv.Other,
		},
		errors: family[string, string]{
			fresh: func(name string) *string { return &name }, most: maxNames, other: semconv.Other,
		},
	}
	for _, name := range []string{
		semconv.Other, express.ErrTaskFailed, express.ErrTimeout, express.ErrRuntime,
		express.ErrDataLimitExceeded, express.ErrQueryEvaluation, express.ErrThreshold,
	} {
		w.errors.get(name) // the engine's own have their place
	}
	for i := range w.logs {
		w.logs[i] = log{w, i}
	}
	return w
}

// observed are a row each type of event that is counted, or whose time is: a
// state that cannot wait takes no time worth knowing, and pays nothing.
var observed = [express.NumEvents]bool{
	express.TaskStateExited:         true,
	express.WaitStateExited:         true,
	express.ParallelStateEntered:    true, // so that its time is known
	express.ParallelStateExited:     true,
	express.MapStateEntered:         true,
	express.MapStateExited:          true,
	express.TaskScheduled:           true,
	express.TaskSucceeded:           true,
	express.TaskFailed:              true,
	express.TaskTimedOut:            true,
	express.LambdaFunctionScheduled: true,
	express.LambdaFunctionSucceeded: true,
	express.LambdaFunctionFailed:    true,
	express.LambdaFunctionTimedOut:  true,
}

// Enabled reports whether Record wants events of type t.
func Enabled(t express.EventType) bool { return observed[t] }

// Begin counts an execution that began.
func (w *Workflow) Begin() { w.active.Add(1) }

// Record counts an event that happened in a span.
func (w *Workflow) Record(e *express.Event, in trace.SpanContext) {
	switch e.Type {
	case express.TaskStateExited, express.WaitStateExited, express.ParallelStateExited, express.MapStateExited:
		if !e.Since.IsZero() {
			w.states.get(stateKey{e.State, e.Type}).record(e.Time.Sub(e.Since), in)
		}
	case express.TaskScheduled, express.LambdaFunctionScheduled:
		if e.Retry > 0 {
			w.retries.get(e.State).Add(1)
		}
	case express.TaskSucceeded, express.LambdaFunctionSucceeded:
		w.attempted(e, "", in)
	case express.TaskFailed, express.TaskTimedOut, express.LambdaFunctionFailed, express.LambdaFunctionTimedOut:
		w.attempted(e, w.errorType(e.Err), in)
	}
}

// exitTypes are the types of the states that events say the end of.
var exitTypes = map[express.EventType]string{
	express.TaskStateExited:     program.TypeTask.String(),
	express.WaitStateExited:     program.TypeWait.String(),
	express.ParallelStateExited: program.TypeParallel.String(),
	express.MapStateExited:      program.TypeMap.String(),
}

// attempted counts an attempt of a task.
func (w *Workflow) attempted(e *express.Event, failure string, in trace.SpanContext) {
	k := taskKey{state: e.State, error: failure}
	if op, sends := semconv.OperationOf(e.Task); sends {
		k.operation, k.target = op, e.Task.Target
	}
	w.tasks.get(k).record(e.Time.Sub(e.Since), in)
}

// errorType is the error.type of err, as far as names are told apart.
func (w *Workflow) errorType(err *express.Error) string { return *w.errors.get(semconv.ErrorType(err)) }

// End counts how an execution ended. in is its span.
func (w *Workflow) End(s *express.Start, o *express.Outcome, in trace.SpanContext) {
	w.end(fromEvent(s), o, in)
}

// fromEvent is 1 if an event started the execution, else 0.
func fromEvent(s *express.Start) int {
	if s.Delivery > 0 && !s.Sync {
		return 1
	}
	return 0
}

func (w *Workflow) end(event int, o *express.Outcome, in trace.SpanContext) {
	w.active.Add(-1)
	h := w.succeeded[event]
	if o.Status != express.Succeeded {
		k := endKey{event: event, status: o.Status}
		if o.Status != express.Aborted {
			k.error = w.errorType(o.Err)
		}
		h = w.ended.get(k)
	}
	h.record(o.Stop.Sub(o.Start), in)
}

// Open counts an execution. What its Log needs is made once.
func (w *Workflow) Open(_ context.Context, _ *express.Machine, s *express.Start) express.Log {
	w.Begin()
	return &w.logs[fromEvent(s)]
}

// A log is the Log of executions of which nothing but metrics is wanted.
type log struct {
	w     *Workflow
	event int
}

func (l *log) Enabled(t express.EventType) bool { return observed[t] }

func (l *log) Record(e *express.Event) { l.w.Record(e, trace.SpanContext{}) }

func (l *log) Close(o *express.Outcome) <-chan error {
	l.w.end(l.event, o, trace.SpanContext{})
	return nil
}

// collect adds all values of w.
func (w *Workflow) collect(c *collection) {
	c.number(ExecutionActive, w.active.Load(), w.name)
	processed := func(h *histogram, failure string) {
		c.durations(ProcessDuration, h, semconv.NATS, "process", w.name, failure)
	}
	for event, h := range w.succeeded {
		c.durations(ExecutionDuration, h, w.name, express.Succeeded.String(), "")
		if event == 1 {
			processed(h, "")
		}
	}
	for k, h := range w.ended.each() {
		c.durations(ExecutionDuration, h, w.name, k.status.String(), k.error)
		if k.event == 1 {
			processed(h, k.error)
		}
	}
	for k, h := range w.states.each() {
		c.durations(StateDuration, h, w.name, k.name, exitTypes[k.exits])
	}
	for k, h := range w.tasks.each() {
		c.durations(TaskDuration, h, w.name, k.state, k.error)
		if k.operation != "" {
			c.durations(OperationDuration, h, semconv.NATS, k.operation, k.target, k.error)
			c.number(SentMessages, h.count(), semconv.NATS, k.operation, k.target)
		}
	}
	for state, n := range w.retries.each() {
		c.number(TaskRetry, int64(n.Load()), w.name, state)
	}
}

// Counts is how many executions there were.
type Counts struct {
	Running int64
	Ended   [express.Aborted + 1]uint64 // by express.Status
}

// add adds the counts of w to n.
func (n *Counts) add(w *Workflow) {
	n.Running += w.active.Load()
	for _, h := range w.succeeded {
		n.Ended[express.Succeeded] += uint64(h.count())
	}
	for k, h := range w.ended.each() {
		n.Ended[k.status] += uint64(h.count())
	}
}

// A Feed counts the events of a consumer.
type Feed struct {
	workflow, template, group string

	consumed, redelivered atomic.Uint64
	lag                   *histogram
}

// Received counts a delivery of an event, which was published then; it is the
// event's first one where attempt is 1.
func (f *Feed) Received(published time.Time, attempt int) {
	f.consumed.Add(1)
	if attempt > 1 {
		f.redelivered.Add(1)
		return
	}
	f.lag.record(time.Since(published), trace.SpanContext{})
}

func (f *Feed) collect(c *collection) {
	c.durations(EventLag, f.lag, f.workflow, f.template)
	c.number(ConsumedMessages, int64(f.consumed.Load()), semconv.NATS, "receive", f.template, f.group)
	c.number(MessageRedelivered, int64(f.redelivered.Load()), f.workflow, f.group)
}

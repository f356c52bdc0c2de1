package telemetry

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"go.opentelemetry.io/otel/trace"

	"github.com/seed66d9166c/express/express"
	"github.com/seed66d9166c/express/internal/telemetry/metrics"
	"github.com/seed66d9166c/express/internal/telemetry/otlp"
	"github.com/seed66d9166c/express/internal/telemetry/traces"
)

// A Workflow is what is recorded of a workflow. The zero value of a field is
// what most want.
type Workflow struct {
	Name   string
	Level  express.Level
	Data   bool     // inputs, outputs, variables and parameters, too: includeExecutionData
	Redact []string // besides Options.Redact, and in the same form
	Block  bool     // an execution waits where the queue of records is full; else the record is dropped
	// Exported has the channel that Log.Close returns report that a collector took
	// the execution's records: the completion level of that name.
	Exported bool
	Tail     *Tail // which executions are recorded; nil for all
}

// A recorder records the executions of one workflow.
type recorder struct {
	t         *Telemetry
	w         Workflow
	metrics   *metrics.Workflow
	wanted    mask // types of events that Record wants; for spans it wants all
	record    mask // types of events that become log records
	printed   mask // types of events that are printed
	redaction *redaction
}

// A mask is a set of types of events.
type mask uint64

func (m mask) has(t express.EventType) bool { return m>>t&1 != 0 }

// masked is the set of the types that f holds for.
func masked(f func(express.EventType) bool) (m mask) {
	for t := range express.NumEvents {
		if f(t) {
			m |= 1 << t
		}
	}
	return m
}

// Check reports what of w cannot be had: that somebody is told of the export of
// records where none are exported, or a share that is none.
func (t *Telemetry) Check(w Workflow) error {
	switch {
	case w.Exported && !t.Exports():
		return fmt.Errorf("workflow %s: completion is exported, but no exporter of log records is configured: OTEL_EXPORTER_OTLP_ENDPOINT names one", w.Name)
	case w.Exported && w.Level == express.LevelOff:
		return fmt.Errorf("workflow %s: completion is exported, but its level of logging is OFF", w.Name)
	}
	if w.Tail != nil {
		if err := w.Tail.check(); err != nil {
			return fmt.Errorf("workflow %s: %w", w.Name, err)
		}
	}
	return nil
}

// Recorder records the executions of w, for which Check has no error.
func (t *Telemetry) Recorder(w Workflow) express.Recorder {
	r := &recorder{t: t, w: w, metrics: t.metrics.Workflow(w.Name), redaction: t.redact(&w)}
	if t.Exports() {
		r.record = masked(w.Level.Logs)
	}
	if t.lines != nil {
		r.printed = t.lines.mask()
		t.lines.widen(w.Name)
	}
	r.wanted = r.record | r.printed | masked(metrics.Enabled)
	return r
}

// Open counts the execution. Where nothing but metrics is wanted, executions
// share their Logs.
func (r *recorder) Open(ctx context.Context, m *express.Machine, s *express.Start) express.Log {
	var show Show
	if r.t.watch != nil {
		show = r.t.watch(r.w.Name)
	}
	if r.record == 0 && r.t.lines == nil && r.t.tracer == nil && show == nil {
		return r.metrics.Open(ctx, m, s)
	}
	r.metrics.Begin()
	l := executions.Get().(*execution)
	l.r, l.m, l.start, l.ctx, l.show = r, m, s, ctx, show
	if r.t.tracer != nil {
		l.spans = r.t.tracer.Open(ctx, m, s)
	}
	if r.w.Block {
		l.until = time.Now().Add(m.Duration())
	}
	if r.w.Exported {
		l.receipt = new(otlp.Receipt) // the queue may have it for longer
	}
	if r.w.Tail != nil && !r.w.Tail.draws(s) {
		l.held = holds.Get().(*held)
	}
	return l
}

var _ express.Tracing = (*execution)(nil)

// An execution is the Log of one execution.
type execution struct {
	r       *recorder
	m       *express.Machine
	start   *express.Start
	ctx     context.Context
	spans   traces.Execution
	until   time.Time     // when records wait for room no longer; zero where they do not
	receipt *otlp.Receipt // where somebody asks for it
	held    *held         // nil where nothing is held back
	show    Show          // nil where nobody watches

	once   sync.Once // of what follows, which only records need
	common common    // what all records have
}

// A common is the beginning of a record.
type common struct {
	b                   []byte
	attributes, dropped int
}

// executions are to be used again: what is not to be logged costs no allocation.
var executions = sync.Pool{New: func() any { return new(execution) }}

// release gives l back, to which nothing may refer any more.
func (l *execution) release() {
	if l.held != nil {
		l.held.release()
	}
	*l = execution{common: common{b: l.common.b[:0]}}
	executions.Put(l)
}

// begin makes what all records of the execution have.
func (l *execution) begin() {
	w := newWriter(&l.r.t.limits)
	w.common(l)
	l.common = common{append(l.common.b, w.b...), w.attributes, w.dropped}
	w.release()
}

// span is the span that the execution's records belong to.
func (l *execution) span() trace.SpanContext {
	if l.r.t.tracer == nil {
		return traces.Parse(l.start.Trace)
	}
	return l.spans.SpanContext()
}

// TaskTrace makes the execution one that hands its trace on to tasks.
func (l *execution) TaskTrace(scheduled uint64) string { return l.spans.TaskTrace(scheduled) }

func (l *execution) Enabled(t express.EventType) bool {
	return l.r.wanted.has(t) || l.spans.Sampled() || l.show != nil
}

func (l *execution) Record(e *express.Event) {
	in := l.spans.Record(e)
	if metrics.Enabled(e.Type) {
		l.r.metrics.Record(e, in)
	}
	if l.r.record.has(e.Type) {
		l.emit(e)
	}
	if l.r.printed.has(e.Type) {
		l.r.t.lines.event(l, e)
	}
	if l.show != nil {
		l.live(e)
	}
}

// emit makes the log record of e.
func (l *execution) emit(e *express.Event) {
	if !l.r.w.Block && l.held == nil && l.r.t.queue.Refuse(l.receipt) {
		return
	}
	l.once.Do(l.begin)
	w := newWriter(&l.r.t.limits)
	w.b = append(w.b, l.common.b...)
	w.attributes, w.dropped = l.common.attributes, l.common.dropped
	w.event(l, e)
	if l.held == nil || !l.hold(w.b) {
		l.put(w.b)
	}
	w.release()
}

// put hands a record to the queue.
func (l *execution) put(record []byte) { l.r.t.queue.Put(l.ctx, l.until, record, l.receipt) }

// Close counts the execution's end. Its records have been accepted, or counted
// as dropped, when Record returned: there is nothing to wait for but their
// export, where the workflow asks for that.
func (l *execution) Close(o *express.Outcome) <-chan error {
	l.spans.Close(o)
	l.r.metrics.End(l.start, o, l.spans.SpanContext())
	if l.r.t.lines != nil {
		l.r.t.lines.end(l, o)
	}
	if l.held != nil {
		l.end(o)
	}
	var exported <-chan error
	if l.receipt != nil {
		exported = l.r.t.queue.Done(l.receipt)
	}
	if !panicked(o) {
		l.release()
	}
	return exported
}

// panicked reports whether there may be threads of the execution that have not
// ended.
func panicked(o *express.Outcome) bool {
	if o.Err == nil {
		return false
	}
	_, ok := errors.AsType[*express.PanicError](o.Err)
	return ok
}

package telemetry

import (
	"context"
	"sync"

	"go.opentelemetry.io/otel/attribute"

	"github.com/seed66d9166c/express/express"
)

// A Workflow is what is recorded of a workflow.
type Workflow struct {
	Name  string
	Level express.Level
	Data  bool // inputs, outputs, variables and parameters, too: includeExecutionData
}

// A recorder records the executions of one workflow.
type recorder struct {
	t       *Telemetry
	w       Workflow
	counts  *counts
	record  mask // types of events that become log records
	printed mask // types of events that are printed
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

// Recorder records the executions of w.
func (t *Telemetry) Recorder(w Workflow) express.Recorder {
	r := &recorder{t: t, w: w, counts: t.countsOf(w.Name)}
	if t.Exports() {
		r.record = masked(w.Level.Logs)
	}
	if t.lines != nil {
		r.printed = t.lines.mask()
		t.lines.widen(w.Name)
	}
	return r
}

// Open counts the execution. Where there is nothing to record but that, all
// executions share one Log.
func (r *recorder) Open(ctx context.Context, m *express.Machine, s *express.Start) express.Log {
	r.counts.running.Add(1)
	if r.record|r.printed == 0 && r.t.lines == nil {
		return (*silent)(r)
	}
	return &execution{r: r, m: m, start: *s, ctx: ctx}
}

// silent is the Log of executions of which nothing is recorded.
type silent recorder

func (l *silent) Enabled(express.EventType) bool { return false }

func (l *silent) Record(*express.Event) {}

func (l *silent) Close(o *express.Outcome) <-chan error {
	l.counts.end(o.Status)
	return nil
}

// An execution is the Log of one execution.
type execution struct {
	r     *recorder
	m     *express.Machine
	start express.Start

	once   sync.Once            // of what follows, which only records need
	ctx    context.Context      // with the execution's trace
	common []attribute.KeyValue // of all records
}

// begin makes what all records of the execution have.
func (l *execution) begin() {
	l.ctx = withTrace(l.ctx, l.start.Trace)
	l.common = commonAttributes(l.m, &l.start)
}

func (l *execution) Enabled(t express.EventType) bool {
	return (l.r.record | l.r.printed).has(t)
}

func (l *execution) Record(e *express.Event) {
	if l.r.record.has(e.Type) {
		l.emit(e)
	}
	if l.r.printed.has(e.Type) {
		l.r.t.lines.event(l, e)
	}
}

// Close counts the execution's end. Its records have been accepted, or counted
// as dropped, when Record returned: there is nothing to wait for.
func (l *execution) Close(o *express.Outcome) <-chan error {
	l.r.counts.end(o.Status)
	if l.r.t.lines != nil {
		l.r.t.lines.end(l, o)
	}
	return nil
}

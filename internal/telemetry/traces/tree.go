package traces

import (
	"context"
	"sync"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"

	"github.com/seed66d9166c/express/express"
	"github.com/seed66d9166c/express/internal/telemetry/semconv"
	"github.com/seed66d9166c/express/internal/telemetry/text"
)

// maxSpans is the most spans of one execution: as many as wait for export where
// nobody says otherwise (OTEL_BSP_MAX_QUEUE_SIZE). A Map of 10,000 items would
// push out the spans of all others. What is beyond is counted on the execution's
// span, and its events still count as those of the span around it.
const maxSpans = 2048

// A tree is the open spans of an execution.
type tree struct {
	t    *Tracer
	name attribute.KeyValue // of the workflow
	top  *node

	mu       sync.Mutex // guards what follows
	open     map[place]*node
	attempts map[uint64]*node // by the id of the event that scheduled it
	spans    int
	left     int // spans that were not made
}

// A place is where a node stands: the state that the event id entered or, where
// index is not negative, an iteration of it.
type place struct {
	id    uint64
	index int
}

// state is the place of the state that the event id entered.
func state(id uint64) place { return place{id, -1} }

// A node is an open span: the execution's, a state's or an iteration's.
type node struct {
	place
	up   *node // nil for the execution's
	kids int   // open ones
	span trace.Span
	ctx  context.Context // for spans inside it

	attempt   trace.Span // of the task, nil if none is open
	scheduled uint64     // the event that did
	retries   int
	failure   string // the name of the last error, "" for none

	last   uint64 // its last event, and when that was
	seen   time.Time
	failed bool // it is one of those that an error went through
}

func newTree(t *Tracer, m *express.Machine) *tree {
	return &tree{
		t:        t,
		name:     semconv.Workflow.String(text.Name(m.Identity().Name)),
		open:     make(map[place]*node),
		attempts: make(map[uint64]*node),
	}
}

// root begins the execution's span.
func (r *tree) root(ctx context.Context, name string, options []trace.SpanStartOption) trace.SpanContext {
	ctx, span := r.t.tracer.Start(ctx, name, options...)
	r.top = &node{place: state(0), span: span, ctx: ctx}
	return span.SpanContext()
}

// begin opens a span inside up, unless there are too many.
func (r *tree) begin(up *node, at place, name string, e *express.Event, attributes ...attribute.KeyValue) *node {
	if !r.more() {
		return nil
	}
	ctx, span := r.t.tracer.Start(up.ctx, text.Name(name),
		trace.WithTimestamp(e.Time),
		trace.WithAttributes(r.name),
		trace.WithAttributes(attributes...),
	)
	n := &node{place: at, up: up, span: span, ctx: ctx}
	up.kids++
	r.open[at] = n
	return n
}

// more counts a span, and reports whether there may be one.
func (r *tree) more() bool {
	if r.spans == maxSpans-1 { // and the execution's
		r.left++
		return false
	}
	r.spans++
	return true
}

// around is the node that the thread of e runs in: an iteration, a Parallel
// state, or the execution.
func (r *tree) around(e *express.Event) *node {
	if n := r.open[place{e.Outer, e.Index}]; n != nil {
		return n
	}
	if n := r.open[state(e.Outer)]; n != nil {
		return n
	}
	return r.top
}

// within reports whether n is up or stands inside it.
func (n *node) within(up *node) bool {
	for ; n != nil; n = n.up {
		if n == up {
			return true
		}
	}
	return false
}

// wasAborted marks a state or an iteration that did not end by itself.
var wasAborted = semconv.Aborted.Bool(true)

// An ending is how the spans inside a node end.
type ending struct {
	at    time.Time // zero for the time of the last event of each
	prev  uint64    // the last event of the thread that failed, 0 if none did
	error string    // what it failed with, "" if nobody says
}

// settle ends what is open inside n: the error went through those nodes that
// stand around its event; what ran beside them did not end by itself.
func (r *tree) settle(n *node, how ending) {
	if n.kids == 0 {
		return
	}
	var inside []*node
	for _, k := range r.open {
		if k == n || !k.within(n) {
			continue
		}
		inside = append(inside, k)
		if how.prev != 0 && k.last == how.prev {
			for up := k; up != n; up = up.up {
				up.failed = true
			}
		}
	}
	for _, k := range inside {
		if !k.failed {
			k.span.SetAttributes(wasAborted)
		}
		r.end(k, how)
	}
}

// end ends n, inside which nothing is open any more.
func (r *tree) end(n *node, how ending) {
	at := how.at
	if at.IsZero() {
		at = n.seen
	}
	if n.retries > 0 {
		n.span.SetAttributes(semconv.Retries.Int(n.retries))
	}
	name := ""
	switch {
	case n.failed && how.error != "":
		name = how.error
	case n.failed && n.failure != "":
		name = n.failure
	case n.failed:
		name = semconv.Other
	}
	r.answered(n, at, name)
	if n.failed {
		fail(n.span, name)
	}
	r.finish(n.span, at)
	delete(r.open, n.place)
	if n.up != nil {
		n.up.kids--
	}
}

// answered ends the open attempt of n's task, if there is one; failure is "" if
// it has not failed.
func (r *tree) answered(n *node, at time.Time, failure string) {
	if n.attempt == nil {
		return
	}
	if failure != "" {
		fail(n.attempt, failure)
	}
	r.finish(n.attempt, at)
	delete(r.attempts, n.scheduled)
	n.attempt = nil
}

// fail marks a span by the name of an error. Its cause may hold data.
func fail(span trace.Span, name string) {
	span.SetStatus(codes.Error, "")
	span.SetAttributes(semconv.Error.String(text.Name(name)))
}

func (r *tree) finish(span trace.Span, at time.Time) {
	span.End(trace.WithTimestamp(at))
	r.t.ended.Add(1)
}

// attempt is the span of the task that the event scheduled, or what stands for
// it where there are too many.
func (r *tree) attempt(scheduled uint64) trace.SpanContext {
	r.mu.Lock()
	defer r.mu.Unlock()
	if n := r.attempts[scheduled]; n != nil {
		return n.attempt.SpanContext()
	}
	return r.top.span.SpanContext()
}

// close ends the execution's span, and what a panic left open.
func (r *tree) close(o *express.Outcome) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.settle(r.top, ending{at: o.Stop})
	span := r.top.span
	span.SetAttributes(semconv.Status.String(o.Status.String()))
	if r.left > 0 {
		span.SetAttributes(semconv.SpansLeftOut.Int(r.left))
	}
	if o.Status == express.Failed || o.Status == express.TimedOut {
		fail(span, semconv.ErrorType(o.Err))
	}
	r.finish(span, o.Stop)
}

package traces

import (
	"context"

	"go.opentelemetry.io/otel/attribute"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"

	"github.com/seed66d9166c/express/express"
	"github.com/seed66d9166c/express/internal/telemetry/semconv"
	"github.com/seed66d9166c/express/internal/telemetry/text"
)

// An Execution is the trace of one execution. It is safe for concurrent use. The
// zero value belongs to no trace.
type Execution struct {
	sc   trace.SpanContext // of its span; where no spans are made, of the event's
	form form              // in which tasks are told sc
	tree *tree             // nil where it is not sampled
}

// A Destination is where an event came from, by names of which there are few.
type Destination struct {
	Template string // the subjects: devices.*.temp
	Group    string // the consumer
}

type destinationKey struct{}

// WithDestination is ctx for executions whose events come from d.
func WithDestination(ctx context.Context, d Destination) context.Context {
	return context.WithValue(ctx, destinationKey{}, d)
}

// Open begins the span of an execution, if it is to be sampled. ctx may have a
// Destination.
func (t *Tracer) Open(ctx context.Context, m *express.Machine, s *express.Start) Execution {
	if t == nil {
		return Execution{sc: Parse(s.Trace)}
	}
	var from trace.SpanContext
	x := Execution{form: t.headers.write}
	if s.Trace != "" {
		if f := formOf(s.Trace); t.headers.read[f] {
			from, x.form = Parse(s.Trace), f
		}
	}
	parent := context.Background()
	if from.IsValid() && !t.o.Link {
		parent = trace.ContextWithRemoteSpanContext(parent, from)
	}
	id := from.TraceID()
	if !id.IsValid() || t.o.Link {
		id = newTraceID()
	}
	kind := kindOf(s)
	decision := t.sampler.ShouldSample(sdktrace.SamplingParameters{
		ParentContext: parent,
		TraceID:       id,
		Name:          m.Identity().Name,
		Kind:          kind,
	})
	if decision.Decision != sdktrace.RecordAndSample {
		x.sc = trace.NewSpanContext(trace.SpanContextConfig{TraceID: id, SpanID: newSpanID()})
		return x
	}
	to, _ := ctx.Value(destinationKey{}).(Destination)
	options := []trace.SpanStartOption{
		trace.WithTimestamp(s.Time),
		trace.WithSpanKind(kind),
		trace.WithAttributes(executionAttributes(kind, m, s, to)...),
	}
	if from.IsValid() && (kind == trace.SpanKindConsumer || t.o.Link) {
		options = append(options, trace.WithLinks(trace.Link{SpanContext: from}))
	}
	x.tree = newTree(t, m)
	x.sc = x.tree.root(withTraceID(parent, id), executionName(kind, m, to), options)
	return x
}

// kindOf is what an execution is to who started it.
func kindOf(s *express.Start) trace.SpanKind {
	switch {
	case s.Sync:
		return trace.SpanKindServer // also where a task of an execution that has an event waits for it
	case s.Delivery > 0:
		return trace.SpanKindConsumer
	}
	return trace.SpanKindInternal
}

func executionName(kind trace.SpanKind, m *express.Machine, from Destination) string {
	name := m.Identity().Name
	switch {
	case kind != trace.SpanKindConsumer:
		return text.Name("execute " + name)
	case from.Template != "":
		name = from.Template
	}
	return text.Name("process " + name)
}

func executionAttributes(kind trace.SpanKind, m *express.Machine, s *express.Start, from Destination) []attribute.KeyValue {
	id := m.Identity()
	a := make([]attribute.KeyValue, 0, 12)
	a = appendText(a, semconv.Execution, s.Name)
	a = appendText(a, semconv.ExecutionARN, m.ExecutionARN(s))
	a = appendText(a, semconv.Workflow, id.Name)
	a = appendText(a, semconv.Version, id.Version)
	a = appendText(a, semconv.WorkflowARN, id.ARN)
	if s.Delivery > 0 {
		a = append(a, semconv.Attempt.Int(s.Delivery))
	}
	if kind == trace.SpanKindConsumer {
		a = append(a,
			semconv.Messaging.String(semconv.NATS),
			semconv.Operation.String("process"),
			semconv.OperationType.String("process"),
		)
		a = appendText(a, semconv.MessageID, s.Name)
		a = appendText(a, semconv.Template, from.Template)
		a = appendText(a, semconv.Group, from.Group)
	}
	return a
}

// appendText adds an attribute, unless it is empty.
func appendText(a []attribute.KeyValue, key attribute.Key, s string) []attribute.KeyValue {
	if s == "" {
		return a
	}
	return append(a, key.String(text.Name(s)))
}

// Sampled reports whether spans are made, for which Record needs every event.
func (x *Execution) Sampled() bool { return x.tree != nil }

// SpanContext is that of the execution's span, also where it is not sampled;
// without a Tracer it is that of the span that the event came from. It is not
// valid where there is none.
func (x *Execution) SpanContext() trace.SpanContext { return x.sc }

// Record makes what is to be made of an event, and returns the context of the
// span that the event happened in.
func (x *Execution) Record(e *express.Event) trace.SpanContext {
	if x.tree == nil {
		return x.sc
	}
	return x.tree.record(e)
}

// TaskTrace is the header for the service that performs the task whose Scheduled
// event has this id: see express.Tracing.
func (x *Execution) TaskTrace(scheduled uint64) string {
	if x.form == noForm {
		return ""
	}
	if x.tree != nil {
		return header(x.tree.attempt(scheduled), x.form)
	}
	return header(x.sc, x.form)
}

// Close ends the execution's span.
func (x *Execution) Close(o *express.Outcome) {
	if x.tree != nil {
		x.tree.close(o)
	}
}

// Package traces makes OpenTelemetry spans of the events of executions: one an
// execution, inside it one a state and one an iteration of a Map, and inside
// those one an attempt of a task, which is what the service that performs it is
// told as its parent.
package traces

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"sync/atomic"

	"go.opentelemetry.io/contrib/exporters/autoexport"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"

	"github.com/seed66d9166c/express/internal/telemetry/env"
	"github.com/seed66d9166c/express/internal/telemetry/semconv"
)

// Options of New. The zero value works.
type Options struct {
	Version  string             // of the engine, for the instrumentation scope
	Resource *resource.Resource // nil is the SDK's
	// Link lets each execution begin a trace of its own, which has a link to the
	// span that the event came from. Else it is also that span's child.
	Link bool
	Log  *slog.Logger // nil is slog.Default()
}

// A Tracer makes the spans of all executions of a process. It is safe for
// concurrent use. A nil Tracer makes none, and hands nothing on.
type Tracer struct {
	o        Options
	sampler  sdktrace.Sampler
	headers  headers
	exporter *exporter
	provider *sdktrace.TracerProvider
	tracer   trace.Tracer

	ended atomic.Uint64 // spans
}

// New makes a Tracer that exports spans as the environment's OTEL_ variables
// say. It is nil where they ask for none.
func New(ctx context.Context, o Options) (*Tracer, error) {
	o.Log = cmp.Or(o.Log, slog.Default())
	if env.Exporter("TRACES") == "" {
		return nil, nil
	}
	e, err := autoexport.NewSpanExporter(ctx)
	if err != nil {
		return nil, fmt.Errorf("set up the export of spans: %w", err)
	}
	counting := &exporter{SpanExporter: e, log: o.Log}
	return newTracer(o, samplerFromEnv(o.Log), headersFromEnv(o.Log), counting, sdktrace.NewBatchSpanProcessor(counting)), nil
}

func newTracer(o Options, s sdktrace.Sampler, h headers, e *exporter, p sdktrace.SpanProcessor) *Tracer {
	t := &Tracer{o: o, sampler: s, headers: h, exporter: e}
	options := []sdktrace.TracerProviderOption{
		sdktrace.WithSampler(sdktrace.AlwaysSample()), // decided before
		sdktrace.WithIDGenerator(ids{}),
		sdktrace.WithSpanProcessor(p),
	}
	if o.Resource != nil {
		options = append(options, sdktrace.WithResource(o.Resource))
	}
	t.provider = sdktrace.NewTracerProvider(options...)
	t.tracer = t.provider.Tracer(semconv.Scope, trace.WithInstrumentationVersion(o.Version))
	return t
}

// Close exports the spans that wait, for as long as ctx allows.
func (t *Tracer) Close(ctx context.Context) error {
	if t == nil {
		return nil
	}
	before := t.exporter.failed.Load()
	err := t.provider.Shutdown(ctx)
	if failed := t.exporter.failed.Load() - before; err == nil && failed > 0 {
		err = fmt.Errorf("the collector does not take %d", failed)
	}
	if err != nil {
		return fmt.Errorf("export the last spans: %w", err)
	}
	return nil
}

// Counts is what became of spans. What has ended and is neither exported nor
// failed waits, or was dropped because too many waited: OTEL_BSP_MAX_QUEUE_SIZE.
type Counts struct{ Ended, Exported, Failed uint64 }

// Counts is what became of spans so far.
func (t *Tracer) Counts() Counts {
	if t == nil {
		return Counts{}
	}
	return Counts{t.ended.Load(), t.exporter.exported.Load(), t.exporter.failed.Load()}
}

// An exporter counts what another one exports, and says when it cannot, once.
type exporter struct {
	sdktrace.SpanExporter
	log *slog.Logger

	exported, failed atomic.Uint64
	failing          atomic.Bool
}

// ExportSpans has no error: the SDK would say it for each batch.
func (e *exporter) ExportSpans(ctx context.Context, spans []sdktrace.ReadOnlySpan) error {
	err := e.SpanExporter.ExportSpans(ctx, spans)
	switch {
	case err == nil:
		e.exported.Add(uint64(len(spans)))
		if e.failing.Swap(false) {
			e.log.Info("the collector takes spans again", "failed", e.failed.Load())
		}
	default:
		e.failed.Add(uint64(len(spans)))
		if !e.failing.Swap(true) {
			e.log.Warn("the collector takes no spans", "error", err)
		}
	}
	return nil
}

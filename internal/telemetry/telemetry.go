// Package telemetry shows what executions do: as OpenTelemetry log records, one
// an event of AWS's execution history; as spans and as metrics, which have
// packages of their own; and as lines for people. What nobody listens to costs
// nothing, but for the counting of metrics.
package telemetry

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"sync"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/sdk/resource"

	"github.com/seed66d9166c/express/internal/telemetry/metrics"
	"github.com/seed66d9166c/express/internal/telemetry/otlp"
	"github.com/seed66d9166c/express/internal/telemetry/semconv"
	"github.com/seed66d9166c/express/internal/telemetry/traces"
)

// Options of New. The zero value works.
type Options struct {
	Version string       // of the engine, for the records' resource
	Lines   *Lines       // nil prints none
	Log     *slog.Logger // nil is slog.Default()
	// Redact names members of inputs, outputs, variables and parameters whose
	// values no record shows, at any depth: by a part of the name, or with * and ?
	// by all of it, in upper or lower case. nil is DefaultRedact.
	Redact []string
	// Link lets each execution begin a trace of its own, with a link to the span
	// that its event came from. Else it is also that span's child.
	Link bool
}

// A Telemetry records the executions of all workflows of a process. It is safe
// for concurrent use.
type Telemetry struct {
	lines   *Lines
	queue   *otlp.Queue // of log records; nil where no exporter is configured
	limits  limits
	holding holding
	hidden  []string
	tracer  *traces.Tracer // nil where no spans are exported
	metrics *metrics.Metrics
	watch   func(workflow string) Show // nil where nobody can
}

// New makes a Telemetry that exports records as the environment's OTEL_
// variables say; where they say nothing, it exports none.
func New(ctx context.Context, o Options) (*Telemetry, error) {
	log := cmp.Or(o.Log, slog.Default())
	t := &Telemetry{lines: o.Lines, hidden: o.Redact}
	if t.hidden == nil {
		t.hidden = DefaultRedact
	}
	otel.SetErrorHandler(otel.ErrorHandlerFunc(func(err error) { // what the SDK has nobody to return to
		log.Warn("OpenTelemetry reports an error", "error", err)
	}))
	if err := t.open(ctx, o, log); err != nil {
		return nil, errors.Join(err, t.Close(ctx))
	}
	if t.queue != nil {
		t.observeRecords()
	}
	if t.tracer != nil {
		t.observeSpans()
	}
	return t, nil
}

// open sets up what exports.
func (t *Telemetry) open(ctx context.Context, o Options, log *slog.Logger) error {
	res, err := newResource(ctx, o.Version)
	if err != nil {
		return fmt.Errorf("describe this process to the collector: %w", err)
	}
	if t.metrics, err = metrics.New(ctx, metrics.Options{Version: o.Version, Resource: res, Log: log}); err != nil {
		return err
	}
	if t.tracer, err = traces.New(ctx, traces.Options{Version: o.Version, Resource: res, Link: o.Link, Log: log}); err != nil {
		return err
	}
	return t.export(res, o.Version, log)
}

// export sets up the export of log records, if the environment asks for it.
func (t *Telemetry) export(res *resource.Resource, version string, log *slog.Logger) error {
	o, err := otlp.FromEnv(os.Getenv)
	if err == nil && o.Enabled() {
		t.limits = limits{o.MaxAttributes, o.MaxValue}
		t.queue, err = otlp.Open(o, otlp.Origin{Resource: res.Attributes(), Scope: semconv.Scope, Version: version}, log)
	}
	if err != nil {
		return fmt.Errorf("set up the export of log records: %w", err)
	}
	return nil
}

// Exports reports whether log records are exported.
func (t *Telemetry) Exports() bool { return t.queue != nil }

// Close exports what waits, for as long as ctx allows, and prints what waits.
// Metrics are last: they say what became of the others.
func (t *Telemetry) Close(ctx context.Context) error {
	if t.lines != nil {
		t.lines.close()
	}
	var spans, records, numbers error
	var closing sync.WaitGroup
	closing.Go(func() { spans = t.tracer.Close(ctx) })
	if t.queue != nil {
		if records = t.queue.Close(ctx); records != nil {
			records = fmt.Errorf("export the last log records: %w", records)
		}
	}
	closing.Wait()
	if t.metrics != nil {
		numbers = t.metrics.Close(ctx)
	}
	return errors.Join(records, spans, numbers)
}

// Metrics are those of all executions, and of what else is counted in them.
func (t *Telemetry) Metrics() *metrics.Metrics { return t.metrics }

// Counts is how many executions and log records there were, since the start of
// the process.
func (t *Telemetry) Counts() Counts { return Counts{t.metrics.Counts(), t.records()} }

// records is what became of log records.
func (t *Telemetry) records() Records {
	r := Records{Unsampled: t.holding.unsampled.Load(), Early: t.holding.early.Load()}
	if t.queue != nil {
		r.Counts = t.queue.Counts()
	}
	return r
}

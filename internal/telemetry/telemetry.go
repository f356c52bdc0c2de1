// Package telemetry shows what executions do: as OpenTelemetry log records, one
// an event of AWS's execution history; as lines for people; and as counts. What
// nobody listens to costs nothing.
package telemetry

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"slices"
	"sync"

	"go.opentelemetry.io/otel"
	otellog "go.opentelemetry.io/otel/log"
	sdklog "go.opentelemetry.io/otel/sdk/log"

	"github.com/seed66d9166c/express/express"
)

// Options of New. The zero value works.
type Options struct {
	Version string       // of the engine, for the records' resource
	Lines   *Lines       // nil prints none
	Log     *slog.Logger // nil is slog.Default()
}

// A Telemetry records the executions of all workflows of a process. It is safe
// for concurrent use.
type Telemetry struct {
	lines    *Lines
	batches  *batches // nil where no exporter is configured
	provider *sdklog.LoggerProvider
	logger   otellog.Logger

	mu     sync.Mutex // guards counts
	counts map[string]*counts
}

// New makes a Telemetry that exports records as the environment's OTEL_
// variables say; where they say nothing, it exports none.
func New(ctx context.Context, o Options) (*Telemetry, error) {
	t := &Telemetry{lines: o.Lines, counts: make(map[string]*counts)}
	exporter, err := newExporter(ctx)
	if err != nil {
		return nil, fmt.Errorf("set up the export of log records: %w", err)
	}
	if exporter == nil {
		return t, nil
	}
	res, err := newResource(ctx, o.Version)
	if err != nil {
		return nil, fmt.Errorf("describe this process to the collector: %w", err)
	}
	log := cmp.Or(o.Log, slog.Default())
	otel.SetErrorHandler(otel.ErrorHandlerFunc(func(err error) { // what exporters have nobody to return to
		log.Warn("OpenTelemetry reports an error", "error", err)
	}))
	t.batches = newBatches(exporter, batchOptionsFromEnv(), log)
	t.provider = sdklog.NewLoggerProvider(
		sdklog.WithResource(res),
		sdklog.WithProcessor(t.batches),
		sdklog.WithAllowKeyDuplication(), // no key is added twice: nothing to look for
	)
	t.logger = t.provider.Logger(scope, otellog.WithInstrumentationVersion(o.Version))
	return t, nil
}

// scope is the name of the instrumentation scope of all records.
const scope = "github.com/seed66d9166c/express"

// Exports reports whether log records are exported.
func (t *Telemetry) Exports() bool { return t.logger != nil }

// Close exports what waits, for as long as ctx allows, and prints what waits.
func (t *Telemetry) Close(ctx context.Context) error {
	if t.lines != nil {
		t.lines.close()
	}
	if t.provider == nil {
		return nil
	}
	if err := t.provider.Shutdown(ctx); err != nil {
		return fmt.Errorf("export the last log records: %w", err)
	}
	return nil
}

// countsOf are the counts of a workflow.
func (t *Telemetry) countsOf(workflow string) *counts {
	t.mu.Lock()
	defer t.mu.Unlock()
	c := t.counts[workflow]
	if c == nil {
		c = new(counts)
		t.counts[workflow] = c
	}
	return c
}

// Counts is how many executions there were, since the start of the process.
func (t *Telemetry) Counts() Counts {
	t.mu.Lock()
	defer t.mu.Unlock()
	var sum Counts
	for _, c := range t.counts {
		sum.Running += c.running.Load()
		for s := range c.ended {
			sum.Ended[s] += c.ended[s].Load()
		}
	}
	if t.batches != nil {
		sum.Records = t.batches.records()
	}
	return sum
}

// WriteMetrics writes all counts in the text format of Prometheus.
func (t *Telemetry) WriteMetrics(w io.Writer) error {
	t.mu.Lock()
	names := slices.Sorted(maps.Keys(t.counts))
	per := make([]*counts, len(names))
	for i, n := range names {
		per[i] = t.counts[n]
	}
	t.mu.Unlock()

	m := &metrics{w: w}
	m.family("express_executions_total", "counter", "Executions that ended, by status.")
	for i, n := range names {
		for s := range per[i].ended {
			m.sample(per[i].ended[s].Load(), "workflow", n, "status", express.Status(s).String())
		}
	}
	m.family("express_executions_running", "gauge", "Executions that have not ended.")
	for i, n := range names {
		m.sample(uint64(max(per[i].running.Load(), 0)), "workflow", n)
	}
	if t.batches != nil {
		r := t.batches.records()
		m.family("express_log_records_total", "counter", "Log records, by what became of them.")
		m.sample(r.Exported, "outcome", "exported")
		m.sample(r.Dropped, "outcome", "dropped")
		m.family("express_log_records_waiting", "gauge", "Log records that wait to be exported.")
		m.sample(r.Waiting)
	}
	return m.err
}

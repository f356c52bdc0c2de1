// Package metrics counts what executions do and how long it takes, and exports
// that over OTLP and in the text format of Prometheus. The table of instruments
// says what there is. Counting takes some tens of nanoseconds, whether or not
// anybody looks.
package metrics

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"go.opentelemetry.io/contrib/instrumentation/runtime"
	promexporter "go.opentelemetry.io/otel/exporters/prometheus"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	"go.opentelemetry.io/otel/sdk/resource"
)

// Options of New. The zero value works.
type Options struct {
	Version  string             // of the engine, for the instrumentation scope
	Resource *resource.Resource // nil is the SDK's
	Log      *slog.Logger       // nil is slog.Default()
}

// Metrics are those of a process. They are safe for concurrent use.
type Metrics struct {
	o           Options
	began       time.Time
	exponential bool // somebody exports exponential histograms
	examples    bool
	handler     http.Handler
	exporter    *exporter // nil where nothing is exported but by handler
	provider    *sdkmetric.MeterProvider

	mu        sync.Mutex // guards what follows
	workflows map[string]*Workflow
	feeds     map[[3]string]*Feed
	counters  map[string]*Counter
	observers []observer
}

// New makes Metrics that are exported as the environment's OTEL_ variables say,
// and by Handler in any case.
func New(ctx context.Context, o Options) (*Metrics, error) {
	e, err := exporterFromEnv(ctx)
	if err != nil {
		return nil, fmt.Errorf("set up the export of metrics: %w", err)
	}
	return newMetrics(o, e)
}

// newMetrics exports by e, unless it is nil.
func newMetrics(o Options, e sdkmetric.Exporter) (*Metrics, error) {
	o.Log = cmp.Or(o.Log, slog.Default())
	m := &Metrics{
		o:         o,
		began:     time.Now(),
		examples:  !strings.EqualFold(os.Getenv("OTEL_METRICS_EXEMPLAR_FILTER"), "always_off"),
		workflows: make(map[string]*Workflow),
		feeds:     make(map[[3]string]*Feed),
		counters:  make(map[string]*Counter),
	}
	registry := prometheus.NewRegistry()
	scraped, err := promexporter.New(
		promexporter.WithRegisterer(registry),
		promexporter.WithProducer(&producer{m: m, temporality: sdkmetric.CumulativeTemporalitySelector}),
		promexporter.WithoutScopeInfo(), // it is the same for all
	)
	if err != nil {
		return nil, fmt.Errorf("set up the metrics for Prometheus: %w", err)
	}
	m.handler = promhttp.HandlerFor(registry, promhttp.HandlerOpts{
		EnableOpenMetrics: true, // which has exemplars
		ErrorLog:          slog.NewLogLogger(o.Log.Handler(), slog.LevelWarn),
		ErrorHandling:     promhttp.ContinueOnError,
	})
	options := []sdkmetric.Option{sdkmetric.WithReader(scraped)}
	if e != nil {
		_, m.exponential = e.Aggregation(sdkmetric.InstrumentKindHistogram).(sdkmetric.AggregationBase2ExponentialHistogram)
		m.exporter = &exporter{Exporter: e, log: o.Log}
		options = append(options, sdkmetric.WithReader(sdkmetric.NewPeriodicReader(
			m.exporter,
			sdkmetric.WithProducer(&producer{m: m, temporality: e.Temporality, exponential: m.exponential}),
		)))
	}
	if o.Resource != nil {
		options = append(options, sdkmetric.WithResource(o.Resource))
	}
	m.provider = sdkmetric.NewMeterProvider(options...)
	if err := runtime.Start(runtime.WithMeterProvider(m.provider)); err != nil {
		return nil, fmt.Errorf("set up the metrics of the Go runtime: %w", err)
	}
	return m, nil
}

// Handler answers with all metrics in the text format of Prometheus, or where the
// client wants it in that of OpenMetrics, which has exemplars.
func (m *Metrics) Handler() http.Handler { return m.handler }

// Close exports the last values, for as long as ctx allows.
func (m *Metrics) Close(ctx context.Context) error {
	if m.exporter != nil {
		m.exporter.closing.Store(true)
	}
	if err := m.provider.Shutdown(ctx); err != nil {
		return fmt.Errorf("export the last metrics: %w", err)
	}
	return nil
}

// Workflow is what counts the executions of a workflow.
func (m *Metrics) Workflow(name string) *Workflow {
	m.mu.Lock()
	defer m.mu.Unlock()
	w := m.workflows[name]
	if w == nil {
		w = newWorkflow(name, m.exponential, m.examples)
		m.workflows[name] = w
	}
	return w
}

// Feed is what counts the events of the consumer called group, from subjects that
// fit template, for a workflow.
func (m *Metrics) Feed(workflow, template, group string) *Feed {
	m.mu.Lock()
	defer m.mu.Unlock()
	key := [3]string{workflow, template, group}
	f := m.feeds[key]
	if f == nil {
		f = &Feed{workflow: workflow, template: template, group: group, lag: newHistogram(m.exponential, false)}
		m.feeds[key] = f
	}
	return f
}

// A Counter counts what happens now and then.
type Counter struct {
	of     Instrument
	values []string
	n      atomic.Int64
}

// Add adds n.
func (c *Counter) Add(n int64) { c.n.Add(n) }

// Counter is the series of a counter with these values of its attributes, in the
// order of the table. There must be few different ones.
func (m *Metrics) Counter(i Instrument, values ...string) *Counter {
	if table[i].kind != counterKind {
		panic("metrics: " + i.String() + " is no counter")
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	key := fmt.Sprintf("%d %q", i, values)
	c := m.counters[key]
	if c == nil {
		c = &Counter{of: i, values: slices.Clone(values)}
		m.counters[key] = c
	}
	return c
}

// A Sample is a value that somebody else keeps, and the values of its attributes,
// in the order of the table.
type Sample struct {
	Value int64
	Of    []string
}

type observer struct {
	of   Instrument
	read func() []Sample
}

// Observe lets read say the values of an instrument, no histogram, whenever they
// are exported. It must return at once, and be safe for concurrent use.
func (m *Metrics) Observe(i Instrument, read func() []Sample) {
	if table[i].kind == histogramKind {
		panic("metrics: " + i.String() + " is no number")
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.observers = append(m.observers, observer{i, read})
}

// Counts is how many executions of all workflows there were.
func (m *Metrics) Counts() Counts {
	m.mu.Lock()
	defer m.mu.Unlock()
	var n Counts
	for _, w := range m.workflows {
		n.add(w)
	}
	return n
}

// collect is all values by now.
func (m *Metrics) collect() *collection {
	m.mu.Lock()
	defer m.mu.Unlock()
	c := new(collection)
	for _, w := range m.workflows {
		w.collect(c)
	}
	for _, f := range m.feeds {
		f.collect(c)
	}
	for _, n := range m.counters {
		c.number(n.of, n.n.Load(), n.values...)
	}
	for _, o := range m.observers {
		for _, s := range o.read() {
			c.number(o.of, s.Value, s.Of...)
		}
	}
	return c
}

// An exporter says when another one cannot export, once.
type exporter struct {
	sdkmetric.Exporter
	log     *slog.Logger
	failing bool        // exports come one after the other
	closing atomic.Bool // who closes wants to know
}

// Export has no error before the last one: the SDK would say it each time.
func (e *exporter) Export(ctx context.Context, rm *metricdata.ResourceMetrics) error {
	err := e.Exporter.Export(ctx, rm)
	if e.closing.Load() {
		return err
	}
	switch {
	case err != nil && !e.failing:
		e.log.Warn("the collector takes no metrics", "error", err)
	case err == nil && e.failing:
		e.log.Info("the collector takes metrics again")
	}
	e.failing = err != nil
	return nil
}

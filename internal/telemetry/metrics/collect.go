package metrics

import (
	"context"
	"sync"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/sdk/instrumentation"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"

	"github.com/seed66d9166c/express/internal/telemetry/semconv"
	"github.com/seed66d9166c/express/internal/telemetry/text"
)

// maxSeries is the most series of one instrument that are exported: the SDK's own
// limit. The values of what is beyond are added up in one.
const maxSeries = 2000

// overflow are the attributes of that one, by OpenTelemetry's specification.
var overflow = attribute.NewSet(attribute.Bool("otel.metric.overflow", true))

// A collection is the values of all instruments at one time.
type collection [numInstruments]map[attribute.Distinct]*point

// A point is the value of a series.
type point struct {
	of     attribute.Set
	number int64
	snapshot
}

// number adds n to the series of i with these values of its attributes, "" for
// those that it has not.
func (c *collection) number(i Instrument, n int64, values ...string) {
	c.point(i, values).number += n
}

// durations adds what h has counted. A histogram that has counted nothing is no
// series.
func (c *collection) durations(i Instrument, h *histogram, values ...string) {
	if h.count() > 0 {
		c.point(i, values).snapshot.add(h)
	}
}

func (c *collection) point(i Instrument, values []string) *point {
	keys := table[i].attributes
	kvs := make([]attribute.KeyValue, 0, len(keys))
	for k, v := range values {
		if v != "" {
			kvs = append(kvs, keys[k].String(text.Name(v)))
		}
	}
	set := attribute.NewSet(kvs...)
	if c[i] == nil {
		c[i] = make(map[attribute.Distinct]*point)
	}
	if p := c[i][set.Equivalent()]; p != nil {
		return p
	}
	if len(c[i]) >= maxSeries-1 {
		if p := c[i][overflow.Equivalent()]; p != nil {
			return p
		}
		set = overflow
	}
	p := &point{of: set}
	c[i][set.Equivalent()] = p
	return p
}

// A producer hands the values of all instruments to one reader.
type producer struct {
	m           *Metrics
	temporality func(sdkmetric.InstrumentKind) metricdata.Temporality
	exponential bool // histograms

	mu   sync.Mutex // guards what follows, which is what was exported last:
	last collection // some readers want to know what came since
	at   time.Time
}

var _ sdkmetric.Producer = (*producer)(nil)

// sdkKinds are the kinds in the SDK's words.
var sdkKinds = [...]sdkmetric.InstrumentKind{
	histogramKind: sdkmetric.InstrumentKindHistogram,
	counterKind:   sdkmetric.InstrumentKindCounter,
	upDownKind:    sdkmetric.InstrumentKindUpDownCounter,
	gaugeKind:     sdkmetric.InstrumentKindGauge,
}

// Produce is the values by now.
func (p *producer) Produce(context.Context) ([]metricdata.ScopeMetrics, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	now, c := time.Now(), p.m.collect()
	var all []metricdata.Metrics
	for i := range numInstruments {
		if len(c[i]) == 0 {
			continue
		}
		row := &table[i]
		all = append(all, metricdata.Metrics{
			Name: row.name, Description: row.help, Unit: row.unit,
			Data: p.data(row.kind, c[i], p.last[i], now),
		})
	}
	p.last, p.at = *c, now
	return []metricdata.ScopeMetrics{{
		Scope:   instrumentation.Scope{Name: semconv.Scope, Version: p.m.o.Version},
		Metrics: all,
	}}, nil
}

type points = map[attribute.Distinct]*point

// data is the points of an instrument of kind k.
func (p *producer) data(k kind, now, before points, at time.Time) metricdata.Aggregation {
	temporality, since := p.temporality(sdkKinds[k]), p.m.began
	delta := temporality == metricdata.DeltaTemporality
	if delta && !p.at.IsZero() {
		since = p.at
	}
	var numbers []metricdata.DataPoint[int64]
	var explicit []metricdata.HistogramDataPoint[float64]
	var exponential []metricdata.ExponentialHistogramDataPoint[float64]
	for id, v := range now {
		n, s := v.number, v.snapshot
		if old := before[id]; delta && old != nil {
			n, s = n-old.number, s.since(old.snapshot)
		}
		switch {
		case k != histogramKind:
			numbers = append(numbers, metricdata.DataPoint[int64]{Attributes: v.of, StartTime: since, Time: at, Value: n})
		case p.exponential:
			exponential = append(exponential, s.exponential(v.of, since, at))
		default:
			explicit = append(explicit, s.explicit(v.of, since, at))
		}
	}
	switch {
	case k == gaugeKind:
		return metricdata.Gauge[int64]{DataPoints: numbers}
	case k != histogramKind:
		return metricdata.Sum[int64]{DataPoints: numbers, Temporality: temporality, IsMonotonic: k == counterKind}
	case p.exponential:
		return metricdata.ExponentialHistogram[float64]{DataPoints: exponential, Temporality: temporality}
	}
	return metricdata.Histogram[float64]{DataPoints: explicit, Temporality: temporality}
}

// seconds are bounds as exporters want them.
var seconds = func() (s []float64) {
	for _, d := range bounds {
		s = append(s, d.Seconds())
	}
	return s
}()

func (s *snapshot) explicit(of attribute.Set, since, at time.Time) metricdata.HistogramDataPoint[float64] {
	return metricdata.HistogramDataPoint[float64]{
		Attributes: of, StartTime: since, Time: at,
		Count: total(s.counts[:]), Sum: s.sum.Seconds(),
		Bounds: seconds, BucketCounts: s.counts[:],
		Exemplars: s.examples(since),
	}
}

func (s *snapshot) exponential(of attribute.Set, since, at time.Time) metricdata.ExponentialHistogramDataPoint[float64] {
	from, to := 0, len(s.powers)
	for from < to && s.powers[from] == 0 {
		from++
	}
	for to > from && s.powers[to-1] == 0 {
		to--
	}
	return metricdata.ExponentialHistogramDataPoint[float64]{
		Attributes: of, StartTime: since, Time: at,
		Count: total(s.powers), Sum: s.sum.Seconds(), Scale: scale,
		PositiveBucket: metricdata.ExponentialBucket{Offset: int32(firstPow + from), Counts: s.powers[from:to]},
		Exemplars:      s.examples(since),
	}
}

// examples are the exemplars since then.
func (s *snapshot) examples(since time.Time) (all []metricdata.Exemplar[float64]) {
	for _, e := range s.exemplars {
		if e.at.Before(since) {
			continue
		}
		id, span := e.in.TraceID(), e.in.SpanID()
		all = append(all, metricdata.Exemplar[float64]{Value: e.value.Seconds(), Time: e.at, TraceID: id[:], SpanID: span[:]})
	}
	return all
}

func total(counts []uint64) (n uint64) {
	for _, c := range counts {
		n += c
	}
	return n
}

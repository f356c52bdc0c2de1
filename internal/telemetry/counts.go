package telemetry

import (
	"github.com/seed66d9166c/express/express"
	"github.com/seed66d9166c/express/internal/telemetry/metrics"
	"github.com/seed66d9166c/express/internal/telemetry/otlp"
)

// numStatus is the number of ways in which an execution can end.
const numStatus = int(express.Aborted) + 1

// Counts is how many executions and log records there were.
type Counts struct {
	metrics.Counts
	Records Records
}

// Records is what became of log records. Those of executions that tail sampling
// left out were never emitted.
type Records struct {
	otlp.Counts
	Unsampled uint64 // records of executions that were left out
	Early     uint64 // executions that were recorded because their records outgrew what may be held back
}

// number is a sample of an instrument without attributes.
func number(n uint64) []metrics.Sample { return []metrics.Sample{{Value: int64(n)}} }

// observeRecords makes what became of records metrics.
func (t *Telemetry) observeRecords() {
	m := t.metrics
	m.Observe(metrics.LogEmitted, func() []metrics.Sample { return number(t.records().Emitted) })
	m.Observe(metrics.LogExported, func() []metrics.Sample { return number(t.records().Exported) })
	m.Observe(metrics.LogWaiting, func() []metrics.Sample { return number(t.records().Waiting) })
	m.Observe(metrics.LogUnsampled, func() []metrics.Sample { return number(t.records().Unsampled) })
	m.Observe(metrics.LogRetried, func() []metrics.Sample { return number(t.records().Retries) })
	m.Observe(metrics.LogDropped, func() (all []metrics.Sample) {
		r := t.records()
		for _, reason := range otlp.Reasons() {
			all = append(all, metrics.Sample{Value: int64(r.Dropped[reason]), Of: []string{reason.String()}})
		}
		return all
	})
}

// observeSpans makes what became of spans metrics.
func (t *Telemetry) observeSpans() {
	m := t.metrics
	m.Observe(metrics.TraceEnded, func() []metrics.Sample { return number(t.tracer.Counts().Ended) })
	m.Observe(metrics.TraceExported, func() []metrics.Sample { return number(t.tracer.Counts().Exported) })
	m.Observe(metrics.TraceFailed, func() []metrics.Sample { return number(t.tracer.Counts().Failed) })
}

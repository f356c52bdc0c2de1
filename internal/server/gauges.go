package server

import (
	"github.com/seed66d9166c/express/internal/telemetry/metrics"
	"github.com/seed66d9166c/express/transport/jetstream"
)

// gauges is a row for each metric that the sources keep by consumer.
var gauges = []struct {
	metric metrics.Instrument
	of     func(jetstream.Stats) int64
}{
	{metrics.ConsumerPending, func(s jetstream.Stats) int64 { return s.Pending }},
	{metrics.ConsumerUnacknowledged, func(s jetstream.Stats) int64 { return s.Unacknowledged }},
	{metrics.MessageStranded, func(s jetstream.Stats) int64 { return s.Stranded }},
}

// measure has metrics show what the sources know.
func (s *Server) measure() {
	for _, g := range gauges {
		s.telemetry.Metrics().Observe(g.metric, func() (all []metrics.Sample) {
			for _, f := range s.sorted() {
				all = append(all, metrics.Sample{Value: g.of(f.source.Stats()), Of: []string{f.o.Workflow, f.o.Durable}})
			}
			return all
		})
	}
	s.telemetry.Metrics().Observe(metrics.ClockSkew, func() []metrics.Sample {
		largest := int64(0)
		for _, f := range s.sorted() {
			if skew := f.source.Stats().Skew.Milliseconds(); max(skew, -skew) > max(largest, -largest) {
				largest = skew
			}
		}
		return []metrics.Sample{{Value: largest}}
	})
}

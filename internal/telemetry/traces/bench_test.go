package traces

import (
	"context"
	"testing"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/seed66d9166c/express/express"
	"github.com/seed66d9166c/express/express/expresstest"
	"github.com/seed66d9166c/express/express/value"
)

// discard is a span processor that does nothing.
type discard struct{ sdktrace.SpanProcessor }

func (discard) OnStart(context.Context, sdktrace.ReadWriteSpan) {}

func (discard) OnEnd(sdktrace.ReadOnlySpan) {}

// BenchmarkExecution is an execution of one task, with all, some and no spans,
// without their way to a collector.
func BenchmarkExecution(b *testing.B) {
	for _, bb := range []struct {
		name    string
		sampler sdktrace.Sampler
		trace   string
	}{
		{"off", nil, ""},
		{"sampled", sdktrace.AlwaysSample(), ""},
		{"1%", sdktrace.TraceIDRatioBased(0.01), ""},
		{"unsampled", sdktrace.NeverSample(), ""},
		{"unsampled-parent", sdktrace.ParentBased(sdktrace.AlwaysSample()), "00-" + traceID + "-" + spanID + "-00"},
	} {
		b.Run(bb.name, func(b *testing.B) {
			rec := &spans{}
			if bb.sampler != nil {
				rec.tracer = newTracer(Options{}, bb.sampler, both, &exporter{}, discard{})
			}
			m := expresstest.Machine(b, `{"StartAt": "Ask", "States": {"Ask": {"Type": "Task", "Resource": "func:f", "End": true}}}`,
				func(context.Context, *express.Call) (value.Value, error) { return value.Null, nil },
				func(o *express.Options) { o.Recorder = rec })
			b.ReportAllocs()
			for b.Loop() {
				m.Run(context.Background(), express.Start{Name: "run", Trace: bb.trace})
			}
		})
	}
}

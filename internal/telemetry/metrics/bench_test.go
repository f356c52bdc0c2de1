package metrics

import (
	"context"
	"fmt"
	"testing"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/trace"

	"github.com/seed66d9166c/express/express"
	"github.com/seed66d9166c/express/express/expresstest"
	"github.com/seed66d9166c/express/express/value"
)

// BenchmarkHistogram is a value counted by us, for any number of readers, and by
// the SDK, for one and for two.
func BenchmarkHistogram(b *testing.B) {
	for _, bb := range []struct {
		name        string
		exponential bool
	}{{"explicit", false}, {"both", true}} {
		b.Run("ours/"+bb.name, func(b *testing.B) {
			h := newHistogram(bb.exponential, true)
			b.ReportAllocs()
			for b.Loop() {
				h.record(1200*time.Microsecond, trace.SpanContext{})
			}
		})
	}
	for readers := 1; readers <= 2; readers++ {
		b.Run(fmt.Sprintf("sdk/%d", readers), func(b *testing.B) {
			var options []sdkmetric.Option
			for range readers {
				options = append(options, sdkmetric.WithReader(sdkmetric.NewManualReader()))
			}
			h, err := sdkmetric.NewMeterProvider(options...).Meter("bench").Float64Histogram("h", metric.WithExplicitBucketBoundaries(seconds...))
			if err != nil {
				b.Fatal(err)
			}
			with := []metric.RecordOption{metric.WithAttributeSet(attribute.NewSet(attribute.String("workflow", "orders"), attribute.String("status", "SUCCEEDED")))}
			b.ReportAllocs()
			for b.Loop() {
				h.Record(context.Background(), 0.0012, with...)
			}
		})
	}
}

// none is a Recorder that records nothing.
type none struct{}

func (none) Open(context.Context, *express.Machine, *express.Start) express.Log { return none{} }

func (none) Enabled(express.EventType) bool { return false }

func (none) Record(*express.Event) {}

func (none) Close(*express.Outcome) <-chan error { return nil }

// BenchmarkRun is what metrics cost an execution of states that do not wait, and
// one of two tasks.
func BenchmarkRun(b *testing.B) {
	in, err := value.ParseString(`{"id": "e-1", "device": {"id": "dev-4711", "site": "plant-3"}, "temp": 21.75}`)
	if err != nil {
		b.Fatal(err)
	}
	m, err := newMetrics(Options{}, nil)
	if err != nil {
		b.Fatal(err)
	}
	defer m.Close(context.Background())
	for _, w := range []struct{ name, definition string }{
		{"pass", `{"StartAt": "Pick", "States": {
			"Pick": {"Type": "Pass", "Parameters": {"id.$": "$.id", "site.$": "$.device.site", "temp.$": "$.temp"}, "Next": "Hot?"},
			"Hot?": {"Type": "Choice", "Choices": [{"Variable": "$.temp", "NumericGreaterThan": 20, "Next": "Alarm"}], "Default": "Done"},
			"Alarm": {"Type": "Pass", "Result": true, "ResultPath": "$.alarm", "Next": "Done"},
			"Done": {"Type": "Succeed"}}}`},
		{"task", `{"StartAt": "First", "States": {
			"First": {"Type": "Task", "Resource": "func:first", "ResultPath": "$.first", "Next": "Second"},
			"Second": {"Type": "Task", "Resource": "func:second", "ResultPath": "$.second", "End": true}}}`},
	} {
		for _, r := range []struct {
			name     string
			recorder express.Recorder
		}{{"without", none{}}, {"with", m.Workflow("orders")}} {
			b.Run(w.name+"/"+r.name, func(b *testing.B) {
				x := expresstest.Machine(b, w.definition,
					func(context.Context, *express.Call) (value.Value, error) { return value.Null, nil },
					func(o *express.Options) { o.Recorder = r.recorder })
				b.ReportAllocs()
				for b.Loop() {
					x.Run(context.Background(), express.Start{Name: "e", Input: in, Delivery: 1})
				}
			})
		}
	}
}

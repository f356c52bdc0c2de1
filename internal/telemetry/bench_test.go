package telemetry

import (
	"context"
	"testing"
	"time"

	sdklog "go.opentelemetry.io/otel/sdk/log"

	"github.com/seed66d9166c/express/express"
	"github.com/seed66d9166c/express/express/expresstest"
	"github.com/seed66d9166c/express/express/value"
)

// BenchmarkRecord is an execution of four events and its records, without their
// way to a collector.
func BenchmarkRecord(b *testing.B) {
	const passes = `{"StartAt": "A", "States": {"A": {"Type": "Pass", "End": true}}}`
	for _, bb := range []struct {
		name    string
		level   express.Level
		data    bool
		exports bool
	}{
		{"nobody", express.LevelAll, false, false},
		{"error", express.LevelError, false, true},
		{"all", express.LevelAll, false, true},
		{"data", express.LevelAll, true, true},
	} {
		b.Run(bb.name, func(b *testing.B) {
			tel := &Telemetry{counts: make(map[string]*counts)}
			if bb.exports {
				e := &exporter{export: func(context.Context, int) error { return nil }}
				tel.batches = newBatches(e, batchOptions{queue: 1 << 20, batch: 512, interval: time.Second, timeout: time.Minute}, nil)
				tel.provider = sdklog.NewLoggerProvider(sdklog.WithProcessor(tel.batches), sdklog.WithAllowKeyDuplication())
				tel.logger = tel.provider.Logger(scope)
				defer tel.Close(context.Background())
			}
			m := expresstest.Machine(b, passes, nil, func(o *express.Options) {
				o.Recorder = tel.Recorder(Workflow{Name: "orders", Level: bb.level, Data: bb.data})
			})
			in, err := value.ParseString(`{"id": 7, "items": [{"n": 1}, {"n": 2}]}`)
			if err != nil {
				b.Fatal(err)
			}
			s := express.Start{Name: "order-7", ARN: "arn:order-7", Input: in}
			b.ReportAllocs()
			for b.Loop() {
				m.Run(context.Background(), s)
			}
		})
	}
}

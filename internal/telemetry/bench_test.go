package telemetry

import (
	"context"
	"fmt"
	"log/slog"
	"math"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"syscall"
	"testing"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/exporters/otlp/otlplog/otlploggrpc"
	"go.opentelemetry.io/otel/exporters/otlp/otlplog/otlploghttp"
	otellog "go.opentelemetry.io/otel/log"
	sdklog "go.opentelemetry.io/otel/sdk/log"

	"github.com/seed66d9166c/express/express"
	"github.com/seed66d9166c/express/express/expresstest"
	"github.com/seed66d9166c/express/express/value"
	"github.com/seed66d9166c/express/internal/telemetry/semconv"
)

// receive starts a receiver in a process of its own.
func receive(b *testing.B) (http, grpc string) {
	b.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), asReceiver+"=1")
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		b.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		b.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		in.Close()
		cmd.Wait()
	})
	if _, err := fmt.Fscan(out, &http, &grpc); err != nil {
		b.Fatal(err)
	}
	return http, grpc
}

// passes is an execution of six events.
const passes = `{"StartAt": "A", "States": {"A": {"Type": "Pass", "Next": "B"}, "B": {"Type": "Pass", "End": true}}}`

// BenchmarkRecord is an execution of six events and its records.
func BenchmarkRecord(b *testing.B) {
	address, _ := receive(b)
	for _, bb := range []struct {
		name    string
		w       Workflow
		exports bool
	}{
		{"nobody", Workflow{Level: express.LevelAll}, false},
		{"error", Workflow{Level: express.LevelError}, true},
		{"all", Workflow{Level: express.LevelAll, Block: true}, true},
		{"data", Workflow{Level: express.LevelAll, Data: true, Block: true}, true},
		{"tail", Workflow{Level: express.LevelAll, Tail: new(Tail)}, true},
	} {
		b.Run(bb.name, func(b *testing.B) {
			unset(b)
			if bb.exports {
				b.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://"+address)
			}
			tel, err := New(b.Context(), Options{})
			if err != nil {
				b.Fatal(err)
			}
			bb.w.Name = "orders"
			m := expresstest.Machine(b, passes, nil, func(o *express.Options) { o.Recorder = tel.Recorder(bb.w) })
			in, err := value.ParseString(`{"id": 7, "items": [{"n": 1}, {"n": 2}]}`)
			if err != nil {
				b.Fatal(err)
			}
			s := express.Start{Name: "order-7", ARN: "arn:order-7", Input: in}
			b.ReportAllocs()
			for b.Loop() {
				m.Run(context.Background(), s)
			}
			b.StopTimer()
			if err := tel.Close(context.Background()); err != nil {
				b.Error(err)
			}
			if r := tel.Counts().Records; r.Lost() > 0 {
				b.Errorf("records were lost: %+v", r)
			}
		})
	}
}

const (
	// burst is how many executions are recorded before all their records are
	// waited for: neither side's queue overflows, and all batches are full.
	burst  = 5120
	bursts = 5 // of a round
	events = 6 // of an execution
)

// BenchmarkSDK sends the same records to the same receiver in turn through the
// SDK's logger, batch processor and exporter, and through the recorder. Its
// measures are medians of the CPU time of this process for a record, and of its
// allocations.
func BenchmarkSDK(b *testing.B) {
	web, rpc := receive(b)
	for _, protocol := range []string{"http", "grpc"} {
		b.Run(protocol, func(b *testing.B) {
			unset(b)
			b.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://"+web)
			if protocol == "grpc" {
				b.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://"+rpc)
				b.Setenv("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc")
			}
			m := expresstest.Machine(b, passes, nil)
			sdk, own := newSDK(b, protocol), newOwn(b)
			var sides [2]side
			for b.Loop() {
				sides[0].measure(func(n int) { sdk.record(m, n) })
				sides[1].measure(func(n int) { own.record(m, n) })
			}
			for i, name := range []string{"sdk", "own"} {
				cpu, allocs := sides[i].medians()
				b.ReportMetric(cpu, name+"-ns/record")
				b.ReportMetric(allocs, name+"-allocs/record")
			}
			sdkCPU, _ := sides[0].medians()
			ownCPU, _ := sides[1].medians()
			b.ReportMetric(sdkCPU/ownCPU, "ratio")
			b.ReportMetric(0, "ns/op")
		})
	}
}

// BenchmarkOverhead measures, in turns, the CPU time of this process for an
// execution that succeeds: without and with logging at level ERROR, and with
// all records shipped while the collector takes them and while nobody is there.
// Its interval is that of 95 % around the mean of pairs; run it with
// -benchtime 20x or more.
func BenchmarkOverhead(b *testing.B) {
	address, _ := receive(b)
	for _, bb := range []struct {
		name          string
		before, after string // addresses of collectors, "" for none
		level         express.Level
	}{
		{name: "error", after: address, level: express.LevelError},
		{name: "down", before: address, after: "127.0.0.1:1", level: express.LevelAll},
	} {
		b.Run(bb.name, func(b *testing.B) {
			before, after := newLoad(b, bb.before, bb.level), newLoad(b, bb.after, bb.level)
			var cpu [2]float64
			var ratios []float64
			for b.Loop() {
				x, y := before.run(), after.run()
				cpu[0] += x
				cpu[1] += y
				ratios = append(ratios, 100*(y/x-1))
			}
			mean, half := interval(ratios)
			b.ReportMetric(cpu[0]/float64(b.N), "before-ns/execution")
			b.ReportMetric(cpu[1]/float64(b.N), "after-ns/execution")
			b.ReportMetric(mean, "%")
			b.ReportMetric(half, "±%")
			b.ReportMetric(0, "ns/op")
		})
	}
}

// A load is executions of passes.
type load struct {
	m   *express.Machine
	tel *Telemetry
}

// newLoad has its records sent to the address, if it is not empty.
func newLoad(b *testing.B, address string, level express.Level) load {
	b.Helper()
	unset(b)
	if address != "" {
		b.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://"+address)
	}
	tel, err := New(b.Context(), Options{Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		tel.Close(ctx)
	})
	m := expresstest.Machine(b, passes, nil, func(o *express.Options) {
		o.Recorder = tel.Recorder(Workflow{Name: "orders", Level: level})
	})
	return load{m, tel}
}

// run is the CPU time of an execution, with that of the export of its records if
// somebody takes them.
func (l load) run() float64 {
	const n = 40_000
	runtime.GC()
	start := cpuTime()
	for range n {
		l.m.Run(context.Background(), express.Start{Name: "order-7"})
	}
	for l.tel.Exports() && l.tel.Counts().Records.Exported > 0 && l.tel.Counts().Records.Waiting > 0 {
		time.Sleep(2 * time.Millisecond)
	}
	return float64((cpuTime() - start).Nanoseconds()) / n
}

// interval is the mean of v, and how far the truth may be from it.
func interval(v []float64) (mean, half float64) {
	for _, x := range v {
		mean += x / float64(len(v))
	}
	var sum float64
	for _, x := range v {
		sum += (x - mean) * (x - mean)
	}
	return mean, 1.96 * math.Sqrt(sum/float64(max(len(v)-1, 1))/float64(len(v)))
}

// A side is what the rounds of one side took, a record.
type side struct{ cpu, allocs []float64 }

func (s *side) measure(f func(bursts int)) {
	runtime.GC() // what the other side left
	f(1)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	start := cpuTime()
	f(bursts)
	cpu := cpuTime() - start
	runtime.ReadMemStats(&after)
	const records = bursts * burst * events
	s.cpu = append(s.cpu, float64(cpu.Nanoseconds())/records)
	s.allocs = append(s.allocs, float64(after.Mallocs-before.Mallocs)/records)
}

func (s *side) medians() (cpu, allocs float64) {
	slices.Sort(s.cpu)
	slices.Sort(s.allocs)
	return s.cpu[len(s.cpu)/2], s.allocs[len(s.allocs)/2]
}

// cpuTime is what this process has used.
func cpuTime() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		panic(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// recorded are the events of an execution of passes.
var recorded = []express.Event{
	{ID: 1, Type: express.ExecutionStarted},
	{ID: 2, Type: express.PassStateEntered, State: "A"},
	{ID: 3, Prev: 2, Type: express.PassStateExited, State: "A"},
	{ID: 4, Prev: 3, Type: express.PassStateEntered, State: "B"},
	{ID: 5, Prev: 4, Type: express.PassStateExited, State: "B"},
	{ID: 6, Prev: 5, Type: express.ExecutionSucceeded},
}

// record records a burst of executions.
func record(r express.Recorder, m *express.Machine) {
	s := &express.Start{Name: "order-7", ARN: "arn:order-7", Delivery: 1}
	o := new(express.Outcome)
	e, now := new(express.Event), time.Now()
	for range burst {
		l := r.Open(context.Background(), m, s)
		for i := range recorded {
			*e = recorded[i]
			e.Time = now
			l.Record(e)
		}
		l.Close(o)
	}
}

// own is a side that goes through the recorder.
type own struct {
	tel *Telemetry
	r   express.Recorder
}

func newOwn(b *testing.B) own {
	tel, err := New(b.Context(), Options{})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		tel.Close(context.Background())
		if r := tel.Counts().Records; r.Exported != r.Emitted {
			b.Errorf("records were lost: %+v", r)
		}
	})
	return own{tel, tel.Recorder(Workflow{Name: "orders", Level: express.LevelAll})}
}

func (o own) record(m *express.Machine, bursts int) {
	for range bursts {
		record(o.r, m)
		for o.tel.queue.Counts().Waiting > 0 {
			time.Sleep(2 * time.Millisecond)
		}
	}
}

// sdk is a side that goes through the SDK.
type sdk struct {
	provider *sdklog.LoggerProvider
	logger   otellog.Logger
}

func newSDK(b *testing.B, protocol string) *sdk {
	var e sdklog.Exporter
	var err error
	if protocol == "grpc" {
		e, err = otlploggrpc.New(b.Context())
	} else {
		e, err = otlploghttp.New(b.Context())
	}
	if err != nil {
		b.Fatal(err)
	}
	res, err := newResource(b.Context(), "")
	if err != nil {
		b.Fatal(err)
	}
	p := sdklog.NewLoggerProvider(sdklog.WithResource(res), sdklog.WithAllowKeyDuplication(),
		sdklog.WithProcessor(sdklog.NewBatchProcessor(e, sdklog.WithMaxQueueSize(2*burst*events))))
	b.Cleanup(func() { p.Shutdown(context.Background()) })
	return &sdk{p, p.Logger(semconv.Scope)}
}

func (s *sdk) record(m *express.Machine, bursts int) {
	for range bursts {
		record(s, m)
		s.provider.ForceFlush(context.Background())
	}
}

func (s *sdk) Open(_ context.Context, m *express.Machine, start *express.Start) express.Log {
	id := m.Identity()
	return &sdkLog{s, []attribute.KeyValue{
		attribute.String("express.execution.name", start.Name),
		attribute.String("express.execution.arn", m.ExecutionARN(start)),
		attribute.String("express.state_machine.name", id.Name),
		attribute.String("express.state_machine.version", id.Version),
		attribute.String("aws.step_functions.state_machine.arn", id.ARN),
		attribute.Int("express.execution.attempt", start.Delivery),
	}}
}

// An sdkLog makes the same records as an execution does.
type sdkLog struct {
	*sdk
	common []attribute.KeyValue
}

func (l *sdkLog) Enabled(express.EventType) bool { return true }

func (l *sdkLog) Close(*express.Outcome) <-chan error { return nil }

func (l *sdkLog) Record(e *express.Event) {
	kv := append(make([]attribute.KeyValue, 0, len(l.common)+5), l.common...)
	kv = append(kv,
		attribute.String("express.history.event.type", e.Type.String()),
		attribute.Int64("express.history.event.id", int64(e.ID)),
		attribute.Int64("express.history.event.previous_id", int64(e.Prev)),
	)
	if typ := stateTypes[e.Type]; typ != "" {
		kv = append(kv, attribute.String("express.state.type", typ), attribute.String("express.state.name", e.State))
	}
	var r otellog.Record
	r.SetEventName(e.Type.LogName())
	r.SetTimestamp(e.Time)
	r.SetSeverity(otellog.SeverityInfo)
	r.SetBody(attribute.StringValue(e.Type.String()))
	r.AddAttributes(kv...)
	l.logger.Emit(context.Background(), r)
}

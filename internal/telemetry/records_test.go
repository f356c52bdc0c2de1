package telemetry

import (
	"context"
	"flag"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	commonpb "go.opentelemetry.io/proto/otlp/common/v1"
	logspb "go.opentelemetry.io/proto/otlp/logs/v1"

	"github.com/seed66d9166c/express/express"
	"github.com/seed66d9166c/express/express/expresstest"
	"github.com/seed66d9166c/express/express/value"
	"github.com/seed66d9166c/express/internal/telemetry/otlp"
	"github.com/seed66d9166c/express/internal/telemetry/otlp/otlptest"
)

var update = flag.Bool("update", false, "rewrite the golden files")

func valueText(v *commonpb.AnyValue) string {
	switch v := v.GetValue().(type) {
	case *commonpb.AnyValue_StringValue:
		return v.StringValue
	case *commonpb.AnyValue_IntValue:
		return fmt.Sprint(v.IntValue)
	case *commonpb.AnyValue_DoubleValue:
		return fmt.Sprint(v.DoubleValue)
	case *commonpb.AnyValue_BoolValue:
		return fmt.Sprint(v.BoolValue)
	}
	return fmt.Sprintf("%v", v)
}

// transcript is records as text, one a paragraph; what all of them have stands
// before.
func transcript(records []*logspb.LogRecord) string {
	if len(records) == 0 {
		return "no records\n"
	}
	count := make(map[string]int)
	for _, r := range records {
		for _, l := range attributes(r) {
			count[l]++
		}
	}
	var b strings.Builder
	for _, l := range attributes(records[0]) {
		if count[l] == len(records) {
			b.WriteString(l)
		}
	}
	for _, r := range records {
		fmt.Fprintf(&b, "%s %s %s\n", time.Unix(0, int64(r.TimeUnixNano)).UTC().Format(time.RFC3339Nano),
			strings.TrimPrefix(r.SeverityNumber.String(), "SEVERITY_NUMBER_"), r.EventName)
		for _, l := range attributes(r) {
			if count[l] < len(records) {
				b.WriteString("  " + l)
			}
		}
	}
	return b.String()
}

// attributes are those of r, each on a line, and what else it says.
func attributes(r *logspb.LogRecord) []string {
	lines := []string{
		fmt.Sprintf("trace = %x, span = %x\n", r.TraceId, r.SpanId),
		fmt.Sprintf("body = %s\n", valueText(r.Body)),
	}
	for _, kv := range r.Attributes {
		lines = append(lines, fmt.Sprintf("%s = %s\n", kv.Key, valueText(kv.Value)))
	}
	return lines
}

// unset takes every OTEL_ variable out of the test's environment.
func unset(t testing.TB) {
	t.Helper()
	for _, kv := range os.Environ() {
		if name, _, _ := strings.Cut(kv, "="); strings.HasPrefix(name, "OTEL_") {
			t.Setenv(name, "") // which the specification equals with unset
		}
	}
	for _, signal := range []string{"TRACES", "METRICS"} { // the receivers of these tests take log records
		t.Setenv("OTEL_"+signal+"_EXPORTER", "none")
	}
}

// exporting is a Telemetry that exports to c.
func exporting(t *testing.T, c *otlptest.Receiver) *Telemetry {
	t.Helper()
	unset(t)
	t.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://"+c.HTTP)
	tel, err := New(t.Context(), Options{Version: "1.2.3", Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	return tel
}

func closeNow(t *testing.T, tel *Telemetry) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	if err := tel.Close(ctx); err != nil {
		t.Error(err)
	}
}

// The workflow charges a card, for which it retries, and counts items.
const orders = `{
  "StartAt": "Charge",
  "States": {
    "Charge": {
      "Type": "Task", "Resource": "arn:aws:lambda:eu-central-1:123456789012:function:charge", "TimeoutSeconds": 9,
      "Retry": [{"ErrorEquals": ["Card.Busy"], "IntervalSeconds": 2}],
      "ResultPath": "$.charge", "Next": "Items"
    },
    "Items": {
      "Type": "Map", "ItemsPath": "$.items", "MaxConcurrency": 1, "ResultPath": null, "Next": "Tell",
      "ItemProcessor": {"StartAt": "Item", "States": {"Item": {"Type": "Pass", "Assign": {"n.$": "$.n"}, "End": true}}}
    },
    "Tell": {"Type": "Task", "Resource": "nats:request:shop.tell", "Parameters": {"id.$": "$.id"}, "End": true}
  }
}`

// play runs one execution of orders on a virtual clock: the card is busy once,
// and if it is declined the execution fails.
func play(t *testing.T, tel *Telemetry, w Workflow, declined bool) {
	t.Helper()
	calls := 0
	m := expresstest.Machine(t, orders, func(_ context.Context, c *express.Call) (value.Value, error) {
		switch calls++; {
		case calls == 1:
			return value.Value{}, &express.Error{Name: "Card.Busy", Cause: "try again"}
		case declined:
			return value.Value{}, &express.Error{Name: "Card.Declined", Cause: "no money"}
		}
		return value.String("paid"), nil
	}, expresstest.Virtual, func(o *express.Options) {
		o.Recorder = tel.Recorder(w)
		o.Identity.Name, o.Identity.Version = w.Name, "v7"
	})
	in, err := value.ParseString(`{"id": 7, "items": [{"n": 1}, {"n": 2}]}`)
	if err != nil {
		t.Fatal(err)
	}
	m.Run(t.Context(), express.Start{
		Name: "order-7", ARN: "arn:order-7", Input: in, Delivery: 2,
		Trace: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
	})
}

// Every event becomes a record, by the level of its workflow, with or without
// what the execution works on.
func TestRecords(t *testing.T) {
	for _, level := range []express.Level{express.LevelOff, express.LevelFatal, express.LevelError, express.LevelAll} {
		for _, declined := range []bool{false, true} {
			for _, data := range []bool{false, true} {
				name := strings.ToLower(level.String())
				if declined {
					name += "-failed"
				}
				if data {
					name += "-data"
				}
				t.Run(name, func(t *testing.T) {
					c := otlptest.Start(t, nil)
					tel := exporting(t, c)
					play(t, tel, Workflow{Name: "orders", Level: level, Data: data}, declined)
					closeNow(t, tel)
					golden(t, name, transcript(c.Records()))
					r := tel.Counts().Records
					if want := uint64(c.Count()); r != (Records{Counts: otlp.Counts{Emitted: want, Exported: want}}) {
						t.Errorf("counted %+v, but the collector has %d", r, want)
					}
				})
			}
		}
	}
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name+".txt")
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", path, diff)
	}
}

// The process says who it is; the environment's word counts more.
func TestResource(t *testing.T) {
	c := otlptest.Start(t, nil)
	unset(t)
	t.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://"+c.HTTP)
	t.Setenv("OTEL_RESOURCE_ATTRIBUTES", "service.namespace=shop,service.version=9")
	tel, err := New(t.Context(), Options{Version: "1.2.3"})
	if err != nil {
		t.Fatal(err)
	}
	play(t, tel, Workflow{Name: "orders", Level: express.LevelAll}, false)
	closeNow(t, tel)
	describes := make(map[string]string)
	for _, kv := range c.Taken()[0].ResourceLogs[0].Resource.Attributes {
		describes[kv.Key] = valueText(kv.Value)
	}
	for key, want := range map[string]string{
		"service.name": "express", "service.version": "9", "service.namespace": "shop", "telemetry.sdk.language": "go",
	} {
		if got := describes[key]; got != want {
			t.Errorf("%s is %q, want %q", key, got, want)
		}
	}
	if id := describes["service.instance.id"]; len(id) != 36 || id[14] != '4' {
		t.Errorf("service.instance.id is %q, want a random UUID", id)
	}
}

// Whether anything is exported is the environment's decision.
func TestEnvironment(t *testing.T) {
	for _, tt := range []struct {
		name    string
		env     map[string]string
		exports bool
		fails   bool
	}{
		{name: "nothing"},
		{name: "endpoint", env: map[string]string{"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:1"}, exports: true},
		{name: "endpoint for logs", env: map[string]string{"OTEL_EXPORTER_OTLP_LOGS_ENDPOINT": "http://127.0.0.1:1/v1/logs"}, exports: true},
		{name: "exporter", env: map[string]string{"OTEL_LOGS_EXPORTER": "otlp"}, exports: true},
		{name: "none", env: map[string]string{"OTEL_LOGS_EXPORTER": "none", "OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:1"}},
		{name: "disabled", env: map[string]string{"OTEL_SDK_DISABLED": "TRUE", "OTEL_LOGS_EXPORTER": "otlp"}},
		{name: "not disabled", env: map[string]string{"OTEL_SDK_DISABLED": "false", "OTEL_LOGS_EXPORTER": "otlp"}, exports: true},
		{name: "unknown exporter", env: map[string]string{"OTEL_LOGS_EXPORTER": "pigeon"}, fails: true},
		{name: "unknown protocol", env: map[string]string{"OTEL_LOGS_EXPORTER": "otlp", "OTEL_EXPORTER_OTLP_PROTOCOL": "pigeon"}, fails: true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			unset(t)
			for name, v := range tt.env {
				t.Setenv(name, v)
			}
			tel, err := New(t.Context(), Options{})
			if (err != nil) != tt.fails {
				t.Fatalf("New: %v, want an error %t", err, tt.fails)
			}
			if err != nil {
				return
			}
			defer tel.Close(t.Context())
			if tel.Exports() != tt.exports {
				t.Errorf("exports is %t, want %t", tel.Exports(), tt.exports)
			}
		})
	}
}

// What the collector refuses is counted as dropped.
func TestRefused(t *testing.T) {
	c := otlptest.Start(t, func(int) otlptest.Answer { return otlptest.Answer{Status: http.StatusBadRequest} })
	tel := exporting(t, c)
	play(t, tel, Workflow{Name: "orders", Level: express.LevelAll}, false)
	if err := tel.Close(t.Context()); err == nil {
		t.Error("Close has no error")
	}
	if r := tel.Counts().Records; r.Emitted == 0 || r.Dropped[otlp.Rejected] != r.Emitted || r.Exported != 0 || r.Waiting != 0 {
		t.Errorf("counted %+v, want all dropped", r)
	}
}

// What nobody listens to costs nothing.
func TestSilent(t *testing.T) {
	unset(t)
	tel, err := New(t.Context(), Options{})
	if err != nil {
		t.Fatal(err)
	}
	r := tel.Recorder(Workflow{Name: "orders", Level: express.LevelAll})
	s := &express.Start{Name: "x"}
	o := &express.Outcome{Status: express.Failed}
	allocs := testing.AllocsPerRun(100, func() {
		l := r.Open(context.Background(), nil, s)
		if l.Enabled(express.ExecutionFailed) {
			t.Error("an event is wanted")
		}
		if l.Close(o) != nil {
			t.Error("there is something to wait for")
		}
	})
	if allocs != 0 {
		t.Errorf("%v allocations an execution, want none", allocs)
	}
	if c := tel.Counts(); c.Ended[express.Failed] != 101 || c.Running != 0 {
		t.Errorf("counted %+v, want 101 failed", c)
	}
}

func TestMetrics(t *testing.T) {
	c := otlptest.Start(t, nil)
	tel := exporting(t, c)
	play(t, tel, Workflow{Name: "orders", Level: express.LevelFatal}, true)
	play(t, tel, Workflow{Name: `we"ird`, Level: express.LevelFatal}, false)
	tel.Recorder(Workflow{Name: "orders"}).Open(t.Context(), expresstest.Machine(t, orders, func(context.Context, *express.Call) (value.Value, error) {
		return value.Null, nil
	}), new(express.Start))
	defer closeNow(t, tel)
	w := httptest.NewRecorder()
	tel.Metrics().Handler().ServeHTTP(w, httptest.NewRequest("GET", "/metrics", nil))
	var b strings.Builder
	for line := range strings.Lines(w.Body.String()) {
		name, _, _ := strings.Cut(line, "{")
		for _, counted := range []string{"express_execution_active", "_count", "express_log_emitted", "express_log_dropped", "express_task_retry"} {
			if strings.HasPrefix(name, "express_") && strings.Contains(name, counted) {
				b.WriteString(line)
			}
		}
	}
	golden(t, "metrics", b.String())
}

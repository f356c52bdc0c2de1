package metrics

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.opentelemetry.io/otel/trace"
	colmetrics "go.opentelemetry.io/proto/otlp/collector/metrics/v1"
	metricspb "go.opentelemetry.io/proto/otlp/metrics/v1"
	"google.golang.org/protobuf/proto"

	"github.com/seed66d9166c/express/express"
	"github.com/seed66d9166c/express/express/expresstest"
	"github.com/seed66d9166c/express/express/mock"
	"github.com/seed66d9166c/express/express/program"
	"github.com/seed66d9166c/express/express/value"
	"github.com/seed66d9166c/express/internal/telemetry/semconv"
)

func open(t *testing.T) *Metrics {
	t.Helper()
	m, err := newMetrics(Options{Version: "v1.2.3", Log: slog.New(slog.NewTextHandler(t.Output(), nil))}, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { m.Close(context.Background()) })
	return m
}

// scrape is what /metrics answers, of our own metrics.
func scrape(t *testing.T, m *Metrics, accept string) string {
	t.Helper()
	r := httptest.NewRequest("GET", "/metrics", nil)
	r.Header.Set("Accept", accept)
	w := httptest.NewRecorder()
	m.Handler().ServeHTTP(w, r)
	if w.Code != http.StatusOK {
		t.Errorf("status %d: %s", w.Code, w.Body)
	}
	var b strings.Builder
	for line := range strings.Lines(w.Body.String()) {
		name := strings.TrimPrefix(strings.TrimPrefix(line, "# HELP "), "# TYPE ")
		if strings.HasPrefix(name, "express_") || strings.HasPrefix(name, "messaging_") {
			b.WriteString(line)
		}
	}
	return b.String()
}

// plain is scrape without comments and buckets.
func plain(t *testing.T, m *Metrics) []string {
	t.Helper()
	var lines []string
	for line := range strings.Lines(scrape(t, m, "text/plain")) {
		if !strings.HasPrefix(line, "#") && !strings.Contains(line, "_bucket{") {
			lines = append(lines, strings.TrimSpace(line))
		}
	}
	return lines
}

func run(t *testing.T, w *Workflow, definition, answers, input string, s express.Start) {
	t.Helper()
	clock := mock.NewClock(expresstest.Epoch)
	recording, err := mock.ParseRecording([]byte(answers))
	if err != nil {
		t.Fatal(err)
	}
	recording.Threads = clock
	if s.Input, err = value.ParseString(input); err != nil {
		t.Fatal(err)
	}
	expresstest.Machine(t, definition, recording.Invoke, clock.Bind, func(o *express.Options) { o.Recorder = w }).Run(t.Context(), s)
}

// What executions do is counted, by the virtual clock's time.
func TestExecutions(t *testing.T) {
	m := open(t)
	w := m.Workflow("orders")
	event := express.Start{Name: "e", Delivery: 1}
	run(t, w, `{"StartAt": "Both", "States": {
		"Both": {"Type": "Parallel", "Next": "Each", "Branches": [
			{"StartAt": "Nap", "States": {"Nap": {"Type": "Wait", "Seconds": 2, "End": true}}},
			{"StartAt": "Ask", "States": {"Ask": {"Type": "Task", "Resource": "nats:request:fn.greet", "Retry": [{"ErrorEquals": ["Busy"]}], "End": true}}}]},
		"Each": {"Type": "Map", "ItemsPath": "$[1]", "End": true, "ItemProcessor": {"StartAt": "Pass", "States": {"Pass": {"Type": "Pass", "End": true}}}}}}`,
		`{"Ask": [{"Throw": {"Error": "Busy"}}, {"Return": [1, 2]}]}`, `{}`, event)
	run(t, w, `{"StartAt": "Ask", "States": {"Ask": {"Type": "Task", "Resource": "nats:publish:out", "TimeoutSeconds": 3, "End": true}}}`,
		`{"Ask": [{"Never": true}]}`, `{}`, event)
	run(t, w, `{"StartAt": "Nap", "TimeoutSeconds": 5, "States": {"Nap": {"Type": "Wait", "Seconds": 9, "End": true}}}`, `{}`, `{}`, express.Start{Name: "e"})
	run(t, w, `{"StartAt": "Bad", "States": {"Bad": {"Type": "Fail"}}}`, `{}`, `{}`, express.Start{Name: "e"})
	w.Begin()

	of := func(pairs ...string) string {
		var b strings.Builder
		for i := 0; i < len(pairs); i += 2 {
			fmt.Fprintf(&b, `,%s="%s"`, pairs[i], pairs[i+1])
		}
		return "{" + b.String()[1:] + "}"
	}
	const workflow, status, state, typ, failure = "express_state_machine_name", "express_execution_status", "express_state_name", "express_state_type", "error_type"
	const sys, op, destination = "messaging_system", "messaging_operation_name", "messaging_destination_template"
	var want []string
	histogram := func(name, of string, sum, count int) {
		want = append(want, fmt.Sprintf("%s_sum%s %d", name, of, sum), fmt.Sprintf("%s_count%s %d", name, of, count))
	}
	want = append(want, "express_execution_active"+of(workflow, "orders")+" 1")
	histogram("express_execution_duration_seconds", of(failure, "States.Timeout", status, "FAILED", workflow, "orders"), 3, 1)
	histogram("express_execution_duration_seconds", of(failure, "States.Timeout", status, "TIMED_OUT", workflow, "orders"), 5, 1)
	histogram("express_execution_duration_seconds", of(failure, "_OTHER", status, "FAILED", workflow, "orders"), 0, 1)
	histogram("express_execution_duration_seconds", of(status, "SUCCEEDED", workflow, "orders"), 2, 1)
	histogram("express_state_duration_seconds", of(workflow, "orders", state, "Ask", typ, "Task"), 1, 1)
	histogram("express_state_duration_seconds", of(workflow, "orders", state, "Both", typ, "Parallel"), 2, 1)
	histogram("express_state_duration_seconds", of(workflow, "orders", state, "Each", typ, "Map"), 0, 1)
	histogram("express_state_duration_seconds", of(workflow, "orders", state, "Nap", typ, "Wait"), 2, 1)
	histogram("express_task_duration_seconds", of(failure, "Busy", workflow, "orders", state, "Ask"), 0, 1)
	histogram("express_task_duration_seconds", of(failure, "States.Timeout", workflow, "orders", state, "Ask"), 3, 1)
	histogram("express_task_duration_seconds", of(workflow, "orders", state, "Ask"), 0, 1)
	want = append(want, "express_task_retry_total"+of(workflow, "orders", state, "Ask")+" 1")
	histogram("messaging_client_operation_duration_seconds", of(failure, "Busy", destination, "fn.greet", op, "request", sys, "nats"), 0, 1)
	histogram("messaging_client_operation_duration_seconds", of(failure, "States.Timeout", destination, "out", op, "publish", sys, "nats"), 3, 1)
	histogram("messaging_client_operation_duration_seconds", of(destination, "fn.greet", op, "request", sys, "nats"), 0, 1)
	want = append(want, "messaging_client_sent_messages_total"+of(destination, "fn.greet", op, "request", sys, "nats")+" 2")
	want = append(want, "messaging_client_sent_messages_total"+of(destination, "out", op, "publish", sys, "nats")+" 1")
	histogram("messaging_process_duration_seconds", of(failure, "States.Timeout", workflow, "orders", op, "process", sys, "nats"), 3, 1)
	histogram("messaging_process_duration_seconds", of(workflow, "orders", op, "process", sys, "nats"), 2, 1)
	got := plain(t, m)
	slices.Sort(got)
	slices.Sort(want)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("metrics (-want +got):\n%s", diff)
	}
	if got, want := m.Counts(), (Counts{Running: 1, Ended: [...]uint64{1, 2, 1, 0}}); got != want {
		t.Errorf("counts %+v, want %+v", got, want)
	}
}

// The text format, of one histogram: buckets, unit, help.
func TestText(t *testing.T) {
	m := open(t)
	w := m.Workflow("or\"de\nrs")
	w.Begin()
	w.End(&express.Start{}, &express.Outcome{Start: expresstest.Epoch, Stop: expresstest.Epoch.Add(300 * time.Microsecond)}, trace.SpanContext{})
	got := scrape(t, m, "text/plain")
	for _, line := range []string{
		"# HELP express_execution_duration_seconds Executions that ended, and how long they took.",
		"# TYPE express_execution_duration_seconds histogram",
		`express_execution_duration_seconds_bucket{express_execution_status="SUCCEEDED",express_state_machine_name="or\"de\\u000ars",le="0.00025"} 0`,
		`express_execution_duration_seconds_bucket{express_execution_status="SUCCEEDED",express_state_machine_name="or\"de\\u000ars",le="0.0005"} 1`,
		`express_execution_duration_seconds_bucket{express_execution_status="SUCCEEDED",express_state_machine_name="or\"de\\u000ars",le="+Inf"} 1`,
		`express_execution_active{express_state_machine_name="or\"de\\u000ars"} 0`,
	} {
		if !strings.Contains(got, line+"\n") {
			t.Errorf("no line %s in\n%s", line, got)
		}
	}
}

// A sampled execution is an exemplar of its bucket.
func TestExemplars(t *testing.T) {
	in := trace.NewSpanContext(trace.SpanContextConfig{TraceID: trace.TraceID{1}, SpanID: trace.SpanID{2}, TraceFlags: trace.FlagsSampled})
	for _, tt := range []struct {
		filter string
		in     trace.SpanContext
		want   bool
	}{
		{"", in, true},
		{"always_off", in, false},
		{"", in.WithTraceFlags(0), false},
	} {
		t.Setenv("OTEL_METRICS_EXEMPLAR_FILTER", tt.filter)
		m := open(t)
		w := m.Workflow("orders")
		w.Begin()
		w.End(&express.Start{}, &express.Outcome{}, tt.in)
		got := scrape(t, m, "application/openmetrics-text;version=1.0.0")
		if want := `trace_id="01000000000000000000000000000000"`; strings.Contains(got, want) != tt.want {
			t.Errorf("filter %q, sampled %t: %s", tt.filter, tt.in.IsSampled(), got)
		}
	}
}

func TestFeed(t *testing.T) {
	m := open(t)
	f := m.Feed("orders", "shop.>", "orders-1")
	if m.Feed("orders", "shop.>", "orders-1") != f {
		t.Error("one consumer has two feeds")
	}
	f.Received(time.Now().Add(-time.Hour), 1)
	f.Received(time.Now(), 2)
	m.Counter(MessageBuried, "orders", "decode").Add(2)
	m.Counter(MessageBuried, "orders", "decode").Add(1)
	m.Observe(ConsumerPending, func() []Sample {
		return []Sample{{7, []string{"orders", "orders-1"}}, {1, []string{"orders", "orders-2"}}, {2, []string{"orders", "orders-2"}}}
	})
	m.Observe(LogEmitted, func() []Sample { return []Sample{{Value: 5}} })
	got := plain(t, m)
	for _, line := range []string{
		`messaging_client_consumed_messages_total{messaging_consumer_group_name="orders-1",messaging_destination_template="shop.>",messaging_operation_name="receive",messaging_system="nats"} 2`,
		`express_message_redelivered_total{express_state_machine_name="orders",messaging_consumer_group_name="orders-1"} 1`,
		`express_event_lag_seconds_count{express_state_machine_name="orders",messaging_destination_template="shop.>"} 1`,
		`express_message_buried_total{express_reason="decode",express_state_machine_name="orders"} 3`,
		`express_consumer_pending{express_state_machine_name="orders",messaging_consumer_group_name="orders-1"} 7`,
		`express_consumer_pending{express_state_machine_name="orders",messaging_consumer_group_name="orders-2"} 3`,
		`express_log_emitted_total 5`,
	} {
		if !slices.Contains(got, line) {
			t.Errorf("no line %s in\n%s", line, strings.Join(got, "\n"))
		}
	}
}

func TestWrongInstrument(t *testing.T) {
	m := open(t)
	for name, f := range map[string]func(){
		"a counter that is none":          func() { m.Counter(LogWaiting) },
		"an observation of a histogram":   func() { m.Observe(EventLag, nil) },
		"more values than there are keys": func() { new(collection).number(LogEmitted, 1, "x") },
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s was taken", name)
				}
			}()
			f()
		}()
	}
}

// Names that services make up are told apart up to a limit; the engine's own
// always.
func TestMaxNames(t *testing.T) {
	m := open(t)
	w := m.Workflow("orders")
	end := func(name string) {
		w.Begin()
		w.End(&express.Start{}, &express.Outcome{Status: express.Failed, Err: &express.Error{Name: name}}, trace.SpanContext{})
	}
	const engine = 7
	for i := range maxNames - engine {
		end(fmt.Sprintf("made-up-%d", i))
	}
	count := func(name string) string {
		prefix := fmt.Sprintf(`express_execution_duration_seconds_count{error_type="%s",`, name)
		for _, line := range plain(t, m) {
			if strings.HasPrefix(line, prefix) {
				return line[strings.LastIndexByte(line, ' ')+1:]
			}
		}
		return ""
	}
	if got := count(semconv.Other); got != "" {
		t.Errorf("%s is %s before the limit", semconv.Other, got)
	}
	end("one-too-many")
	end("and-another")
	end("made-up-0")
	end(express.ErrRuntime)
	for name, want := range map[string]string{semconv.Other: "2", "made-up-0": "2", express.ErrRuntime: "1", "one-too-many": ""} {
		if got := count(name); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
}

// Every state may fail with every name that a service makes up.
func TestMaxTasks(t *testing.T) {
	m := open(t)
	w := m.Workflow("orders")
	fail := func(state, name int) {
		w.Record(&express.Event{
			Type: express.TaskFailed, State: fmt.Sprint("state-", state), Task: new(program.Task),
			Err: &express.Error{Name: fmt.Sprint("made-up-", name)},
		}, trace.SpanContext{})
	}
	const each = 100
	beyond := func() int64 { return w.tasks.get(w.tasks.other).count() }
	for i := range maxSeries {
		fail(i/each, i%each)
	}
	if n := len(w.tasks.each()); n != maxSeries {
		t.Errorf("%d series, want %d", n, maxSeries)
	}
	fail(0, each)
	fail(0, 0)
	if n := len(w.tasks.each()); n != maxSeries+1 || beyond() != 1 {
		t.Errorf("%d series, and %d attempts beyond", n, beyond())
	}
}

func TestMaxSeries(t *testing.T) {
	m := open(t)
	n := maxSeries - 1
	m.Observe(ConsumerPending, func() []Sample {
		all := make([]Sample, n)
		for i := range all {
			all[i] = Sample{1, []string{"orders", fmt.Sprint("consumer-", i)}}
		}
		return all
	})
	count := func() (series int, overflown string) {
		for _, line := range plain(t, m) {
			if strings.HasPrefix(line, "express_consumer_pending{") {
				series++
			}
			if rest, ok := strings.CutPrefix(line, `express_consumer_pending{otel_metric_overflow="true"} `); ok {
				overflown = rest
			}
		}
		return series, overflown
	}
	if series, over := count(); series != maxSeries-1 || over != "" {
		t.Errorf("%d series, %q beyond", series, over)
	}
	n += 3
	if series, over := count(); series != maxSeries || over != "3" {
		t.Errorf("%d series, %q beyond, want %d and 3", series, over, maxSeries)
	}
}

// Nothing of an execution's data comes into its metrics.
func TestNoData(t *testing.T) {
	const canary = "canary-7f3a"
	m := open(t)
	run(t, m.Workflow("orders"), `{"StartAt": "Ask", "States": {"Ask": {"Type": "Task", "Resource": "func:f", "End": true}}}`,
		`{"Ask": [{"Throw": {"Error": "Refused", "Cause": "`+canary+`"}}]}`, `{"secret": "`+canary+`"}`, express.Start{Name: canary, Delivery: 1})
	got := scrape(t, m, "text/plain")
	if !strings.Contains(got, "Refused") || strings.Contains(got, canary) {
		t.Error(got)
	}
}

// A collector is a receiver of OTLP that keeps what came last.
type collector struct {
	*httptest.Server

	mu     sync.Mutex // guards what follows
	last   map[string]*metricspb.Metric
	status int
}

func newCollector(t *testing.T) *collector {
	c := &collector{status: http.StatusOK}
	c.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		var req colmetrics.ExportMetricsServiceRequest
		if err := proto.Unmarshal(body, &req); err != nil {
			t.Error(err)
		}
		c.mu.Lock()
		defer c.mu.Unlock()
		c.last = make(map[string]*metricspb.Metric)
		for _, rm := range req.ResourceMetrics {
			for _, sm := range rm.ScopeMetrics {
				for _, metric := range sm.Metrics {
					c.last[metric.Name] = metric
				}
			}
		}
		w.WriteHeader(c.status)
	}))
	t.Cleanup(c.Close)
	return c
}

func (c *collector) metric(name string) *metricspb.Metric {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.last[name]
}

func TestExport(t *testing.T) {
	for _, tt := range []struct {
		temporality, aggregation string
		second                   uint64 // of the count, in the second export
	}{
		{"", "", 3},
		{"delta", "", 1},
		{"", "base2_exponential_bucket_histogram", 3},
		{"delta", "base2_exponential_bucket_histogram", 1},
	} {
		t.Run(tt.temporality+" "+tt.aggregation, func(t *testing.T) {
			c := newCollector(t)
			t.Setenv("OTEL_EXPORTER_OTLP_METRICS_ENDPOINT", c.URL+"/v1/metrics")
			t.Setenv("OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE", tt.temporality)
			t.Setenv("OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION", tt.aggregation)
			m, err := New(t.Context(), Options{})
			if err != nil {
				t.Fatal(err)
			}
			in := trace.NewSpanContext(trace.SpanContextConfig{TraceID: trace.TraceID{1}, SpanID: trace.SpanID{2}, TraceFlags: trace.FlagsSampled})
			w := m.Workflow("orders")
			end := func() {
				w.Begin()
				w.End(&express.Start{}, &express.Outcome{Stop: time.Time{}.Add(time.Second)}, in)
				if err := m.provider.ForceFlush(t.Context()); err != nil {
					t.Error(err)
				}
			}
			w.Begin()
			w.End(&express.Start{}, &express.Outcome{Stop: time.Time{}.Add(time.Second)}, in)
			end()
			if n, sum, examples := histogramOf(c.metric("express.execution.duration")); n != 2 || sum != 2 || examples != 1 {
				t.Errorf("first: %d executions, %v s, %d exemplars", n, sum, examples)
			}
			end()
			if n, sum, _ := histogramOf(c.metric("express.execution.duration")); n != tt.second || sum != float64(tt.second) {
				t.Errorf("second: %d executions, %v s, want %d", n, sum, tt.second)
			}
			got := c.metric("express.execution.duration")
			if exponential := got.GetExponentialHistogram() != nil; exponential != (tt.aggregation != "") {
				t.Errorf("exponential %t", exponential)
			}
			if sum := c.metric("express.execution.active").GetSum(); sum.GetIsMonotonic() || sum.GetDataPoints()[0].GetAsInt() != 0 {
				t.Errorf("active %v", sum)
			}
			if c.metric("go.goroutine.count") == nil {
				t.Error("no metrics of the Go runtime")
			}
			if err := m.Close(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
}

func histogramOf(m *metricspb.Metric) (count uint64, sum float64, exemplars int) {
	for _, p := range m.GetHistogram().GetDataPoints() {
		count, sum, exemplars = count+p.GetCount(), sum+p.GetSum(), exemplars+len(p.GetExemplars())
		if buckets := total(p.GetBucketCounts()); buckets != p.GetCount() {
			return 0, 0, 0
		}
	}
	for _, p := range m.GetExponentialHistogram().GetDataPoints() {
		count, sum, exemplars = count+p.GetCount(), sum+p.GetSum(), exemplars+len(p.GetExemplars())
		if buckets := total(p.GetPositive().GetBucketCounts()); buckets != p.GetCount() {
			return 0, 0, 0
		}
	}
	return count, sum, exemplars
}

func TestCollectorRefuses(t *testing.T) {
	c := newCollector(t)
	c.status = http.StatusForbidden // which is not tried again
	t.Setenv("OTEL_EXPORTER_OTLP_METRICS_ENDPOINT", c.URL+"/v1/metrics")
	var said strings.Builder
	m, err := New(t.Context(), Options{Log: slog.New(slog.NewTextHandler(&said, nil))})
	if err != nil {
		t.Fatal(err)
	}
	flush := func() {
		if err := m.provider.ForceFlush(t.Context()); err != nil {
			t.Error(err)
		}
	}
	flush()
	flush()
	if n := strings.Count(said.String(), "takes no metrics"); n != 1 {
		t.Errorf("said %s", said.String())
	}
	c.mu.Lock()
	c.status = http.StatusOK
	c.mu.Unlock()
	flush()
	if !strings.Contains(said.String(), "takes metrics again") {
		t.Errorf("said %s", said.String())
	}
	c.mu.Lock()
	c.status = http.StatusForbidden
	c.mu.Unlock()
	if err := m.Close(t.Context()); err == nil {
		t.Error("the last metrics were lost, and nobody says so")
	}
}

func TestFromEnv(t *testing.T) {
	for _, tt := range []struct {
		exporter, protocol, endpoint string
		exports, fails               bool
	}{
		{"", "", "", false, false},
		{"none", "", "http://127.0.0.1:1", false, false},
		{"prometheus", "", "", false, false},
		{"console", "", "", true, false},
		{"otlp", "", "", true, false},
		{"", "grpc", "http://127.0.0.1:1", true, false},
		{"otlp", "http/json", "", false, true},
		{"otpl", "", "", false, true},
	} {
		t.Setenv("OTEL_SDK_DISABLED", "")
		t.Setenv("OTEL_METRICS_EXPORTER", tt.exporter)
		t.Setenv("OTEL_EXPORTER_OTLP_PROTOCOL", tt.protocol)
		t.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", tt.endpoint)
		e, err := exporterFromEnv(t.Context())
		if (e != nil) != tt.exports || (err != nil) != tt.fails {
			t.Errorf("%+v: %v, %v", tt, e, err)
		}
		if e != nil {
			e.Shutdown(t.Context())
		}
	}
}

// TestConcurrently is for the race detector.
func TestConcurrently(t *testing.T) {
	m := open(t)
	var wg sync.WaitGroup
	for i := range 4 {
		wg.Go(func() {
			w := m.Workflow("orders")
			x := expresstest.Machine(t, `{"StartAt": "Ask", "States": {"Ask": {"Type": "Task", "Resource": "func:f", "End": true}}}`,
				func(context.Context, *express.Call) (value.Value, error) { return value.Value{}, errors.New("no") },
				func(o *express.Options) { o.Recorder = w })
			for range 50 {
				x.Run(t.Context(), express.Start{Name: "e", Delivery: i})
			}
		})
		wg.Go(func() { scrape(t, m, "text/plain") })
	}
	wg.Wait()
	if n := m.Counts(); n.Running != 0 || n.Ended[express.Failed] != 200 {
		t.Errorf("counts %+v", n)
	}
}

// Where nothing but metrics is wanted, an execution costs no allocation more.
func TestAllocates(t *testing.T) {
	m := open(t)
	w := m.Workflow("orders")
	s := express.Start{Name: "e", Delivery: 1}
	o := express.Outcome{}
	if n := testing.AllocsPerRun(100, func() { w.Open(context.Background(), nil, &s).Close(&o) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

package traces

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.opentelemetry.io/otel/attribute"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	coltrace "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	"google.golang.org/protobuf/proto"

	"github.com/seed66d9166c/express/express"
	"github.com/seed66d9166c/express/express/expresstest"
	"github.com/seed66d9166c/express/express/program"
	"github.com/seed66d9166c/express/express/value"
	"github.com/seed66d9166c/express/internal/telemetry/semconv"
)

// each is a Map with so many spans an item.
const each = `{"StartAt": "Each", "States": {"Each": {"Type": "Map", "End": true, "ItemProcessor": {"StartAt": "A", "States": {
	"A": {"Type": "Pass", "End": true}}}}}}`

const perItem = 2

func TestMaxSpans(t *testing.T) {
	most := (maxSpans - 2) / perItem // beside those of the execution and the Map
	for _, tt := range []struct{ items, left int }{
		{most, 0},
		{most + 1, perItem},
		{most + 10, 10 * perItem},
	} {
		rec := newSpans(Options{}, sdktrace.AlwaysSample())
		m := expresstest.Machine(t, each, nil, func(o *express.Options) { o.Recorder = rec })
		in := value.Array(slices.Repeat([]value.Value{value.Null}, tt.items)...)
		if o := m.Run(t.Context(), express.Start{Name: "run", Input: in}); o.Status != express.Succeeded {
			t.Fatal(o.Err)
		}
		left := 0
		for _, kv := range rec.began[0].Attributes() {
			if kv.Key == "express.trace.spans.left_out" {
				left = int(kv.Value.AsInt64())
			}
		}
		if left != tt.left || len(rec.ended) != min(2+perItem*tt.items, maxSpans) {
			t.Errorf("%d items: %d spans, %d left out, want %d", tt.items, len(rec.ended), left, tt.left)
		}
	}
}

// Nothing of an execution's data comes into its spans.
func TestNoData(t *testing.T) {
	const canary = "canary-7f3a"
	rec := newSpans(Options{}, sdktrace.AlwaysSample())
	m := expresstest.Machine(t, `{"QueryLanguage": "JSONata", "StartAt": "Ask", "States": {
		"Ask": {"Type": "Task", "Resource": "func:f", "Arguments": "{% $states.input %}", "Assign": {"v": "{% $states.input %}"}, "Next": "Ask again"},
		"Ask again": {"Type": "Task", "Resource": "func:g", "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "Bad"}], "End": true},
		"Bad": {"Type": "Fail", "Error": "Refused", "Cause": "{% $states.input.Cause %}"}}}`,
		func(_ context.Context, c *express.Call) (value.Value, error) {
			if c.State == "Ask" {
				return value.String(canary), nil
			}
			return value.Value{}, errors.New(canary)
		},
		func(o *express.Options) { o.Recorder = rec })
	m.Run(t.Context(), express.Start{Name: "run", Input: value.String(canary)})
	if len(rec.ended) != 6 {
		t.Errorf("%d spans, want 6", len(rec.ended))
	}
	for _, s := range rec.ended {
		if all := fmt.Sprint(s.Name(), s.Attributes(), s.Status(), s.Events()); strings.Contains(all, canary) {
			t.Errorf("a span holds data: %s", all)
		}
	}
}

// Record says in which span an event happened.
func TestRecord(t *testing.T) {
	rec := newSpans(Options{}, sdktrace.AlwaysSample())
	got := make(map[string]string)
	m := expresstest.Machine(t, `{"StartAt": "Ask", "States": {"Ask": {"Type": "Task", "Resource": "func:f", "End": true}}}`,
		func(context.Context, *express.Call) (value.Value, error) { return value.Null, nil },
		func(o *express.Options) {
			o.Recorder = recorder(func(x *Execution, e *express.Event) {
				got[e.Type.String()] = rec.find(x.Record(e).SpanID()).Name()
			}, rec.tracer)
		})
	m.Run(t.Context(), express.Start{Name: "run"})
	want := map[string]string{
		"ExecutionStarted": "execute machine", "ExecutionSucceeded": "execute machine",
		"TaskStateEntered": "Ask", "TaskStateExited": "Ask",
		"TaskScheduled": "call f", "TaskStarted": "call f", "TaskSucceeded": "call f",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("spans of events (-want +got):\n%s", diff)
	}
}

// recorder is a Recorder that hands each event to f.
func recorder(f func(*Execution, *express.Event), t *Tracer) express.Recorder {
	return recording{f, t}
}

type recording struct {
	f func(*Execution, *express.Event)
	t *Tracer
}

func (r recording) Open(ctx context.Context, m *express.Machine, s *express.Start) express.Log {
	return &recorded{log{r.t.Open(ctx, m, s)}, r.f}
}

type recorded struct {
	log
	f func(*Execution, *express.Event)
}

func (l *recorded) Record(e *express.Event) { l.f(&l.Execution, e) }

// TestConcurrently is for the race detector.
func TestConcurrently(t *testing.T) {
	rec := newSpans(Options{}, sdktrace.AlwaysSample())
	m := expresstest.Machine(t, `{"StartAt": "Each", "States": {"Each": {"Type": "Map", "End": true, "ItemProcessor": {"StartAt": "Ask", "States": {
		"Ask": {"Type": "Task", "Resource": "func:f", "Retry": [{"ErrorEquals": ["States.ALL"]}], "End": true}}}}}}`,
		func(_ context.Context, c *express.Call) (value.Value, error) {
			if sc := Parse(c.Trace); rec.find(sc.SpanID()) == nil {
				t.Errorf("told %q, which is no span", c.Trace)
			}
			return value.Null, nil
		},
		func(o *express.Options) { o.Recorder = rec })
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			in := value.Array(slices.Repeat([]value.Value{value.Null}, 20)...)
			m.Run(t.Context(), express.Start{Name: "run", Input: in})
		})
	}
	wg.Wait()
	if want := 4 * (2 + 3*20); len(rec.ended) != want {
		t.Errorf("%d spans, want %d", len(rec.ended), want)
	}
}

// A collector is a receiver of OTLP.
type collector struct {
	*httptest.Server

	mu     sync.Mutex // guards what follows
	names  []string
	status int
}

func newCollector(t *testing.T) *collector {
	c := &collector{status: http.StatusOK}
	c.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		var req coltrace.ExportTraceServiceRequest
		if err := proto.Unmarshal(body, &req); err != nil {
			t.Error(err)
		}
		c.mu.Lock()
		defer c.mu.Unlock()
		if c.status == http.StatusOK {
			for _, rs := range req.ResourceSpans {
				for _, ss := range rs.ScopeSpans {
					for _, s := range ss.Spans {
						c.names = append(c.names, s.Name)
					}
				}
			}
		}
		w.WriteHeader(c.status)
	}))
	t.Cleanup(c.Close)
	return c
}

func TestExport(t *testing.T) {
	c := newCollector(t)
	t.Setenv("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", c.URL+"/v1/traces")
	var said strings.Builder
	tracer, err := New(t.Context(), Options{Log: slog.New(slog.NewTextHandler(&said, nil))})
	if err != nil || tracer == nil {
		t.Fatal(tracer, err)
	}
	m := expresstest.Machine(t, each, nil)
	run := func() {
		x := tracer.Open(t.Context(), m, &express.Start{Name: "run"})
		x.Close(&express.Outcome{})
		if err := tracer.provider.ForceFlush(t.Context()); err != nil {
			t.Error(err)
		}
	}
	run()
	c.mu.Lock()
	c.status = http.StatusForbidden // which is not tried again
	c.mu.Unlock()
	run()
	run()
	c.mu.Lock()
	c.status = http.StatusOK
	c.mu.Unlock()
	run()
	c.mu.Lock()
	c.status = http.StatusForbidden
	c.mu.Unlock()
	last := tracer.Open(t.Context(), m, &express.Start{Name: "run"})
	last.Close(&express.Outcome{})
	if err := tracer.Close(t.Context()); err == nil {
		t.Error("the last span was lost, and nobody says so")
	}
	if want := []string{"execute machine", "execute machine"}; !slices.Equal(c.names, want) {
		t.Errorf("the collector has %q, want %q", c.names, want)
	}
	if got, want := tracer.Counts(), (Counts{Ended: 5, Exported: 2, Failed: 3}); got != want {
		t.Errorf("counts %+v, want %+v", got, want)
	}
	if n := strings.Count(said.String(), "takes no spans"); n != 2 || !strings.Contains(said.String(), "takes spans again") {
		t.Errorf("said %s", said.String())
	}
}

func TestNothingAsked(t *testing.T) {
	for _, env := range []map[string]string{
		nil,
		{"OTEL_TRACES_EXPORTER": "none"},
		{"OTEL_TRACES_EXPORTER": "otlp", "OTEL_SDK_DISABLED": "true"},
	} {
		for _, name := range []string{"OTEL_TRACES_EXPORTER", "OTEL_SDK_DISABLED", "OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"} {
			t.Setenv(name, env[name])
		}
		tracer, err := New(t.Context(), Options{})
		if tracer != nil || err != nil {
			t.Errorf("%v: %v, %v", env, tracer, err)
		}
	}
	var off *Tracer
	x := off.Open(t.Context(), nil, &express.Start{Trace: "00-" + traceID + "-" + spanID + "-01"})
	if got := x.SpanContext().TraceID().String(); got != traceID || x.Sampled() || x.TaskTrace(1) != "" {
		t.Errorf("without a Tracer: trace %s, sampled %t, told %q", got, x.Sampled(), x.TaskTrace(1))
	}
	x.Close(&express.Outcome{})
	if err := off.Close(t.Context()); err != nil || off.Counts() != (Counts{}) {
		t.Error(err, off.Counts())
	}
	t.Setenv("OTEL_TRACES_EXPORTER", "otpl")
	t.Setenv("OTEL_SDK_DISABLED", "")
	if _, err := New(t.Context(), Options{}); err == nil {
		t.Error("an exporter that there is not was taken")
	}
}

func TestResource(t *testing.T) {
	e := tracetest.NewInMemoryExporter()
	counting := &exporter{SpanExporter: e, log: slog.Default()}
	tracer := newTracer(Options{Version: "v1.2.3"}, sdktrace.AlwaysSample(), both, counting, sdktrace.NewSimpleSpanProcessor(counting))
	x := tracer.Open(t.Context(), expresstest.Machine(t, each, nil), &express.Start{Name: "run", Sync: true})
	x.Close(&express.Outcome{Status: express.Failed, Err: &express.Error{Name: "E"}})
	got := e.GetSpans()[0]
	if got.InstrumentationScope.Name != semconv.Scope || got.InstrumentationScope.Version != "v1.2.3" {
		t.Errorf("scope %+v", got.InstrumentationScope)
	}
	if !slices.Contains(got.Attributes, attribute.String("error.type", "E")) {
		t.Errorf("attributes %v", got.Attributes)
	}
}

// Events in an order that no runtime makes do no harm, and leave no span open.
func TestDisorder(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	m := expresstest.Machine(t, each, nil)
	for range 200 {
		rec := newSpans(Options{}, sdktrace.AlwaysSample())
		x := rec.tracer.Open(t.Context(), m, &express.Start{Name: "run"})
		for id := range uint64(100) {
			x.Record(&express.Event{
				ID: id, Prev: r.Uint64N(id + 1), Type: express.EventType(r.IntN(int(express.NumEvents))), Task: new(program.Task),
				Entered: r.Uint64N(id + 1), Outer: r.Uint64N(id + 1), Index: r.IntN(3) - 1, Retry: r.IntN(2),
			})
			x.TaskTrace(r.Uint64N(id + 1))
		}
		x.Close(&express.Outcome{})
		if len(rec.ended) != len(rec.began) {
			t.Fatalf("%d spans began, %d ended", len(rec.began), len(rec.ended))
		}
	}
}

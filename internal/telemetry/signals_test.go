package telemetry

import (
	"context"
	"encoding/hex"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	coltrace "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/proto"

	"github.com/seed66d9166c/express/express"
	"github.com/seed66d9166c/express/express/expresstest"
	"github.com/seed66d9166c/express/express/value"
	"github.com/seed66d9166c/express/internal/telemetry/otlp/otlptest"
)

// Records, spans, exemplars and what a task is told are of one trace, that of the
// event.
func TestSignalsAgree(t *testing.T) {
	const event, parent = "5759e988bd862e3fe1be46a994272793", "53995c3f42cd8ad8"
	var mu sync.Mutex // guards spans
	spans := make(map[string]*tracepb.Span)
	collector := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		var req coltrace.ExportTraceServiceRequest
		if err := proto.Unmarshal(body, &req); err != nil {
			t.Error(err)
		}
		mu.Lock()
		defer mu.Unlock()
		for _, rs := range req.ResourceSpans {
			for _, s := range rs.ScopeSpans[0].Spans {
				spans[s.Name] = s
			}
		}
	}))
	defer collector.Close()
	c := otlptest.Start(t, nil)
	unset(t)
	t.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://"+c.HTTP)
	t.Setenv("OTEL_TRACES_EXPORTER", "otlp")
	t.Setenv("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", collector.URL)
	tel, err := New(t.Context(), Options{})
	if err != nil {
		t.Fatal(err)
	}
	var told string
	m := expresstest.Machine(t, `{"StartAt": "Ask", "States": {"Ask": {"Type": "Task", "Resource": "func:f", "End": true}}}`,
		func(_ context.Context, c *express.Call) (value.Value, error) {
			told = c.Trace
			return value.Null, nil
		},
		func(o *express.Options) { o.Recorder = tel.Recorder(Workflow{Name: "orders", Level: express.LevelAll}) })
	m.Run(t.Context(), express.Start{Name: "run", Delivery: 1, Trace: "00-" + event + "-" + parent + "-01"})

	r := httptest.NewRequest("GET", "/metrics", nil)
	r.Header.Set("Accept", "application/openmetrics-text;version=1.0.0")
	w := httptest.NewRecorder()
	tel.Metrics().Handler().ServeHTTP(w, r)
	if !strings.Contains(w.Body.String(), `trace_id="`+event+`"`) {
		t.Errorf("no exemplar in\n%s", w.Body)
	}
	closeNow(t, tel)

	root, task := spans["process machine"], spans["call f"]
	if root == nil || task == nil || len(spans) != 3 {
		t.Fatalf("the collector has the spans %v", spans)
	}
	if got := hex.EncodeToString(root.ParentSpanId); got != parent {
		t.Errorf("the parent of the execution is %s, want %s", got, parent)
	}
	if want := "00-" + event + "-" + hex.EncodeToString(task.SpanId) + "-01"; told != want {
		t.Errorf("the task was told %s, want %s", told, want)
	}
	if len(c.Records()) == 0 {
		t.Error("there are no records")
	}
	for _, r := range c.Records() {
		if hex.EncodeToString(r.TraceId) != event || string(r.SpanId) != string(root.SpanId) {
			t.Errorf("%s is in trace %x, span %x, want that of the execution", r.EventName, r.TraceId, r.SpanId)
		}
	}
}

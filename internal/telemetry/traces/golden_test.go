package traces

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.opentelemetry.io/otel/codes"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
	"golang.org/x/tools/txtar"

	"github.com/seed66d9166c/express/express"
	"github.com/seed66d9166c/express/express/expresstest"
	"github.com/seed66d9166c/express/express/mock"
	"github.com/seed66d9166c/express/express/value"
)

var update = flag.Bool("update", false, "rewrite golden files")

// TestSpans runs each machine of testdata on a virtual clock and compares the
// tree of its spans. An archive holds the definition, the start and the answers
// of the tasks as JSON, and a time at which the execution is cancelled.
func TestSpans(t *testing.T) {
	for _, file := range archives(t, "testdata/*.txt") {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) {
			a, err := txtar.ParseFile(file)
			if err != nil {
				t.Fatal(err)
			}
			got := "\n" + run(t, a).String()
			want := section(a, "want")
			if *update {
				want.Data = []byte(got[1:])
				if err := os.WriteFile(file, txtar.Format(a), 0o666); err != nil {
					t.Fatal(err)
				}
				return
			}
			if diff := cmp.Diff("\n"+string(want.Data), got); diff != "" {
				t.Errorf("spans (-want +got):\n%s", diff)
			}
		})
	}
}

// TestEverySpanEnds runs the machines of the runtime's own transcripts, and looks
// at what all traces have in common.
func TestEverySpanEnds(t *testing.T) {
	for _, file := range archives(t, "../../../express/testdata/events/*.txt") {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) {
			a, err := txtar.ParseFile(file)
			if err != nil {
				t.Fatal(err)
			}
			s := run(t, a)
			if len(s.ended) != len(s.began) {
				t.Errorf("%d spans began, %d ended", len(s.began), len(s.ended))
			}
			for i, span := range s.began {
				up := s.find(span.Parent().SpanID())
				switch {
				case i == 0 && up != nil, i > 0 && up == nil:
					t.Errorf("%s is in the wrong place", span.Name())
				case up != nil && (span.StartTime().Before(up.StartTime()) || span.EndTime().After(up.EndTime())):
					t.Errorf("%s is not within %s", span.Name(), up.Name())
				case span.EndTime().Before(span.StartTime()):
					t.Errorf("%s ends before it begins", span.Name())
				}
			}
			if c := s.tracer.Counts(); c.Ended != uint64(len(s.began)) {
				t.Errorf("counted %d spans, there were %d", c.Ended, len(s.began))
			}
		})
	}
}

func archives(t *testing.T, pattern string) []string {
	t.Helper()
	files, err := filepath.Glob(pattern)
	if err != nil || len(files) == 0 {
		t.Fatal("no machines", err)
	}
	return files
}

func section(a *txtar.Archive, name string) *txtar.File {
	for i := range a.Files {
		if a.Files[i].Name == name {
			return &a.Files[i]
		}
	}
	return &txtar.File{}
}

// run runs the machine of an archive, and returns its spans.
func run(t *testing.T, a *txtar.Archive) *spans {
	t.Helper()
	part := func(name, otherwise string) string {
		if s := strings.TrimSpace(string(section(a, name).Data)); s != "" {
			return s
		}
		return otherwise
	}
	clock := mock.NewClock(expresstest.Epoch)
	answers, err := mock.ParseRecording([]byte(part("answers", "{}")))
	if err != nil {
		t.Fatal(err)
	}
	answers.Threads = clock
	var options Options
	if err := json.Unmarshal([]byte(part("options", "{}")), &options); err != nil {
		t.Fatal(err)
	}
	rec := newSpans(options, sdktrace.ParentBased(sdktrace.AlwaysSample()))
	m := expresstest.Machine(t, part("definition", ""), answers.Invoke, clock.Bind, func(o *express.Options) {
		o.Identity = express.Identity{Name: "orders"}
		o.Recorder = rec
		o.Rand = rand.New(rand.NewPCG(1, 2))
	})
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	if at := part("cancel", ""); at != "" {
		d, err := time.ParseDuration(at)
		if err != nil {
			t.Fatal(err)
		}
		clock.NewTimer(d, cancel)
	}
	var how struct {
		Delivery int
		Sync     bool
		Trace    string
		From     Destination
	}
	if err := json.Unmarshal([]byte(part("start", "{}")), &how); err != nil {
		t.Fatal(err)
	}
	in, err := value.ParseString(part("input", "{}"))
	if err != nil {
		t.Fatal(err)
	}
	m.Run(WithDestination(ctx, how.From), express.Start{
		Name: "run", Input: in, Delivery: how.Delivery, Sync: how.Sync, Trace: how.Trace,
	})
	if err := answers.Err(); err != nil {
		t.Error(err)
	}
	return rec
}

// spans is a Recorder that makes spans, and keeps them in the order in which they
// began.
type spans struct {
	tracer *Tracer

	mu    sync.Mutex // guards what follows
	began []sdktrace.ReadWriteSpan
	ended []sdktrace.ReadOnlySpan
}

// both forms are read, and W3C's is written.
var both = headers{[...]bool{w3c: true, xray: true}, w3c}

func newSpans(o Options, s sdktrace.Sampler) *spans {
	o.Log = slog.New(slog.NewTextHandler(io.Discard, nil))
	rec := &spans{}
	rec.tracer = newTracer(o, s, both, &exporter{log: o.Log}, rec)
	return rec
}

func (r *spans) OnStart(_ context.Context, s sdktrace.ReadWriteSpan) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.began = append(r.began, s)
}

func (r *spans) OnEnd(s sdktrace.ReadOnlySpan) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.ended = append(r.ended, s)
}

func (r *spans) ForceFlush(context.Context) error { return nil }

func (r *spans) Shutdown(context.Context) error { return nil }

func (r *spans) Open(ctx context.Context, m *express.Machine, s *express.Start) express.Log {
	x := r.tracer.Open(ctx, m, s)
	return &log{x}
}

// A log is an Execution that is an express.Log.
type log struct{ Execution }

var _ express.Tracing = (*log)(nil)

func (l *log) Enabled(express.EventType) bool { return l.Sampled() }

func (l *log) Record(e *express.Event) { l.Execution.Record(e) }

func (l *log) Close(o *express.Outcome) <-chan error {
	l.Execution.Close(o)
	return nil
}

func (r *spans) find(id trace.SpanID) sdktrace.ReadWriteSpan {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, s := range r.began {
		if s.SpanContext().SpanID() == id {
			return s
		}
	}
	return nil
}

// String is the tree of spans: name and kind, begin and end since the first one
// began, status, attributes and links.
func (r *spans) String() string {
	var b strings.Builder
	for _, s := range r.began {
		for up := r.find(s.Parent().SpanID()); up != nil; up = r.find(up.Parent().SpanID()) {
			b.WriteString("  ")
		}
		from := r.began[0].StartTime()
		fmt.Fprintf(&b, "%s %s %s..%s", s.Name(), s.SpanKind(), s.StartTime().Sub(from), s.EndTime().Sub(from))
		if s.Status().Code != codes.Unset {
			fmt.Fprintf(&b, " %s", strings.ToUpper(s.Status().Code.String()))
		}
		for _, kv := range s.Attributes() {
			if kv.Key != "express.state_machine.name" && kv.Key != "express.execution.name" {
				fmt.Fprintf(&b, " %s=%s", strings.TrimPrefix(string(kv.Key), "express."), kv.Value.String())
			}
		}
		if up := s.Parent(); up.IsRemote() {
			fmt.Fprintf(&b, " parent=%s-%s", up.TraceID(), up.SpanID())
		}
		for _, l := range s.Links() {
			fmt.Fprintf(&b, " link=%s-%s", l.SpanContext.TraceID(), l.SpanContext.SpanID())
		}
		b.WriteByte('\n')
	}
	return b.String()
}

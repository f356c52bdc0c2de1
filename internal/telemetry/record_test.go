package telemetry

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	logspb "go.opentelemetry.io/proto/otlp/logs/v1"
	"google.golang.org/grpc/codes"

	"github.com/seed66d9166c/express/express"
	"github.com/seed66d9166c/express/express/expresstest"
	"github.com/seed66d9166c/express/express/program"
	"github.com/seed66d9166c/express/express/value"
	"github.com/seed66d9166c/express/internal/telemetry/otlp/otlptest"
	"github.com/seed66d9166c/express/internal/telemetry/text"
)

// hostile is what an event may have that nobody expects: control characters, no
// UTF-8, and more than anybody reads.
func hostile(t express.EventType) *express.Event {
	bad := "a\x1b[2J\r\n\x00\xff\u202e" + strings.Repeat("ü", text.Max)
	return &express.Event{
		ID: 1<<64 - 1, Prev: 1 << 63, Type: t, Time: time.Unix(0, 1), State: bad,
		Input: value.String(bad), Output: value.String(strings.Repeat("\x7f", maxData)), Vars: value.Object(value.Member{Key: bad, Val: value.Null}),
		Task:    &program.Task{Resource: bad, Service: bad, Action: bad},
		Timeout: 1, Heartbeat: 1, Role: bad, Index: -1, Length: -1, Location: bad,
		Err: &express.Error{Name: bad, Cause: bad},
	}
}

// Whatever an event has, its record can be read, by every type of event.
func TestHostile(t *testing.T) {
	c := otlptest.Start(t, nil)
	tel := exporting(t, c)
	m := expresstest.Machine(t, passes, nil)
	s := hostile(0).State
	l := tel.Recorder(Workflow{Name: "orders", Level: express.LevelAll, Data: true}).Open(t.Context(), m, &express.Start{Name: s, ARN: s, Trace: s})
	for _, typ := range express.EventTypes() {
		l.Record(hostile(typ))
	}
	l.Close(new(express.Outcome))
	closeNow(t, tel)
	if got, want := len(c.Records()), int(express.NumEvents); got != want {
		t.Fatalf("the collector has %d records, want %d", got, want)
	}
	for _, r := range c.Records() {
		for _, kv := range r.Attributes {
			v := valueText(kv.Value)
			if len(v) > maxData || !utf8.ValidString(v) || strings.ContainsAny(v, "\x00\x1b\r\n\x7f\u202e") {
				t.Errorf("%s of %s is %.100q", kv.Key, r.EventName, v)
			}
			long := len(v) == maxData || len(v) > text.Max-utf8.UTFMax && !strings.HasPrefix(v, "{") && !strings.HasPrefix(v, `"`)
			marked := slices.ContainsFunc(attributes(r), func(s string) bool { return s == kv.Key+".truncated = true\n" })
			if long != marked {
				t.Errorf("%s of %s has %d bytes, and is marked as cut: %t", kv.Key, r.EventName, len(v), marked)
			}
		}
	}
}

// Data is cut at 248 KiB, names at 4 KiB, and what is not longer stays whole.
func TestCut(t *testing.T) {
	for _, tt := range []struct {
		data, name int // bytes
		cut        []string
	}{
		{maxData - len(`""`), text.Max, nil},
		{maxData - len(`""`) + 1, text.Max, []string{"express.input"}},
		{1, text.Max + 1, []string{"express.state.name"}},
	} {
		c := otlptest.Start(t, nil)
		tel := exporting(t, c)
		l := tel.Recorder(Workflow{Name: "orders", Level: express.LevelAll, Data: true}).Open(t.Context(), expresstest.Machine(t, passes, nil), new(express.Start))
		l.Record(&express.Event{Type: express.PassStateEntered, Input: value.String(strings.Repeat("x", tt.data)), State: strings.Repeat("y", tt.name)})
		l.Close(new(express.Outcome))
		closeNow(t, tel)
		var cut []string
		for _, kv := range c.Records()[0].Attributes {
			if name, ok := strings.CutSuffix(kv.Key, ".truncated"); ok {
				cut = append(cut, name)
			}
		}
		slices.Sort(cut)
		if !slices.Equal(cut, tt.cut) {
			t.Errorf("%d bytes of data, %d of a name: %v are cut, want %v", tt.data, tt.name, cut, tt.cut)
		}
	}
}

// OpenTelemetry's limits of attributes are kept.
func TestAttributeLimits(t *testing.T) {
	record := func(t *testing.T, vars map[string]string) *logspb.LogRecord {
		c := otlptest.Start(t, nil)
		unset(t)
		t.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://"+c.HTTP)
		for name, v := range vars {
			t.Setenv(name, v)
		}
		tel, err := New(t.Context(), Options{})
		if err != nil {
			t.Fatal(err)
		}
		l := tel.Recorder(Workflow{Name: "orders", Level: express.LevelAll}).Open(t.Context(), expresstest.Machine(t, passes, nil), &express.Start{Name: "größe"})
		l.Record(&express.Event{Type: express.PassStateEntered, State: "A"})
		l.Close(new(express.Outcome))
		closeNow(t, tel)
		return c.Records()[0]
	}
	all := record(t, nil)
	for n := 1; n <= len(all.Attributes)+1; n++ {
		r := record(t, map[string]string{"OTEL_ATTRIBUTE_COUNT_LIMIT": fmt.Sprint(n)})
		want := max(0, len(all.Attributes)-n)
		if len(r.Attributes) != min(n, len(all.Attributes)) || int(r.DroppedAttributesCount) != want {
			t.Errorf("with a limit of %d it has %d, and lacks %d; want it to lack %d", n, len(r.Attributes), r.DroppedAttributesCount, want)
		}
	}
	r := record(t, map[string]string{"OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT": "3"})
	if got := attributes(r)[2:4]; !slices.Equal(got, []string{"express.execution.name = grö\n", "express.execution.name.truncated = true\n"}) {
		t.Errorf("with values of 3 characters it has %q", got)
	}
}

func TestShorten(t *testing.T) {
	for _, tt := range []struct {
		s          string
		characters int
		want       string
	}{
		{"größe", 0, "größe"}, {"größe", 5, "größe"}, {"größe", 4, "größ"}, {"größe", 3, "grö"}, {"größe", 7, "größe"}, {"", 1, ""},
	} {
		got, cut := shorten(tt.s, tt.characters)
		if got != tt.want || cut != (len(got) < len(tt.s)) {
			t.Errorf("shorten(%q, %d) = %q, %t, want %q", tt.s, tt.characters, got, cut, tt.want)
		}
	}
}

// Records of executions that run at once, some of which wait for room, arrive
// whole, each once, in the order of their execution.
func TestAtOnce(t *testing.T) {
	c := otlptest.Start(t, func(n int) otlptest.Answer {
		if n%3 == 0 {
			return otlptest.Answer{Status: 503, Code: codes.Unavailable}
		}
		return otlptest.Answer{}
	})
	unset(t)
	t.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://"+c.HTTP)
	t.Setenv("OTEL_BLRP_MAX_QUEUE_SIZE", "200")
	t.Setenv("OTEL_BLRP_MAX_EXPORT_BATCH_SIZE", "100")
	tel, err := New(t.Context(), Options{})
	if err != nil {
		t.Fatal(err)
	}
	m := expresstest.Machine(t, passes, nil, func(o *express.Options) {
		o.Recorder = tel.Recorder(Workflow{Name: "orders", Level: express.LevelAll, Block: true})
	})
	const executions = 200
	var wg sync.WaitGroup
	for i := range executions {
		wg.Go(func() { m.Run(t.Context(), express.Start{Name: fmt.Sprint(i)}) })
	}
	wg.Wait()
	closeNow(t, tel)
	ids := make(map[string][]string)
	for _, r := range c.Records() {
		at := make(map[string]string)
		for _, kv := range r.Attributes {
			at[kv.Key] = valueText(kv.Value)
		}
		ids[at["express.execution.name"]] = append(ids[at["express.execution.name"]], at["express.history.event.id"])
	}
	want := []string{"1", "2", "3", "4", "5", "6"}
	for i := range executions {
		if diff := cmp.Diff(want, ids[fmt.Sprint(i)]); diff != "" {
			t.Fatalf("execution %d (-want +got):\n%s", i, diff)
		}
	}
}

package stats

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/nats-io/nats.go"

	"github.com/seed66d9166c/express/transport/embedded"
)

// patience bounds every wait: what it waits for takes milliseconds.
const patience = 30 * time.Second

// answerTime is how long answers of engines in this process are waited for.
const answerTime = 250 * time.Millisecond

// connections are n connections to one broker.
func connections(t *testing.T, n int) (all []*nats.Conn) {
	t.Helper()
	s, err := embedded.Start(embedded.Options{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	for range n {
		nc, err := nats.Connect("", s.Connection())
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(nc.Close)
		all = append(all, nc)
	}
	return all
}

func serve(t *testing.T, nc *nats.Conn, s Snapshot) (stop func() error) {
	t.Helper()
	stop, err := Serve(nc, slog.New(slog.DiscardHandler), func() Snapshot { return s })
	if err != nil {
		t.Fatal(err)
	}
	if err := nc.Flush(); err != nil {
		t.Fatal(err)
	}
	return stop
}

// counted is a snapshot of n workflows, each with a state of the given name.
func counted(engine string, n int, state string) Snapshot {
	s := Snapshot{Engine: engine, Bounds: []time.Duration{time.Millisecond}, Logs: Logs{Emitted: 7, Dropped: 1}}
	for i := range n {
		s.Workflows = append(s.Workflows, Workflow{
			Name:      fmt.Sprint("w", i),
			Active:    2,
			Ended:     []Ended{{Status: "FAILED", Error: "Busy", Durations: Durations{Sum: time.Second, Counts: []uint64{1, 2}}}},
			States:    []State{{Name: state, Type: "Task", Attempts: []Attempt{{Error: "Busy"}}, Retries: 3}},
			Consumers: []Consumer{{Name: "orders", Pending: 5, Unacknowledged: 4, Redelivered: 3}},
			Buried:    1,
		})
	}
	return s
}

// What engines say arrives, in as many messages as it needs; who has stopped
// says nothing.
func TestCollect(t *testing.T) {
	nc := connections(t, 3)
	if all, err := Collect(t.Context(), nc[2], patience); err != nil || all != nil {
		t.Fatalf("without engines: %v, %v; want nothing, at once", all, err)
	}
	long := strings.Repeat("state ", 20_000) // ten of them are more than a message may have
	want := []Snapshot{counted("a", 10, long), counted("b", 1, "Charge")}
	stop := serve(t, nc[0], want[1])
	serve(t, nc[1], want[0])
	got, err := Collect(t.Context(), nc[2], 4*answerTime)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got, cmpopts.IgnoreFields(Snapshot{}, "Start", "Up")); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	if got[0].Start == got[1].Start || got[0].Up <= 0 {
		t.Errorf("starts %q and %q, up %v", got[0].Start, got[1].Start, got[0].Up)
	}
	if err := stop(); err != nil {
		t.Fatal(err)
	}
	if err := nc[0].Flush(); err != nil {
		t.Fatal(err)
	}
	if got, err := Collect(t.Context(), nc[2], answerTime); err != nil || len(got) != 1 || got[0].Engine != "a" {
		t.Errorf("one engine left: got %d, %v", len(got), err)
	}

	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(errors.New("enough"))
	if _, err := Collect(ctx, nc[2], patience); !errors.Is(err, context.Canceled) {
		t.Errorf("canceled: %v", err)
	}
}

// An engine answers inboxes alone, and an answer is counted once for those who
// ask at the same time.
func TestResponder(t *testing.T) {
	nc := connections(t, 2)
	asked := 0
	r := newResponder(nc[0], slog.New(slog.DiscardHandler), func() Snapshot { asked++; return Snapshot{} })
	stolen, err := nc[1].SubscribeSync("orders.>")
	if err != nil {
		t.Fatal(err)
	}
	nc[1].Flush()
	for _, reply := range []string{"", "orders.new", "$JS.API.STREAM.DELETE.X"} {
		r.answer(&nats.Msg{Reply: reply})
	}
	nc[0].Flush()
	nc[1].Flush()
	if n, _, _ := stolen.Pending(); n > 0 || asked > 0 {
		t.Errorf("%d answers went to what is no inbox; counted %d times", n, asked)
	}
	now := time.Now()
	for _, tt := range []struct {
		after time.Duration
		want  int
	}{{0, 1}, {freshFor - 1, 1}, {freshFor, 2}, {2*freshFor - 1, 2}, {2 * freshFor, 3}} {
		r.messages(now.Add(tt.after))
		if asked != tt.want {
			t.Errorf("after %v it was counted %d times, want %d", tt.after, asked, tt.want)
		}
	}
}

// Messages are as long as they may be, and no longer.
func TestParts(t *testing.T) {
	s := counted("a", 4, "Charge")
	whole := len(text(part{Snapshot: &s})) + numbers
	one := s
	one.Workflows = s.Workflows[:1]
	single := len(text(part{Snapshot: &one})) + numbers
	for _, tt := range []struct{ most, parts, states int }{
		{whole, 1, 4}, {whole - 1, 2, 4}, {single, 4, 4}, {single - 1, 4, 0},
	} {
		all := make(answers)
		messages := encode(&s, tt.most)
		for _, m := range messages {
			if len(m) > tt.most {
				t.Errorf("a message has %d bytes, want at most %d", len(m), tt.most)
			}
			all.add(m)
		}
		got := all.complete()
		if len(messages) != tt.parts || len(got) != 1 {
			t.Errorf("%d bytes: %d messages, %d snapshots; want %d and 1", tt.most, len(messages), len(got), tt.parts)
			continue
		}
		states := 0
		for _, w := range got[0].Workflows {
			states += len(w.States)
		}
		if states != tt.states || got[0].LeftOut != 4-tt.states {
			t.Errorf("%d bytes: %d states, %d left out; want %d", tt.most, states, got[0].LeftOut, tt.states)
		}
	}
}

// What is no answer, or half of one, counts for nothing.
func TestAnswers(t *testing.T) {
	for _, data := range []string{
		"", "x", "null", "{}", `{"start":"a"}`, `{"start":"a","part":0,"parts":0}`, `{"start":"a","part":1,"parts":1}`,
		`{"start":"a","part":-1,"parts":1}`, `{"start":"a","part":0,"parts":2}`,
		fmt.Sprintf(`{"start":"a","part":0,"parts":%d}`, maxParts+1),
	} {
		all := make(answers)
		all.add([]byte(data))
		if got := all.complete(); got != nil {
			t.Errorf("%s is taken for %v", data, got)
		}
	}
	all := make(answers)
	all.add([]byte(`{"start":"a","part":0,"parts":1}`))
	all.add([]byte(`{"start":"a","part":1,"parts":2}`)) // it changed its mind
	for i := range maxParts {
		all.add(fmt.Appendf(nil, `{"start":"b","part":%d,"parts":%d,"workflows":[{"name":"w"}]}`, i, maxParts))
	}
	got := all.complete()
	if len(got) != 2 || len(got[1].Workflows) != maxParts {
		t.Errorf("got %d snapshots", len(got))
	}
}

func TestAdd(t *testing.T) {
	var d Durations
	for _, o := range []Durations{{}, {1, []uint64{1, 2}}, {2, []uint64{1}}, {3, []uint64{0, 0, 5}}} {
		d.Add(o)
	}
	if diff := cmp.Diff(Durations{6, []uint64{2, 2, 5}}, d); diff != "" || d.Count() != 9 {
		t.Errorf("%d: %s", d.Count(), diff)
	}
}

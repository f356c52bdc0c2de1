package watch

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"go.uber.org/goleak"

	"github.com/seed66d9166c/express/internal/records"
	"github.com/seed66d9166c/express/transport/embedded"
)

// patience bounds every wait: what it waits for takes milliseconds.
const patience = 30 * time.Second

// broker starts a broker and returns two connections to it.
func broker(t *testing.T) (engine, watcher *nats.Conn) {
	t.Helper()
	s, err := embedded.Start(embedded.Options{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	for _, nc := range []**nats.Conn{&engine, &watcher} {
		if *nc, err = nats.Connect("", s.Connection()); err != nil {
			t.Fatal(err)
		}
		t.Cleanup((*nc).Close)
	}
	return engine, watcher
}

func tap(t *testing.T, nc *nats.Conn) *Tap {
	t.Helper()
	tap, err := NewTap(nc, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	if err := nc.Flush(); err != nil {
		t.Fatal(err)
	}
	return tap
}

// run shows an execution of workflow that ends with status.
func run(t *Tap, workflow, name, status string) {
	x := t.Open(workflow)
	if x == nil {
		return
	}
	last := map[string]string{"SUCCEEDED": "ExecutionSucceeded", "FAILED": "ExecutionFailed"}[status]
	for i, typ := range []string{"ExecutionStarted", "PassStateEntered", last} {
		x.Record(&records.Record{Workflow: workflow, Execution: name, ID: uint64(i + 1), Type: typ}, status)
	}
}

// awaitWatchers waits until n watch.
func awaitWatchers(t *testing.T, tap *Tap, n int) {
	t.Helper()
	for end := time.Now().Add(patience); len(tap.all()) != n; time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("%d watch, want %d", len(tap.all()), n)
		}
	}
}

// What each filter lets through, and that nothing is kept of who has gone.
func TestWatch(t *testing.T) {
	engine, client := broker(t)
	before := goleak.IgnoreCurrent()
	tap := tap(t, engine)
	if tap.Open("orders") != nil {
		t.Error("an execution is shown to nobody")
	}
	for _, tt := range []struct {
		filter Filter
		want   []string
	}{
		{Filter{}, []string{"a 1", "a 2", "a 3", "b 1", "b 2", "b 3", "c 1", "c 2", "c 3"}},
		{Filter{Workflow: "orders"}, []string{"a 1", "a 2", "a 3", "b 1", "b 2", "b 3"}},
		{Filter{Status: "FAILED"}, []string{"b 1", "b 2", "b 3"}},
		{Filter{Workflow: "orders", Ends: true}, []string{"a 3", "b 3"}},
		{Filter{Status: "SUCCEEDED", Ends: true}, []string{"a 3", "c 3"}},
	} {
		t.Run(fmt.Sprintf("%+v", tt.filter), func(t *testing.T) {
			ctx, stop := context.WithTimeout(t.Context(), patience)
			defer stop()
			var got []string
			done := make(chan error, 1)
			go func() {
				done <- Watch(ctx, client, tt.filter, func(b Batch) {
					for _, r := range b.Records {
						got = append(got, fmt.Sprintf("%s %d", r.Execution, r.ID))
					}
					if len(got) >= len(tt.want) {
						stop()
					}
				})
			}()
			awaitWatchers(t, tap, 1)
			run(tap, "orders", "a", "SUCCEEDED")
			run(tap, "orders", "b", "FAILED")
			run(tap, "refunds", "c", "SUCCEEDED")
			if err := <-done; err != nil {
				t.Fatal(err)
			}
			if !slices.Equal(got, tt.want) {
				t.Errorf("got %q, want %q", got, tt.want)
			}
			awaitWatchers(t, tap, 0)
		})
	}
	if err := tap.Close(); err != nil {
		t.Error(err)
	}
	goleak.VerifyNone(t, before)
}

// Who is too slow misses records, and is told how many; batches are of whole
// lines; long executions of which the end decides keep their beginning and end.
func TestBounds(t *testing.T) {
	engine, client := broker(t)
	tap := tap(t, engine)
	defer tap.Close()
	inbox := client.NewInbox()
	sub, err := client.SubscribeSync(inbox)
	if err != nil {
		t.Fatal(err)
	}
	client.Flush()
	w := &watcher{hello: hello{Inbox: inbox}, until: time.Now().Add(Lease)}
	line := []byte(strings.Repeat("x", 1000) + "\n")
	for range 2 * maxWaiting / len(line) {
		w.put(line, 1)
	}
	fits := maxWaiting / len(line)
	if w.left != 2*maxWaiting/len(line)-fits {
		t.Errorf("%d records are left out, want %d", w.left, 2*maxWaiting/len(line)-fits)
	}
	w.flush(engine)
	lines := 0
	for i := 0; lines < fits; i++ {
		msg, err := sub.NextMsg(patience)
		if err != nil {
			t.Fatal(err)
		}
		n := strings.Count(string(msg.Data), "\n")
		if len(msg.Data) > maxBatch || n*len(line) != len(msg.Data) {
			t.Errorf("a batch of %d bytes holds %d lines", len(msg.Data), n)
		}
		if said := msg.Header.Get(headerLeft) != ""; said != (i == 0) {
			t.Errorf("batch %d: tells what was left out: %t", i, said)
		}
		lines += n
	}

	x := &Execution{watchers: []*watcher{{hello: hello{Filter: Filter{Status: "FAILED"}}}}, keeps: true}
	for i := range maxKept + 10 {
		x.Record(&records.Record{Type: "PassStateEntered", ID: uint64(i + 1)}, "")
	}
	x.Record(&records.Record{Type: "ExecutionFailed", ID: maxKept + 11}, "FAILED")
	if n := strings.Count(string(x.watchers[0].waiting), "\n"); n != maxKept+1 {
		t.Errorf("%d records are shown, want %d", n, maxKept+1)
	}
}

// Nothing is sent to what is no inbox, who is not heard of is forgotten, and
// there can only be so many.
func TestWatchers(t *testing.T) {
	engine, client := broker(t)
	tap := tap(t, engine)
	defer tap.Close()
	for _, data := range []string{"", "{}", `{"inbox":"$JS.API.STREAM.DELETE.X"}`, `{"inbox":"orders"}`} {
		if err := client.Publish(Subject, []byte(data)); err != nil {
			t.Fatal(err)
		}
	}
	for range maxWatchers + 5 {
		if err := say(client, hello{Inbox: client.NewInbox()}); err != nil {
			t.Fatal(err)
		}
	}
	awaitWatchers(t, tap, maxWatchers)
	client.Flush()
	awaitWatchers(t, tap, maxWatchers)
	tap.mu.Lock()
	for _, w := range tap.all() {
		w.until = time.Now().Add(-time.Second)
	}
	tap.mu.Unlock()
	awaitWatchers(t, tap, 0)
}

package jetstream_test

import (
	"log/slog"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/seed66d9166c/express/transport/embedded"
	ejs "github.com/seed66d9166c/express/transport/jetstream"
)

// TestMarkOutlivesTheServer stops the broker between two marks, and looks at what
// it keeps of them.
func TestMarkOutlivesTheServer(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for begun := 1; begun <= 3; begun++ {
		server, err := embedded.Start(embedded.Options{Dir: dir, Log: slog.New(slog.DiscardHandler)})
		if err != nil {
			t.Fatal(err)
		}
		src, js := open(t, server, ejs.Options{Workflow: "w", Subject: "orders", AckWait: time.Second})
		if begun == 1 {
			publish(t, js, "orders", "1")
		}
		d := take(t, src)
		if got, err := d.Mark(t.Context()); got != begun || err != nil {
			t.Errorf("mark %d is %d, %v", begun, got, err)
		}
		if n := stored(t, js, ejs.BegunStream); n != 1 {
			t.Errorf("%d messages are kept of one event, want 1", n)
		}
		server.Close()
	}
}

// TestMarksAreMade begins without a stream of marks, and loses it: the next mark
// makes it.
func TestMarksAreMade(t *testing.T) {
	t.Parallel()
	src, js := open(t, serve(t), ejs.Options{Workflow: "w", Subject: "orders"})
	publish(t, js, "orders", "1")
	d := take(t, src)
	if _, err := js.Stream(t.Context(), ejs.BegunStream); err == nil {
		t.Error("there are marks, and nothing is in quarantine")
	}
	for range 2 {
		if begun, err := d.Mark(t.Context()); begun != 1 || err != nil {
			t.Errorf("mark is %d, %v, want 1", begun, err)
		}
		c := mustStream(t, js, ejs.BegunStream).CachedInfo().Config
		if c.MaxAge <= 0 || c.MaxBytes <= 0 || c.MaxMsgsPerSubject != 1 || c.Discard != jetstream.DiscardOld {
			t.Errorf("the marks are kept for %v, in %d bytes, %d of an event, and a full stream has %v", c.MaxAge, c.MaxBytes, c.MaxMsgsPerSubject, c.Discard)
		}
		if err := js.DeleteStream(t.Context(), ejs.BegunStream); err != nil {
			t.Fatal(err)
		}
	}
}

// TestMarkIsNone has somebody write what is no mark: the event does not begin, and
// the end of an execution is as good as any.
func TestMarkIsNone(t *testing.T) {
	t.Parallel()
	src, js := open(t, serve(t), ejs.Options{Workflow: "w", Subject: "orders"})
	publish(t, js, "orders", "1")
	d := take(t, src)
	if _, err := d.Mark(t.Context()); err != nil {
		t.Fatal(err)
	}
	m, err := mustStream(t, js, ejs.BegunStream).GetMsg(t.Context(), 1)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := js.PublishMsg(t.Context(), &nats.Msg{Subject: m.Subject, Data: []byte("no number")}); err != nil {
		t.Fatal(err)
	}
	if begun, err := d.Mark(t.Context()); err == nil {
		t.Errorf("mark is %d after what is none", begun)
	}
	if err := d.Unmark(t.Context()); err != nil {
		t.Error(err)
	}
	if begun, err := d.Mark(t.Context()); begun != 1 || err != nil {
		t.Errorf("mark is %d, %v, want 1", begun, err)
	}
}

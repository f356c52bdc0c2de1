package jetstream_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/seed66d9166c/express/transport"
	ejs "github.com/seed66d9166c/express/transport/jetstream"
)

// TestDedupe loses the acknowledgements of a worker, as a server does that is
// killed: another worker does not run again what has ended, and runs what has
// not.
func TestDedupe(t *testing.T) {
	for _, level := range []ejs.Completion{ejs.Log, ejs.Publish} {
		t.Run(map[ejs.Completion]string{ejs.Log: "log", ejs.Publish: "publish"}[level], func(t *testing.T) {
			t.Parallel()
			server := serve(t)
			o := ejs.Options{Workflow: "w", Subject: "orders", Completion: level, Dedupe: true, AckWait: time.Second}
			victim, js := open(t, server, o)
			publish(t, connect(t, server), "orders", "1", "2")
			first, second := take(t, victim), take(t, victim)
			if string(first.Data()) != "1" {
				first, second = second, first
			}
			// The end of 1 is noted, and its acknowledgement goes nowhere.
			ended := make(chan error, 1)
			first.Ack(success, func(err error) { ended <- err })
			if err := victim.Flush(); err != nil {
				t.Fatal(err)
			}
			if err := <-ended; err != nil {
				t.Fatal(err)
			}
			if _, err := js.ResetConsumerToSequence(t.Context(), "EXPRESS_w", "express-w", 1); err != nil {
				t.Log(err)
			}
			js.Conn().Close()
			heir, hjs := open(t, server, o)
			defer heir.Close()
			if again := take(t, heir); string(again.Data()) != "2" || again.ID() != second.ID() || again.Attempt() < 2 {
				t.Errorf("%s came, attempt %d, want the other one's second", again.Data(), again.Attempt())
			} else if err := finish(t, heir, again, success); err != nil {
				t.Error(err)
			}
			empty(t, hjs)
		})
	}
}

// TestDedupeWithoutAnswer has no stream to look in: the event runs again.
func TestDedupeWithoutAnswer(t *testing.T) {
	src, js := open(t, serve(t), ejs.Options{Workflow: "w", Subject: "orders", Dedupe: true})
	publish(t, js, "orders", "1")
	if err := take(t, src).Nak(0); err != nil {
		t.Fatal(err)
	}
	if err := js.DeleteStream(t.Context(), ejs.RanStream); err != nil {
		t.Fatal(err)
	}
	if d := take(t, src); d.Attempt() != 2 {
		t.Errorf("attempt %d, want 2", d.Attempt())
	}
}

// TestDedupeDrains closes a Source while it asks for an event: it is handed out,
// or left to others, and the Source ends.
func TestDedupeDrains(t *testing.T) {
	src, js := open(t, serve(t), ejs.Options{Workflow: "w", Subject: "orders", Dedupe: true})
	publish(t, js, "orders", "1")
	if err := take(t, src).Nak(0); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	soon, stop := context.WithTimeout(ctx, time.Millisecond)
	defer stop()
	into := make([]transport.Delivery, 1)
	n, err := src.Next(soon, into)
	if cerr := src.Close(); cerr != nil {
		t.Fatal(cerr)
	}
	for ; err == nil || !errors.Is(err, transport.ErrClosed); n, err = src.Next(ctx, into) {
		if ctx.Err() != nil {
			t.Fatal("the Source does not end")
		}
		for _, d := range into[:n] {
			if err := d.Nak(0); err != nil {
				t.Error(err)
			}
		}
	}
}

var _ jetstream.JetStream

package jetstream_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/seed66d9166c/express/transport"
	"github.com/seed66d9166c/express/transport/embedded"
	ejs "github.com/seed66d9166c/express/transport/jetstream"
)

// users is the configuration of a server at which the acknowledgements of one
// user are lost.
const users = `authorization { users = [
	{ user: victim, password: secret, permissions: { publish: { deny: "$JS.ACK.>" } } }
	{ user: heir, password: secret }
] }`

// TestDedupe loses the acknowledgements of a worker, as a server does that is
// killed: another worker does not run again what has ended, and runs what has
// not.
func TestDedupe(t *testing.T) {
	for name, level := range map[string]ejs.Completion{"log": ejs.Log, "publish": ejs.Publish} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			config := filepath.Join(t.TempDir(), "nats.conf")
			if err := os.WriteFile(config, []byte(users), 0o600); err != nil {
				t.Fatal(err)
			}
			server, err := embedded.Start(embedded.Options{Dir: t.TempDir(), Config: config})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(server.Close)
			as := func(user string) (*ejs.Source, jetstream.JetStream) {
				nc, err := nats.Connect("", server.Connection(), nats.UserInfo(user, "secret"))
				if err != nil {
					t.Fatal(err)
				}
				t.Cleanup(nc.Close)
				js, err := jetstream.New(nc)
				if err != nil {
					t.Fatal(err)
				}
				src, err := ejs.Open(t.Context(), js, ejs.Options{Workflow: "w", Subject: "orders", Completion: level, Dedupe: true, AckWait: time.Second})
				if err != nil {
					t.Fatal(err)
				}
				return src, js
			}
			victim, _ := as("victim")
			heir, js := as("heir")
			publish(t, js, "orders", "1", "2")
			first, second := take(t, victim), take(t, victim)
			if err := finish(t, victim, first, success); err != nil {
				t.Fatal(err)
			}
			again := take(t, heir)
			if again.ID() != second.ID() || again.Attempt() < 2 {
				t.Errorf("%s came, attempt %d, want %s, which has not ended", again.Data(), again.Attempt(), second.Data())
			}
			if err := finish(t, heir, again, success); err != nil {
				t.Error(err)
			}
			empty(t, js)
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

package jetstream

import (
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/seed66d9166c/express/transport"
	"github.com/seed66d9166c/express/transport/embedded"
)

// TestLostPull loses a pull request on the way: nothing says so but silence.
func TestLostPull(t *testing.T) {
	t.Parallel()
	server, err := embedded.Start(embedded.Options{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	nc, err := nats.Connect("", server.Connection())
	if err != nil {
		t.Fatal(err)
	}
	defer nc.Close()
	js, err := jetstream.New(nc)
	if err != nil {
		t.Fatal(err)
	}
	src, err := Open(t.Context(), js, Options{Workflow: "w", Subject: "orders"})
	if err != nil {
		t.Fatal(err)
	}
	lost, err := nc.SubscribeSync("nowhere")
	if err != nil {
		t.Fatal(err)
	}
	src.mu.Lock()
	right := src.stream
	wrong := *right
	wrong.next = "nowhere"
	src.stream = &wrong
	src.mu.Unlock()
	go func() {
		if _, err := lost.NextMsg(10 * time.Second); err != nil {
			t.Error(err)
		}
		src.mu.Lock()
		defer src.mu.Unlock()
		src.stream = right
	}()
	if _, err := js.Publish(t.Context(), "orders", []byte("1")); err != nil {
		t.Fatal(err)
	}
	into := make([]transport.Delivery, 1)
	if _, err := src.Next(t.Context(), into); err != nil {
		t.Fatal(err)
	}
	if err := into[0].Reack(); err != nil {
		t.Error(err)
	}
}

func TestCovers(t *testing.T) {
	for _, tt := range []struct {
		pattern, filter string
		want            bool
	}{
		{"a.b", "a.b", true},
		{"a.*", "a.b", true},
		{"a.*", "a.*", true},
		{"a.>", "a.b.c", true},
		{"a.>", "a.*.c", true},
		{"a.>", "a.>", true},
		{">", "a", true},
		{"*.b", "a.b", true},
		{"a.b", "a.c", false},
		{"a.b", "a.*", false},
		{"a.*", "a.>", false},
		{"a.*", "a.b.c", false},
		{"a.b.c", "a.b", false},
		{"a.b", "a.b.c", false},
		{"a", ">", false},
		{"a.>", "a", false},
	} {
		if got := covers(tt.pattern, tt.filter); got != tt.want {
			t.Errorf("covers(%q, %q) is %t, want %t", tt.pattern, tt.filter, got, tt.want)
		}
	}
}

package jetstream_test

import (
	"context"
	"math"
	"runtime/debug"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/seed66d9166c/express/transport"
	ejs "github.com/seed66d9166c/express/transport/jetstream"
)

func TestMemoryBudget(t *testing.T) {
	defer debug.SetMemoryLimit(debug.SetMemoryLimit(math.MaxInt64))
	if b := ejs.MemoryBudget(); b != nil {
		t.Errorf("without GOMEMLIMIT there is a budget: %v", b)
	}
	debug.SetMemoryLimit(1 << 40)
	if b := ejs.MemoryBudget(); b == nil || b.Spent() != 0 {
		t.Errorf("budget is %v", b)
	}
}

// TestBudget has a budget for two events of several, each as large as a request
// may bring: no more are fetched before one of them ends, whichever way it does,
// and the process can always hold one.
func TestBudget(t *testing.T) {
	t.Parallel()
	server := serve(t)
	js := connect(t, server)
	size := js.Conn().MaxPayload()
	two := ejs.NewBudget(2 * (ejs.EventFactor*size + ejs.EventOverhead))
	ends := map[string]func(*testing.T, *ejs.Source, transport.Delivery){
		"Ack": func(t *testing.T, src *ejs.Source, d transport.Delivery) {
			if err := finish(t, src, d, success); err != nil {
				t.Error(err)
			}
		},
		"Nak": func(t *testing.T, _ *ejs.Source, d transport.Delivery) {
			if err := d.Nak(time.Hour); err != nil {
				t.Error(err)
			}
		},
		"Bury": func(t *testing.T, _ *ejs.Source, d transport.Delivery) {
			if err := d.Bury(t.Context(), transport.Letter{Workflow: "w", Reason: transport.ReasonDecode}); err != nil {
				t.Error(err)
			}
		},
	}
	src, _ := open(t, server, ejs.Options{Workflow: "w", Subject: "orders", Budget: two})
	body := strings.Repeat("x", int(size))
	var held []transport.Delivery
	for name, end := range ends {
		t.Run(name, func(t *testing.T) {
			for len(held) < 2 {
				publish(t, js, "orders", body)
				held = append(held, take(t, src))
			}
			publish(t, js, "orders", body)
			nothing(t, src, often)
			end(t, src, held[0])
			held = append(held[1:], take(t, src))
		})
	}
	for _, d := range held {
		if err := finish(t, src, d, success); err != nil {
			t.Error(err)
		}
	}
	if spent := two.Spent(); spent != 0 {
		t.Errorf("%d bytes are spent, and nothing is held", spent)
	}
	tiny, _ := open(t, server, ejs.Options{Workflow: "v", Subject: "others", Budget: ejs.NewBudget(1)})
	publish(t, js, "others", body, body)
	for range 2 {
		ends["Ack"](t, tiny, take(t, tiny))
	}
}

// nothing fails if an event comes for d.
func nothing(t *testing.T, src *ejs.Source, d time.Duration) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), d)
	defer cancel()
	if n, err := src.Next(ctx, make([]transport.Delivery, 1)); err == nil {
		t.Fatalf("%d events came, want none", n)
	}
}

// take is the next event.
func take(t *testing.T, src *ejs.Source) transport.Delivery {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	into := make([]transport.Delivery, 1)
	if _, err := src.Next(ctx, into); err != nil {
		t.Fatal(err)
	}
	return into[0]
}

// TestPullsAreBoundByBytes asks for more events than one request may bring, the
// largest that there can be among them: all come, with nothing to wait for.
func TestPullsAreBoundByBytes(t *testing.T) {
	server := serve(t)
	js := connect(t, server)
	if _, err := js.CreateStream(t.Context(), jetstream.StreamConfig{Name: "LARGE", Subjects: []string{"large"}, Storage: jetstream.MemoryStorage}); err != nil {
		t.Fatal(err)
	}
	limit := int(js.Conn().MaxPayload())
	sizes := []int{limit, 10, limit, limit, 1000, limit - 1, limit}
	for _, n := range sizes {
		publish(t, js, "large", strings.Repeat("x", n))
	}
	// A budget of 1 byte would have one event at a time, this one has requests of
	// one event's size.
	src, _ := open(t, server, ejs.Options{Workflow: "w", Subject: "large", Budget: ejs.NewBudget(int64(len(sizes)+1) * ejs.EventFactor * int64(limit))})
	began := time.Now()
	var got []int
	for len(got) < len(sizes) {
		got = append(got, len(take(t, src).Data()))
	}
	for i, n := range sizes {
		if got[i] != n {
			t.Errorf("event %d has %d bytes, want %d", i, got[i], n)
		}
	}
	if d := time.Since(began); d > patience/2 {
		t.Errorf("it took %v: requests expired", d)
	}
	if err := src.Ready(); err != nil {
		t.Error(err)
	}
}

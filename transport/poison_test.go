package transport_test

import (
	"context"
	"log/slog"
	"runtime"
	"testing"
	"testing/synctest"
	"time"

	"github.com/seed66d9166c/express/express"
	"github.com/seed66d9166c/express/express/expresstest"
	"github.com/seed66d9166c/express/transport"
	"github.com/seed66d9166c/express/transport/memory"
	"github.com/seed66d9166c/express/transport/transporttest"
)

// refuse runs an event of which there must be no execution to its end, and returns
// what became of it and how many bytes that allocated.
func refuse(t testing.TB, m *express.Machine, body []byte) (dead []memory.Dead, allocated uint64) {
	stream := memory.NewStream(memory.Options{Done: func(name string, _ express.Outcome) { t.Errorf("%s ran", name) }})
	stream.Publish(memory.Message{Subject: "orders", Data: body})
	p := &transport.Pump{Source: stream.Source(), Machine: always(m), Max: 1, Log: slog.New(slog.DiscardHandler)}
	var before, after runtime.MemStats
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	runtime.ReadMemStats(&before)
	done := make(chan error, 1)
	go func() { done <- p.Run(ctx) }()
	for stream.Pending() > 0 {
		time.Sleep(time.Microsecond) // of the bubble, in tests
	}
	runtime.ReadMemStats(&after)
	stop()
	if err := <-done; err != nil {
		t.Error(err)
	}
	return stream.Dead(), after.TotalAlloc - before.TotalAlloc
}

// TestPoisonIsRefused wants every poison among the dead letters, with its reason,
// for less memory than MaxRefusal.
func TestPoisonIsRefused(t *testing.T) {
	m := expresstest.Machine(t, passWorkflow, nil)
	for _, poison := range transporttest.Poisons() {
		t.Run(poison.Name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { testRefusal(t, m, poison) })
		})
	}
}

func testRefusal(t *testing.T, m *express.Machine, poison transporttest.Poison) {
	dead, allocated := refuse(t, m, poison.Data)
	for range 5 { // what pools keep is not allocated each time
		_, again := refuse(t, m, poison.Data)
		allocated = min(allocated, again)
	}
	if len(dead) != 1 || dead[0].Reason != poison.Reason || string(dead[0].Data) != string(poison.Data) {
		t.Fatalf("%d dead letters, want one for %s", len(dead), poison.Reason)
	}
	if allocated > transporttest.MaxRefusal {
		t.Errorf("the refusal allocated %d bytes, the limit is %d", allocated, transporttest.MaxRefusal)
	}
}

// BenchmarkPoison is what it costs to refuse a poison, from its stream to the dead
// letters.
func BenchmarkPoison(b *testing.B) {
	m := expresstest.Machine(b, passWorkflow, nil)
	for _, poison := range transporttest.Poisons() {
		b.Run(poison.Name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				refuse(b, m, poison.Data)
			}
		})
	}
}

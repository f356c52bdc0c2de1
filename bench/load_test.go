package bench

import (
	"sync/atomic"
	"testing"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/seed66d9166c/express/transport/embedded"
	natsconn "github.com/seed66d9166c/express/transport/nats"
)

// broker is a broker, and what connects to it.
func broker(t *testing.T) (*nats.Conn, natsconn.Settings) {
	t.Helper()
	s, err := embedded.Start(embedded.Options{Dir: t.TempDir(), Listen: "127.0.0.1:0", Log: quiet})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	nc, err := nats.Connect(s.URL())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(nc.Close)
	return nc, natsconn.Settings{URL: s.URL()}
}

// respond answers requests on a subject, where answer is true for them.
func respond(t *testing.T, nc *nats.Conn, subject, body string, answer func(n int) bool) {
	t.Helper()
	n := 0
	if _, err := nc.Subscribe(subject, func(m *nats.Msg) {
		if n++; answer(n) {
			m.Respond([]byte(body))
		}
	}); err != nil {
		t.Fatal(err)
	}
	if err := nc.Flush(); err != nil {
		t.Fatal(err)
	}
}

// Nothing counts that was not acknowledged, whatever has come of it.
func TestGenerateCountsAcknowledged(t *testing.T) {
	const succeeds, fails = `{"name":"x","status":"SUCCEEDED","output":1}`, `{"name":"x","status":"FAILED"}`
	everyOther := func(n int) bool { return n%2 == 0 }
	always := func(int) bool { return true }
	for _, tt := range []struct {
		name, body, until string
		answer            func(int) bool
		want              Loaded
		lost              int
	}{
		{"all answered", succeeds, Answered, always, Loaded{Sent: 10, Acknowledged: 10, Succeeded: 10}, 0},
		{"all failed", fails, Answered, always, Loaded{Sent: 10, Acknowledged: 10, Failed: 10}, 0},
		{"half answered", succeeds, Answered, everyOther, Loaded{Sent: 10, Acknowledged: 5, Succeeded: 5}, 0},
		{"stored without an outcome", `{"stream":"S","seq":1}`, Result, always, Loaded{Sent: 10, Acknowledged: 10}, 10},
		{"refused", `{"error":{"code":503,"err_code":10077,"description":"maximum bytes exceeded"}}`, Stored, always, Loaded{Sent: 10, Refused: 10}, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			nc, s := broker(t)
			respond(t, nc, "to", tt.body, tt.answer)
			got, err := generate(t.Context(), Load{
				NATS: s, Subject: "to", Events: [][]byte{[]byte("1")}, N: 10, Rate: 1000, Until: tt.until, Patience: time.Second / 2,
			}, new(atomic.Int64))
			if err != nil {
				t.Fatal(err)
			}
			if got.Sent != tt.want.Sent || got.Acknowledged != tt.want.Acknowledged || got.Refused != tt.want.Refused ||
				got.Succeeded != tt.want.Succeeded || got.Failed != tt.want.Failed || got.Lost() != tt.lost {
				t.Errorf("got %+v and %d lost, want %+v and %d", got, got.Lost(), tt.want, tt.lost)
			}
		})
	}
}

func TestGenerateNobodyListens(t *testing.T) {
	_, s := broker(t)
	got, err := generate(t.Context(), Load{
		NATS: s, Subject: "to", Events: [][]byte{[]byte("1")}, N: 10, InFlight: 2, Until: Answered, Patience: time.Second,
	}, new(atomic.Int64))
	if err != nil || got.Refused != 10 || got.Acknowledged != 0 {
		t.Errorf("got %+v, %v, want all refused", got, err)
	}
}

// Latency counts from when an event was to be sent: of a service that stops for a
// while, all events are late that it has held up, not one.
func TestGenerateCoordinatedOmission(t *testing.T) {
	nc, s := broker(t)
	const stop = 200 * time.Millisecond
	n := 0
	if _, err := nc.Subscribe("to", func(m *nats.Msg) {
		if n++; n == 100 {
			time.Sleep(stop)
		}
		m.Respond([]byte(`{"name":"x","status":"SUCCEEDED"}`))
	}); err != nil {
		t.Fatal(err)
	}
	if err := nc.Flush(); err != nil {
		t.Fatal(err)
	}
	// Of a thousand events a second 200 are due while it stops, half of which wait
	// for half of the time at least: a fifth of all 500.
	got, err := generate(t.Context(), Load{
		NATS: s, Subject: "to", Events: [][]byte{[]byte("1")}, N: 500, Rate: 1000, Until: Answered, Patience: 5 * time.Second,
	}, new(atomic.Int64))
	if err != nil {
		t.Fatal(err)
	}
	if got.Succeeded != 500 || got.Latency.P90 < stop/2 {
		t.Errorf("%d answers, nine of ten within %v, want 500 and at least %v", got.Succeeded, got.Latency.P90, stop/2)
	}
}

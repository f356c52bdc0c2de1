package jetstream_test

import (
	"log/slog"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/seed66d9166c/express/express"
	"github.com/seed66d9166c/express/express/expresstest"
	"github.com/seed66d9166c/express/transport"
	ejs "github.com/seed66d9166c/express/transport/jetstream"
	"github.com/seed66d9166c/express/transport/transporttest"
)

// TestPoison publishes every poison that a broker takes at once, and wants each
// among the dead letters with its reason.
func TestPoison(t *testing.T) {
	t.Parallel()
	src, js := open(t, serve(t), ejs.Options{Workflow: "w", Subject: "orders", Slots: 8})
	want := map[string]string{}
	for _, poison := range transporttest.Poisons() {
		if int64(len(poison.Data)) > js.Conn().MaxPayload() {
			continue
		}
		publish(t, js, "orders", string(poison.Data))
		want[string(poison.Data)] = poison.Reason
	}
	m := expresstest.Machine(t, `{"StartAt": "P", "States": {"P": {"Type": "Pass", "End": true}}}`, nil)
	pump(t, js, &transport.Pump{
		Source:   src,
		Workflow: "w",
		Machine:  func(transport.Delivery) (*express.Machine, error) { return m, nil },
		Max:      8,
		Log:      slog.New(slog.DiscardHandler),
	})
	got := map[string]string{}
	err := ejs.DeadLetters(t.Context(), js, ejs.DeadFilter{}, true, func(l *ejs.DeadLetter) error {
		got[string(l.Data)] = l.Reason
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(got) != len(want) {
		t.Errorf("%d dead letters, want %d", len(got), len(want))
	}
	for body, reason := range want {
		if d := cmp.Diff(reason, got[body]); d != "" {
			t.Errorf("%.20q of %d bytes:\n%s", body, len(body), d)
		}
	}
}

package server

import (
	"testing"
	"time"

	"github.com/seed66d9166c/express/internal/config"
	"github.com/seed66d9166c/express/transport/jetstream"
)

// TestFeeds has settings of an application, a workflow and a trigger arrive at the
// sources of events: those of its trigger, and that of express start.
func TestFeeds(t *testing.T) {
	app := &config.Config{
		Slots:   8,
		Ack:     config.AckSync,
		Dedupe:  true,
		Streams: config.Streams{MaxBytes: 1 << 20, DeadMaxBytes: 2 << 20, Replicas: 3},
		Workflows: []*config.Workflow{{
			Name: "orders", Completion: config.CompletionExported, Logging: config.Logging{Data: true},
		}},
		Triggers: []*config.Trigger{{
			Subject: "shop.>", Stream: "SHOP", Workflow: "orders", Result: "done", Durable: "shop-orders",
			AckWait: time.Minute, MaxPending: 7, DeadLetter: config.DeadLetterFailed,
		}},
	}
	common := jetstream.Options{
		Workflow: "orders", Create: true, Slots: 8, MaxBytes: 1 << 20, DeadMaxBytes: 2 << 20, Replicas: 3,
		Completion: jetstream.Exported, Data: true, AckSync: true, Dedupe: true,
	}
	trigger, start := feedOptions{Options: common, buryFailed: true}, feedOptions{Options: common}
	trigger.Subject, trigger.Stream, trigger.Durable, trigger.Result = "shop.>", "SHOP", "shop-orders", "done"
	trigger.AckWait, trigger.MaxAckPending = time.Minute, 7
	start.Subject, start.Stream, start.Durable = "express.start.orders", jetstream.StartStream, "express-start-orders"
	got := feeds(app)
	for _, want := range []feedOptions{trigger, start} {
		if key := want.Stream + " " + want.Durable; got[key] != want {
			t.Errorf("%s is\n%+v, want\n%+v", key, got[key], want)
		}
	}
	if len(got) != 2 {
		t.Errorf("there are %d feeds, want 2", len(got))
	}
}

package jetstream_test

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"github.com/nats-io/nats.go/micro"

	"github.com/seed66d9166c/express/transport"
	ejs "github.com/seed66d9166c/express/transport/jetstream"
)

// often is between audits in these tests.
const often = 100 * time.Millisecond

// eventually waits until ok.
func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(patience); !ok(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("not in %v: %s", patience, what)
		}
	}
}

// giveUp gives events back until the broker delivers them no more.
func giveUp(t *testing.T, js jetstream.JetStream, stream string, events int) {
	t.Helper()
	c, err := js.Consumer(t.Context(), stream, "express-w")
	if err != nil {
		t.Fatal(err)
	}
	for range events * ejs.MaxDeliver {
		m, err := c.Next(jetstream.FetchMaxWait(patience))
		if err != nil {
			t.Fatal(err)
		}
		if err := m.Nak(); err != nil {
			t.Fatal(err)
		}
	}
	if m, err := c.Next(jetstream.FetchMaxWait(often)); err == nil {
		t.Fatalf("%s came once more", m.Data())
	}
}

// TestStranded has the broker give up events in streams of each retention, with
// its advisories and without.
func TestStranded(t *testing.T) {
	for _, tt := range []struct {
		name      string
		retention jetstream.RetentionPolicy
		deaf      bool // the advisories are lost
		left      uint64
	}{
		{"work queue", jetstream.WorkQueuePolicy, false, 0},
		{"work queue, no advisories", jetstream.WorkQueuePolicy, true, 0},
		{"interest", jetstream.InterestPolicy, false, 0},
		{"limits", jetstream.LimitsPolicy, false, 3},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			server := serve(t)
			js := connect(t, server)
			if _, err := js.CreateStream(t.Context(), jetstream.StreamConfig{Name: "ORDERS", Subjects: []string{"orders.>", "others"}, Retention: tt.retention}); err != nil {
				t.Fatal(err)
			}
			if tt.deaf {
				if _, err := js.CreateStream(t.Context(), jetstream.StreamConfig{Name: ejs.AdvisoryStream, Subjects: []string{"nowhere"}}); err != nil {
					t.Fatal(err)
				}
			}
			src, _ := open(t, server, ejs.Options{Workflow: "w", Subject: "orders.*"}.Every(time.Minute, often))
			defer src.Close()
			publish(t, js, "orders.a", "1", "2")
			publish(t, js, "orders.b", "3")
			if tt.retention == jetstream.WorkQueuePolicy {
				publish(t, js, "others", "of another consumer")
				tt.left++
			}
			giveUp(t, js, "ORDERS", 3)
			eventually(t, "three dead letters", func() bool { return stored(t, js, ejs.DeadStream) == 3 })
			for i, m := range letters(t, js) {
				if got := text(m, transport.HeaderReason); got != transport.ReasonMaxDeliveries || string(m.Data()) != fmt.Sprint(i+1) || text(m, transport.HeaderWorkflow) != "w" {
					t.Errorf("letter %d is %s, %s, %v", i, got, m.Data(), m.Headers())
				}
			}
			eventually(t, "the stream has no more than it has to keep", func() bool {
				return stored(t, js, "ORDERS") == tt.left
			})
			eventually(t, "nothing is stranded", func() bool { return src.Stats().Stranded == 0 })
		})
	}
}

// TestNotStranded audits a queue with events that wait, that run, and that are
// done: none of them is given up.
func TestNotStranded(t *testing.T) {
	t.Parallel()
	server := serve(t)
	src, js := open(t, server, ejs.Options{Workflow: "w", Subject: "orders"}.Every(time.Minute, often))
	defer src.Close()
	publish(t, js, "orders", "1", "2", "3", "4")
	running, ended := take(t, src), take(t, src)
	if err := finish(t, src, ended, success); err != nil {
		t.Fatal(err)
	}
	name := "" // of the consumer of advisories, which the first audit makes
	eventually(t, "an audit", func() bool {
		for name = range mustStream(t, js, ejs.AdvisoryStream).ConsumerNames(t.Context()).Name() {
			return true
		}
		return false
	})
	time.Sleep(5 * often) // some more
	if got := letters(t, js); len(got) > 0 || src.Stats().Stranded > 0 {
		t.Errorf("%d dead letters, %d stranded, want none", len(got), src.Stats().Stranded)
	}
	if err := js.DeleteConsumer(t.Context(), ejs.AdvisoryStream, name); err != nil { // it is made again
		t.Fatal(err)
	}
	if err := finish(t, src, running, success); err != nil {
		t.Fatal(err)
	}
	giveUp(t, js, "EXPRESS_w", 2)
	eventually(t, "two dead letters", func() bool { return stored(t, js, ejs.DeadStream) == 2 })
}

// stored is how many messages a stream has.
func stored(t *testing.T, js jetstream.JetStream, name string) uint64 {
	t.Helper()
	return mustStream(t, js, name).CachedInfo().State.Msgs
}

func mustStream(t *testing.T, js jetstream.JetStream, name string) jetstream.Stream {
	t.Helper()
	s, err := js.Stream(t.Context(), name)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// TestRecordsAreKept deletes the streams that a Source writes to: they are made
// again. One that somebody has made forgetful is said once.
func TestRecordsAreKept(t *testing.T) {
	t.Parallel()
	js := connect(t, serve(t))
	var log journal
	src, err := ejs.Open(t.Context(), js, ejs.Options{
		Workflow: "w", Subject: "orders", Completion: ejs.Publish, Dedupe: true, Log: slog.New(slog.NewTextHandler(&log, nil)),
	}.Every(time.Minute, often))
	if err != nil {
		t.Fatal(err)
	}
	defer src.Close()
	for _, name := range []string{ejs.DeadStream, ejs.AdvisoryStream, ejs.DoneStream, ejs.RanStream} {
		if err := js.DeleteStream(t.Context(), name); err != nil {
			t.Fatal(err)
		}
		eventually(t, name+" is there again", func() bool {
			_, err := js.Stream(t.Context(), name)
			return err == nil
		})
	}
	c := mustStream(t, js, ejs.DeadStream).CachedInfo().Config
	c.Discard = jetstream.DiscardOld
	if _, err := js.UpdateStream(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	eventually(t, "a warning", func() bool { return strings.Contains(log.String(), "dead letters can be lost") })
	time.Sleep(3 * often)
	if n := strings.Count(log.String(), "dead letters can be lost"); n != 1 {
		t.Errorf("it is said %d times, want once", n)
	}
}

// TestAdvisories looks for what the broker says when a letter is written.
func TestAdvisories(t *testing.T) {
	src, js := open(t, serve(t), ejs.Options{Workflow: "w", Subject: "orders"})
	if err := one(t, js, src, nil).Bury(t.Context(), transport.Letter{Workflow: "w", Reason: transport.ReasonDecode}); err != nil {
		t.Fatal(err)
	}
	var advisory struct{ Stream, Consumer, Reason string }
	eventually(t, "an advisory", func() bool {
		m, err := mustStream(t, js, ejs.AdvisoryStream).GetMsg(t.Context(), 1)
		return err == nil && json.Unmarshal(m.Data, &advisory) == nil
	})
	if advisory.Stream != "EXPRESS_w" || advisory.Consumer != "express-w" || advisory.Reason != transport.ReasonDecode {
		t.Errorf("advisory is %+v", advisory)
	}
}

// TestEngines has engines announce more slots than the consumer hands out events
// for, and then fewer.
func TestEngines(t *testing.T) {
	t.Parallel()
	server := serve(t)
	js := connect(t, server)
	announce := func(slots, workflow string) micro.Service {
		s, err := micro.AddService(js.Conn(), micro.Config{Name: "express", Version: "1.0.0", Metadata: map[string]string{"slots": slots}})
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range []string{"a", "b"} { // a workflow can have two endpoints, an engine counts once
			err := s.AddEndpoint(name, micro.HandlerFunc(func(micro.Request) {}), micro.WithEndpointMetadata(map[string]string{"workflow": workflow}))
			if err != nil {
				t.Fatal(err)
			}
		}
		return s
	}
	announce("80", "w")
	announce("1000", "another")
	announce("many", "w")
	var log journal
	src, err := ejs.Open(t.Context(), connect(t, server), ejs.Options{
		Workflow: "w", Subject: "orders", Slots: 80, MaxAckPending: 199, Log: slog.New(slog.NewTextHandler(&log, nil)),
	}.Every(time.Minute, often))
	if err != nil {
		t.Fatal(err)
	}
	defer src.Close()
	time.Sleep(4 * often)
	if strings.Contains(log.String(), "wait for each other") {
		t.Errorf("199 are not enough for 100: %s", log.String())
	}
	announce("80", "w")
	eventually(t, "a warning", func() bool { return strings.Contains(log.String(), "maxAckPending=199 needed=200 engines=2") })
}

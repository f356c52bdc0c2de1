package jetstream_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/seed66d9166c/express/express"
	"github.com/seed66d9166c/express/express/value"
	"github.com/seed66d9166c/express/transport"
	ejs "github.com/seed66d9166c/express/transport/jetstream"
)

const patience = 20 * time.Second

// one publishes an event and takes it.
func one(t *testing.T, js jetstream.JetStream, src *ejs.Source, header nats.Header) transport.Delivery {
	t.Helper()
	if header == nil {
		header = nats.Header{}
	}
	header.Set(nats.MsgIdHdr, "order-1")
	if _, err := js.PublishMsg(t.Context(), &nats.Msg{Subject: "orders", Header: header, Data: []byte(`{"n":1}`)}); err != nil {
		t.Fatal(err)
	}
	into := make([]transport.Delivery, 1)
	if _, err := src.Next(t.Context(), into); err != nil {
		t.Fatal(err)
	}
	return into[0]
}

// messages is how many events the stream of workflow w has.
func messages(t *testing.T, js jetstream.JetStream) uint64 {
	t.Helper()
	s, err := js.Stream(t.Context(), "EXPRESS_w")
	if err != nil {
		t.Fatal(err)
	}
	return s.CachedInfo().State.Msgs
}

// empty waits until the stream of workflow w has no events: the server takes
// acknowledgements in when it has time.
func empty(t *testing.T, js jetstream.JetStream) {
	t.Helper()
	for end := time.Now().Add(patience); messages(t, js) > 0; time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			t.Errorf("%d events are left", messages(t, js))
			return
		}
	}
}

// finish acknowledges d with o and returns what done says.
func finish(t *testing.T, src *ejs.Source, d transport.Delivery, o express.Outcome) error {
	t.Helper()
	done := make(chan error, 1)
	d.Ack(o, func(err error) { done <- err })
	if err := src.Flush(); err != nil {
		t.Fatal(err)
	}
	select {
	case err := <-done:
		return err
	case <-time.After(patience):
		t.Fatal("the delivery does not end")
		return nil
	}
}

var (
	success = express.Outcome{Status: express.Succeeded, Output: value.Object(value.Member{Key: "ok", Val: value.True})}
	failure = express.Outcome{Status: express.Failed, Err: &express.Error{Name: "Refused", Cause: "no \"stock\""}}
	timeout = express.Outcome{Status: express.TimedOut, Err: &express.Error{Name: "States.Timeout", NoCause: true}}
)

// TestResult looks at what is published on core NATS, and that it is before the
// event is acknowledged.
func TestResult(t *testing.T) {
	for _, tt := range []struct {
		hops string
		o    express.Outcome
		want string
		next string
	}{
		{"", success, `{"name":"order-1","status":"SUCCEEDED","output":{"ok":true}}`, "1"},
		{"3", failure, `{"name":"order-1","status":"FAILED","error":"Refused","cause":"no \"stock\""}`, "4"},
		{"8", timeout, `{"name":"order-1","status":"TIMED_OUT","error":"States.Timeout"}`, "9"},
	} {
		src, js := open(t, serve(t), ejs.Options{Workflow: "w", Subject: "orders", Result: "results"})
		sub, err := js.Conn().SubscribeSync(">")
		if err != nil {
			t.Fatal(err)
		}
		d := one(t, js, src, nats.Header{transport.HeaderHops: {tt.hops}})
		if err := finish(t, src, d, tt.o); err != nil {
			t.Fatal(err)
		}
		for seen := false; ; {
			m, err := sub.NextMsg(patience)
			if err != nil {
				t.Fatal(err)
			}
			if m.Subject == "results" {
				seen = true
				if string(m.Data) != tt.want || m.Header.Get(transport.HeaderHops) != tt.next {
					t.Errorf("result is %s, %v, want %s, hops %s", m.Data, m.Header, tt.want, tt.next)
				}
			}
			if strings.HasPrefix(m.Subject, "$JS.ACK.") {
				if !seen {
					t.Error("the event was acknowledged before its result was published")
				}
				break
			}
		}
	}
}

// TestLogCompletion acknowledges when the log records were accepted, or exported,
// and not when they were not.
func TestLogCompletion(t *testing.T) {
	for _, tt := range []struct {
		name  string
		level ejs.Completion
		late  bool
		err   error
	}{
		{name: "accepted"},
		{name: "accepted later", late: true},
		{name: "refused", err: errors.New("queue is full")},
		{name: "refused later", late: true, err: errors.New("queue is full")},
		{name: "exported", level: ejs.Exported},
		{name: "exported later", level: ejs.Exported, late: true},
		{name: "given up", level: ejs.Exported, err: errors.New("collector is down")},
		{name: "given up later", level: ejs.Exported, late: true, err: errors.New("collector is down")},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			src, js := open(t, serve(t), ejs.Options{Workflow: "w", Subject: "orders", Completion: tt.level})
			logged := make(chan error, 1)
			if tt.late {
				time.AfterFunc(50*time.Millisecond, func() { logged <- tt.err })
			} else {
				logged <- tt.err
			}
			o := success
			o.Logged = logged
			if err := finish(t, src, one(t, js, src, nil), o); !errors.Is(err, tt.err) {
				t.Errorf("done with %v, want %v", err, tt.err)
			}
			if err := js.Conn().Flush(); err != nil {
				t.Fatal(err)
			}
			if tt.err == nil {
				empty(t, js)
			} else if messages(t, js) != 1 {
				t.Error("the event is gone")
			}
		})
	}
}

func TestWithoutLogCompletion(t *testing.T) {
	src, js := open(t, serve(t), ejs.Options{Workflow: "w", Subject: "orders", Completion: ejs.None})
	o := success
	o.Logged = make(chan error) // nobody ever says
	if err := finish(t, src, one(t, js, src, nil), o); err != nil {
		t.Error(err)
	}
}

// TestAckSync is told that an event is done when the consumer knows it, while the
// Source drains, too.
func TestAckSync(t *testing.T) {
	t.Parallel()
	for _, level := range []ejs.Completion{ejs.Log, ejs.Publish} {
		src, js := open(t, serve(t), ejs.Options{Workflow: "w", Subject: "orders", Completion: level, AckSync: true})
		publish(t, js, "orders", "1", "2")
		all := []transport.Delivery{take(t, src), take(t, src)}
		for i, d := range all {
			if i == 1 {
				if err := src.Close(); err != nil {
					t.Fatal(err)
				}
			}
			if err := finish(t, src, d, success); err != nil {
				t.Fatal(err)
			}
			c, err := js.Consumer(t.Context(), "EXPRESS_w", "express-w")
			if err != nil {
				t.Fatal(err)
			}
			if info := c.CachedInfo(); info.NumAckPending != 1-i {
				t.Errorf("%d events are unacknowledged, want %d", info.NumAckPending, 1-i)
			}
		}
	}
}

// TestNothingIsLogged has executions of which there are no records.
func TestNothingIsLogged(t *testing.T) {
	for _, level := range []ejs.Completion{ejs.Log, ejs.Exported} {
		src, js := open(t, serve(t), ejs.Options{Workflow: "w", Subject: "orders", Completion: level})
		if err := finish(t, src, one(t, js, src, nil), success); err != nil {
			t.Error(err)
		}
	}
}

// TestPublishCompletion publishes to a stream, and acknowledges what it has
// confirmed.
func TestPublishCompletion(t *testing.T) {
	src, js := open(t, serve(t), ejs.Options{Workflow: "w", Subject: "orders", Completion: ejs.Publish})
	if err := finish(t, src, one(t, js, src, nil), failure); err != nil {
		t.Fatal(err)
	}
	s, err := js.Stream(t.Context(), ejs.DoneStream)
	if err != nil {
		t.Fatal(err)
	}
	m, err := s.GetMsg(t.Context(), 1)
	if err != nil {
		t.Fatal(err)
	}
	want := `{"name":"order-1","status":"FAILED","error":"Refused","cause":"no \"stock\""}`
	if m.Subject != "express.done.w.FAILED" || string(m.Data) != want || m.Header.Get(nats.MsgIdHdr) != "order-1:express-w:done" || m.Header.Get(transport.HeaderHops) != "1" {
		t.Errorf("outcome is %s: %s, %v", m.Subject, m.Data, m.Header)
	}
	if c := s.CachedInfo().Config; c.Retention != jetstream.LimitsPolicy {
		t.Errorf("outcomes have retention %v, which forgets their Nats-Msg-Ids", c.Retention)
	}
}

// A subject of their own that no stream has goes to the stream of outcomes.
func TestResultSubjectGetsAStream(t *testing.T) {
	src, js := open(t, serve(t), ejs.Options{Workflow: "w", Subject: "orders", Completion: ejs.Publish, Result: "orders.done"})
	if err := finish(t, src, one(t, js, src, nil), success); err != nil {
		t.Fatal(err)
	}
	s, err := js.Stream(t.Context(), ejs.DoneStream)
	if err != nil {
		t.Fatal(err)
	}
	if m, err := s.GetLastMsgForSubject(t.Context(), "orders.done"); err != nil {
		t.Errorf("the outcome is not in %s: %v", ejs.DoneStream, err)
	} else if !strings.Contains(string(m.Data), "SUCCEEDED") {
		t.Errorf("got %s", m.Data)
	}
}

// TestUnconfirmedResult has a stream of results that refuses them: the event
// must stay.
func TestUnconfirmedResult(t *testing.T) {
	t.Parallel()
	server := serve(t)
	js := connect(t, server)
	results := jetstream.StreamConfig{Name: "RESULTS", Subjects: []string{"results"}, MaxMsgSize: 10}
	if _, err := js.CreateStream(t.Context(), results); err != nil {
		t.Fatal(err)
	}
	src, _ := open(t, server, ejs.Options{Workflow: "w", Subject: "orders", Completion: ejs.Publish, Result: "results", AckWait: time.Second})
	err := finish(t, src, one(t, js, src, nil), success)
	if err == nil || !strings.Contains(err.Error(), "message size exceeds maximum") {
		t.Fatalf("done with %v, want that the stream refused it", err)
	}
	results.MaxMsgSize = -1
	if _, err := js.UpdateStream(t.Context(), results); err != nil {
		t.Fatal(err)
	}
	into := make([]transport.Delivery, 1)
	if _, err := src.Next(t.Context(), into); err != nil {
		t.Fatal(err)
	}
	if into[0].Attempt() != 2 {
		t.Errorf("attempt is %d, want 2", into[0].Attempt())
	}
	if err := finish(t, src, into[0], success); err != nil {
		t.Error(err)
	}
}

// TestResultIsTriedAgain takes the stream of results away for a while.
func TestResultIsTriedAgain(t *testing.T) {
	t.Parallel()
	src, js := open(t, serve(t), ejs.Options{Workflow: "w", Subject: "orders", Completion: ejs.Publish})
	s, err := js.Stream(t.Context(), ejs.DoneStream)
	if err != nil {
		t.Fatal(err)
	}
	if err := js.DeleteStream(t.Context(), ejs.DoneStream); err != nil {
		t.Fatal(err)
	}
	time.AfterFunc(300*time.Millisecond, func() {
		if _, err := js.CreateStream(t.Context(), s.CachedInfo().Config); err != nil {
			t.Error(err)
		}
	})
	if err := finish(t, src, one(t, js, src, nil), success); err != nil {
		t.Error(err)
	}
}

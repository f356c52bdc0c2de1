package jetstream_test

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/seed66d9166c/express/express"
	"github.com/seed66d9166c/express/express/expresstest"
	"github.com/seed66d9166c/express/express/value"
	"github.com/seed66d9166c/express/transport"
	ejs "github.com/seed66d9166c/express/transport/jetstream"
)

// pump runs events of workflow w until its stream is empty.
func pump(t *testing.T, js jetstream.JetStream, p *transport.Pump) {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error)
	go func() { done <- p.Run(ctx) }()
	empty(t, js)
	stop()
	if err := <-done; err != nil {
		t.Errorf("Run: %v", err)
	}
}

// TestDeadLetters publishes events that cannot be run among others that can, and
// looks for each as a letter with its reason. What they hold may stand in no
// header.
func TestDeadLetters(t *testing.T) {
	const canary = "kanarienvogel"
	bodies := map[string][]string{
		"decode": {
			`{"a":`, `{"a":"` + canary + `",}`, `["` + canary, `` + canary, "\"" + canary + "\xff\"", `{"` + canary + `":1,"` + canary + `":2}`,
			strings.Repeat("[", value.MaxDepth+1) + strings.Repeat("]", value.MaxDepth+1), " ",
		},
		"oversize": {`"` + canary + strings.Repeat("x", value.MaxSize) + `"`},
		"loop":     {`{"hops":9}`},
		"failed":   {`{"fail":"` + canary + `"}`},
	}
	server := serve(t)
	src, js := open(t, server, ejs.Options{Workflow: "w", Subject: "orders"})
	want := map[string]string{} // reason by body
	for reason, all := range bodies {
		for _, body := range all {
			m := &nats.Msg{Subject: "orders", Header: nats.Header{}, Data: []byte(body)}
			if reason == "loop" {
				m.Header.Set(transport.HeaderHops, "9")
			}
			if _, err := js.PublishMsg(t.Context(), m); err != nil {
				t.Fatal(err)
			}
			want[body] = reason
		}
	}
	for i := range 20 {
		if _, err := js.Publish(t.Context(), "orders", fmt.Appendf(nil, `{"n":%d}`, i)); err != nil {
			t.Fatal(err)
		}
	}
	m := expresstest.Machine(t, `{"StartAt": "C", "States": {
		"C": {"Type": "Choice", "Choices": [{"Variable": "$.fail", "IsPresent": true, "Next": "F"}], "Default": "S"},
		"F": {"Type": "Fail", "ErrorPath": "$.fail", "CausePath": "$.fail"},
		"S": {"Type": "Succeed"}}}`, nil, func(o *express.Options) { o.Identity.Name = "w" })
	pump(t, js, &transport.Pump{
		Source:     src,
		Machine:    func(transport.Delivery) (*express.Machine, error) { return m, nil },
		BuryFailed: true,
	})
	got := map[string]string{}
	for _, m := range letters(t, js) {
		reason := text(m, transport.HeaderReason)
		got[string(m.Data())] = reason
		if want := "express.dlq.w." + reason; m.Subject() != want {
			t.Errorf("subject is %s, want %s", m.Subject(), want)
		}
		for key, values := range m.Headers() {
			if reason != "failed" && strings.Contains(strings.Join(values, ""), canary) {
				t.Errorf("header %s is %q, which quotes the event", key, values)
			}
		}
		for _, key := range []string{transport.HeaderExecution, transport.HeaderTime, transport.HeaderError} {
			if text(m, key) == "" {
				t.Errorf("letter for %s has no %s", reason, key)
			}
		}
		stands := []string{text(m, transport.HeaderAttempt), text(m, transport.HeaderWorkflow), text(m, transport.HeaderStream), text(m, transport.HeaderSubject)}
		if d := cmp.Diff([]string{"1", "w", "EXPRESS_w", "orders"}, stands); d != "" {
			t.Error(d)
		}
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("reasons by body:\n%s", d)
	}
}

// TestDeadLetterRecord looks at all that a letter says of a failed execution: the
// cause only where data may be shown.
func TestDeadLetterRecord(t *testing.T) {
	const trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
	for _, data := range []bool{false, true} {
		t.Run(fmt.Sprint(data), func(t *testing.T) {
			src, js := open(t, serve(t), ejs.Options{Workflow: "w", Subject: "orders", Data: data})
			d := one(t, js, src, nats.Header{transport.HeaderTrace: {trace}, transport.HeaderXRay: {strings.Repeat("x", 1000)}, "Other": {"o"}, transport.HeaderHops: {"2"}})
			o := failure
			o.State = "Ship it"
			if err := d.Bury(t.Context(), transport.Letter{Workflow: "w", Version: "f00", Reason: transport.ReasonFailed, Err: o.Err, Outcome: &o}); err != nil {
				t.Fatal(err)
			}
			got := map[string]string{}
			m := letters(t, js)[0]
			for key := range m.Headers() {
				got[key] = text(m, key)
			}
			delete(got, transport.HeaderTime)
			want := map[string]string{
				nats.MsgIdHdr:             "order-1:express-w:dead1",
				transport.HeaderTrace:     trace,
				transport.HeaderHops:      "3",
				transport.HeaderAttempt:   "1",
				transport.HeaderExecution: "order-1",
				transport.HeaderReason:    "failed",
				transport.HeaderError:     "Refused",
				transport.HeaderState:     "Ship it",
				transport.HeaderWorkflow:  "w",
				transport.HeaderVersion:   "f00",
				transport.HeaderStream:    "EXPRESS_w",
				transport.HeaderSequence:  "1",
				transport.HeaderSubject:   "orders",
			}
			if data {
				want[transport.HeaderCause] = `no "stock"`
			}
			if d := cmp.Diff(want, got); d != "" {
				t.Error(d)
			}
		})
	}
}

// TestHeaderFlood buries an event with as many headers as a stream takes: the
// letter does without.
func TestHeaderFlood(t *testing.T) {
	src, js := open(t, serve(t), ejs.Options{Workflow: "w", Subject: "orders"})
	h := nats.Header{}
	for i := range 1300 { // JetStream takes 64 KiB
		h.Set(fmt.Sprintf("K%d", i), strings.Repeat("v", 38))
	}
	d := one(t, js, src, h)
	if err := d.Bury(t.Context(), transport.Letter{Workflow: "w", Reason: transport.ReasonDecode}); err != nil {
		t.Fatal(err)
	}
	if n := len(letters(t, js)[0].Headers()); n > 20 {
		t.Errorf("the letter has %d headers", n)
	}
}

// TestDeadLetterInParts has an event so large that it does not fit into a
// message with the headers of a letter.
func TestDeadLetterInParts(t *testing.T) {
	server := serve(t)
	js := connect(t, server)
	if _, err := js.CreateStream(t.Context(), jetstream.StreamConfig{Name: "LARGE", Subjects: []string{"large"}, Retention: jetstream.WorkQueuePolicy}); err != nil {
		t.Fatal(err)
	}
	src, _ := open(t, server, ejs.Options{Workflow: "w", Subject: "large"})
	body := bytes.Repeat([]byte("0123456789"), int(js.Conn().MaxPayload())/10)
	if _, err := js.Publish(t.Context(), "large", body); err != nil {
		t.Fatal(err)
	}
	into := make([]transport.Delivery, 1)
	if _, err := src.Next(t.Context(), into); err != nil {
		t.Fatal(err)
	}
	for range 2 { // as after a confirmation that got lost
		if err := into[0].Bury(t.Context(), transport.Letter{Workflow: "w", Reason: transport.ReasonOversize}); err != nil && err != transport.ErrEnded {
			t.Fatal(err)
		}
	}
	var got []byte
	var parts []string
	for _, m := range letters(t, js) {
		got = append(got, m.Data()...)
		parts = append(parts, m.Headers().Get(transport.HeaderPart))
	}
	if d := cmp.Diff([]string{"1/2", "2/2"}, parts); d != "" {
		t.Error(d)
	}
	if !bytes.Equal(got, body) {
		t.Errorf("the parts are %d bytes, want the %d of the event", len(got), len(body))
	}
}

// TestFullDeadLetters has no room for dead letters: the event stays, and can be
// buried later.
func TestFullDeadLetters(t *testing.T) {
	src, js := open(t, serve(t), ejs.Options{Workflow: "w", Subject: "orders"})
	s, err := js.Stream(t.Context(), ejs.DeadStream)
	if err != nil {
		t.Fatal(err)
	}
	c := s.CachedInfo().Config
	c.MaxBytes = 10
	if _, err := js.UpdateStream(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	d := one(t, js, src, nil)
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	l := transport.Letter{Workflow: "w", Reason: transport.ReasonFailed, Outcome: &failure}
	if err := d.Bury(ctx, l); err == nil {
		t.Fatal("it was buried")
	}
	if messages(t, js) != 1 {
		t.Error("the event is gone")
	}
	c.MaxBytes = -1
	if _, err := js.UpdateStream(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	if err := d.Bury(t.Context(), l); err != nil {
		t.Fatal(err)
	}
	empty(t, js)
}

// TestBuriedOutcome publishes the outcome of an execution that goes to the dead
// letters, too.
func TestBuriedOutcome(t *testing.T) {
	t.Parallel()
	for _, level := range []ejs.Completion{ejs.None, ejs.Log, ejs.Publish} {
		t.Run(fmt.Sprint(level), func(t *testing.T) {
			server := serve(t)
			js := connect(t, server)
			if _, err := js.CreateStream(t.Context(), jetstream.StreamConfig{Name: "RESULTS", Subjects: []string{"results"}}); err != nil {
				t.Fatal(err)
			}
			sub, err := js.Conn().SubscribeSync("results")
			if err != nil {
				t.Fatal(err)
			}
			src, _ := open(t, server, ejs.Options{Workflow: "w", Subject: "orders", Result: "results", Completion: level})
			d := one(t, js, src, nil)
			if err := d.Bury(t.Context(), transport.Letter{Workflow: "w", Reason: transport.ReasonFailed, Outcome: &failure}); err != nil {
				t.Fatal(err)
			}
			m, err := sub.NextMsg(patience)
			if err != nil || !strings.Contains(string(m.Data), `"error":"Refused"`) {
				t.Errorf("outcome is %v, %v", m, err)
			}
		})
	}
}

package jetstream_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/seed66d9166c/express/transport"
	ejs "github.com/seed66d9166c/express/transport/jetstream"
)

// sequences are the numbers of the letters that f wants.
func sequences(t *testing.T, js jetstream.JetStream, f ejs.DeadFilter) (all []uint64) {
	t.Helper()
	err := ejs.DeadLetters(t.Context(), js, f, false, func(l *ejs.DeadLetter) error {
		if l.Data != nil {
			t.Errorf("letter %d has its body", l.Sequence)
		}
		all = append(all, l.Sequence)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// letter is letter seq with its body.
func letter(t *testing.T, js jetstream.JetStream, seq uint64) (found *ejs.DeadLetter) {
	t.Helper()
	err := ejs.DeadLetters(t.Context(), js, ejs.DeadFilter{Sequences: []uint64{seq}}, true, func(l *ejs.DeadLetter) error {
		found = l
		return nil
	})
	if err != nil || found == nil {
		t.Fatalf("letter %d: %v, %v", seq, found, err)
	}
	return found
}

// buried is a server with the events of two workflows among its letters, one of
// them in three parts.
func buried(t *testing.T) jetstream.JetStream {
	t.Helper()
	server := serve(t)
	js := connect(t, server)
	if err := ejs.DeadLetters(t.Context(), js, ejs.DeadFilter{}, false, nil); err != nil {
		t.Errorf("without a stream: %v", err)
	}
	for _, w := range []string{"v", "w.x"} {
		src, _ := open(t, server, ejs.Options{Workflow: w, Subject: w})
		for _, reason := range []string{transport.ReasonDecode, transport.ReasonOversize} {
			m := &nats.Msg{Subject: w, Header: nats.Header{nats.MsgIdHdr: {reason + " is no name"}}, Data: []byte(reason)}
			if reason == transport.ReasonOversize {
				m.Header.Set(nats.MsgIdHdr, "large")
				m.Header.Set(transport.HeaderXRay, "Root=1-2-3")
				m.Header.Set(transport.HeaderHops, "7")
				m.Data = bytes.Repeat([]byte("0123456789abcdef"), int(js.Conn().MaxPayload()-200)/16)
			}
			if _, err := js.PublishMsg(t.Context(), m); err != nil {
				t.Fatal(err)
			}
			if err := take(t, src).Bury(t.Context(), transport.Letter{Workflow: w, Reason: reason}); err != nil {
				t.Fatal(err)
			}
		}
		if err := src.Close(); err != nil {
			t.Fatal(err)
		}
	}
	return js
}

func TestDeadFilter(t *testing.T) {
	t.Parallel()
	js := buried(t)
	all := []uint64{1, 2, 4, 5}
	large := letter(t, js, 2)
	for _, tt := range []struct {
		name string
		f    ejs.DeadFilter
		want []uint64
	}{
		{"nothing", ejs.DeadFilter{}, all},
		{"workflow", ejs.DeadFilter{Workflow: "w.x"}, all[2:]},
		{"no such workflow", ejs.DeadFilter{Workflow: "x"}, nil},
		{"reason", ejs.DeadFilter{Reason: transport.ReasonOversize}, []uint64{2, 5}},
		{"both", ejs.DeadFilter{Workflow: "v", Reason: transport.ReasonOversize}, []uint64{2}},
		{"execution", ejs.DeadFilter{Execution: "large"}, []uint64{2, 5}},
		{"sequences", ejs.DeadFilter{Sequences: []uint64{5, 1, 3, 99}}, []uint64{1, 5}},
		{"sequences since", ejs.DeadFilter{Sequences: []uint64{1, 5}, Since: time.Now().Add(time.Hour)}, nil},
		{"since", ejs.DeadFilter{Since: time.Now().Add(-time.Hour)}, all},
		{"since later", ejs.DeadFilter{Since: time.Now().Add(time.Hour)}, nil},
		{"since a letter", ejs.DeadFilter{Since: large.Time}, all[1:]},
		{"until", ejs.DeadFilter{Until: large.Time}, []uint64{1}},
	} {
		if d := cmp.Diff(tt.want, sequences(t, js, tt.f)); d != "" {
			t.Errorf("%s:\n%s", tt.name, d)
		}
	}
	stop := errors.New("enough")
	if err := ejs.DeadLetters(t.Context(), js, ejs.DeadFilter{}, false, func(*ejs.DeadLetter) error { return stop }); err != stop {
		t.Errorf("error is %v, want that of the function", err)
	}

	last := letter(t, js, 5) // somebody drops it while the letters are read
	var read []uint64
	err := ejs.DeadLetters(t.Context(), js, ejs.DeadFilter{}, false, func(l *ejs.DeadLetter) error {
		read = append(read, l.Sequence)
		return last.Drop(t.Context(), js)
	})
	if d := cmp.Diff(all[:3], read); err != nil || d != "" {
		t.Errorf("%v\n%s", err, d)
	}
}

// TestRedrive puts a letter together that came in parts, starts its execution
// anew, where it was and elsewhere, and again as if nothing had been confirmed.
func TestRedrive(t *testing.T) {
	t.Parallel()
	js := buried(t)
	l := letter(t, js, 2)
	if l.Size != len(l.Data) || !bytes.HasPrefix(l.Data, []byte("0123456789abcdef0")) || l.Size%16 != 0 {
		t.Fatalf("the letter has %d of %d bytes", len(l.Data), l.Size)
	}
	for range 2 {
		if err := l.Redrive(t.Context(), js, "", ""); err != nil {
			t.Fatal(err)
		}
	}
	if d := cmp.Diff([]uint64{1, 4, 5}, sequences(t, js, ejs.DeadFilter{})); d != "" {
		t.Error(d)
	}
	m, err := mustStream(t, js, "EXPRESS_v").GetLastMsgForSubject(t.Context(), "v")
	if err != nil {
		t.Fatal(err)
	}
	want := nats.Header{nats.MsgIdHdr: {"large-redrive-2"}, transport.HeaderXRay: {"Root=1-2-3"}}
	if d := cmp.Diff(want, m.Header); d != "" || !bytes.Equal(m.Data, l.Data) {
		t.Errorf("headers of the event, of %d bytes, are off:\n%s", len(m.Data), d)
	}
	if n := stored(t, js, "EXPRESS_v"); n != 1 {
		t.Errorf("there are %d events, want 1: the second is the first", n)
	}

	if _, err := js.CreateStream(t.Context(), jetstream.StreamConfig{Name: "EXPRESS", Subjects: []string{"express.start.*"}}); err != nil {
		t.Fatal(err)
	}
	if err := letter(t, js, 1).Redrive(t.Context(), js, "by hand", "7"); err != nil {
		t.Fatal(err)
	}
	m, err = mustStream(t, js, "EXPRESS").GetLastMsgForSubject(t.Context(), "express.start.by%20hand")
	if err != nil {
		t.Fatal(err)
	}
	if got := m.Header.Get(transport.HeaderQualifier); got != "7" {
		t.Errorf("the version is %q, want 7", got)
	}

	// Nobody confirms: the letter stays.
	if err := js.DeleteStream(t.Context(), "EXPRESS_w%2Ex"); err != nil {
		t.Fatal(err)
	}
	if err := letter(t, js, 4).Redrive(t.Context(), js, "", ""); !errors.Is(err, jetstream.ErrNoStreamResponse) {
		t.Errorf("error is %v, want %v", err, jetstream.ErrNoStreamResponse)
	}
	if err := letter(t, js, 4).Drop(t.Context(), js); err != nil {
		t.Error(err)
	}

	// A part is gone, and with it the event.
	if err := mustStream(t, js, ejs.DeadStream).DeleteMsg(t.Context(), 6); err != nil {
		t.Fatal(err)
	}
	half := letter(t, js, 5)
	if err := half.Redrive(t.Context(), js, "by hand", ""); half.Missing != 1 || err == nil || !strings.Contains(err.Error(), "1 of its 2 parts are gone") {
		t.Errorf("%d parts are missing: %v", half.Missing, err)
	}
	if d := cmp.Diff([]uint64{5}, sequences(t, js, ejs.DeadFilter{})); d != "" {
		t.Error(d)
	}
}

// TestRedrivenName wants a name for every letter, and different ones.
func TestRedrivenName(t *testing.T) {
	seen := map[string]bool{}
	for i, name := range []string{"", "order-1", "order-1", strings.Repeat("x", 80), strings.Repeat("y", 80), "no name"} {
		l := &ejs.DeadLetter{Execution: name, Sequence: uint64(i), Subject: "orders"}
		got := l.Redriven("", "").Header.Get(nats.MsgIdHdr)
		if !transport.ValidName(got) || seen[got] {
			t.Errorf("%q is redriven as %q", name, got)
		}
		seen[got] = true
	}
}

// TestTriggers looks for consumers of engines, beside others.
func TestTriggers(t *testing.T) {
	server := serve(t)
	js := connect(t, server)
	if _, err := js.CreateStream(t.Context(), jetstream.StreamConfig{Name: "ORDERS", Subjects: []string{"orders"}}); err != nil {
		t.Fatal(err)
	}
	for _, durable := range []string{"other", "taken"} {
		c := jetstream.ConsumerConfig{Durable: durable, AckPolicy: jetstream.AckExplicitPolicy, AckWait: 30 * time.Second, MaxDeliver: ejs.MaxDeliver, FilterSubject: "orders"}
		if _, err := js.CreateConsumer(t.Context(), "ORDERS", c); err != nil {
			t.Fatal(err)
		}
	}
	for _, o := range []ejs.Options{{Workflow: "w", Subject: "orders"}, {Workflow: "v", Subject: "orders", Durable: "taken"}, {Workflow: "v", Subject: "events"}} {
		src, _ := open(t, server, o)
		defer src.Close()
	}
	all, err := ejs.Triggers(t.Context(), js)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, f := range all {
		got = append(got, f.Stream.Name+" "+f.Consumer.Name+" "+f.Workflow)
	}
	if d := cmp.Diff([]string{"EXPRESS_v express-v v", "ORDERS express-w w", "ORDERS taken v"}, got); d != "" {
		t.Error(d)
	}
}

// TestReplay sets a consumer back while its Source lives: what was acknowledged
// comes again, as a first delivery under the same name.
func TestReplay(t *testing.T) {
	server := serve(t)
	js := connect(t, server)
	if _, err := js.CreateStream(t.Context(), jetstream.StreamConfig{Name: "ORDERS", Subjects: []string{"orders"}}); err != nil {
		t.Fatal(err)
	}
	src, _ := open(t, server, ejs.Options{Workflow: "w", Subject: "orders"})
	defer src.Close()
	publish(t, js, "orders", "1", "2", "3")
	var names []string
	for range 3 {
		d := take(t, src)
		names = append(names, d.ID())
		if err := finish(t, src, d, success); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := js.ResetConsumerToSequence(t.Context(), "ORDERS", "express-w", 2); err != nil {
		t.Fatal(err)
	}
	for i := 1; i < 3; i++ {
		d := take(t, src)
		if d.ID() != names[i] || d.Attempt() != 1 {
			t.Errorf("%s came, attempt %d, want %s, 1", d.ID(), d.Attempt(), names[i])
		}
		if err := finish(t, src, d, success); err != nil {
			t.Fatal(err)
		}
	}
}

// TestPause lets a consumer pause while its Source lives: nothing comes, the
// Source does not mind, and then everything does.
func TestPause(t *testing.T) {
	t.Parallel()
	src, js := open(t, serve(t), ejs.Options{Workflow: "w", Subject: "orders"}.Every(often, time.Minute))
	defer src.Close()
	if _, err := js.PauseConsumer(t.Context(), "EXPRESS_w", "express-w", time.Now().Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	publish(t, js, "orders", "1")
	nothing(t, src, 3*often)
	eventually(t, "one event is pending", func() bool { return src.Stats().Pending == 1 })
	if err := src.Ready(); err != nil {
		t.Error(err)
	}
	if _, err := js.ResumeConsumer(t.Context(), "EXPRESS_w", "express-w"); err != nil {
		t.Fatal(err)
	}
	if d := take(t, src); d.Attempt() != 1 {
		t.Errorf("attempt %d, want 1", d.Attempt())
	}
}

// Package transporttest is the contract of transport.Source as a test: a
// transport is right when it passes [TestSource], and not before.
package transporttest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/seed66d9166c/express/express"
	"github.com/seed66d9166c/express/express/value"
	"github.com/seed66d9166c/express/transport"
)

// A Bed is a broker with one empty stream, for one test.
type Bed struct {
	// Open is another worker's Source of that stream.
	Open func() transport.Source
	// Kill does to a Source of Open what the death of its process would.
	Kill    func(transport.Source)
	Publish func(Event)
	// Dead are the dead letters so far.
	Dead func() []Dead
}

// Settings are what a test needs of its Bed.
type Settings struct {
	AckWait  time.Duration
	Deadline time.Duration // how long a Source keeps what it handed out
}

// An Event is what a test publishes. An empty ID is for the transport to make
// up.
type Event struct {
	ID, Subject string
	Header      map[string]string
	Data        []byte
}

// A Dead is a dead letter.
type Dead struct {
	Workflow, Reason string
	Data             []byte
}

const (
	// ackWait is short, as tests wait for it, but long beside a busy machine's
	// hiccups: beats come three times in it.
	ackWait = time.Second
	// patience bounds the wait for what must come.
	patience = 20 * time.Second
	// maxData is what every broker takes as an event.
	maxData = 1 << 20
)

// TestSource holds a transport to the contract, every part with a Bed of its
// own. within runs a test, in a bubble for example; nil runs the tests side by
// side.
func TestSource(t *testing.T, within func(*testing.T, func(*testing.T)), open func(*testing.T, Settings) *Bed) {
	for _, part := range contract {
		t.Run(part.name, func(t *testing.T) {
			run := func(t *testing.T) {
				s := Settings{AckWait: ackWait, Deadline: time.Minute}
				if part.deadline > 0 {
					s.Deadline = part.deadline
				}
				part.test(t, open(t, s))
			}
			if within == nil {
				t.Parallel()
				run(t)
			} else {
				within(t, run)
			}
		})
	}
}

// contract is what is promised: one row a promise.
var contract = []struct {
	name     string
	test     func(*testing.T, *Bed)
	deadline time.Duration
}{
	{"every event is handed out as it was published", testPublished, 0},
	{"names are those of the publisher or made up, and differ", testNames, 0},
	{"headers are found in any case", testHeader, 0},
	{"no more is handed out than was asked for", testDemand, 0},
	{"Next ends with its context and loses nothing", testContext, 0},
	{"what is acknowledged is gone", testAck, 0},
	{"what is acknowledged again is gone", testReack, 0},
	{"what is given back comes again", testNak, 0},
	{"what is given back for later does not come before", testNakAfter, 0},
	{"what a dead worker held comes again", testKill, 0},
	{"what is held is nobody else's", testBeats, 0},
	{"what is held for too long comes again", testDeadline, ackWait},
	{"marks outlive workers, and are one event's", testMark, 0},
	{"the count of marks begins anew with an end", testUnmark, 0},
	{"what is buried is a dead letter and gone", testBury, 0},
	{"what an event holds does not matter", testPoison, 0},
	{"a name is one event's", testSameName, 0},
	{"a delivery ends once", testOnce, 0},
	{"data is never reused", testData, 0},
	{"a closed source is drained", testClose, 0},
	{"acknowledgements come from many goroutines", testConcurrent, 0},
}

// succeeded is the outcome of the executions in these tests.
var succeeded = express.Outcome{Status: express.Succeeded, Output: value.Object()}

// receive is the next n deliveries of src.
func receive(t *testing.T, src transport.Source, n int) []transport.Delivery {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	all := make([]transport.Delivery, n)
	for got := 0; got < n; {
		k, err := src.Next(ctx, all[got:])
		if err != nil {
			t.Fatalf("%d of %d deliveries came, then: %v", got+k, n, err)
		}
		got += k
	}
	return all
}

// nothing fails if src hands out anything for d.
func nothing(t *testing.T, src transport.Source, d time.Duration) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), d)
	defer cancel()
	into := make([]transport.Delivery, 1)
	n, err := src.Next(ctx, into)
	if n > 0 {
		t.Fatalf("%s came, attempt %d, want nothing", into[0].ID(), into[0].Attempt())
	}
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Fatalf("Next: %v, want %v", err, context.DeadlineExceeded)
	}
}

// acknowledge acknowledges d and waits until it is done.
func acknowledge(t *testing.T, src transport.Source, all ...transport.Delivery) {
	t.Helper()
	done := make(chan error, len(all))
	for _, d := range all {
		d.Ack(succeeded, func(err error) { done <- err })
	}
	if err := src.Flush(); err != nil {
		t.Fatalf("Flush: %v", err)
	}
	for range all {
		if err := <-done; err != nil {
			t.Fatalf("Ack: %v", err)
		}
	}
}

func testPublished(t *testing.T, b *Bed) {
	src := b.Open()
	before := time.Now().Add(-time.Second) // clocks of brokers are coarse
	const n = 100
	for i := range n {
		b.Publish(Event{Subject: fmt.Sprintf("readings.room%d", i), Data: fmt.Appendf(nil, `{"n":%d}`, i)})
	}
	seen := map[string]bool{}
	for _, d := range receive(t, src, n) {
		room := strings.TrimPrefix(d.Subject(), "readings.room")
		if want := `{"n":` + room + `}`; string(d.Data()) != want {
			t.Errorf("data on %s is %s, want %s", d.Subject(), d.Data(), want)
		}
		if d.Attempt() != 1 {
			t.Errorf("attempt of %s is %d, want 1", d.Subject(), d.Attempt())
		}
		if d.Time().Before(before) || d.Time().After(time.Now().Add(time.Second)) {
			t.Errorf("%s was published at %v, and it is %v", d.Subject(), d.Time(), time.Now())
		}
		seen[d.Subject()] = true
	}
	if len(seen) != n {
		t.Errorf("%d different events came, want %d", len(seen), n)
	}
}

func testNames(t *testing.T, b *Bed) {
	src := b.Open()
	b.Publish(Event{ID: "order-4711", Subject: "readings.a", Data: []byte("1")})
	b.Publish(Event{Subject: "readings.a", Data: []byte("2")})
	b.Publish(Event{Subject: "readings.a", Data: []byte("2")})
	all := receive(t, src, 3)
	if all[0].ID() != "order-4711" {
		t.Errorf("name of the first is %q, want that of its publisher", all[0].ID())
	}
	if !transport.ValidName(all[1].ID()) || !transport.ValidName(all[2].ID()) || all[1].ID() == all[2].ID() {
		t.Errorf("names made up are %q and %q, want two valid ones", all[1].ID(), all[2].ID())
	}
	if err := all[1].Nak(0); err != nil {
		t.Fatal(err)
	}
	if again := receive(t, src, 1)[0]; again.ID() != all[1].ID() {
		t.Errorf("name is %q, and %q when it comes again", all[1].ID(), again.ID())
	}
}

func testHeader(t *testing.T, b *Bed) {
	src := b.Open()
	b.Publish(Event{Subject: "readings.a", Header: map[string]string{"Traceparent": "00-1"}, Data: []byte("1")})
	b.Publish(Event{Subject: "readings.a", Header: map[string]string{"traceparent": "00-2"}, Data: []byte("2")})
	for i, d := range receive(t, src, 2) {
		want := fmt.Sprintf("00-%d", i+1)
		for _, key := range []string{"traceparent", "Traceparent", "TRACEPARENT"} {
			if got := d.Header(key); got != want {
				t.Errorf("header %s of event %d is %q, want %q", key, i+1, got, want)
			}
		}
		if got := d.Header("tracestate"); got != "" {
			t.Errorf("absent header is %q", got)
		}
	}
}

func testDemand(t *testing.T, b *Bed) {
	src := b.Open()
	for i := range 20 {
		b.Publish(Event{Subject: "readings.a", Data: fmt.Appendf(nil, "%d", i)})
	}
	for got := 0; got < 20; {
		into := make([]transport.Delivery, 5)
		n, err := src.Next(t.Context(), into[:3])
		if err != nil || n < 1 || n > 3 || into[3] != nil {
			t.Fatalf("Next for 3 is %d, %v", n, err)
		}
		got += n
	}
}

func testContext(t *testing.T, b *Bed) {
	src := b.Open()
	ctx, cancel := context.WithCancelCause(t.Context())
	time.AfterFunc(10*time.Millisecond, func() { cancel(nil) })
	if n, err := src.Next(ctx, make([]transport.Delivery, 1)); n != 0 || !errors.Is(err, context.Canceled) {
		t.Fatalf("Next is %d, %v, want 0, %v", n, err, context.Canceled)
	}
	b.Publish(Event{Subject: "readings.a", Data: []byte("1")})
	if d := receive(t, src, 1)[0]; d.Attempt() != 1 {
		t.Errorf("attempt %d, want 1", d.Attempt())
	}
}

func testAck(t *testing.T, b *Bed) {
	src := b.Open()
	b.Publish(Event{Subject: "readings.a", Data: []byte("1")})
	b.Publish(Event{Subject: "readings.a", Data: []byte("2")})
	all := receive(t, src, 2)
	acknowledge(t, src, all[0])
	all[1].Ack(succeeded, nil) // nobody wants to know
	if err := src.Flush(); err != nil {
		t.Fatal(err)
	}
	b.Kill(src)
	nothing(t, b.Open(), 3*ackWait)
}

func testReack(t *testing.T, b *Bed) {
	src := b.Open()
	b.Publish(Event{Subject: "readings.a", Data: []byte("1")})
	if err := receive(t, src, 1)[0].Reack(); err != nil {
		t.Fatal(err)
	}
	if err := src.Flush(); err != nil {
		t.Fatal(err)
	}
	b.Kill(src)
	nothing(t, b.Open(), 3*ackWait)
}

func testNak(t *testing.T, b *Bed) {
	src := b.Open()
	b.Publish(Event{Subject: "readings.a", Data: []byte("1")})
	for attempt := 1; attempt <= 4; attempt++ {
		d := receive(t, src, 1)[0]
		if d.Attempt() != attempt {
			t.Fatalf("attempt %d, want %d", d.Attempt(), attempt)
		}
		if err := d.Nak(0); err != nil {
			t.Fatal(err)
		}
	}
}

func testNakAfter(t *testing.T, b *Bed) {
	src := b.Open()
	b.Publish(Event{Subject: "readings.a", Data: []byte("1")})
	for attempt := 1; attempt <= 3; attempt++ {
		d := receive(t, src, 1)[0]
		if d.Attempt() != attempt {
			t.Fatalf("attempt %d, want %d", d.Attempt(), attempt)
		}
		if err := d.Nak(ackWait / 2); err != nil {
			t.Fatal(err)
		}
		nothing(t, src, ackWait/4)
	}
}

func testKill(t *testing.T, b *Bed) {
	victim, heir := b.Open(), b.Open()
	b.Publish(Event{Subject: "readings.a", Data: []byte("1")})
	first := receive(t, victim, 1)[0]
	b.Kill(victim)
	again := receive(t, heir, 1)[0]
	if again.Attempt() != 2 || again.ID() != first.ID() || string(again.Data()) != "1" {
		t.Errorf("%s came, attempt %d, data %s, want %s, 2, 1", again.ID(), again.Attempt(), again.Data(), first.ID())
	}
}

func testBeats(t *testing.T, b *Bed) {
	src := b.Open()
	b.Publish(Event{Subject: "readings.a", Data: []byte("1")})
	d := receive(t, src, 1)[0]
	nothing(t, b.Open(), 4*ackWait)
	acknowledge(t, src, d)
}

func testDeadline(t *testing.T, b *Bed) {
	src := b.Open()
	b.Publish(Event{Subject: "readings.a", Data: []byte("1")})
	first := receive(t, src, 1)[0]
	again := receive(t, src, 1)[0]
	if again.Attempt() != 2 || again.ID() != first.ID() {
		t.Errorf("%s came, attempt %d, want %s, 2", again.ID(), again.Attempt(), first.ID())
	}
	acknowledge(t, src, first) // late, and as good as any
	b.Kill(src)
	nothing(t, b.Open(), 3*ackWait)
}

// mark fails unless it is the mark of d with that number.
func mark(t *testing.T, d transport.Delivery, want int) {
	t.Helper()
	if got, err := d.Mark(t.Context()); got != want || err != nil {
		t.Errorf("mark of %s, attempt %d, is %d, %v, want %d", d.ID(), d.Attempt(), got, err, want)
	}
}

func testMark(t *testing.T, b *Bed) {
	src := b.Open()
	b.Publish(Event{ID: "a", Subject: "readings.a", Data: []byte("1")})
	b.Publish(Event{ID: "b", Subject: "readings.a", Data: []byte("2")})
	b.Publish(Event{ID: "c", Subject: "readings.a", Data: []byte("3")})
	for death := range 3 {
		for _, d := range receive(t, src, 3) {
			switch d.ID() {
			case "a":
				mark(t, d, death+1)
			case "b":
				mark(t, d, 2*death+1)
				mark(t, d, 2*death+2)
			} // c waits
		}
		b.Kill(src)
		src = b.Open()
	}
	for _, d := range receive(t, src, 3) {
		mark(t, d, map[string]int{"a": 4, "b": 7, "c": 1}[d.ID()])
	}
}

func testUnmark(t *testing.T, b *Bed) {
	src := b.Open()
	b.Publish(Event{Subject: "readings.a", Data: []byte("1")})
	for range 3 {
		d := receive(t, src, 1)[0]
		mark(t, d, 1)
		mark(t, d, 2)
		for range 2 { // the second says nothing new
			if err := d.Unmark(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		if err := d.Nak(0); err != nil { // its outcome could not be stored
			t.Fatal(err)
		}
	}
	d := receive(t, src, 1)[0]
	mark(t, d, 1)
	acknowledge(t, src, d)
	b.Kill(src)
	nothing(t, b.Open(), 3*ackWait)
}

func testBury(t *testing.T, b *Bed) {
	src := b.Open()
	body := []byte("{\"a\":\xff\x00 no JSON")
	b.Publish(Event{Subject: "readings.a", Data: body})
	d := receive(t, src, 1)[0]
	l := transport.Letter{Workflow: "no.such>flow\n", Reason: transport.ReasonDecode, Err: errors.New("two\nlines \xff of *text*")}
	if err := d.Bury(t.Context(), l); err != nil {
		t.Fatal(err)
	}
	dead := b.Dead()
	if len(dead) != 1 || dead[0].Workflow != l.Workflow || dead[0].Reason != l.Reason || !bytes.Equal(dead[0].Data, body) {
		t.Errorf("dead letters are %q, want one with %q, %q, %q", dead, l.Workflow, l.Reason, body)
	}
	b.Kill(src)
	nothing(t, b.Open(), 3*ackWait)
}

// testPoison hands out and buries every Poison as it was published.
func testPoison(t *testing.T, b *Bed) {
	src := b.Open()
	want := map[string]string{} // reason by data
	for _, p := range Poisons() {
		if len(p.Data) <= maxData {
			b.Publish(Event{Subject: "readings.a", Data: p.Data})
			want[string(p.Data)] = p.Reason
		}
	}
	for buried := map[string]bool{}; len(buried) < len(want); { // one may come again where the machine is busy
		d := receive(t, src, 1)[0]
		if err := d.Bury(t.Context(), transport.Letter{Workflow: "w", Reason: want[string(d.Data())]}); err != nil {
			t.Fatal(err)
		}
		buried[d.ID()] = true
	}
	seen := map[string]bool{}
	for _, l := range b.Dead() {
		if want[string(l.Data)] != l.Reason || l.Reason == "" {
			t.Errorf("a letter for %s holds %.20q of %d bytes", l.Reason, l.Data, len(l.Data))
		}
		seen[string(l.Data)] = true
	}
	if len(seen) != len(want) {
		t.Errorf("%d events are dead letters, want %d", len(seen), len(want))
	}
}

// testSameName publishes two events of one name, which a broker may let pass: they
// differ in when they were published, or the second is a repetition of the first
// and does not come.
func testSameName(t *testing.T, b *Bed) {
	src := b.Open()
	b.Publish(Event{ID: "order-1", Subject: "readings.a", Data: []byte("1")})
	first := receive(t, src, 1)[0]
	acknowledge(t, src, first)
	time.Sleep(time.Millisecond) // clocks of brokers are coarse
	b.Publish(Event{ID: "order-1", Subject: "readings.a", Data: []byte("2")})
	ctx, cancel := context.WithTimeout(t.Context(), ackWait)
	defer cancel()
	into := make([]transport.Delivery, 1)
	if n, _ := src.Next(ctx, into); n == 0 {
		return
	}
	second := into[0]
	if second.ID() != first.ID() || second.Time().Equal(first.Time()) {
		t.Errorf("%s of %v came after %s of %v", second.ID(), second.Time(), first.ID(), first.Time())
	}
	if err := second.Nak(0); err != nil {
		t.Fatal(err)
	}
	if again := receive(t, src, 1)[0]; !again.Time().Equal(second.Time()) {
		t.Errorf("the event of %v comes again as one of %v", second.Time(), again.Time())
	}
}

func testOnce(t *testing.T, b *Bed) {
	src := b.Open()
	b.Publish(Event{Subject: "readings.a", Data: []byte("1")})
	d := receive(t, src, 1)[0]
	acknowledge(t, src, d)
	second := make(chan error, 1)
	d.Ack(succeeded, func(err error) { second <- err })
	if err := src.Flush(); err != nil {
		t.Fatal(err)
	}
	_, marked := d.Mark(t.Context())
	for what, err := range map[string]error{
		"Mark":   marked,
		"Unmark": d.Unmark(t.Context()),
		"Ack":    <-second,
		"Reack":  d.Reack(),
		"Nak":    d.Nak(0),
		"Bury":   d.Bury(t.Context(), transport.Letter{Reason: transport.ReasonDecode}),
	} {
		if !errors.Is(err, transport.ErrEnded) {
			t.Errorf("%s after Ack: %v, want %v", what, err, transport.ErrEnded)
		}
	}
	if dead := b.Dead(); len(dead) != 0 {
		t.Errorf("dead letters are %q, want none", dead)
	}
	nothing(t, src, ackWait)
}

func testData(t *testing.T, b *Bed) {
	src := b.Open()
	var kept []transport.Delivery
	for i := range 50 {
		b.Publish(Event{Subject: "readings.a", Data: bytes.Repeat([]byte{byte('a' + i%26)}, 1000+i)})
		kept = append(kept, receive(t, src, 1)...)
	}
	for i, d := range kept {
		if want := bytes.Repeat([]byte{byte('a' + i%26)}, 1000+i); !bytes.Equal(d.Data(), want) {
			t.Fatalf("data of event %d has changed", i)
		}
	}
}

func testClose(t *testing.T, b *Bed) {
	src := b.Open()
	const n = 12
	for i := range n {
		b.Publish(Event{Subject: "readings.a", Data: fmt.Appendf(nil, "%d", i)})
	}
	held := receive(t, src, 4)
	if err := src.Close(); err != nil {
		t.Fatal(err)
	}
	if err := src.Close(); err != nil {
		t.Errorf("second Close: %v", err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	into := make([]transport.Delivery, 3)
	for {
		k, err := src.Next(ctx, into)
		held = append(held, into[:k]...)
		if errors.Is(err, transport.ErrClosed) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	for _, d := range held { // ended after the Close, as by a Pump that drains
		if err := d.Nak(0); err != nil {
			t.Fatal(err)
		}
	}
	if err := src.Flush(); err != nil {
		t.Fatal(err)
	}
	heir := b.Open()
	acknowledge(t, heir, receive(t, heir, n)...)
	nothing(t, heir, 2*ackWait)
}

func testConcurrent(t *testing.T, b *Bed) {
	src := b.Open()
	const n = 300
	for i := range n {
		b.Publish(Event{Subject: "readings.a", Data: fmt.Appendf(nil, "%d", i)})
	}
	all := receive(t, src, n)
	errs := make(chan error, n)
	var wg sync.WaitGroup
	for _, d := range all {
		wg.Go(func() {
			d.Ack(succeeded, func(err error) { errs <- err })
			if err := src.Flush(); err != nil {
				t.Errorf("Flush: %v", err)
			}
		})
	}
	wg.Wait()
	for range n {
		if err := <-errs; err != nil {
			t.Errorf("Ack: %v", err)
		}
	}
	b.Kill(src)
	nothing(t, b.Open(), 3*ackWait)
}

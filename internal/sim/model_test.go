package sim

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/seed66d9166c/express/transport/embedded"
)

// A bed is a server for one check.
type bed struct {
	t       *testing.T
	js      jetstream.JetStream
	connect func() jetstream.JetStream // another connection
	restart func()                     // the server, and connects js anew
}

// checks are what the engine relies on, a row each. They hold for the model as for
// a real server, so that it may not drift. They wait for what a server does, and
// compare times with what may not be earlier, never with what may not be later.
var checks = []struct {
	name string
	run  func(b *bed)
}{
	{"what is not acknowledged comes again, is given up, and stays", checkGivenUp},
	{"what was delivered once and may not be again is given up without demand", checkGivenUpOnce},
	{"the acknowledgement of an older delivery counts", checkLateAck},
	{"an acknowledgement counts after the event was given up", checkAckGivenUp},
	{"what is in progress does not come again", checkInProgress},
	{"a Nak brings it back at once, or when it says", checkNak},
	{"BackOff overrules the delay of a Nak", checkBackOff},
	{"what is terminated is gone", checkTerm},
	{"a name is known for as long as its window", checkDuplicates},
	{"a publication can expect the last message of its subject", checkExpected},
	{"a work queue forgets the names of what was acknowledged when it restarts", checkRestart},
	{"a work queue keeps what was not acknowledged over a restart, and how often it was delivered", checkRestartPending},
	{"no more is out than may be", checkMaxAckPending},
	{"a consumer made anew begins where it is told to", checkAnew},
	{"pulls end with a status", checkStatus},
	{"a subject that nobody has is answered", checkNobody},
}

func TestModel(t *testing.T) {
	for _, c := range checks {
		t.Run(c.name, func(t *testing.T) {
			t.Run("model", func(t *testing.T) {
				bubble(t, func(t *testing.T) {
					b := NewBroker(1, instantly, Watch{})
					t.Cleanup(b.Close)
					p := b.Port("test")
					at := &bed{t: t, js: connect(t, p)}
					at.connect = func() jetstream.JetStream { return connect(t, p) }
					at.restart = func() {
						time.Sleep(2 * amnesia)
						b.Crash(time.Millisecond)
						time.Sleep(time.Second)
						at.js = connect(t, p)
					}
					c.run(at)
				})
			})
			t.Run("server", func(t *testing.T) {
				if testing.Short() {
					t.Skip("takes seconds")
				}
				t.Parallel()
				dir := t.TempDir()
				var s *embedded.Server
				start := func() {
					var err error
					if s, err = embedded.Start(embedded.Options{Dir: dir}); err != nil {
						t.Fatal(err)
					}
				}
				start()
				t.Cleanup(func() { s.Close() })
				open := func() jetstream.JetStream {
					nc, err := nats.Connect("", s.Connection())
					if err != nil {
						t.Fatal(err)
					}
					t.Cleanup(nc.Close)
					js, err := jetstream.New(nc)
					if err != nil {
						t.Fatal(err)
					}
					return js
				}
				at := &bed{t: t, js: open(), connect: open}
				at.restart = func() {
					at.js.Conn().Close()
					s.Close()
					start()
					at.js = open()
				}
				c.run(at)
			})
		})
	}
}

// wait is the AckWait of these consumers: short, and long beside the hiccups of a
// busy machine.
const wait = 500 * time.Millisecond

func (b *bed) stream(retention jetstream.RetentionPolicy, window time.Duration) {
	b.t.Helper()
	_, err := b.js.CreateStream(b.t.Context(), jetstream.StreamConfig{
		Name: "S", Subjects: []string{"s.>"}, Retention: retention, Storage: jetstream.FileStorage, Duplicates: window,
	})
	if err != nil {
		b.t.Fatal(err)
	}
}

func (b *bed) consumer(c jetstream.ConsumerConfig) {
	b.t.Helper()
	c.Durable, c.AckPolicy = "c", jetstream.AckExplicitPolicy
	if c.AckWait == 0 && c.BackOff == nil {
		c.AckWait = wait
	}
	// A server can still be busy with the files of one of that name that was deleted.
	_, err := b.js.CreateConsumer(b.t.Context(), "S", c)
	for tries := 0; err != nil && tries < 20; tries++ {
		time.Sleep(wait)
		_, err = b.js.CreateConsumer(b.t.Context(), "S", c)
	}
	if err != nil {
		b.t.Fatal(err)
	}
}

// queue is a work queue with a consumer and n events.
func (b *bed) queue(n int, c jetstream.ConsumerConfig) {
	b.t.Helper()
	b.stream(jetstream.WorkQueuePolicy, time.Minute)
	b.consumer(c)
	for i := range n {
		b.publish(fmt.Sprint("id-", i+1))
	}
}

// publish publishes an event and reports whether the stream has it already.
func (b *bed) publish(id string) bool {
	b.t.Helper()
	ack, err := b.js.PublishMsg(b.t.Context(), &nats.Msg{Subject: "s.x", Header: nats.Header{nats.MsgIdHdr: {id}}, Data: []byte(id)})
	if err != nil {
		b.t.Fatal(err)
	}
	return ack.Duplicate
}

// next is the next delivery.
func (b *bed) next() jetstream.Msg {
	b.t.Helper()
	m := b.within(20 * time.Second)
	if m == nil {
		b.t.Fatal("nothing came")
	}
	return m
}

// within is the next delivery within d, nil if there is none.
func (b *bed) within(d time.Duration) jetstream.Msg {
	b.t.Helper()
	c, err := b.js.Consumer(b.t.Context(), "S", "c")
	if err != nil {
		b.t.Fatal(err)
	}
	m, err := c.Next(jetstream.FetchMaxWait(d))
	if err != nil && !errors.Is(err, nats.ErrTimeout) {
		b.t.Fatal(err)
	}
	return m
}

// come fails unless m is event seq, delivered so often.
func (b *bed) come(m jetstream.Msg, seq, count uint64) {
	b.t.Helper()
	meta, err := m.Metadata()
	if err != nil {
		b.t.Fatal(err)
	}
	if meta.Sequence.Stream != seq || meta.NumDelivered != count {
		b.t.Errorf("event %d came for the %d. time, want event %d for the %d.", meta.Sequence.Stream, meta.NumDelivered, seq, count)
	}
}

// nothing fails if something comes within d.
func (b *bed) nothing(d time.Duration) {
	b.t.Helper()
	if m := b.within(d); m != nil {
		b.t.Errorf("%s came, want nothing", m.Data())
	}
}

// double acknowledges m and waits until the server says so. It does so as often as
// it is called, which nats.go does not.
func (b *bed) double(m jetstream.Msg) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.t.Context(), 20*time.Second)
	defer cancel()
	if _, err := b.js.Conn().RequestWithContext(ctx, m.Reply(), []byte("+ACK")); err != nil {
		b.t.Error(err)
	}
}

// left fails unless so many events are in the stream, and out.
func (b *bed) left(events uint64, out int) {
	b.t.Helper()
	s, err := b.js.Stream(b.t.Context(), "S")
	if err != nil {
		b.t.Fatal(err)
	}
	c, err := b.js.Consumer(b.t.Context(), "S", "c")
	if err != nil {
		b.t.Fatal(err)
	}
	if is, pending := s.CachedInfo().State.Msgs, c.CachedInfo().NumAckPending; is != events || pending != out {
		b.t.Errorf("%d events are in the stream and %d out, want %d and %d", is, pending, events, out)
	}
}

// advised waits until the server has said that it gave an event up.
func (b *bed) advised() *nats.Subscription {
	b.t.Helper()
	sub, err := b.js.Conn().SubscribeSync("$JS.EVENT.ADVISORY.CONSUMER.MAX_DELIVERIES.S.c")
	if err != nil {
		b.t.Fatal(err)
	}
	return sub
}

func (b *bed) await(sub *nats.Subscription) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.t.Context(), 20*time.Second)
	defer cancel()
	if _, err := sub.NextMsgWithContext(ctx); err != nil {
		b.t.Errorf("the event was not given up: %v", err)
	}
}

func checkGivenUp(b *bed) {
	b.queue(1, jetstream.ConsumerConfig{MaxDeliver: 3})
	given := b.advised()
	for count := uint64(1); count <= 3; count++ {
		began := time.Now()
		b.come(b.next(), 1, count)
		if took := time.Since(began); count > 1 && took < wait/2 {
			b.t.Errorf("it came again after %v", took)
		}
	}
	b.nothing(3 * wait)
	b.await(given)
	b.left(1, 0)
}

func checkGivenUpOnce(b *bed) {
	b.queue(1, jetstream.ConsumerConfig{MaxDeliver: 1})
	given := b.advised()
	b.next()
	b.await(given) // nobody pulls
	b.left(1, 0)
}

func checkLateAck(b *bed) {
	b.queue(1, jetstream.ConsumerConfig{})
	first := b.next()
	b.come(b.next(), 1, 2)
	b.double(first)
	b.double(first) // as good as new
	b.left(0, 0)
	b.nothing(2 * wait)
}

func checkAckGivenUp(b *bed) {
	b.queue(1, jetstream.ConsumerConfig{MaxDeliver: 1})
	given := b.advised()
	m := b.next()
	b.await(given)
	b.double(m)
	b.left(0, 0)
}

func checkInProgress(b *bed) {
	b.queue(1, jetstream.ConsumerConfig{})
	m := b.next()
	for range 8 {
		b.nothing(wait / 3)
		if err := m.InProgress(); err != nil {
			b.t.Fatal(err)
		}
	}
	b.come(b.next(), 1, 2)
}

func checkNak(b *bed) {
	b.queue(1, jetstream.ConsumerConfig{AckWait: time.Minute})
	if err := b.next().Nak(); err != nil {
		b.t.Fatal(err)
	}
	m := b.next()
	b.come(m, 1, 2)
	if err := m.NakWithDelay(2 * wait); err != nil {
		b.t.Fatal(err)
	}
	b.nothing(wait)
	b.come(b.next(), 1, 3)
}

func checkBackOff(b *bed) {
	b.queue(1, jetstream.ConsumerConfig{MaxDeliver: 5, BackOff: []time.Duration{wait, 4 * wait}})
	if err := b.next().NakWithDelay(wait / 2); err != nil {
		b.t.Fatal(err)
	}
	m := b.next()
	b.come(m, 1, 2)
	if err := m.NakWithDelay(wait / 2); err != nil {
		b.t.Fatal(err)
	}
	b.nothing(2 * wait) // although it said wait/2
	b.come(b.next(), 1, 3)
}

func checkTerm(b *bed) {
	b.queue(1, jetstream.ConsumerConfig{})
	if err := b.next().TermWithReason("because"); err != nil {
		b.t.Fatal(err)
	}
	b.nothing(2 * wait)
	b.left(0, 0)
}

func checkDuplicates(b *bed) {
	b.stream(jetstream.LimitsPolicy, 2*wait)
	for i, want := range []bool{false, true} {
		if got := b.publish("id"); got != want {
			b.t.Errorf("publication %d is a duplicate: %t", i+1, got)
		}
	}
	time.Sleep(6 * wait)
	if b.publish("id") {
		b.t.Error("it is a duplicate when the window is over")
	}
}

func checkExpected(b *bed) {
	b.stream(jetstream.LimitsPolicy, time.Minute)
	b.publish("id-1") // of another subject
	for _, tt := range []struct {
		id      string
		last    uint64
		refused bool
		again   bool // it is a duplicate
	}{
		{"a", 0, false, false},
		{"b", 0, true, false},
		{"b", 2, false, false},
		{"b", 2, true, false}, // although that is what it has
		{"b", 3, false, true},
		{"c", 2, true, false},
	} {
		ack, err := b.js.PublishMsg(b.t.Context(), &nats.Msg{Subject: "s.counts"}, jetstream.WithMsgID(tt.id), jetstream.WithExpectLastSequencePerSubject(tt.last))
		var api *jetstream.APIError
		switch {
		case tt.refused && (!errors.As(err, &api) || api.Code != 400 || api.ErrorCode != jetstream.JSErrCodeStreamWrongLastSequence):
			b.t.Errorf("%s after %d: %v, want that it is refused", tt.id, tt.last, err)
		case !tt.refused && (err != nil || ack.Duplicate != tt.again):
			b.t.Errorf("%s after %d: %+v, %v, want a duplicate: %t", tt.id, tt.last, ack, err, tt.again)
		}
	}
}

func checkRestart(b *bed) {
	b.queue(2, jetstream.ConsumerConfig{})
	b.double(b.next())
	time.Sleep(wait)
	b.restart()
	if b.publish("id-1") {
		b.t.Error("the name of what was acknowledged is known")
	}
	if !b.publish("id-2") {
		b.t.Error("the name of what was not is forgotten")
	}
}

func checkRestartPending(b *bed) {
	b.queue(2, jetstream.ConsumerConfig{})
	b.double(b.next())
	b.come(b.next(), 2, 1)
	time.Sleep(wait / 2)
	b.restart()
	b.come(b.next(), 2, 2)
}

func checkMaxAckPending(b *bed) {
	b.queue(3, jetstream.ConsumerConfig{AckWait: time.Minute, MaxAckPending: 2})
	first := b.next()
	b.next()
	b.nothing(wait)
	b.double(first)
	b.come(b.next(), 3, 1)
}

func checkAnew(b *bed) {
	b.stream(jetstream.LimitsPolicy, time.Minute)
	for i := range 3 {
		b.publish(fmt.Sprint("id-", i))
	}
	for _, tt := range []struct {
		c    jetstream.ConsumerConfig
		want uint64
	}{
		{jetstream.ConsumerConfig{}, 1},
		{jetstream.ConsumerConfig{DeliverPolicy: jetstream.DeliverByStartSequencePolicy, OptStartSeq: 2}, 2},
		{jetstream.ConsumerConfig{DeliverPolicy: jetstream.DeliverNewPolicy}, 4},
	} {
		b.consumer(tt.c)
		if tt.want == 4 {
			b.nothing(wait)
			b.publish("id-new")
		}
		b.come(b.next(), tt.want, 1)
		if err := b.js.DeleteConsumer(b.t.Context(), "S", "c"); err != nil {
			b.t.Fatal(err)
		}
	}
}

// statuses sends a pull and collects the statuses that it gets until it has this
// one.
func (b *bed) statuses(nc *nats.Conn, consumer, body, last string, meanwhile func()) (all []string) {
	b.t.Helper()
	sub, err := nc.SubscribeSync(nc.NewInbox())
	if err != nil {
		b.t.Fatal(err)
	}
	defer sub.Unsubscribe()
	if err := nc.PublishRequest("$JS.API.CONSUMER.MSG.NEXT.S."+consumer, sub.Subject, []byte(body)); err != nil {
		b.t.Fatal(err)
	}
	meanwhile()
	for {
		ctx, cancel := context.WithTimeout(b.t.Context(), 20*time.Second)
		m, err := sub.NextMsgWithContext(ctx)
		cancel()
		if errors.Is(err, nats.ErrNoResponders) { // nats.go's word for 503
			return append(all, "503")
		} else if err != nil {
			b.t.Fatalf("%v, after statuses %q", err, all)
		}
		status := m.Header.Get("Status") + " " + m.Header.Get("Description")
		if left := m.Header.Get("Nats-Pending-Messages"); left != "" {
			status += ", " + left + " left"
		}
		all = append(all, status)
		if m.Header.Get("Status") == last {
			return slices.Compact(all)
		}
	}
}

func checkStatus(b *bed) {
	b.queue(0, jetstream.ConsumerConfig{})
	nc := b.connect().Conn()
	nothing := func() {}
	for _, tt := range []struct {
		consumer, body, last string
		meanwhile            func()
		want                 []string
	}{
		{"c", `{"batch":3,"no_wait":true}`, "404", nothing, []string{"404 No Messages"}},
		{"c", `{"batch":3,"expires":500000000}`, "408", nothing, []string{"408 Request Timeout, 3 left"}},
		{"c", `{"batch":3,"expires":1000000000,"idle_heartbeat":200000000}`, "408", nothing, []string{"100 Idle Heartbeat", "408 Request Timeout, 3 left"}},
		{"c", `{"batch":3,"expires":20000000000}`, "409", func() {
			time.Sleep(wait / 5)
			if err := b.js.DeleteConsumer(b.t.Context(), "S", "c"); err != nil {
				b.t.Fatal(err)
			}
		}, []string{"409 Consumer Deleted"}},
		{"c", `{"batch":3}`, "503", nothing, []string{"503"}},
	} {
		if got := b.statuses(nc, tt.consumer, tt.body, tt.last, tt.meanwhile); !slices.Equal(got, tt.want) {
			b.t.Errorf("statuses of %s are %q, want %q", tt.body, got, tt.want)
		}
	}
}

func checkNobody(b *bed) {
	ctx, cancel := context.WithTimeout(b.t.Context(), 5*time.Second)
	defer cancel()
	if _, err := b.js.Conn().RequestWithContext(ctx, "nobody.there", nil); !errors.Is(err, nats.ErrNoResponders) {
		b.t.Errorf("the answer is %v, want %v", err, nats.ErrNoResponders)
	}
	if _, err := b.js.Stream(ctx, "NONE"); !errors.Is(err, jetstream.ErrStreamNotFound) {
		b.t.Errorf("the stream is %v, want %v", err, jetstream.ErrStreamNotFound)
	}
}

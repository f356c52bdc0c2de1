package jetstream_test

import (
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/seed66d9166c/express/express/value"
	"github.com/seed66d9166c/express/transport"
	ejs "github.com/seed66d9166c/express/transport/jetstream"
)

func TestOwnStream(t *testing.T) {
	server := serve(t)
	_, js := open(t, server, ejs.Options{Workflow: "orders", Subject: "orders.>", MaxBytes: 1 << 20})
	s, err := js.Stream(t.Context(), "EXPRESS_orders")
	if err != nil {
		t.Fatal(err)
	}
	c := s.CachedInfo().Config
	got := []any{c.Retention, c.Storage, c.Discard, c.MaxBytes, c.Duplicates, c.Subjects[0]}
	want := []any{jetstream.WorkQueuePolicy, jetstream.FileStorage, jetstream.DiscardNew, int64(1 << 20), 2 * time.Minute, "orders.>"}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	cons, err := s.Consumer(t.Context(), "express-orders")
	if err != nil {
		t.Fatal(err)
	}
	cc := cons.CachedInfo().Config
	got = []any{cc.AckPolicy, cc.AckWait, cc.MaxDeliver, len(cc.BackOff), cc.FilterSubject, cc.InactiveThreshold}
	want = []any{jetstream.AckExplicitPolicy, 30 * time.Second, ejs.MaxDeliver, 0, "orders.>", time.Duration(0)}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	if _, err := js.Publish(t.Context(), "orders.a", make([]byte, 2*value.MaxSize)); err != nil {
		t.Errorf("an oversize event has to get as far as the dead letters: %v", err)
	}
}

func TestStreamIsFoundBySubject(t *testing.T) {
	js := connect(t, serve(t))
	if _, err := js.CreateStream(t.Context(), jetstream.StreamConfig{Name: "ORDERS", Subjects: []string{"orders.*"}}); err != nil {
		t.Fatal(err)
	}
	if _, err := ejs.Open(t.Context(), js, ejs.Options{Workflow: "w", Subject: "orders.new"}); err != nil {
		t.Fatal(err)
	}
	if _, err := js.Consumer(t.Context(), "ORDERS", "express-w"); err != nil {
		t.Error(err)
	}
}

// TestOwnStreamGrows has two workflows, each with its subject, on one stream of ours.
func TestOwnStreamGrows(t *testing.T) {
	js := connect(t, serve(t))
	for _, w := range []string{"orders", "no.way"} {
		_, err := ejs.Open(t.Context(), js, ejs.Options{Workflow: w, Subject: transport.StartSubject(w), Stream: ejs.StartStream, Create: true})
		if err != nil {
			t.Fatal(err)
		}
	}
	s, err := js.Stream(t.Context(), ejs.StartStream)
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"express.start.orders", "express.start.no%2Eway"}
	if got := s.CachedInfo().Config.Subjects; !slices.Equal(got, want) {
		t.Errorf("subjects are %q, want %q", got, want)
	}
}

// TestRefused has a row for what must not be attached to, and what is said.
func TestRefused(t *testing.T) {
	js := connect(t, serve(t))
	if _, err := js.CreateStream(t.Context(), jetstream.StreamConfig{Name: "ORDERS", Subjects: []string{"orders.>"}}); err != nil {
		t.Fatal(err)
	}
	if _, err := js.CreateStream(t.Context(), jetstream.StreamConfig{Name: "QUEUE", Subjects: []string{"queue"}, Retention: jetstream.WorkQueuePolicy}); err != nil {
		t.Fatal(err)
	}
	if _, err := js.CreateConsumer(t.Context(), "QUEUE", jetstream.ConsumerConfig{Durable: "other", AckPolicy: jetstream.AckExplicitPolicy}); err != nil {
		t.Fatal(err)
	}
	if _, err := ejs.Open(t.Context(), js, ejs.Options{Workflow: "w", Subject: "first"}); err != nil { // makes streams of its own
		t.Fatal(err)
	}
	right := jetstream.ConsumerConfig{AckPolicy: jetstream.AckExplicitPolicy, AckWait: 30 * time.Second, MaxDeliver: ejs.MaxDeliver, FilterSubject: "orders.new", MaxAckPending: 20_000}
	for i, tt := range []struct {
		name   string
		change func(*jetstream.ConsumerConfig)
		o      ejs.Options
		want   string
	}{
		{name: "AckWait", change: func(c *jetstream.ConsumerConfig) { c.AckWait = time.Second }, want: "has AckWait 1s, but 30s is needed: change one of them"},
		{name: "AckPolicy", change: func(c *jetstream.ConsumerConfig) { c.AckPolicy = jetstream.AckNonePolicy; c.MaxAckPending = 0 }, want: "has AckPolicy AckNone, but AckExplicit is needed"},
		{name: "MaxDeliver", change: func(c *jetstream.ConsumerConfig) { c.MaxDeliver = 3 }, want: "has MaxDeliver 3, but 2000 is needed"},
		{name: "filter", change: func(c *jetstream.ConsumerConfig) { c.FilterSubject = "orders.old" }, want: "has filter orders.old, but orders.new is needed"},
		{name: "BackOff", change: func(c *jetstream.ConsumerConfig) { c.BackOff = []time.Duration{30 * time.Second, time.Minute} }, want: "has BackOff of length 2, but 0 is needed"},
		{name: "HeadersOnly", change: func(c *jetstream.ConsumerConfig) { c.HeadersOnly = true }, want: "has HeadersOnly true"},
		{name: "push", change: func(c *jetstream.ConsumerConfig) { c.DeliverSubject = "elsewhere" }, want: "consumer is not a pull consumer"},
		{name: "no stream", o: ejs.Options{Stream: "ABSENT"}, want: "stream ABSENT: nats: API error: code=404 err_code=10059 description=stream not found"},
		{name: "other subject", o: ejs.Options{Stream: "ORDERS", Subject: "readings.>"}, want: "stream ORDERS does not have subject readings.>; it has orders.>"},
		{name: "wider subject", o: ejs.Options{Stream: "ORDERS", Subject: ">"}, want: "stream ORDERS does not have subject >"},
		{name: "dead letters", o: ejs.Options{Subject: "express.dlq.>"}, want: "stream EXPRESS_DLQ holds dead letters of the engine itself: no trigger can read it"},
		{name: "advisories", o: ejs.Options{Stream: "EXPRESS_ADV", Subject: "$JS.EVENT.>"}, want: "stream EXPRESS_ADV holds advisories"},
		{name: "keys", o: ejs.Options{Stream: "KV_EXPRESS_KEYS", Subject: "keys"}, want: "stream KV_EXPRESS_KEYS holds keys and values"},
		{name: "work queue with a consumer", o: ejs.Options{Stream: "QUEUE", Subject: "queue"}, want: "create consumer express-w of stream QUEUE"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			o := tt.o
			o.Workflow = "w"
			if tt.change != nil {
				o.Stream, o.Subject, o.Durable = "ORDERS", "orders.new", fmt.Sprint("worker", i)
				c := right
				c.Durable = o.Durable
				tt.change(&c)
				var err error
				if c.DeliverSubject != "" {
					_, err = js.CreatePushConsumer(t.Context(), "ORDERS", c)
				} else {
					_, err = js.CreateConsumer(t.Context(), "ORDERS", c)
				}
				if err != nil {
					t.Fatal(err)
				}
			}
			_, err := ejs.Open(t.Context(), js, o)
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error is %v, want %q in it", err, tt.want)
			}
		})
	}
}

// TestOptionsChange opens a Source on the consumer of one with other options.
func TestOptionsChange(t *testing.T) {
	js := connect(t, serve(t))
	if _, err := js.CreateStream(t.Context(), jetstream.StreamConfig{Name: "ORDERS", Subjects: []string{"orders.>"}}); err != nil {
		t.Fatal(err)
	}
	for _, o := range []ejs.Options{
		{Subject: "orders.new"},
		{Subject: "orders.*", AckWait: time.Minute},
	} {
		o.Workflow = "w"
		if _, err := ejs.Open(t.Context(), js, o); err != nil {
			t.Fatal(err)
		}
	}
	c, err := js.Consumer(t.Context(), "ORDERS", "express-w")
	if err != nil {
		t.Fatal(err)
	}
	if got := c.CachedInfo().Config; got.FilterSubject != "orders.*" || got.AckWait != time.Minute {
		t.Errorf("the consumer has %s, %v, want the second options", got.FilterSubject, got.AckWait)
	}
}

// TestOlderEngine opens a Source on the consumer of an engine that had another
// bound on deliveries.
func TestOlderEngine(t *testing.T) {
	js := connect(t, serve(t))
	o := ejs.Options{Workflow: "w", Subject: "orders"}
	if _, err := ejs.Open(t.Context(), js, o); err != nil {
		t.Fatal(err)
	}
	config := func() jetstream.ConsumerConfig {
		c, err := js.Consumer(t.Context(), "EXPRESS_w", "express-w")
		if err != nil {
			t.Fatal(err)
		}
		return c.CachedInfo().Config
	}
	older := config()
	older.MaxDeliver = 10
	for key, value := range older.Metadata {
		older.Metadata[key] = strings.ReplaceAll(value, fmt.Sprint("MaxDeliver ", ejs.MaxDeliver), "MaxDeliver 10")
	}
	if _, err := js.UpdateConsumer(t.Context(), "EXPRESS_w", older); err != nil {
		t.Fatal(err)
	}
	for range 2 { // the second finds what the first has left
		if _, err := ejs.Open(t.Context(), js, o); err != nil {
			t.Fatal(err)
		}
		if got := config().MaxDeliver; got != ejs.MaxDeliver {
			t.Errorf("MaxDeliver is %d, want %d", got, ejs.MaxDeliver)
		}
	}
}

// TestOneEventForTwoWorkflows publishes an event that two consumers get: each of
// them has its outcome and its dead letter, and no stream takes them for one.
func TestOneEventForTwoWorkflows(t *testing.T) {
	server := serve(t)
	js := connect(t, server)
	for _, c := range []jetstream.StreamConfig{{Name: "ORDERS", Subjects: []string{"orders"}}, {Name: "RESULTS", Subjects: []string{"results"}}} {
		if _, err := js.CreateStream(t.Context(), c); err != nil {
			t.Fatal(err)
		}
	}
	publish(t, js, "orders", "1", "2")
	for _, w := range []string{"v", "w"} {
		src, _ := open(t, server, ejs.Options{Workflow: w, Subject: "orders", Result: "results", Completion: ejs.Publish})
		into := make([]transport.Delivery, 2)
		for n := 0; n < 2; {
			k, err := src.Next(t.Context(), into[n:])
			if err != nil {
				t.Fatal(err)
			}
			n += k
		}
		if err := finish(t, src, into[0], success); err != nil {
			t.Fatal(err)
		}
		if err := into[1].Bury(t.Context(), transport.Letter{Workflow: w, Reason: transport.ReasonDecode}); err != nil {
			t.Fatal(err)
		}
	}
	s, err := js.Stream(t.Context(), "RESULTS")
	if err != nil {
		t.Fatal(err)
	}
	if outcomes, dead := s.CachedInfo().State.Msgs, len(letters(t, js)); outcomes != 2 || dead != 2 {
		t.Errorf("%d outcomes, %d dead letters, want 2, 2", outcomes, dead)
	}
}

func TestTooSmallMaxAckPendingIsRaised(t *testing.T) {
	js := connect(t, serve(t))
	if _, err := js.CreateStream(t.Context(), jetstream.StreamConfig{Name: "ORDERS", Subjects: []string{"orders"}}); err != nil {
		t.Fatal(err)
	}
	for _, slots := range []int{1, 100} {
		if _, err := ejs.Open(t.Context(), js, ejs.Options{Workflow: "w", Subject: "orders", Slots: slots, MaxAckPending: slots + max(slots/4, 1)}); err != nil {
			t.Fatal(err)
		}
	}
	c, err := js.Consumer(t.Context(), "ORDERS", "express-w")
	if err != nil {
		t.Fatal(err)
	}
	if got := c.CachedInfo().Config.MaxAckPending; got != 125 {
		t.Errorf("MaxAckPending is %d, want 125: the slots and a quarter", got)
	}
}

// A journal keeps the lines of a log.
type journal struct {
	mu    sync.Mutex // guards lines
	lines strings.Builder
}

func (j *journal) Write(b []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.lines.Write(b)
}

func (j *journal) String() string {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.lines.String()
}

func TestWarnings(t *testing.T) {
	for _, tt := range []struct {
		name string
		c    jetstream.StreamConfig
		want string
	}{
		{"safe", jetstream.StreamConfig{Storage: jetstream.FileStorage, Discard: jetstream.DiscardNew, MaxBytes: 1 << 20}, ""},
		{"no limit", jetstream.StreamConfig{Storage: jetstream.FileStorage}, ""},
		{"discards by bytes", jetstream.StreamConfig{Storage: jetstream.FileStorage, MaxBytes: 1 << 20}, "when it is full it drops its oldest events"},
		{"discards by number", jetstream.StreamConfig{Storage: jetstream.FileStorage, MaxMsgs: 100}, "when it is full it drops its oldest events"},
		{"keeps the last", jetstream.StreamConfig{Storage: jetstream.FileStorage, MaxMsgsPerSubject: 1}, "keeps the last events of each subject only"},
		{"discards by age", jetstream.StreamConfig{Storage: jetstream.FileStorage, MaxAge: time.Hour}, "drops events when they are old"},
		{"interest", jetstream.StreamConfig{Storage: jetstream.FileStorage, Retention: jetstream.InterestPolicy}, "for as long as a consumer wants them"},
		{"confirms nothing", jetstream.StreamConfig{Storage: jetstream.FileStorage, NoAck: true}, "publishers are not told"},
		{"rollups", jetstream.StreamConfig{Storage: jetstream.FileStorage, AllowRollup: true}, "a publisher can drop all events before his"},
		{"expiry", jetstream.StreamConfig{Storage: jetstream.FileStorage, AllowMsgTTL: true}, "publishers say when an event expires"},
		{"written later", jetstream.StreamConfig{Storage: jetstream.FileStorage, PersistMode: jetstream.AsyncPersistMode}, "confirms events before they are written"},
		{"memory", jetstream.StreamConfig{Storage: jetstream.MemoryStorage}, "it is in memory"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			js := connect(t, serve(t))
			tt.c.Name, tt.c.Subjects = "ORDERS", []string{"orders"}
			if _, err := js.CreateStream(t.Context(), tt.c); err != nil {
				t.Fatal(err)
			}
			var log journal
			if _, err := ejs.Open(t.Context(), js, ejs.Options{Workflow: "w", Subject: "orders", Log: slog.New(slog.NewTextHandler(&log, nil))}); err != nil {
				t.Fatal(err)
			}
			warned := strings.Contains(log.String(), "level=WARN")
			if warned != (tt.want != "") || !strings.Contains(log.String(), tt.want) {
				t.Errorf("log is %q, want a warning with %q", log.String(), tt.want)
			}
		})
	}
}

// TestStreamIsChanged has somebody make a stream unsafe while it is read, and says
// so once.
func TestStreamIsChanged(t *testing.T) {
	js := connect(t, serve(t))
	var log journal
	src, err := ejs.Open(t.Context(), js, ejs.Options{Workflow: "w", Subject: "orders", Log: slog.New(slog.NewTextHandler(&log, nil))}.Every(often, time.Minute))
	if err != nil {
		t.Fatal(err)
	}
	defer src.Close()
	c := mustStream(t, js, "EXPRESS_w").CachedInfo().Config
	c.Discard = jetstream.DiscardOld
	if _, err := js.UpdateStream(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	eventually(t, "a warning", func() bool { return strings.Contains(log.String(), "drops its oldest events") })
	time.Sleep(3 * often)
	if n := strings.Count(log.String(), "drops its oldest events"); n != 1 {
		t.Errorf("it is said %d times, want once", n)
	}
}

func TestKeeping(t *testing.T) {
	js := connect(t, serve(t))
	src, err := ejs.Open(t.Context(), js, ejs.Options{Workflow: "w", Subject: "orders"})
	if err != nil {
		t.Fatal(err)
	}
	defer src.Close()
	if d := cmp.Diff(ejs.Keeping{Stream: "EXPRESS_w", Replicas: 1, Sync: ejs.SyncLater}, src.Keeping(ejs.SyncLater)); d != "" {
		t.Error(d)
	}
	seen := map[string]bool{}
	for _, tt := range []struct {
		k    ejs.Keeping
		want string
	}{
		{ejs.Keeping{Replicas: 1}, "one server: "},
		{ejs.Keeping{Replicas: 1, Sync: ejs.SyncLater}, "fast: "},
		{ejs.Keeping{Replicas: 1, Sync: ejs.SyncAlways}, "safe: "},
		{ejs.Keeping{Replicas: 3}, "cluster: "},
		{ejs.Keeping{Replicas: 3, Sync: ejs.SyncLater}, "cluster, fast: "},
		{ejs.Keeping{Replicas: 5, Sync: ejs.SyncAlways}, "cluster, safe: an event is on the disks of most of 5 servers"},
		{ejs.Keeping{Replicas: 1, Memory: true, Sync: ejs.SyncAlways}, "memory: events are lost when the server stops"},
		{ejs.Keeping{Replicas: 3, Memory: true}, "memory: events are on 3 servers"},
	} {
		text := tt.k.String()
		if !strings.HasPrefix(text, tt.want) || seen[text] {
			t.Errorf("%+v is %q, want %q", tt.k, text, tt.want)
		}
		seen[text] = true
	}
}

func TestNames(t *testing.T) {
	js := connect(t, serve(t))
	names := map[string]bool{}
	for range 2 { // the second time with another stream of the same name
		src, err := ejs.Open(t.Context(), js, ejs.Options{Workflow: "w", Subject: "orders"})
		if err != nil {
			t.Fatal(err)
		}
		for _, id := range []string{"", "no valid name"} {
			if _, err := js.Publish(t.Context(), "orders", nil, jetstream.WithMsgID(id)); err != nil {
				t.Fatal(err)
			}
			into := make([]transport.Delivery, 1)
			if _, err := src.Next(t.Context(), into); err != nil {
				t.Fatal(err)
			}
			name := into[0].ID()
			if !strings.HasPrefix(name, "e-") || len(name) != 28 || !transport.ValidName(name) {
				t.Errorf("name is %q, want e- and 26 letters and digits", name)
			}
			names[name] = true
		}
		if err := src.Close(); err != nil {
			t.Fatal(err)
		}
		if err := js.DeleteStream(t.Context(), "EXPRESS_w"); err != nil {
			t.Fatal(err)
		}
	}
	if len(names) != 4 {
		t.Errorf("%d different names, want 4", len(names))
	}
}

func TestWithoutJetStream(t *testing.T) {
	nc := connect(t, serve(t)).Conn()
	js, err := jetstream.NewWithDomain(nc, "elsewhere")
	if err != nil {
		t.Fatal(err)
	}
	_, err = ejs.Open(t.Context(), js, ejs.Options{Workflow: "w", Subject: "orders"})
	if err == nil || !strings.Contains(err.Error(), "JetStream is not available to this account") {
		t.Errorf("error is %v", err)
	}
	if errors.Is(err, transport.ErrClosed) {
		t.Errorf("error is %v", err)
	}
}

package nats

import (
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	natsjetstream "github.com/nats-io/nats.go/jetstream"
	"go.uber.org/goleak"

	"github.com/seed66d9166c/express/compiler"
	"github.com/seed66d9166c/express/express"
	"github.com/seed66d9166c/express/express/program"
	"github.com/seed66d9166c/express/express/value"
	"github.com/seed66d9166c/express/transport"
	"github.com/seed66d9166c/express/transport/embedded"
	"github.com/seed66d9166c/express/transport/jetstream"
	"github.com/seed66d9166c/express/transport/memory"
)

// asks is a workflow that makes one request, whose state has these fields, too.
func asks(subject, fields string) string {
	return `{"StartAt": "Ask", "States": {"Ask": {"Type": "Task", "Resource": "nats:request:` + subject + `", ` + fields + ` "End": true}}}`
}

// bind is the machine of a definition that makes requests by r.
func bind(t testing.TB, definition string, r *Requests) *express.Machine {
	t.Helper()
	p, found := compiler.Compile(t.Name(), []byte(definition), nil)
	if p == nil {
		t.Fatal(found.Err())
	}
	m, err := express.New(p, express.Options{Identity: express.Identity{Name: "asks"}, Invokers: map[string]express.Invoker{"nats:request": r}})
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// exampleCall is a call of subject as a machine makes it.
func exampleCall(subject string, in value.Value) *express.Call {
	return express.Call{
		Task:      &program.Task{Kind: "nats:request", Target: subject, Resource: "nats:request:" + subject, Service: "nats"},
		Input:     in,
		Execution: "m-123456",
		State:     "Ask",
		Delivery:  1,
		Deadline:  time.Now().Add(5 * time.Minute),
	}.WithKey("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567ABCDEFGHIJKLMNOPQRST")
}

// wantCounts waits until r has so many requests without an answer, and has counted
// so many late answers.
func wantCounts(t *testing.T, r *Requests, waiting int, late uint64) {
	t.Helper()
	for end := time.Now().Add(10 * time.Second); r.Waiting() != waiting || r.Late() != late; time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("%d requests wait and %d answers were late, want %d and %d", r.Waiting(), r.Late(), waiting, late)
		}
	}
}

// What becomes of a request is said once, and nothing is left of it.
func TestRequests(t *testing.T) {
	nc := connect(t)
	answer(t, nc, "once", func(m *nats.Msg) { m.Respond([]byte(`1`)) })
	answer(t, nc, "twice", func(m *nats.Msg) { m.Respond([]byte(`1`)); m.Respond([]byte(`2`)) })
	answer(t, nc, "large", func(m *nats.Msg) { m.Respond([]byte(`"` + strings.Repeat("x", maxInline) + `"`)) })
	answer(t, nc, "stray", func(m *nats.Msg) {
		inbox := m.Reply[:strings.LastIndexByte(m.Reply, '.')]
		nc.Publish(inbox+".1", []byte(`3`))       // of nobody
		nc.Publish(inbox+".not-one", []byte(`4`)) // no token
		m.Respond([]byte(`1`))
	})
	answer(t, nc, "half", func(m *nats.Msg) { m.Respond([]byte(`{"n":`)) })
	for _, tt := range []struct {
		subject, want, name string
		late                uint64
	}{
		{subject: "once", want: `1`},
		{subject: "twice", want: `1`, late: 1},
		{subject: "large", want: `"` + strings.Repeat("x", maxInline) + `"`},
		{subject: "stray", want: `1`, late: 2},
		{subject: "half", want: "The answer of half is not acceptable JSON: ", name: express.ErrTaskFailed},
		{subject: "nobody", want: "Nobody answers nobody", name: ErrNoResponders},
		{subject: "{missing}", want: "The Parameters could not be used to start the Task", name: express.ErrRuntime},
	} {
		t.Run(tt.subject, func(t *testing.T) {
			r := NewRequests(nc)
			done := make(chan bool, 2)
			r.Start(t.Context(), exampleCall(tt.subject, value.Object()), func(v value.Value, err error) {
				expect(t, v, err, tt.want, tt.name)
				done <- true
			})
			<-done
			wantCounts(t, r, 0, tt.late)
			if len(done) > 0 {
				t.Error("done was called twice")
			}
		})
	}
}

// An answer to a request that was cancelled is late.
func TestCancelledRequest(t *testing.T) {
	nc := connect(t)
	asked := make(chan *nats.Msg, 1)
	answer(t, nc, "slow", func(m *nats.Msg) { asked <- m })
	r := NewRequests(nc)
	cancel := r.Start(t.Context(), exampleCall("slow", value.Null), func(v value.Value, err error) { t.Errorf("got %v (%v)", v, err) })
	m := <-asked
	wantCounts(t, r, 1, 0)
	cancel()
	wantCounts(t, r, 0, 0)
	if err := m.Respond(nil); err != nil {
		t.Fatal(err)
	}
	wantCounts(t, r, 0, 1)
}

// When the connection is closed for good, so are its requests.
func TestClosedConnection(t *testing.T) {
	nc := connect(t)
	answer(t, nc, "silent", func(*nats.Msg) {})
	r := NewRequests(nc)
	ended := make(chan error, 1)
	r.Start(t.Context(), exampleCall("silent", value.Null), func(_ value.Value, err error) { ended <- err })
	nc.Close()
	if err := <-ended; !errors.Is(err, nats.ErrConnectionClosed) {
		t.Errorf("got %v, want that the connection is closed", err)
	}
	if _, err := r.Invoke(t.Context(), exampleCall("silent", value.Null)); !errors.Is(err, nats.ErrConnectionClosed) {
		t.Errorf("got %v, want that the connection is closed", err)
	}
	wantCounts(t, r, 0, 0)
}

// Answers come to the private inbox that the connection is bound to.
func TestInboxPrefix(t *testing.T) {
	s, err := embedded.Start(embedded.Options{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	nc, err := Connect(Settings{}, t.Name(), nil, s.Connection(), nats.CustomInboxPrefix("_INBOX_anna"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(nc.Close)
	answer(t, nc, "who", func(m *nats.Msg) { m.Respond([]byte(`"` + m.Reply + `"`)) })
	v, err := NewRequests(nc).Invoke(t.Context(), exampleCall("who", value.Null))
	if err != nil || !strings.HasPrefix(v.Text(), "_INBOX_anna.") {
		t.Errorf("answers go to %v (%v)", v, err)
	}
}

// outcomes runs an event each for m, through a Pump, and says how it ended.
func outcomes(t *testing.T, m *express.Machine, events int) []string {
	t.Helper()
	var mu sync.Mutex
	var all []string
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	stream := memory.NewStream(memory.Options{Done: func(_ string, o express.Outcome) {
		text := o.Status.String()
		if o.Err != nil {
			text += " " + o.Err.Name
		}
		mu.Lock()
		defer mu.Unlock()
		if all = append(all, text); len(all) == events {
			cancel()
		}
	}})
	for range events {
		stream.Publish(memory.Message{Data: []byte(`{}`)})
	}
	pump := &transport.Pump{Source: stream.Source(), Machine: func(transport.Delivery) (*express.Machine, error) { return m, nil }}
	if err := pump.Run(ctx); err != nil {
		t.Error(err)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// A service that is away, slow, silent or beside itself ends the task in the time
// that it has, and leaves nothing behind: no goroutine, no request.
func TestServiceFaults(t *testing.T) {
	nc := connect(t)
	var slow atomic.Int32
	answer(t, nc, "silent", func(*nats.Msg) {})
	answer(t, nc, "late", func(m *nats.Msg) {
		slow.Add(1)
		time.AfterFunc(1500*time.Millisecond, func() { m.Respond([]byte(`1`)) })
	})
	answer(t, nc, "twice", func(m *nats.Msg) { m.Respond([]byte(`1`)); m.Respond([]byte(`2`)) })
	answer(t, nc, "half", func(m *nats.Msg) { m.Respond([]byte(`{"half":`)) })
	r := NewRequests(nc)
	if _, err := r.Invoke(t.Context(), exampleCall("twice", value.Null)); err != nil { // so that there is a subscription
		t.Fatal(err)
	}
	wantCounts(t, r, 0, 1)
	const events = 100
	late := uint64(1)
	for _, tt := range []struct {
		subject, fields, want string
		late                  uint64
	}{
		{subject: "silent", fields: `"TimeoutSeconds": 1,`, want: "FAILED States.Timeout"},
		{subject: "silent", fields: `"HeartbeatSeconds": 1,`, want: "FAILED States.Timeout"},
		{subject: "nobody", fields: `"TimeoutSeconds": 60,`, want: "FAILED " + ErrNoResponders},
		{subject: "half", fields: `"TimeoutSeconds": 60,`, want: "FAILED States.TaskFailed"},
		{subject: "late", fields: `"TimeoutSeconds": 1,`, want: "FAILED States.Timeout", late: events},
		{subject: "twice", fields: `"TimeoutSeconds": 60,`, want: "SUCCEEDED", late: events},
	} {
		t.Run(tt.subject+" "+tt.want, func(t *testing.T) {
			leak := goleak.IgnoreCurrent()
			if got := outcomes(t, bind(t, asks(tt.subject, tt.fields), r), events); !slices.Equal(got, []string{tt.want}) {
				t.Errorf("outcomes are %q, want %q", got, tt.want)
			}
			late += tt.late
			wantCounts(t, r, 0, late)
			goleak.VerifyNone(t, leak)
		})
	}
	if n := slow.Load(); n != events {
		t.Errorf("the late service was asked %d times, want %d", n, events)
	}
}

// While a slow service works, the source says that the event is worked on: nobody
// else gets it.
func TestSlowServiceKeepsTheEvent(t *testing.T) {
	nc := connect(t)
	js, err := natsjetstream.New(nc)
	if err != nil {
		t.Fatal(err)
	}
	var asked atomic.Int32
	answer(t, nc, "slow", func(m *nats.Msg) {
		asked.Add(1)
		time.AfterFunc(5*time.Second, func() { m.Respond([]byte(`1`)) })
	})
	src, err := jetstream.Open(t.Context(), js, jetstream.Options{Workflow: "slow", Subject: "events", Result: "results", AckWait: 2 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	results, err := nc.SubscribeSync("results")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	m := bind(t, asks("slow", ""), NewRequests(nc))
	stopped := make(chan error)
	pump := &transport.Pump{Source: src, Machine: func(transport.Delivery) (*express.Machine, error) { return m, nil }}
	go func() { stopped <- pump.Run(ctx) }()
	if _, err := js.Publish(t.Context(), "events", []byte(`{}`)); err != nil {
		t.Fatal(err)
	}
	result, err := results.NextMsg(20 * time.Second)
	if err != nil || !strings.Contains(string(result.Data), `"status":"SUCCEEDED"`) {
		t.Errorf("result is %v (%v)", result, err)
	}
	cancel()
	if err := <-stopped; err != nil {
		t.Error(err)
	}
	if n := asked.Load(); n != 1 {
		t.Errorf("the service was asked %d times, want once: the event was delivered again", n)
	}
}

// An answer that is cut off with the connection never came: the task has its time,
// and the next one is on the new connection.
func TestConnectionIsCutInAnAnswer(t *testing.T) {
	s, err := embedded.Start(embedded.Options{Dir: t.TempDir(), Listen: "127.0.0.1:0"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	service, err := Connect(Settings{URL: s.URL()}, "service", nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(service.Close)
	body := `"` + strings.Repeat("x", 64<<10) + `"`
	answer(t, service, "large", func(m *nats.Msg) { m.Respond([]byte(body)) })
	if err := service.Flush(); err != nil {
		t.Fatal(err)
	}
	nc, err := Connect(Settings{URL: "nats://" + cutter(t, s.URL(), len(body)/2)}, "engine", nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(nc.Close)
	r := NewRequests(nc)
	for _, want := range []string{"FAILED States.Timeout", "SUCCEEDED"} {
		if got := outcomes(t, bind(t, asks("large", `"TimeoutSeconds": 2,`), r), 1); got[0] != want {
			t.Errorf("got %s, want %s", got, want)
		}
		wantCounts(t, r, 0, 0)
	}
}

// cutter is the address of a proxy for the server at url that ends its first
// connection when so many bytes have come from there.
func cutter(t *testing.T, url string, after int) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var going sync.WaitGroup
	t.Cleanup(going.Wait)
	t.Cleanup(func() { l.Close() })
	pass := func(from, to net.Conn, most int) {
		defer from.Close()
		defer to.Close()
		b := make([]byte, 4<<10)
		for most > 0 {
			n, err := from.Read(b[:min(len(b), most)])
			if most -= n; err != nil {
				return
			}
			if _, err := to.Write(b[:n]); err != nil {
				return
			}
		}
	}
	going.Go(func() {
		for most := after; ; most = 1 << 30 {
			client, err := l.Accept()
			if err != nil {
				return
			}
			server, err := net.Dial("tcp", strings.TrimPrefix(url, "nats://"))
			if err != nil {
				client.Close()
				return
			}
			going.Go(func() { pass(client, server, 1<<30) })
			going.Go(func() { pass(server, client, most) })
		}
	})
	return fmt.Sprint(l.Addr())
}

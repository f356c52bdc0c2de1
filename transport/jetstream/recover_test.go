package jetstream_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/seed66d9166c/express/express"
	"github.com/seed66d9166c/express/express/expresstest"
	"github.com/seed66d9166c/express/express/value"
	"github.com/seed66d9166c/express/transport"
	"github.com/seed66d9166c/express/transport/embedded"
	ejs "github.com/seed66d9166c/express/transport/jetstream"
)

// next takes n events and acknowledges them. It returns their bodies.
func next(t *testing.T, src *ejs.Source, n int) (bodies []string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	into := make([]transport.Delivery, n)
	for len(bodies) < n {
		k, err := src.Next(ctx, into[:n-len(bodies)])
		if err != nil {
			t.Fatalf("after %q: %v", bodies, err)
		}
		for _, d := range into[:k] {
			d.Ack(success, nil)
			bodies = append(bodies, string(d.Data()))
		}
		if err := src.Flush(); err != nil {
			t.Fatal(err)
		}
	}
	return bodies
}

func publish(t *testing.T, js jetstream.JetStream, subject string, bodies ...string) {
	t.Helper()
	for _, b := range bodies {
		if _, err := js.Publish(t.Context(), subject, []byte(b), jetstream.WithRetryAttempts(50)); err != nil {
			t.Fatal(err)
		}
	}
}

func TestConsumerIsDeleted(t *testing.T) {
	server := serve(t)
	js := connect(t, server)
	if _, err := js.CreateStream(t.Context(), jetstream.StreamConfig{Name: "ORDERS", Subjects: []string{"orders"}}); err != nil {
		t.Fatal(err)
	}
	publish(t, js, "orders", "1", "2")
	old, _ := open(t, server, ejs.Options{Workflow: "w", Subject: "orders"})
	next(t, old, 2)
	if err := old.Close(); err != nil {
		t.Fatal(err)
	}
	for end := time.Now().Add(patience); ; { // the server takes acknowledgements in when it has time
		c, err := js.Consumer(t.Context(), "ORDERS", "express-w")
		if err != nil || time.Now().After(end) {
			t.Fatal("1 and 2 are not acknowledged", err)
		}
		if c.CachedInfo().AckFloor.Stream == 2 {
			break
		}
	}
	src, _ := open(t, server, ejs.Options{Workflow: "w", Subject: "orders"}) // knows that two are acknowledged
	var wg sync.WaitGroup
	defer wg.Wait()
	wg.Go(func() {
		if err := js.DeleteConsumer(t.Context(), "ORDERS", "express-w"); err != nil {
			t.Error(err)
		}
		if _, err := js.Publish(t.Context(), "orders", []byte("3")); err != nil {
			t.Error(err)
		}
	})
	if got := next(t, src, 1); got[0] != "3" {
		t.Errorf("%s came, want 3: 1 and 2 were acknowledged, 3 must not be lost", got)
	}
	if err := src.Ready(); err != nil {
		t.Error(err)
	}
}

// A stream that is deleted is made again. Its publisher goes on until the event
// is there: what the server confirms while it still deletes files may be lost.
func TestStreamIsDeleted(t *testing.T) {
	t.Parallel()
	server := serve(t)
	src, js := open(t, server, ejs.Options{Workflow: "w", Subject: "orders"})
	publish(t, js, "orders", "1")
	next(t, src, 1)
	arrived := make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() {
		if err := js.DeleteStream(t.Context(), "EXPRESS_w"); err != nil {
			t.Error(err)
		}
		for {
			js.Publish(t.Context(), "orders", []byte("2")) // fails until the Source has made the stream
			select {
			case <-arrived:
				return
			case <-time.After(20 * time.Millisecond):
			}
		}
	})
	defer wg.Wait()
	defer close(arrived)
	if got := next(t, src, 1); got[0] != "2" {
		t.Errorf("%s came, want 2", got)
	}
}

func TestOthersStreamIsAwayForAWhile(t *testing.T) {
	t.Parallel()
	server := serve(t)
	js := connect(t, server)
	c := jetstream.StreamConfig{Name: "ORDERS", Subjects: []string{"orders"}}
	if _, err := js.CreateStream(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	src, _ := open(t, server, ejs.Options{Workflow: "w", Subject: "orders", Stream: "ORDERS"})
	got := make(chan []string)
	go func() { got <- next(t, src, 1) }()
	if err := js.DeleteStream(t.Context(), "ORDERS"); err != nil {
		t.Fatal(err)
	}
	for end := time.Now().Add(patience); src.Ready() == nil; time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("the Source says that it is ready")
		}
	}
	if _, err := js.CreateStream(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	publish(t, js, "orders", "1")
	if b := <-got; b[0] != "1" {
		t.Errorf("%s came, want 1", b)
	}
}

// TestServerRestarts kills nothing, but takes the server away in the middle of
// many executions. Every event must have an outcome.
func TestServerRestarts(t *testing.T) {
	t.Parallel()
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	free.Close()
	o := embedded.Options{Dir: t.TempDir(), Listen: free.Addr().String()}
	server, err := embedded.Start(o)
	if err != nil {
		t.Fatal(err)
	}
	nc, err := nats.Connect(server.URL(), nats.MaxReconnects(-1), nats.ReconnectWait(50*time.Millisecond))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(nc.Close)
	js, err := jetstream.New(nc)
	if err != nil {
		t.Fatal(err)
	}
	src, err := ejs.Open(t.Context(), js, ejs.Options{Workflow: "w", Subject: "orders", AckWait: 2 * time.Second, Slots: 50})
	if err != nil {
		t.Fatal(err)
	}
	const n = 400
	var mu sync.Mutex
	seen := map[string]bool{}
	half, all := make(chan struct{}), make(chan struct{})
	m := expresstest.Machine(t, `{"StartAt": "T", "States": {"T": {"Type": "Task", "Resource": "nats:request:t", "End": true}}}`,
		func(ctx context.Context, c *express.Call) (value.Value, error) {
			time.Sleep(5 * time.Millisecond)
			mu.Lock()
			defer mu.Unlock()
			if !seen[c.Input.Text()] {
				seen[c.Input.Text()] = true
				switch len(seen) {
				case n / 2:
					close(half)
				case n:
					close(all)
				}
			}
			return c.Input, nil
		})
	for i := range n {
		publish(t, js, "orders", fmt.Sprintf(`"%d"`, i))
	}
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error)
	p := &transport.Pump{Source: src, Max: 50, Machine: func(transport.Delivery) (*express.Machine, error) { return m, nil }}
	go func() { done <- p.Run(ctx) }()
	<-half
	server.Close()
	if server, err = embedded.Start(o); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(server.Close)
	select {
	case <-all:
	case <-time.After(2 * patience):
		t.Errorf("%d events ran, want %d", len(seen), n)
	}
	empty(t, js)
	stop()
	if err := <-done; err != nil {
		t.Error(err)
	}
}

func TestConnectionIsClosed(t *testing.T) {
	t.Parallel()
	src, js := open(t, serve(t), ejs.Options{Workflow: "w", Subject: "orders"})
	time.AfterFunc(50*time.Millisecond, js.Conn().Close)
	_, err := src.Next(t.Context(), make([]transport.Delivery, 1))
	if !errors.Is(err, nats.ErrConnectionClosed) {
		t.Errorf("Next: %v, want %v", err, nats.ErrConnectionClosed)
	}
	if err := src.Close(); err != nil {
		t.Errorf("Close: %v", err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	if _, err := src.Next(ctx, make([]transport.Delivery, 1)); !errors.Is(err, transport.ErrClosed) {
		t.Errorf("Next after Close: %v, want %v", err, transport.ErrClosed)
	}
}

// TestDrift changes the consumer behind the Source's back.
func TestDrift(t *testing.T) {
	t.Parallel()
	src, js := open(t, serve(t), ejs.Options{Workflow: "w", Subject: "orders"}.Every(often, time.Minute))
	defer src.Close()
	s, err := js.Stream(t.Context(), "EXPRESS_w")
	if err != nil {
		t.Fatal(err)
	}
	c, err := s.Consumer(t.Context(), "express-w")
	if err != nil {
		t.Fatal(err)
	}
	changed := c.CachedInfo().Config
	changed.AckWait = time.Second
	if _, err := s.UpdateConsumer(t.Context(), changed); err != nil {
		t.Fatal(err)
	}
	for end := time.Now().Add(2 * patience); src.Ready() == nil; time.Sleep(50 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("the Source says that it is ready")
		}
	}
	if err := src.Ready(); !strings.Contains(err.Error(), "has AckWait 1s, but 30s is needed") {
		t.Errorf("Ready: %v", err)
	}
}

// TestManyEvents runs some thousand events through a short machine and one that
// can wait, with results: none may be lost, and none come twice.
func TestManyEvents(t *testing.T) {
	t.Parallel()
	for name, workflow := range map[string]string{
		"short":     `{"StartAt": "P", "States": {"P": {"Type": "Pass", "End": true}}}`,
		"goroutine": `{"StartAt": "T", "States": {"T": {"Type": "Task", "Resource": "nats:request:t", "End": true}}}`,
	} {
		t.Run(name, func(t *testing.T) {
			server := serve(t)
			const n = 3000
			src, js := open(t, server, ejs.Options{Workflow: "w", Subject: "orders", Result: "results", Slots: 64})
			results := make(chan *nats.Msg, 2*n)
			if _, err := connect(t, server).Conn().ChanSubscribe("results", results); err != nil {
				t.Fatal(err)
			}
			for i := range n {
				if _, err := js.PublishAsync("orders", fmt.Appendf(nil, `{"n":%d}`, i)); err != nil {
					t.Fatal(err)
				}
			}
			<-js.PublishAsyncComplete()
			m := expresstest.Machine(t, workflow, func(_ context.Context, c *express.Call) (value.Value, error) { return c.Input, nil })
			pump(t, js, &transport.Pump{Source: src, Max: 64, Machine: func(transport.Delivery) (*express.Machine, error) { return m, nil }})
			if err := js.Conn().Flush(); err != nil {
				t.Fatal(err)
			}
			seen := map[string]int{}
			for range n {
				select {
				case m := <-results:
					seen[string(m.Data)]++
				case <-time.After(patience):
					t.Fatalf("%d results, want %d", len(seen), n)
				}
			}
			if len(seen) != n || len(results) > 0 {
				t.Errorf("%d different results, %d more, want %d, 0", len(seen), len(results), n)
			}
		})
	}
}

// TestDrain stops a Pump with more events fetched than run: they must be there
// for another one at once.
func TestDrain(t *testing.T) {
	server := serve(t)
	src, js := open(t, server, ejs.Options{Workflow: "w", Subject: "orders", Slots: 8, AckWait: 10 * time.Minute})
	for i := range 40 {
		publish(t, js, "orders", fmt.Sprint(i))
	}
	started := make(chan struct{}, 40)
	m := expresstest.Machine(t, `{"StartAt": "T", "States": {"T": {"Type": "Task", "Resource": "nats:request:t", "End": true}}}`,
		func(ctx context.Context, c *express.Call) (value.Value, error) {
			started <- struct{}{}
			if c.Input.Float() < 4 {
				return c.Input, nil
			}
			<-ctx.Done()
			return value.Value{}, ctx.Err()
		})
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error)
	p := &transport.Pump{Source: src, Max: 8, Grace: 50 * time.Millisecond, Machine: func(transport.Delivery) (*express.Machine, error) { return m, nil }}
	go func() { done <- p.Run(ctx) }()
	for range 12 { // four that ended, eight that wait
		<-started
	}
	stop()
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	heir, _ := open(t, server, ejs.Options{Workflow: "w", Subject: "orders", Slots: 50, AckWait: 10 * time.Minute})
	if got := next(t, heir, 36); len(got) != 36 {
		t.Errorf("%d events are left, want 36", len(got))
	}
}

package bench

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/rpc"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"github.com/seed66d9166c/express/transport/embedded"
	natsconn "github.com/seed66d9166c/express/transport/nats"
)

// Serve lets whoever holds the other end of conn use this process as one of those
// of a run: its broker, its engine or its generator. It returns when conn is
// closed.
func Serve(conn io.ReadWriteCloser) error {
	w := new(worker)
	w.ctx, w.stop = context.WithCancel(context.Background())
	s := rpc.NewServer()
	if err := s.RegisterName("Worker", &Worker{w}); err != nil {
		return err
	}
	s.ServeConn(lifeline{conn, w.stop})
	return w.close()
}

// A lifeline stops what runs when the other end is gone: ServeConn waits for
// calls that go on.
type lifeline struct {
	io.ReadWriteCloser
	gone func()
}

func (l lifeline) Read(b []byte) (int, error) {
	n, err := l.ReadWriteCloser.Read(b)
	if err != nil {
		l.gone()
	}
	return n, err
}

// A Worker is what Serve offers, by package net/rpc.
type Worker struct{ w *worker }

// A worker is a process, or what takes its part in this one.
type worker struct {
	ctx  context.Context
	stop func()
	done atomic.Int64 // events that have ended, for a progress line

	mu     sync.Mutex // guards what follows
	dirs   []string
	broker *embedded.Server
	sides  map[string]*running
	sink   *sink
}

// A running is a side that runs.
type running struct {
	stop func()
	done chan struct{}
	err  error // once done is closed
}

// Nothing is the argument or the answer of what has none.
type Nothing struct{}

// A BrokerSpec says what broker to start.
type BrokerSpec struct {
	Config string // text of a nats.conf, that of a node of a cluster; "" for none
}

// Broker starts a broker that forgets everything with the process; at is its URL.
func (x *Worker) Broker(spec BrokerSpec, at *string) error {
	w := x.w
	w.mu.Lock()
	defer w.mu.Unlock()
	dir, err := os.MkdirTemp("", "express-bench-")
	if err != nil {
		return err
	}
	w.dirs = append(w.dirs, dir)
	o := embedded.Options{Dir: filepath.Join(dir, "store"), Listen: "127.0.0.1:0", Log: quiet}
	if spec.Config != "" {
		o.Config = filepath.Join(dir, "nats.conf")
		o.Listen = ""
		o.Log = slog.New(slog.DiscardHandler) // nodes complain until all of them are there
		if err := os.WriteFile(o.Config, []byte(spec.Config), 0o600); err != nil {
			return err
		}
	}
	if w.broker, err = embedded.Start(o); err != nil {
		return err
	}
	*at = w.broker.URL()
	return nil
}

// quiet says what went wrong, and nothing else.
var quiet = slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelError}))

// Start starts a side, and returns when it can be sent events.
func (x *Worker) Start(t Take, _ *Nothing) error {
	w := x.w
	ctx, stop := context.WithCancel(w.ctx)
	r := &running{stop: stop, done: make(chan struct{})}
	ready := make(chan struct{})
	w.mu.Lock()
	if w.sides == nil {
		w.sides = make(map[string]*running)
	}
	if w.sides[t.Side] != nil {
		w.mu.Unlock()
		stop()
		return fmt.Errorf("%s runs already", t.Side)
	}
	w.sides[t.Side] = r
	w.mu.Unlock()
	go func() {
		defer close(r.done)
		r.err = take(ctx, &t, sync.OnceFunc(func() { close(ready) }))
	}()
	select {
	case <-ready:
		return nil
	case <-r.done:
		return errors.Join(r.err, x.Stop(t.Side, nil))
	}
}

// Stop stops a side, and says how it has ended.
func (x *Worker) Stop(side string, _ *Nothing) error {
	w := x.w
	w.mu.Lock()
	r := w.sides[side]
	delete(w.sides, side)
	w.mu.Unlock()
	if r == nil {
		return fmt.Errorf("%s does not run", side)
	}
	r.stop()
	<-r.done
	return r.err
}

// Generate sends a Load.
func (x *Worker) Generate(l Load, out *Loaded) error {
	got, err := generate(x.w.ctx, l, &x.w.done)
	if err == nil {
		*out = *got
	}
	return err
}

// A SinkSpec says what outcomes to wait for.
type SinkSpec struct {
	NATS     natsconn.Settings
	Events   int
	Patience time.Duration
}

// Listen begins to count outcomes.
func (x *Worker) Listen(s SinkSpec, _ *Nothing) (err error) {
	x.w.mu.Lock()
	defer x.w.mu.Unlock()
	x.w.sink, err = openSink(s.NATS, s.Events, s.Patience, &x.w.done)
	return err
}

// Wait waits for the outcomes that Listen counts.
func (x *Worker) Wait(_ Nothing, out *Sunk) error {
	x.w.mu.Lock()
	s := x.w.sink
	x.w.mu.Unlock()
	if s == nil {
		return errors.New("nobody listens")
	}
	*out = *s.wait(x.w.ctx)
	return nil
}

// Usage is what the process has used.
func (x *Worker) Usage(_ Nothing, out *Usage) error {
	*out = usage()
	return nil
}

// Progress is how many events of a Load or a backlog have ended.
func (x *Worker) Progress(_ Nothing, out *int64) error {
	*out = x.w.done.Load()
	return nil
}

// close stops what runs.
func (w *worker) close() (err error) {
	w.stop()
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, r := range w.sides {
		<-r.done
		err = errors.Join(err, r.err)
	}
	if w.broker != nil {
		w.broker.Close()
	}
	for _, dir := range w.dirs {
		err = errors.Join(err, os.RemoveAll(dir))
	}
	return err
}

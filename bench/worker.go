package bench

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
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
	var end func()
	w.ctx, end = context.WithCancel(context.Background())
	w.answer(conn, end)
	return w.close()
}

// A worker is a process, or what takes its part in this one.
type worker struct {
	ctx  context.Context // done when the other end is gone
	done atomic.Int64    // events that have ended, for a progress line

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

// startBroker starts a broker that forgets everything with the process; at is its
// URL.
func (w *worker) startBroker(spec BrokerSpec) (at string, err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	dir, err := os.MkdirTemp("", "express-bench-")
	if err != nil {
		return "", err
	}
	w.dirs = append(w.dirs, dir)
	o := embedded.Options{Dir: filepath.Join(dir, "store"), Listen: "127.0.0.1:0", Log: quiet}
	if spec.Config != "" {
		o.Config = filepath.Join(dir, "nats.conf")
		o.Listen = ""
		o.Log = slog.New(slog.DiscardHandler) // nodes complain until all of them are there
		if err := os.WriteFile(o.Config, []byte(spec.Config), 0o600); err != nil {
			return "", err
		}
	}
	if w.broker, err = embedded.Start(o); err != nil {
		return "", err
	}
	return w.broker.URL(), nil
}

// quiet says what went wrong, and nothing else.
var quiet = slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelError}))

// start starts a side, and returns when it can be sent events.
func (w *worker) start(t Take) (Nothing, error) {
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
		return Nothing{}, fmt.Errorf("%s runs already", t.Side)
	}
	w.sides[t.Side] = r
	w.mu.Unlock()
	go func() {
		defer close(r.done)
		r.err = take(ctx, &t, sync.OnceFunc(func() { close(ready) }))
	}()
	select {
	case <-ready:
		return Nothing{}, nil
	case <-r.done:
		_, err := w.stop(t.Side)
		return Nothing{}, errors.Join(r.err, err)
	}
}

// stop stops a side, and says how it has ended.
func (w *worker) stop(side string) (Nothing, error) {
	w.mu.Lock()
	r := w.sides[side]
	delete(w.sides, side)
	w.mu.Unlock()
	if r == nil {
		return Nothing{}, fmt.Errorf("%s does not run", side)
	}
	r.stop()
	<-r.done
	return Nothing{}, r.err
}

// generate sends a Load.
func (w *worker) generate(l Load) (*Loaded, error) { return generate(w.ctx, l, &w.done) }

// A SinkSpec says what outcomes to wait for.
type SinkSpec struct {
	NATS     natsconn.Settings
	Events   int
	Patience time.Duration
}

// listen begins to count outcomes.
func (w *worker) listen(s SinkSpec) (_ Nothing, err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.sink, err = openSink(s.NATS, s.Events, s.Patience, &w.done)
	return Nothing{}, err
}

// wait waits for the outcomes that listen counts.
func (w *worker) wait(Nothing) (*Sunk, error) {
	w.mu.Lock()
	s := w.sink
	w.mu.Unlock()
	if s == nil {
		return nil, errors.New("nobody listens")
	}
	return s.wait(w.ctx), nil
}

// usage is what the process has used.
func (w *worker) usage(Nothing) (Usage, error) { return usage(), nil }

// progress is how many events of a Load or a backlog have ended.
func (w *worker) progress(Nothing) (int64, error) { return w.done.Load(), nil }

// close stops what runs.
func (w *worker) close() (err error) {
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

package watch

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/seed66d9166c/express/internal/records"
	"github.com/seed66d9166c/express/transport"
)

const (
	// maxWatchers bounds who watches an engine at a time.
	maxWatchers = 64
	// maxKept is how many records of an execution are kept until it is known how
	// it ends; beyond it, a watcher of a status sees the beginning and the end.
	maxKept = 1000
	// maxWaiting bounds in bytes what waits to be sent to a watcher.
	maxWaiting = 1 << 20
	// maxBatch bounds a batch in bytes, below what a broker takes by default.
	maxBatch = 256 << 10
	// sendEvery is how soon a record is seen.
	sendEvery = 50 * time.Millisecond
)

// A Tap is where an engine shows its executions to who watches. It is safe for
// concurrent use.
type Tap struct {
	nc   *nats.Conn
	log  *slog.Logger
	sub  *nats.Subscription
	now  atomic.Pointer[[]*watcher] // nil while nobody watches
	stop chan struct{}
	done sync.WaitGroup

	mu sync.Mutex // guards changes of now
}

// A watcher is somebody who watches.
type watcher struct {
	hello
	until time.Time // guarded by Tap.mu

	mu      sync.Mutex // guards what follows
	waiting []byte
	left    int // records left out
}

// NewTap makes a Tap that listens for watchers.
func NewTap(nc *nats.Conn, log *slog.Logger) (*Tap, error) {
	t := &Tap{nc: nc, log: log, stop: make(chan struct{})}
	var err error
	if t.sub, err = nc.Subscribe(Subject, t.hear); err != nil {
		return nil, fmt.Errorf("listen for watchers: %w", err)
	}
	t.done.Go(t.send)
	return t, nil
}

// Close sends what waits, and stops.
func (t *Tap) Close() error {
	err := t.sub.Unsubscribe()
	close(t.stop)
	t.done.Wait()
	return err
}

// hear takes up what a watcher says.
func (t *Tap) hear(msg *nats.Msg) {
	var h hello
	if err := json.Unmarshal(msg.Data, &h); err != nil || !transport.Answerable(h.Inbox, t.nc.Opts.InboxPrefix) {
		t.log.Warn("somebody wants to watch, but does not say what", "error", err)
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	all := t.all()
	i := slices.IndexFunc(all, func(w *watcher) bool { return w.Inbox == h.Inbox })
	switch {
	case h.Bye && i >= 0:
		t.set(slices.Delete(slices.Clone(all), i, i+1))
	case h.Bye:
	case i >= 0:
		all[i].until = time.Now().Add(Lease)
	case len(all) < maxWatchers:
		t.set(append(slices.Clone(all), &watcher{hello: h, until: time.Now().Add(Lease)}))
	default:
		t.log.Warn("too many watch this engine", "watchers", len(all))
	}
}

func (t *Tap) all() []*watcher {
	if all := t.now.Load(); all != nil {
		return *all
	}
	return nil
}

func (t *Tap) set(all []*watcher) {
	if len(all) == 0 {
		t.now.Store(nil)
		return
	}
	t.now.Store(&all)
}

// Open is what shows an execution of workflow, nil where nobody watches it.
func (t *Tap) Open(workflow string) *Execution {
	all := t.now.Load()
	if all == nil {
		return nil
	}
	var x *Execution
	for _, w := range *all {
		if w.Workflow == "" || w.Workflow == workflow {
			if x == nil {
				x = new(Execution)
			}
			x.watchers = append(x.watchers, w)
			x.keeps = x.keeps || w.Status != ""
		}
	}
	return x
}

// An Execution is shown to those who watched when it began. Its methods are safe
// for concurrent use.
type Execution struct {
	watchers []*watcher
	keeps    bool

	mu   sync.Mutex // guards what follows
	kept []byte     // records, for who wants a status
	n    int
}

// Record shows an event. The last one, of type ExecutionSucceeded and the like,
// says how the execution ended.
func (x *Execution) Record(r *records.Record, status string) {
	line, err := json.Marshal(r)
	if err != nil {
		panic(err) // no field of a record can fail
	}
	line = append(line, '\n')
	last := ends(r)
	if x.keeps {
		x.mu.Lock()
		if x.n++; x.n <= maxKept || last {
			x.kept = append(x.kept, line...)
		}
		x.mu.Unlock()
	}
	for _, w := range x.watchers {
		switch {
		case w.Status == "" && (last || !w.Ends):
			w.put(line, 1)
		case w.Status == "" || !last || w.Status != status:
		case w.Ends:
			w.put(line, 1)
		default:
			x.mu.Lock()
			w.put(x.kept, min(x.n, maxKept+1))
			x.mu.Unlock()
		}
	}
}

// put lets n records wait to be sent, or leaves them out.
func (w *watcher) put(lines []byte, n int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.waiting)+len(lines) > maxWaiting {
		w.left += n
		return
	}
	w.waiting = append(w.waiting, lines...)
}

// send sends what waits until t is closed.
func (t *Tap) send() {
	tick := time.NewTicker(sendEvery)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			t.flush()
		case <-t.stop:
			t.flush()
			return
		}
	}
}

// flush sends what waits, and forgets who was not heard of.
func (t *Tap) flush() {
	all := t.all()
	if len(all) == 0 {
		return
	}
	for _, w := range all {
		w.flush(t.nc)
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	now := time.Now()
	if left := slices.DeleteFunc(slices.Clone(t.all()), func(w *watcher) bool { return now.After(w.until) }); len(left) < len(t.all()) {
		t.set(left)
	}
}

// flush sends what waits for w, in batches of whole lines.
func (w *watcher) flush(nc *nats.Conn) {
	w.mu.Lock()
	waiting, left := w.waiting, w.left
	w.waiting, w.left = nil, 0
	w.mu.Unlock()
	for len(waiting) > 0 || left > 0 {
		n := len(waiting)
		if n > maxBatch {
			if n = bytes.LastIndexByte(waiting[:maxBatch], '\n') + 1; n == 0 { // a line as long as this
				n = bytes.IndexByte(waiting, '\n') + 1
			}
		}
		msg := &nats.Msg{Subject: w.Inbox, Data: waiting[:n]}
		if left > 0 {
			msg.Header = nats.Header{headerLeft: {strconv.Itoa(left)}}
		}
		if err := nc.PublishMsg(msg); err != nil {
			w.mu.Lock()
			w.left += left + bytes.Count(waiting, []byte("\n"))
			w.mu.Unlock()
			return
		}
		waiting, left = waiting[n:], 0
	}
}

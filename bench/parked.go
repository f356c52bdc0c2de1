package bench

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/seed66d9166c/express/compiler"
	"github.com/seed66d9166c/express/express"
	"github.com/seed66d9166c/express/express/value"
	"github.com/seed66d9166c/express/transport"
	"github.com/seed66d9166c/express/transport/memory"
)

const (
	// parkedExecutions is how many executions wait at the same time.
	parkedExecutions = 1_000_000
	// parkedTime is how long all of them may take: an execution has five minutes.
	parkedTime = 4 * time.Minute
)

// parkedEvent is one of 250 bytes.
var parkedEvent = []byte(`{"id":"e-000000000001","pad":"` + strings.Repeat("x", 218) + `"}`)

// parkedStates are what executions wait in, by the name of the row.
var parkedStates = []struct{ name, state string }{
	{"task", `{"Type": "Task", "Resource": "func:wait", "End": true}`},
	{"wait", `{"Type": "Wait", "Timestamp": "%s", "End": true}`},
}

// parked starts executions from a source in memory until all of them wait, looks
// at what they hold, their events included, and lets them end.
func parked(ctx context.Context, o Options, sec *Section) error {
	lead := parkedLeast
	for _, s := range parkedStates {
		took, err := park(ctx, o, sec.Row(s.name), s.state, parkedExecutions, lead)
		if err != nil {
			return fmt.Errorf("%s: %w", s.name, err)
		}
		lead = parkedLeast + 2*took
	}
	return nil
}

// parkedLeast is how long Wait states wait at the least: until all executions have
// begun, which takes about as long as it took with tasks.
const parkedLeast = 2 * time.Second

// park is parked for n executions in one state; a Wait state ends after lead. It
// says how long starting them took.
func park(ctx context.Context, o Options, r *Row, state string, n int, lead time.Duration) (took time.Duration, err error) {
	ctx, cancel := context.WithTimeout(ctx, parkedTime)
	defer cancel()
	wake := time.Now().Add(lead).UTC()
	state = strings.ReplaceAll(state, "%s", wake.Format(time.RFC3339))
	p, found := compiler.Compile("parked", []byte(`{"StartAt": "S", "States": {"S": `+state+`}}`), nil)
	if p == nil {
		return 0, found.Err()
	}
	tasks := &waitingTasks{waiting: make([]func(value.Value, error), 0, n)}
	invokers := make(map[string]express.Invoker)
	for _, t := range p.Tasks {
		invokers[t.Kind] = tasks
	}
	m, err := express.New(p, express.Options{Invokers: invokers})
	if err != nil {
		return 0, err
	}
	var begun, succeeded atomic.Int64
	var ended atomic.Int64
	all, finished := make(chan struct{}), make(chan struct{})
	stream := memory.NewStream(memory.Options{Done: func(_ string, out express.Outcome) {
		if out.Status == express.Succeeded {
			succeeded.Add(1)
		}
		if ended.Add(1) == int64(n) {
			close(finished)
		}
	}})
	pump := transport.Pump{Source: stream.Source(), Max: n, Log: quiet, Machine: func(transport.Delivery) (*express.Machine, error) {
		if begun.Add(1) == int64(n) {
			close(all)
		}
		return m, nil
	}}
	held, before := heap(), usage()
	for range n {
		stream.Publish(memory.Message{Subject: eventSubject, Data: bytes.Clone(parkedEvent)})
	}
	pumping, stop := context.WithCancel(ctx)
	pumped := make(chan error, 1)
	began := time.Now()
	go func() { pumped <- pump.Run(pumping) }()
	defer func() { stop(); <-pumped }()

	if err := await(ctx, all); err != nil {
		return took, fmt.Errorf("%d of %d began: %w", begun.Load(), n, err)
	}
	took = time.Since(began)
	r.Add("executions", Count, float64(n))
	r.Add("start", Time, float64(took)/float64(n))
	r.Add("memory", Bytes, float64(heap()-held)/float64(n))
	r.Add("rss", Bytes, float64(rss("self")))
	if n := ended.Load(); n > 0 {
		return took, fmt.Errorf("%d had ended before all waited", n)
	}
	fmt.Fprintf(o.Log, "parked: %d executions\n", n)
	began = time.Now()
	if len(invokers) == 0 {
		began = wake
	}
	tasks.release()
	if err := await(ctx, finished); err != nil {
		return took, fmt.Errorf("%d of %d ended: %w", ended.Load(), n, err)
	}
	r.Add("finish", Time, float64(time.Since(began))/float64(n))
	r.Add("cpu", Time, float64(usage().since(before).CPU)/float64(n))
	r.Add("failed", Count, float64(int64(n)-succeeded.Load()))
	return took, nil
}

func await(ctx context.Context, c <-chan struct{}) error {
	select {
	case <-c:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// waitingTasks performs tasks when it is told to.
type waitingTasks struct {
	mu       sync.Mutex // guards what follows
	released bool
	waiting  []func(value.Value, error)
}

var _ express.Starter = (*waitingTasks)(nil)

// Start begins a task.
func (w *waitingTasks) Start(_ context.Context, _ *express.Call, end func(value.Value, error)) func() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.released {
		end(done, nil)
	} else {
		w.waiting = append(w.waiting, end)
	}
	return nil
}

// Invoke is Start for who waits.
func (w *waitingTasks) Invoke(ctx context.Context, c *express.Call) (value.Value, error) {
	return express.Await(ctx, w, c)
}

// release ends all tasks.
func (w *waitingTasks) release() {
	w.mu.Lock()
	w.released = true
	waiting := w.waiting
	w.waiting = nil
	w.mu.Unlock()
	for _, end := range waiting {
		end(done, nil)
	}
}

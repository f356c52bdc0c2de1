package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// Subjects of express.yaml.
const (
	readingsSubject = "office.readings.office-1"
	outcomesSubject = "express.done.office.*"
	deadSubject     = "express.dlq.>"
)

// A replay publishes readings and follows each until its outcome is there.
type replay struct {
	start time.Time

	mu       sync.Mutex // guards what follows
	sent     map[string]time.Time
	outcomes map[string]int // by status and verdict
	dead     int
	latency  *hdrhistogram.Histogram // microseconds, from publishing to the outcome
	finished time.Time
}

func newReplay() *replay {
	return &replay{
		sent:     make(map[string]time.Time),
		outcomes: make(map[string]int),
		latency:  hdrhistogram.New(1, (10 * time.Minute).Microseconds(), 3),
	}
}

// run publishes n readings of o, at most inFlight of them unfinished at a time,
// and waits until each has ended or ctx is done.
func (r *replay) run(ctx context.Context, nc *nats.Conn, o *office, n, inFlight int) error {
	js, err := jetstream.New(nc)
	if err != nil {
		return err
	}
	slots := make(chan struct{}, inFlight)
	for subject, note := range map[string]func(*nats.Msg){outcomesSubject: r.outcome, deadSubject: r.buried} {
		sub, err := nc.Subscribe(subject, func(m *nats.Msg) {
			note(m)
			select {
			case <-slots:
			default: // what was published before this replay
			}
		})
		if err != nil {
			return fmt.Errorf("subscribe to %s: %w", subject, err)
		}
		defer sub.Unsubscribe()
	}

	r.start = time.Now()
	started := r.start.UnixMilli()
	for i := range n {
		select {
		case slots <- struct{}{}:
		case <-ctx.Done():
			return nil
		}
		id := fmt.Sprintf("reading-%d-%d", started, i)
		r.note(id)
		if _, err := js.PublishAsync(readingsSubject, o.line(), jetstream.WithMsgID(id)); err != nil {
			return fmt.Errorf("publish reading %d: %w", i, err)
		}
	}
	for range inFlight { // all slots free: all readings ended
		select {
		case slots <- struct{}{}:
		case <-ctx.Done():
			return nil
		}
	}
	return nil
}

func (r *replay) note(id string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.sent[id] = time.Now()
}

// outcome counts what the engine published for one reading.
func (r *replay) outcome(m *nats.Msg) {
	var out struct {
		Name, Status string
		Output       struct{ Verdict string }
	}
	if err := json.Unmarshal(m.Data, &out); err != nil {
		out.Status = "unreadable"
	}
	what := out.Status
	if v := out.Output.Verdict; v != "" {
		what += " " + v
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if at, ok := r.sent[out.Name]; ok {
		delete(r.sent, out.Name)
		r.outcomes[what]++
		r.finished = time.Now()
		_ = r.latency.RecordValue(r.finished.Sub(at).Microseconds()) // ten minutes are more than an execution may take
	}
}

// buried counts a reading that ended in the dead letters.
func (r *replay) buried(*nats.Msg) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.dead++
	r.finished = time.Now()
}

// done is how many readings have ended, and how many a second.
func (r *replay) done() (n int, rate float64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, c := range r.outcomes {
		n += c
	}
	n += r.dead
	if elapsed := r.finished.Sub(r.start); n > 0 && elapsed > 0 {
		rate = float64(n) / elapsed.Seconds()
	}
	return n, rate
}

// report prints the outcomes by status, the rate and the latencies.
func (r *replay) report(w io.Writer) {
	n, rate := r.done()
	r.mu.Lock()
	defer r.mu.Unlock()
	fmt.Fprintf(w, "%d readings, %.0f a second\n", n, rate)
	for _, what := range slices.Sorted(maps.Keys(r.outcomes)) {
		fmt.Fprintf(w, "  %-24s %6d\n", what, r.outcomes[what])
	}
	fmt.Fprintf(w, "  %-24s %6d\n", "dead letters (garbled)", r.dead)
	fmt.Fprintf(w, "latency from publishing to outcome: p50 %v, p99 %v\n",
		microseconds(r.latency.ValueAtQuantile(50)), microseconds(r.latency.ValueAtQuantile(99)))
}

func microseconds(us int64) time.Duration { return time.Duration(us) * time.Microsecond }

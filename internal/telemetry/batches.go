package telemetry

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	sdklog "go.opentelemetry.io/otel/sdk/log"
)

// A batches exports records in batches. Unlike the SDK's processor it never
// overwrites a record that waits: it refuses the new one, and counts every
// record that it refused or that the collector did not take.
type batches struct {
	exporter sdklog.Exporter
	o        batchOptions
	log      *slog.Logger

	emitted, exported, dropped atomic.Uint64

	mu      sync.Mutex // guards what follows
	waiting []sdklog.Record
	leaving int // records that are being exported
	closed  bool

	full  chan struct{}      // a batch waits
	flush chan chan<- error  // export now, and say how it went
	stop  chan struct{}      // export now, and end
	done  chan struct{}      // the goroutine has ended
	ctx   context.Context    // of exports
	abort context.CancelFunc // ends ctx

	lost report // these belong to the goroutine
	last error  // of the last export
}

// A report is what was said of records that were lost.
type report struct {
	failing bool
	dropped uint64 // said so far
	at      time.Time
}

// reportEvery is how often the loss of records is said.
const reportEvery = 10 * time.Second

func newBatches(e sdklog.Exporter, o batchOptions, log *slog.Logger) *batches {
	b := &batches{
		exporter: e,
		o:        o,
		log:      log,
		full:     make(chan struct{}, 1),
		flush:    make(chan chan<- error),
		stop:     make(chan struct{}),
		done:     make(chan struct{}),
	}
	b.ctx, b.abort = context.WithCancel(context.Background())
	go b.run()
	return b
}

func (b *batches) records() Records {
	b.mu.Lock()
	defer b.mu.Unlock()
	return Records{
		Emitted:  b.emitted.Load(),
		Exported: b.exported.Load(),
		Dropped:  b.dropped.Load(),
		Waiting:  uint64(len(b.waiting) + b.leaving),
	}
}

// Enabled is true: levels are the recorder's.
func (b *batches) Enabled(context.Context, sdklog.EnabledParameters) bool { return true }

// OnEmit lets r wait, or drops it where the queue is full.
func (b *batches) OnEmit(_ context.Context, r *sdklog.Record) error {
	b.mu.Lock()
	b.emitted.Add(1)
	n := len(b.waiting) + b.leaving
	if b.closed || n >= b.o.queue {
		b.dropped.Add(1)
	} else {
		b.waiting = append(b.waiting, *r) // no other processor has it
	}
	ready := len(b.waiting) >= b.o.batch
	b.mu.Unlock()
	if ready {
		select {
		case b.full <- struct{}{}:
		default: // it knows
		}
	}
	return nil
}

// run exports until b is shut down.
func (b *batches) run() {
	defer close(b.done)
	tick := time.NewTicker(b.o.interval)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			b.export()
		case <-b.full:
			b.export()
		case answer := <-b.flush:
			b.export()
			answer <- b.last
		case <-b.stop:
			b.export()
			return
		}
	}
}

// export exports all that waits.
func (b *batches) export() {
	b.mu.Lock()
	records := b.waiting
	b.waiting, b.leaving = nil, len(records)
	b.mu.Unlock()
	if len(records) == 0 {
		return
	}
	b.last = nil
	for len(records) > 0 {
		n := min(len(records), b.o.batch)
		ctx, cancel := context.WithTimeout(b.ctx, b.o.timeout)
		err := b.exporter.Export(ctx, records[:n])
		cancel()
		b.mu.Lock()
		b.leaving -= n
		if err != nil {
			b.last = err
			b.dropped.Add(uint64(n))
		} else {
			b.exported.Add(uint64(n))
		}
		b.mu.Unlock()
		records = records[n:]
	}
	b.say()
}

// say tells of an export that failed, of the next one that did not, and now and
// then of what was lost meanwhile.
func (b *batches) say() {
	r, err, now, dropped := &b.lost, b.last, time.Now(), b.dropped.Load()
	switch {
	case err != nil && !r.failing:
		b.log.Warn("the collector takes no log records", "error", err)
	case err == nil && r.failing:
		b.log.Info("the collector takes log records again", "dropped", dropped-r.dropped)
	case dropped > r.dropped && now.Sub(r.at) >= reportEvery:
		b.log.Warn("log records were dropped", "records", dropped-r.dropped)
	default:
		return
	}
	*r = report{err != nil, dropped, now}
}

// ForceFlush exports all that waits.
func (b *batches) ForceFlush(ctx context.Context) error {
	answer := make(chan error, 1)
	select {
	case b.flush <- answer:
	case <-b.done:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
	select {
	case err := <-answer:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Shutdown exports all that waits, until ctx is done; what is left is dropped.
func (b *batches) Shutdown(ctx context.Context) error {
	b.mu.Lock()
	first := !b.closed
	b.closed = true
	b.mu.Unlock()
	if !first {
		return nil
	}
	defer context.AfterFunc(ctx, b.abort)()
	close(b.stop)
	<-b.done
	b.abort()
	return errors.Join(b.last, b.exporter.Shutdown(ctx))
}

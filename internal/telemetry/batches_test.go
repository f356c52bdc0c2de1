package telemetry

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	sdklog "go.opentelemetry.io/otel/sdk/log"
)

// An exporter hands what it is to export to a function.
type exporter struct {
	export func(ctx context.Context, n int) error

	mu      sync.Mutex // guards what follows
	batches []int
	closed  bool
}

func (e *exporter) Export(ctx context.Context, r []sdklog.Record) error {
	e.mu.Lock()
	e.batches = append(e.batches, len(r))
	e.mu.Unlock()
	return e.export(ctx, len(r))
}

func (e *exporter) Shutdown(context.Context) error { e.closed = true; return nil }

func (e *exporter) ForceFlush(context.Context) error { return nil }

func (b *batches) emitN(n int) {
	for range n {
		b.OnEmit(context.Background(), new(sdklog.Record))
	}
}

var small = batchOptions{queue: 10, batch: 4, interval: time.Second, timeout: 5 * time.Second}

// A full queue refuses records; what it has it keeps.
func TestQueueFull(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		e := &exporter{export: func(context.Context, int) error { <-release; return nil }}
		b := newBatches(e, small, slog.New(slog.DiscardHandler))
		b.emitN(4)
		synctest.Wait() // they are being exported
		b.emitN(6)
		if r := b.records(); r != (Records{Emitted: 10, Waiting: 10}) {
			t.Errorf("at the bound: %+v", r)
		}
		b.emitN(1)
		if r := b.records(); r != (Records{Emitted: 11, Waiting: 10, Dropped: 1}) {
			t.Errorf("past the bound: %+v", r)
		}
		close(release)
		if err := b.Shutdown(t.Context()); err != nil {
			t.Error(err)
		}
		if r := b.records(); r != (Records{Emitted: 11, Exported: 10, Dropped: 1}) {
			t.Errorf("in the end: %+v", r)
		}
		if !e.closed {
			t.Error("the exporter was not shut down")
		}
	})
}

// Records wait for a batch to be full, or for the interval.
func TestBatches(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := &exporter{export: func(context.Context, int) error { return nil }}
		b := newBatches(e, small, slog.New(slog.DiscardHandler))
		b.emitN(3)
		synctest.Wait()
		if r := b.records(); r.Waiting != 3 {
			t.Errorf("before the interval: %+v", r)
		}
		time.Sleep(small.interval)
		synctest.Wait()
		if r := b.records(); r.Exported != 3 {
			t.Errorf("after the interval: %+v", r)
		}
		b.emitN(9)
		synctest.Wait()
		if err := b.ForceFlush(t.Context()); err != nil {
			t.Error(err)
		}
		if r := b.records(); r.Exported != 12 {
			t.Errorf("after a flush: %+v", r)
		}
		for _, n := range e.batches {
			if n > small.batch {
				t.Errorf("batch of %d, want at most %d", n, small.batch)
			}
		}
		b.Shutdown(t.Context())
		b.Shutdown(t.Context()) // does nothing
		b.emitN(1)
		if r := b.records(); r.Dropped != 1 {
			t.Errorf("after the end: %+v", r)
		}
		if err := b.ForceFlush(t.Context()); err != nil {
			t.Error(err)
		}
	})
}

// A collector that hangs holds an export up no longer than the timeout, and the
// end no longer than its context.
func TestHangs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := &exporter{export: func(ctx context.Context, _ int) error { <-ctx.Done(); return ctx.Err() }}
		b := newBatches(e, small, slog.New(slog.DiscardHandler))
		start := time.Now()
		b.emitN(4)
		time.Sleep(small.timeout)
		synctest.Wait()
		if r := b.records(); r.Dropped != 4 {
			t.Errorf("after the timeout: %+v", r)
		}
		b.emitN(8)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if err := b.Shutdown(ctx); err == nil {
			t.Error("Shutdown has no error")
		}
		if took := time.Since(start); took != small.timeout+time.Second {
			t.Errorf("took %v, want the timeout and a second", took)
		}
		if r := b.records(); r != (Records{Emitted: 12, Dropped: 12}) {
			t.Errorf("in the end: %+v", r)
		}
	})
}

// Trouble with the collector is said when it begins, when it ends, and now and
// then between.
func TestReports(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out strings.Builder
		down := errors.New("connection refused")
		err := down
		e := &exporter{export: func(context.Context, int) error { return err }}
		b := newBatches(e, small, slog.New(slog.NewTextHandler(&out, &slog.HandlerOptions{
			ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
				if a.Key == slog.TimeKey {
					return slog.Attr{}
				}
				return a
			},
		})))
		time.Sleep(small.interval / 2) // so that it is clear what comes first
		for range 12 {
			b.emitN(1)
			time.Sleep(small.interval)
		}
		synctest.Wait()
		err = nil
		b.emitN(1)
		if err := b.ForceFlush(t.Context()); err != nil {
			t.Error(err)
		}
		b.Shutdown(t.Context())
		want := `level=WARN msg="the collector takes no log records" error="connection refused"
level=WARN msg="log records were dropped" records=10
level=INFO msg="the collector takes log records again" dropped=1
`
		if got := out.String(); got != want {
			t.Errorf("said\n%swant\n%s", got, want)
		}
	})
}

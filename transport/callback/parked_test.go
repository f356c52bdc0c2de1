package callback

import (
	"context"
	"runtime"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/seed66d9166c/express/express"
	"github.com/seed66d9166c/express/express/value"
)

// sent is what performs a task at once.
type sent struct{}

func (sent) Invoke(context.Context, *express.Call) (value.Value, error) { return value.Null, nil }

func (sent) Start(_ context.Context, _ *express.Call, done func(value.Value, error)) func() {
	done(value.Null, nil)
	return nil
}

const ask = `{"StartAt": "Ask", "States": {"Ask": {"Type": "Task", "Resource": "mail:send.waitForTaskToken",
	"Parameters": {"token.$": "$$.Task.Token"}, "End": true}}}`

// A task that waits has no goroutine, and leaves nothing behind.
func TestParked(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const n = 1000
		r := open(t, Options{})
		m := machine(t, r, ask, sent{})
		ctx, abort := context.WithCancel(t.Context())
		before := runtime.NumGoroutine()
		var ended sync.WaitGroup
		ended.Add(n)
		for range n {
			m.Start(ctx, express.Start{Name: "run"}, func(express.Outcome) { ended.Done() })
		}
		synctest.Wait()
		if grown := runtime.NumGoroutine() - before; grown > n/10 {
			t.Errorf("%d tasks wait with %d goroutines", n, grown)
		}
		if got := r.Counts().Waiting; got != n {
			t.Errorf("%d tasks wait, want %d", got, n)
		}
		abort()
		ended.Wait()
		if got := r.Counts().Waiting; got != 0 {
			t.Errorf("%d tasks wait after the end of their executions", got)
		}
	})
}

func heap() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc + m.StackInuse
}

// What an execution takes that waits for a callback: give it -benchtime=200000x.
func BenchmarkParked(b *testing.B) {
	r := open(b, Options{})
	m := machine(b, r, ask, sent{})
	ctx, abort := context.WithCancel(b.Context())
	var ended sync.WaitGroup
	before := heap()
	n := 0
	for b.Loop() {
		ended.Add(1)
		m.Start(ctx, express.Start{Name: "run"}, func(express.Outcome) { ended.Done() })
		n++
	}
	for r.Counts().Waiting < n {
		runtime.Gosched()
	}
	b.ReportMetric(float64(heap()-before)/float64(n), "B/waiting")
	abort()
	ended.Wait()
}

// What a Registry alone takes for a task that waits.
func BenchmarkWaiting(b *testing.B) {
	r := open(b, Options{})
	before := heap()
	n := 0
	for b.Loop() {
		park(b, r)
		n++
	}
	b.ReportMetric(float64(heap()-before)/float64(n), "B/waiting")
}

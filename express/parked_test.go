package express_test

import (
	"context"
	"fmt"
	"runtime"
	"sync"
	"testing"

	"github.com/seed66d9166c/express/express"
	"github.com/seed66d9166c/express/express/expresstest"
	"github.com/seed66d9166c/express/express/value"
)

// event250 is an event of 250 bytes, with its number in it.
func event250(n int) []byte {
	return fmt.Appendf(nil, `{"id":"e-%012d","type":"sensor.reading","device":{"id":"dev-4711","site":"plant-3","fw":"2.4.1"},`+
		`"ts":1763700000123,"temp":21.75,"hum":48.2,"status":"OK","items":[{"k":"a","v":1},{"k":"b","v":2},{"k":"c","v":3},`+
		`{"k":"d","v":4}],"note":"12345"}`, n)
}

// silent is a task that never answers.
type silent struct{}

func (silent) Invoke(ctx context.Context, c *express.Call) (value.Value, error) {
	return express.Await(ctx, silent{}, c)
}

func (silent) Start(context.Context, *express.Call, func(value.Value, error)) func() { return nil }

// live is the memory in use: objects, and stacks of goroutines.
func live() int64 {
	runtime.GC()
	runtime.GC() // pools are emptied by the second one
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc + m.StackInuse)
}

// BenchmarkParked reports what executions cost that wait, each with its event of
// 250 bytes: of Run, which keep their goroutine, and of Start, which do not.
func BenchmarkParked(b *testing.B) {
	run := func(m *express.Machine, ctx context.Context, s express.Start, done func(express.Outcome)) {
		go func() { done(m.Run(ctx, s)) }()
	}
	for _, by := range []struct {
		name  string
		start func(*express.Machine, context.Context, express.Start, func(express.Outcome))
	}{{"run", run}, {"start", (*express.Machine).Start}} {
		for _, w := range []struct{ name, definition string }{{"wait", oneWait}, {"task", oneTask}} {
			b.Run(by.name+"/"+w.name, func(b *testing.B) {
				m := expresstest.Machine(b, w.definition, nil, func(o *express.Options) {
					o.Invokers = map[string]express.Invoker{"func": silent{}}
				})
				ctx, abort := context.WithCancel(b.Context())
				var ended sync.WaitGroup
				before := live()
				n := 0
				for b.Loop() {
					in, err := value.ParseOwned(event250(n))
					if err != nil {
						b.Fatal(err)
					}
					ended.Add(1)
					by.start(m, ctx, express.Start{Name: fmt.Sprintf("e-%012d", n), Input: in}, func(express.Outcome) { ended.Done() })
					n++
				}
				b.ReportMetric(float64(live()-before)/float64(n), "B/parked")
				b.ReportMetric(float64(runtime.NumGoroutine()), "goroutines")
				abort()
				ended.Wait()
			})
		}
	}
}

package transport_test

import (
	"context"
	"sync/atomic"
	"testing"

	"github.com/seed66d9166c/express/express"
	"github.com/seed66d9166c/express/express/expresstest"
	"github.com/seed66d9166c/express/express/value"
	"github.com/seed66d9166c/express/transport"
	"github.com/seed66d9166c/express/transport/memory"
)

// BenchmarkPump is what an event costs beside its execution: from a stream in
// memory through a machine that does next to nothing, to its end. It is not a
// loop of b.Loop, as the Pump is the one that loops.
func BenchmarkPump(b *testing.B) {
	for _, bb := range []struct{ name, workflow string }{{"short", passWorkflow}, {"goroutine", taskWorkflow}} {
		b.Run(bb.name, func(b *testing.B) {
			m := expresstest.Machine(b, bb.workflow, func(_ context.Context, c *express.Call) (value.Value, error) {
				return c.Input, nil
			})
			var left atomic.Int64
			left.Store(int64(b.N))
			ended := make(chan struct{})
			stream := memory.NewStream(memory.Options{Done: func(string, express.Outcome) {
				if left.Add(-1) == 0 {
					close(ended)
				}
			}})
			for range b.N {
				stream.Publish(memory.Message{Data: []byte(`{}`)})
			}
			ctx, cancel := context.WithCancel(b.Context())
			go func() {
				<-ended
				cancel()
			}()
			b.ReportAllocs()
			b.ResetTimer()
			p := &transport.Pump{Source: stream.Source(), Machine: always(m)}
			if err := p.Run(ctx); err != nil {
				b.Fatal(err)
			}
		})
	}
}

package transport_test

import (
	"context"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/seed66d9166c/express/express"
	"github.com/seed66d9166c/express/express/expresstest"
	"github.com/seed66d9166c/express/express/value"
	"github.com/seed66d9166c/express/transport"
	"github.com/seed66d9166c/express/transport/memory"
)

// confirmation is how long a late source takes to acknowledge.
const confirmation = 5 * time.Second

// A late source hands out what comes together in the opposite order, and
// acknowledges when an outcome would have been confirmed.
type late struct{ transport.Source }

func (s late) Next(ctx context.Context, into []transport.Delivery) (int, error) {
	n, err := s.Source.Next(ctx, into)
	slices.Reverse(into[:n])
	for i, d := range into[:n] {
		into[i] = lateDelivery{d}
	}
	return n, err
}

type lateDelivery struct{ transport.Delivery }

func (d lateDelivery) Ack(o express.Outcome, done func(error)) {
	time.AfterFunc(confirmation, func() { d.Delivery.Ack(o, done) })
}

// TestLane lets events die together until they are in quarantine: they run there by
// age, whatever the order in which they arrive and however few slots there are, and
// each when the one before is acknowledged, which is what would be lost with the
// process.
func TestLane(t *testing.T) {
	for _, tt := range []struct {
		deaths int
		want   []string
	}{
		{2, []string{"a", "b", "c", "d"}},
		{3, []string{"d", "c", "b", "a"}},
		{4, []string{"a", "b", "c", "d"}},
	} {
		synctest.Test(t, func(t *testing.T) {
			stream := memory.NewStream(memory.Options{})
			for _, id := range []string{"a", "b", "c", "d"} {
				stream.Publish(memory.Message{ID: id, Data: []byte(`{}`)})
				time.Sleep(time.Second)
			}
			for range tt.deaths {
				src := stream.Source()
				if n, err := src.Next(t.Context(), make([]transport.Delivery, 4)); n != 4 || err != nil {
					t.Fatal(n, err)
				}
				src.Kill()
				time.Sleep(memory.DefaultAckWait)
			}
			var ran []string
			var began time.Time
			m := expresstest.Machine(t, taskWorkflow, func(_ context.Context, c *express.Call) (value.Value, error) {
				if gap := time.Since(began); gap < confirmation {
					t.Errorf("%s runs %v after the one before", c.Execution, gap)
				}
				ran, began = append(ran, c.Execution), time.Now()
				return c.Input, nil
			})
			pump(t, stream, &transport.Pump{Source: late{stream.Source()}, Machine: always(m), Max: 1})
			if !slices.Equal(ran, tt.want) {
				t.Errorf("after %d deaths they run in the order %v, want %v", tt.deaths, ran, tt.want)
			}
		})
	}
}

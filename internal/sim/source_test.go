package sim

import (
	"log/slog"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/seed66d9166c/express/express"
	"github.com/seed66d9166c/express/transport"
	ejs "github.com/seed66d9166c/express/transport/jetstream"
	"github.com/seed66d9166c/express/transport/transporttest"
	"github.com/seed66d9166c/express/transport/wire"
)

// TestSource runs the contract of a Source over the model: what holds on a server
// holds here.
func TestSource(t *testing.T) {
	t.Run("nats.go", func(t *testing.T) { testSource(t, wire.Plain) })
	t.Run("wire", func(t *testing.T) { testSource(t, data) })
}

// data is a Conn with a data connection beside nc.
func data(nc *nats.Conn) *wire.Conn { return wire.Open(nc, slog.Default()) }

func testSource(t *testing.T, link func(*nats.Conn) *wire.Conn) {
	transporttest.TestSource(t, bubble, func(t *testing.T, s transporttest.Settings) *transporttest.Bed {
		b := NewBroker(1, instantly, Watch{})
		publisher := connect(t, b.Port("publisher"))
		conns := map[transport.Source]*nats.Conn{}
		t.Cleanup(b.Close)
		return &transporttest.Bed{
			Open: func() transport.Source {
				js := connect(t, b.Port("worker"))
				src, err := ejs.Open(t.Context(), js, ejs.Options{
					Workflow: "readings",
					Subject:  "readings.>",
					AckWait:  s.AckWait,
					Deadline: s.Deadline,
					Slots:    100,
					Link:     link(js.Conn()),
				})
				if err != nil {
					t.Fatal(err)
				}
				conns[src] = js.Conn()
				return src
			},
			Kill: func(src transport.Source) { conns[src].Close() },
			Publish: func(e transporttest.Event) {
				m := &nats.Msg{Subject: e.Subject, Data: e.Data, Header: nats.Header{}}
				for k, v := range e.Header {
					m.Header[k] = []string{v}
				}
				if e.ID != "" {
					m.Header[nats.MsgIdHdr] = []string{e.ID}
				}
				if _, err := publisher.PublishMsg(t.Context(), m); err != nil {
					t.Error(err)
				}
			},
			Dead: func() (dead []transporttest.Dead) {
				err := ejs.DeadLetters(t.Context(), publisher, ejs.DeadFilter{}, true, func(l *ejs.DeadLetter) error {
					dead = append(dead, transporttest.Dead{Workflow: l.Workflow, Reason: l.Reason, Data: l.Data})
					return nil
				})
				if err != nil {
					t.Error(err)
				}
				return dead
			},
		}
	})
}

// source is a Source over b with an event to hand out, and where it connects.
func source(t *testing.T, b *Broker) (*ejs.Source, *Port) {
	t.Helper()
	p := b.Port("worker")
	src, err := ejs.Open(t.Context(), connect(t, p), ejs.Options{Workflow: "readings", Subject: "readings.>"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		src.Close()
		time.Sleep(time.Minute) // what was on its way
	})
	if _, err := connect(t, b.Port("publisher")).Publish(t.Context(), "readings.a", []byte("1")); err != nil {
		t.Fatal(err)
	}
	return src, p
}

// TestEndingDoesNotWait ends deliveries while the server does not answer: who reads
// events must not wait for it.
func TestEndingDoesNotWait(t *testing.T) {
	for name, end := range map[string]func(transport.Delivery){
		"Ack":   func(d transport.Delivery) { d.Ack(express.Outcome{}, nil) },
		"Reack": func(d transport.Delivery) { d.Reack() },
		"Nak":   func(d transport.Delivery) { d.Nak(0) },
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				b := NewBroker(1, instantly, Watch{})
				t.Cleanup(b.Close)
				src, port := source(t, b)
				all := make([]transport.Delivery, 1)
				if n, err := src.Next(t.Context(), all); n != 1 || err != nil {
					t.Fatal(n, err)
				}
				port.Hold(10 * time.Second)
				began := time.Now()
				end(all[0])
				err := src.Flush()
				if took := time.Since(began); took > 0 || err != nil {
					t.Errorf("it waited for %v: %v", took, err)
				}
			})
		})
	}
}

// TestConsumer holds the consumer of a Source to what the protocol stands on.
func TestConsumer(t *testing.T) {
	bubble(t, func(t *testing.T) {
		b := NewBroker(1, instantly, Watch{})
		t.Cleanup(b.Close)
		source(t, b)
		c := b.consumer("EXPRESS_readings", "express-readings").config
		c.Description, c.Metadata = "", nil
		want := jetstream.ConsumerConfig{
			Durable:       "express-readings",
			AckPolicy:     jetstream.AckExplicitPolicy,
			AckWait:       30 * time.Second, // it is after a crash that events wait for so long
			MaxDeliver:    2000,             // twice what the engine itself grants
			BackOff:       nil,              // it would overrule the delay of a Nak
			FilterSubject: "readings.>",
			MaxAckPending: 50_000,
		}
		if diff := cmp.Diff(want, c); diff != "" {
			t.Errorf("the consumer has other settings (-want +got):\n%s", diff)
		}
	})
}

// TestMarkCountsOnce loses the confirmations of marks for a time: a mark that is
// published again counts once.
func TestMarkCountsOnce(t *testing.T) {
	bubble(t, func(t *testing.T) {
		b := NewBroker(1, instantly, Watch{})
		t.Cleanup(b.Close)
		src, _ := source(t, b)
		all := make([]transport.Delivery, 1)
		if n, err := src.Next(t.Context(), all); n != 1 || err != nil {
			t.Fatal(n, err)
		}
		for want := 1; want <= 3; want++ {
			b.Mute(1)
			time.AfterFunc(5*time.Second, func() { b.Mute(0) })
			if got, err := all[0].Mark(t.Context()); got != want || err != nil {
				t.Errorf("mark %d is %d, %v", want, got, err)
			}
		}
	})
}

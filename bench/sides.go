package bench

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/seed66d9166c/express/compiler"
	"github.com/seed66d9166c/express/express"
	"github.com/seed66d9166c/express/transport"
	source "github.com/seed66d9166c/express/transport/jetstream"
)

// engine is the path of the product: Source, Pump, Machine.
func engine(ctx context.Context, nc *nats.Conn, consumer string, _ int) error {
	js, err := jetstream.New(nc)
	if err != nil {
		return err
	}
	program, found := compiler.Compile("w1", []byte(w1), nil)
	if program == nil {
		return found.Err()
	}
	machine, err := express.New(program, express.Options{Identity: express.Identity{Name: "w1"}})
	if err != nil {
		return err
	}
	src, err := source.Open(ctx, js, source.Options{
		Workflow: "w1",
		Subject:  eventSubject,
		Stream:   stream,
		Durable:  consumer,
		Result:   resultSubject,
	})
	if err != nil {
		return err
	}
	pump := transport.Pump{
		Source:   src,
		Workflow: "w1",
		Machine:  func(transport.Delivery) (*express.Machine, error) { return machine, nil },
	}
	return pump.Run(ctx)
}

// bareBatch is how much the bare loop fetches at a time: as much as the engine.
const bareBatch = transport.DefaultMax

// bare takes the events with nats.go's own consumer and does nothing with them
// but to publish as many bytes as the engine and to acknowledge.
func bare(ctx context.Context, nc *nats.Conn, consumer string, events int) error {
	js, err := jetstream.New(nc)
	if err != nil {
		return err
	}
	c, err := js.CreateConsumer(ctx, stream, jetstream.ConsumerConfig{
		Durable:       consumer,
		AckPolicy:     jetstream.AckExplicitPolicy,
		MaxAckPending: 10 * bareBatch,
	})
	if err != nil {
		return err
	}
	outcome := &nats.Msg{
		Subject: resultSubject,
		Header:  nats.Header{transport.HeaderHops: {"1"}},
		Data:    []byte(result),
	}
	for taken := 0; taken < events; {
		batch, err := c.Fetch(bareBatch, jetstream.FetchMaxWait(time.Second))
		if err != nil {
			return err
		}
		for m := range batch.Messages() {
			taken++
			if err := errors.Join(nc.PublishMsg(outcome), m.Ack()); err != nil {
				return err
			}
		}
		if err := batch.Error(); err != nil && !errors.Is(err, nats.ErrTimeout) {
			return fmt.Errorf("fetch: %w", err)
		}
	}
	return nc.Flush()
}

package nats

import (
	"context"
	"errors"
	"fmt"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/seed66d9166c/express/express"
	"github.com/seed66d9166c/express/express/value"
)

type publish struct{ nc *nats.Conn }

// Invoke publishes, at most once.
func (p *publish) Invoke(_ context.Context, c *express.Call) (value.Value, error) {
	m, err := message(c)
	if err != nil {
		return value.Value{}, err
	}
	if err := p.nc.PublishMsg(m); err != nil {
		return value.Value{}, fmt.Errorf("publish to %s: %w", c.Task.Target, err)
	}
	return value.Object(), nil
}

type store struct{ js jetstream.JetStream }

// Invoke publishes to a stream. Its Nats-Msg-Id is the idempotency key: a retry
// or redelivery within the stream's window is stored once.
func (s *store) Invoke(ctx context.Context, c *express.Call) (value.Value, error) {
	m, err := message(c)
	if err != nil {
		return value.Value{}, err
	}
	ack, err := s.js.PublishMsg(ctx, m, jetstream.WithMsgID(c.Key()))
	switch {
	case errors.Is(err, jetstream.ErrNoStreamResponse):
		return value.Value{}, &express.Error{Name: ErrNoStream, Cause: "No stream has the subject " + c.Task.Target, Err: err}
	case err != nil:
		return value.Value{}, fmt.Errorf("publish to %s: %w", c.Task.Target, err)
	}
	return value.Object(
		value.Member{Key: "stream", Val: value.String(ack.Stream)},
		value.Member{Key: "sequence", Val: value.Int(int64(ack.Sequence))},
		value.Member{Key: "duplicate", Val: value.Bool(ack.Duplicate)},
	), nil
}

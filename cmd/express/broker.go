package main

import (
	"context"
	"sync"

	natsio "github.com/nats-io/nats.go"

	"github.com/seed66d9166c/express/express"
	"github.com/seed66d9166c/express/express/value"
	"github.com/seed66d9166c/express/transport/nats"
)

// A broker performs the tasks over NATS. It is not connected to before the first
// one is called: mocks may answer them all.
type broker struct {
	connect func() (*natsio.Conn, error)
	failed  context.CancelCauseFunc // told why there is no connection

	once  sync.Once
	nc    *natsio.Conn
	tasks map[string]express.Invoker // by kind
	err   error
}

func (b *broker) open() {
	if b.nc, b.err = b.connect(); b.err == nil {
		b.tasks, b.err = nats.Invokers(b.nc, nats.Options{})
	}
	if b.err != nil {
		b.failed(b.err)
	}
}

// Invoke performs a task.
func (b *broker) Invoke(ctx context.Context, c *express.Call) (value.Value, error) {
	b.once.Do(b.open)
	if b.err != nil {
		return value.Value{}, b.err
	}
	if by := b.tasks[c.Task.Kind]; by != nil {
		return by.Invoke(ctx, c)
	}
	return absent(ctx, c)
}

// close hands over what was published and disconnects.
func (b *broker) close(ctx context.Context) error {
	if b.nc == nil {
		return nil
	}
	defer b.nc.Close()
	return b.nc.FlushWithContext(ctx)
}

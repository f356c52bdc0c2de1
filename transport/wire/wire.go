// Package wire moves messages in bulk: those that start executions, the requests for
// them, their acknowledgements and results. It speaks the protocol of NATS on a
// connection of its own, the data connection, beside that of nats.go, to which
// everything else is left: discovery of servers, waiting for them, and all that
// concerns single messages.
//
// A data connection costs a process a third of what nats.go costs for a message,
// and the server fewer system calls: what one read brings is handed over in one
// call, and what a batch of executions has to say goes out in one write.
//
// Where there is none, because it broke, because it cannot be had or because
// nobody wants it, a Conn does the same by nats.go. Who uses it need not know.
package wire

import (
	"context"
	"errors"
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/nats-io/nats.go"
)

const (
	// The pause before the next attempt to connect doubles from the one to the
	// other: the server that nats.go is connected to should be there, but may be
	// about to leave.
	dialPauseMin = 50 * time.Millisecond
	dialPauseMax = 2 * time.Second
	// closeTimeout bounds the wait for a server that does not answer: a system that
	// closes a connection may drop what is on its way.
	closeTimeout = 2 * time.Second
)

// A Conn moves messages on a data connection while there is one, and by nats.go
// otherwise. It is safe for concurrent use.
type Conn struct {
	nc    *nats.Conn
	log   *slog.Logger
	line  atomic.Pointer[line] // nil while there is no data connection
	close context.CancelFunc
	done  chan struct{} // closed when nothing works in the background any more
}

// Plain is a Conn that leaves everything to nc.
func Plain(nc *nats.Conn) *Conn {
	c := &Conn{nc: nc, close: func() {}, done: make(chan struct{})}
	close(c.done)
	return c
}

// Open is a Conn with a data connection to the server that nc is connected to, as
// the same user. When that cannot be had now it is tried again, for as long as nc is
// not closed; over WebSocket there never is one.
func Open(nc *nats.Conn, log *slog.Logger) *Conn {
	if !possible(nc) {
		return Plain(nc)
	}
	c := &Conn{nc: nc, log: log, done: make(chan struct{})}
	var ctx context.Context
	ctx, c.close = context.WithCancel(context.Background())
	closed := nc.StatusChanged(nats.CLOSED)
	l, err := dial(ctx, nc)
	if err != nil {
		log.Warn("no data connection to NATS", "error", err)
	}
	c.line.Store(l)
	go func() {
		defer nc.RemoveStatusListener(closed)
		select {
		case <-closed:
			c.close()
		case <-ctx.Done():
		}
	}()
	go c.run(ctx, l)
	return c
}

// Close ends the data connection, once the server has what was sent, or does not
// say so for two seconds. It does not end that of nats.go.
func (c *Conn) Close() {
	if l := c.line.Load(); l != nil {
		ctx, cancel := context.WithTimeout(context.Background(), closeTimeout)
		l.flush(ctx) // an error says that it is lost
		cancel()
	}
	c.close()
	<-c.done
}

// run keeps a data connection until ctx is done.
func (c *Conn) run(ctx context.Context, l *line) {
	defer close(c.done)
	var why string // there is none; as was said
	for pause := dialPauseMin; ; pause = min(2*pause, dialPauseMax) {
		if l != nil {
			began := time.Now()
			err := l.serve(ctx)
			c.line.Store(nil)
			l.end()
			if ctx.Err() == nil {
				c.log.Warn("data connection to NATS lost", "error", err)
			}
			if time.Since(began) > dialPauseMax {
				pause = dialPauseMin
			}
		}
		select {
		case <-time.After(pause):
		case <-ctx.Done():
			return
		}
		if l = nil; !c.nc.IsConnected() {
			continue
		}
		var err error
		if l, err = dial(ctx, c.nc); err == nil {
			c.line.Store(l)
			c.log.Info("data connection to NATS is there again")
			why = ""
		} else if why != err.Error() && ctx.Err() == nil {
			c.log.Warn("no data connection to NATS", "error", err)
			why = err.Error()
		}
	}
}

// Connected reports whether messages get out now.
func (c *Conn) Connected() bool { return c.line.Load() != nil || c.nc.IsConnected() }

// MaxPayload is how many bytes a message may have, its headers included.
func (c *Conn) MaxPayload() int {
	if l := c.line.Load(); l != nil {
		return int(l.maxPayload.Load())
	}
	return int(c.nc.MaxPayload())
}

// Send sends all, in order and on one connection: in one write, where there is a
// data connection. It returns when they are handed over to the system, or to
// nats.go, which keeps them while it is not connected; the latter, too, if they
// cannot be written, and then some can be sent twice. Any error is that of all: some
// may have been sent.
func (c *Conn) Send(all ...Msg) error {
	if len(all) == 0 {
		return nil
	}
	if l := c.line.Load(); l != nil && l.send(all) == nil {
		return nil
	}
	for i := range all {
		if err := c.nc.PublishMsg(all[i].nats()); err != nil {
			return err
		}
	}
	return nil
}

// Flush waits until the server has everything that was sent, or until ctx, which
// has a deadline, is done.
func (c *Conn) Flush(ctx context.Context) error {
	if l := c.line.Load(); l != nil {
		if err := l.flush(ctx); err != nil {
			return err
		}
	}
	if !c.nc.IsConnected() {
		return nil // what it has is sent once it is
	}
	return c.nc.FlushWithContext(ctx)
}

var errLost = errors.New("the connection is lost")

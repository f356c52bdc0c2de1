package wire

import (
	"fmt"
	"sync/atomic"

	"github.com/nats-io/nats.go"
)

// maxBatch bounds what is handed over in one call where nats.go receives.
const maxBatch = 256

// A Subscription is what a subject is listened to with.
type Subscription struct {
	conn    *Conn
	receive func([]Msg)
	batch   []Msg // received, not handed over

	line   *line // nil where nats.go listens
	sid    uint64
	broken atomic.Bool

	plain      *nats.Subscription
	reconnects uint64 // of nats.go, when it began to listen
}

// Subscribe has receive called with the messages of subject, with those together
// that arrived together; with none when the Subscription has become stale. It is
// called by one goroutine at a time, must not block, and must not keep the slice.
func (c *Conn) Subscribe(subject string, receive func([]Msg)) (*Subscription, error) {
	if l := c.line.Load(); l != nil {
		s := &Subscription{conn: c, receive: receive}
		if l.subscribe(s, subject) == nil {
			return s, nil
		}
	}
	s := &Subscription{conn: c, receive: receive, reconnects: c.nc.Stats().Reconnects}
	var err error
	s.plain, err = c.nc.Subscribe(subject, func(m *nats.Msg) {
		s.batch = append(s.batch, Of(m))
		if left, _, err := m.Sub.Pending(); err != nil || left <= 1 || len(s.batch) == maxBatch { // which counts m
			s.handOver()
		}
	})
	if err != nil {
		return nil, fmt.Errorf("subscribe to %s: %w", subject, err)
	}
	return s, nil
}

// handOver hands over what was received.
func (s *Subscription) handOver() {
	s.receive(s.batch)
	clear(s.batch)
	s.batch = s.batch[:0]
}

// Stale reports whether s should be made anew: messages were lost with a
// connection, or there is a better one.
func (s *Subscription) Stale() bool {
	if s.line != nil {
		return s.broken.Load()
	}
	return s.conn.line.Load() != nil || s.conn.nc.Stats().Reconnects != s.reconnects
}

// Drain ends s. over is called when nothing more arrives, by whatever goroutine;
// it must not block.
func (s *Subscription) Drain(over func()) {
	if s.line == nil {
		s.plain.SetClosedHandler(func(string) { over() })
		if s.plain.Drain() != nil { // the connection is closed
			over()
		}
		return
	}
	s.line.write(func(b []byte) []byte { return fmt.Appendf(b, "UNSUB %d\r\n", s.sid) }) // an error shows in the ping
	s.line.ping(func() {
		s.line.subs.Lock()
		delete(s.line.subs.by, s.sid)
		s.line.subs.Unlock()
		over()
	})
}

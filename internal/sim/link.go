package sim

import (
	"sync"
	"time"
)

// A link carries things one way: in order, each a moment after it was put in,
// and none while it is held. It is safe for concurrent use.
type link[T any] struct {
	delay func() time.Duration
	more  chan struct{}

	mu      sync.Mutex // guards what follows
	waiting []T
	held    time.Time // until when nothing arrives
	closed  bool
}

func newLink[T any](delay func() time.Duration, held time.Time) *link[T] {
	return &link[T]{delay: delay, more: make(chan struct{}, 1), held: held}
}

func (l *link[T]) put(x T) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return
	}
	l.waiting = append(l.waiting, x)
	select {
	case l.more <- struct{}{}:
	default:
	}
}

// hold keeps back what has not arrived until then.
func (l *link[T]) hold(until time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.held = until
}

// close loses what has not arrived.
func (l *link[T]) close() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.closed {
		l.closed = true
		close(l.more)
	}
}

// run delivers what is put in until the link is closed.
func (l *link[T]) run(deliver func([]T)) {
	for range l.more {
		time.Sleep(l.delay())
		batch, ok := l.arrived()
		if !ok {
			return
		}
		deliver(batch)
	}
}

// arrived waits until the link is not held, and reports whether it is open.
func (l *link[T]) arrived() ([]T, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for !l.closed && time.Now().Before(l.held) {
		d := time.Until(l.held)
		l.mu.Unlock()
		time.Sleep(d)
		l.mu.Lock()
	}
	batch := l.waiting
	l.waiting = nil
	return batch, !l.closed
}

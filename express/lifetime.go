package express

import (
	"context"
	"sync"
	"time"
)

// A lifetime is the context of an execution that has waited for something, or of one
// attempt of a task: it ends with that, at the latest at its deadline. The context and
// the timer that this takes are made when somebody first asks for Done: what performs a
// task and answers at once does not.
type lifetime struct {
	context.Context // of what is around it
	clock           Clock
	deadline        time.Time // zero for none
	overdue         error     // why it ends then

	mu     sync.Mutex      // guards what follows
	made   context.Context // nil before
	cancel context.CancelCauseFunc
	timer  Timer // nil where there is no deadline
	over   bool  // by end
}

// Done is closed when l ends.
func (l *lifetime) Done() <-chan struct{} {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.make().Done()
}

// Err is nil until l ends.
func (l *lifetime) Err() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.made == nil && !l.over && l.Context.Err() == nil && !l.late(l.clock.Now()) {
		return nil
	}
	return l.make().Err()
}

// Value is that of what is around l; the context package asks for the cause in this
// way.
func (l *lifetime) Value(key any) any {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.made == nil {
		return l.Context.Value(key)
	}
	return l.made.Value(key)
}

// end ends l because of why, nil if what it is the context of has.
func (l *lifetime) end(why error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.over = l.over || why == nil
	if why != nil {
		l.make()
	}
	if l.made == nil {
		return
	}
	if l.timer != nil {
		l.timer.Stop()
	}
	l.cancel(why)
}

func (l *lifetime) late(now time.Time) bool { return !l.deadline.IsZero() && !now.Before(l.deadline) }

// make is the context that l is one of. The lock is held.
func (l *lifetime) make() context.Context {
	if l.made != nil {
		return l.made
	}
	l.made, l.cancel = context.WithCancelCause(l.Context)
	cancel, overdue, now := l.cancel, l.overdue, l.clock.Now()
	switch {
	case l.over:
		cancel(nil)
	case l.late(now):
		cancel(overdue)
	case !l.deadline.IsZero():
		l.timer = l.clock.NewTimer(l.deadline.Sub(now), func() { cancel(overdue) })
	}
	return l.made
}

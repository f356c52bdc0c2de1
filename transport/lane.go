package transport

import (
	"sync"

	"github.com/seed66d9166c/express/express"
	"github.com/seed66d9166c/express/internal/seeded"
)

// A job is a delivery and the machine that was chosen for it, or why there is
// none.
type job struct {
	d       Delivery
	machine *express.Machine
	err     error
}

// quarantined reports whether d is of an event that runs in the lane: it was
// delivered before, more than once, and never ended.
func quarantined(d Delivery) bool {
	return !seeded.NoQuarantine && d.Attempt() >= quarantineAttempt
}

// A lane is where the quarantined events of a Pump wait, in the order in which they
// came. It is safe for concurrent use.
type lane struct {
	mu      sync.Mutex // guards both
	waiting []job
	running bool
}

// put queues j and reports whether the caller must start a goroutine that takes
// until nothing is left.
func (l *lane) put(j job) (start bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.waiting = append(l.waiting, j)
	start, l.running = !l.running, true
	return start
}

// len is how many jobs wait.
func (l *lane) len() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.waiting)
}

// more reports whether any wait: if not, the goroutine that takes must end.
func (l *lane) more() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.running = len(l.waiting) > 0
	return l.running
}

// take is the first of those that wait, of which there is one.
func (l *lane) take() job {
	l.mu.Lock()
	defer l.mu.Unlock()
	j := l.waiting[0]
	l.waiting[0] = job{}
	l.waiting = l.waiting[1:]
	return j
}

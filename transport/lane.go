package transport

import (
	"cmp"
	"slices"
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
	over    chan struct{} // closed when it is ended; nil outside the lane
}

// quarantined reports whether d is of an event that runs in the lane.
func quarantined(d Delivery) bool {
	return !seeded.NoQuarantine && quarantineAttempt <= d.Attempt() && d.Attempt() <= MaxAttempts
}

// A lane is where events run that were delivered before and never ended: one
// at a time, so that what kills the process can be told from what was in flight
// when it died. It is safe for concurrent use.
//
// Each death raises the count of everything that waits in the lane with the
// culprit. So the order alternates: on odd deliveries the oldest comes first, on
// even ones the newest. What is older than the culprit gets through on the one,
// what is newer on the other, and only the culprit runs out of attempts. The
// order in which they arrive would not do: it is another one every time.
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

// take is the next job, and whether there is one: if not, the goroutine that
// takes must end.
func (l *lane) take() (job, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	n := len(l.waiting)
	if n == 0 {
		l.running = false
		return job{}, false
	}
	slices.SortFunc(l.waiting, func(a, b job) int {
		return cmp.Or(a.d.Time().Compare(b.d.Time()), cmp.Compare(a.d.ID(), b.d.ID()))
	})
	i := 0
	if l.waiting[0].d.Attempt()%2 == 0 {
		i = n - 1
	}
	j := l.waiting[i]
	l.waiting = slices.Delete(l.waiting, i, i+1)
	return j, true
}

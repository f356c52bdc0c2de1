package mock

import (
	"container/heap"
	"slices"
	"sync"
	"time"

	"github.com/seed66d9166c/express/express"
)

// A Clock is a virtual clock. It stands still while any thread of an execution
// can run, and moves on to the next timer when all of them are parked: waits,
// retry intervals and timeouts take no time.
//
// It also runs one thread at a time, each until it parks, in an order that
// depends on nothing but what the threads do: with a seeded Options.Rand, a run
// can be repeated event by event. So a task must not wait for another one, nor
// for its context, but in Park.
//
// A Clock may serve many executions, and is safe for concurrent use.
type Clock struct {
	mu     sync.Mutex // guards what follows
	now    time.Time
	timers timers
	made   int       // timers so far
	begun  []*thread // that have not run yet, in order
	parked []*thread // in the order in which they parked
	busy   bool      // a thread runs, or a timer fires
}

// A thread is parked until its turn comes, which is not before wake is closed.
type thread struct {
	wake <-chan struct{}
	turn chan struct{}
}

var (
	_ express.Clock   = (*Clock)(nil)
	_ express.Threads = (*Clock)(nil)
)

// NewClock is a clock that says start.
func NewClock(start time.Time) *Clock { return &Clock{now: start} }

// Bind makes o keep the time of c.
func (c *Clock) Bind(o *express.Options) { o.Clock, o.Threads = c, c }

// Now is the virtual time.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

// NewTimer calls fire when the clock gets to d from now. Timers that are due at
// the same time fire in the order in which they were made.
func (c *Clock) NewTimer(d time.Duration, fire func()) express.Timer {
	c.mu.Lock()
	defer c.mu.Unlock()
	t := &timer{clock: c, at: c.now.Add(max(d, 0)), seq: c.made, fire: fire}
	c.made++
	heap.Push(&c.timers, t)
	return t
}

// Run calls f, a thread, in the calling goroutine.
func (c *Clock) Run(f func()) {
	c.wait(c.begin())
	defer c.release()
	f()
}

// Go calls f, a thread, in a goroutine of its own.
func (c *Clock) Go(f func()) {
	t := c.begin()
	go func() {
		c.wait(t)
		defer c.release()
		f()
	}()
}

// Park blocks the calling thread until wake is closed.
func (c *Clock) Park(wake <-chan struct{}) {
	t := &thread{wake, make(chan struct{})}
	c.mu.Lock()
	c.parked = append(c.parked, t)
	c.mu.Unlock()
	c.release()
	c.wait(t)
}

// begin is a thread that can run.
func (c *Clock) begin() *thread {
	t := &thread{now, make(chan struct{})}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.begun = append(c.begun, t)
	return t
}

// now is closed.
var now = func() <-chan struct{} {
	c := make(chan struct{})
	close(c)
	return c
}()

// wait blocks until it is t's turn. What closes wake need not be a thread: then
// nobody but t sees that it can go on.
func (c *Clock) wait(t *thread) {
	select {
	case <-t.turn:
		return
	case <-t.wake:
	}
	c.mu.Lock()
	if !c.busy {
		c.next()
	}
	c.mu.Unlock()
	<-t.turn
}

// release is called by the thread that runs, when it parks or ends.
func (c *Clock) release() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.busy = false
	c.next()
}

// next lets the first thread that can run do so; where there is none, it fires
// timers until there is. The caller holds mu, and nothing runs.
func (c *Clock) next() {
	for !c.grant() && len(c.timers) > 0 {
		t := heap.Pop(&c.timers).(*timer)
		c.now = t.at
		c.busy = true
		c.mu.Unlock()
		t.fire()
		c.mu.Lock()
		c.busy = false
	}
}

func (c *Clock) grant() bool {
	from, i := &c.begun, 0
	if len(c.begun) == 0 {
		from, i = &c.parked, slices.IndexFunc(c.parked, (*thread).awake)
	}
	if i < 0 {
		return false
	}
	close((*from)[i].turn)
	*from = slices.Delete(*from, i, i+1)
	c.busy = true
	return true
}

func (t *thread) awake() bool {
	select {
	case <-t.wake:
		return true
	default:
		return false
	}
}

type timer struct {
	clock *Clock
	at    time.Time
	seq   int
	fire  func()
	place int // in the heap, -1 once it left
}

// Stop reports whether it kept t from firing.
func (t *timer) Stop() bool {
	t.clock.mu.Lock()
	defer t.clock.mu.Unlock()
	if t.place < 0 {
		return false
	}
	heap.Remove(&t.clock.timers, t.place)
	return true
}

// timers are a heap, the earliest first.
type timers []*timer

func (h timers) Len() int { return len(h) }

func (h timers) Less(i, j int) bool {
	if c := h[i].at.Compare(h[j].at); c != 0 {
		return c < 0
	}
	return h[i].seq < h[j].seq
}

func (h timers) Swap(i, j int) {
	h[i], h[j] = h[j], h[i]
	h[i].place, h[j].place = i, j
}

// Push adds a *timer.
func (h *timers) Push(x any) {
	t := x.(*timer)
	t.place = len(*h)
	*h = append(*h, t)
}

// Pop takes the last one.
func (h *timers) Pop() any {
	last := len(*h) - 1
	t := (*h)[last]
	(*h)[last] = nil
	*h = (*h)[:last]
	t.place = -1
	return t
}

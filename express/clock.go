package express

import "time"

// A Clock is where the time comes from: every deadline, timeout, heartbeat,
// wait and back-off of an execution uses it. It must be safe for concurrent use.
type Clock interface {
	Now() time.Time
	// NewTimer calls fire once, d from now, unless it is stopped. fire does not
	// block.
	NewTimer(d time.Duration, fire func()) Timer
}

// A Timer is a call that is due.
type Timer interface {
	// Stop reports whether it kept the timer from firing.
	Stop() bool
}

// Threads starts and parks the threads of executions. A virtual clock needs it:
// it moves on when every thread is parked.
type Threads interface {
	// Run calls f, a thread, in the calling goroutine.
	Run(f func())
	// Go calls f, a thread, in a goroutine of its own.
	Go(f func())
	// Park blocks the calling thread until wake is closed.
	Park(wake <-chan struct{})
}

// realClock is the time package.
type realClock struct{}

func (realClock) Now() time.Time { return time.Now() }

func (realClock) NewTimer(d time.Duration, fire func()) Timer { return time.AfterFunc(d, fire) }

// goroutines are Threads in real time.
type goroutines struct{}

func (goroutines) Run(f func()) { f() }

func (goroutines) Go(f func()) { go f() }

func (goroutines) Park(wake <-chan struct{}) { <-wake }

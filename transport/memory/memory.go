// Package memory is a transport within the process: for tests, benchmarks and
// programs that embed the engine. It keeps the contract of a broker, down to
// redelivery and counts, but it forgets everything with the process.
//
// Time is the time package's, so it works in a testing/synctest bubble.
package memory

import (
	"cmp"
	"strconv"
	"sync"
	"time"

	"github.com/seed66d9166c/express/express"
	"github.com/seed66d9166c/express/transport"
)

const (
	// DefaultAckWait is after how long an event that a killed Source held is
	// handed out again.
	DefaultAckWait = 30 * time.Second
	// DefaultDeadline is how long a Source keeps what it handed out from being
	// redelivered: the longest execution, and five seconds to settle.
	DefaultDeadline = 5*time.Minute + 5*time.Second
)

// Options of a Stream. The zero value works.
type Options struct {
	AckWait  time.Duration // 0 is DefaultAckWait
	Deadline time.Duration // 0 is DefaultDeadline
	// Done sees the outcomes of acknowledged and buried executions, before they
	// take effect. It must not block.
	Done func(name string, o express.Outcome)
}

// A Message is what is published. ID is made up where it is empty.
type Message struct {
	ID, Subject string
	Header      map[string]string
	Data        []byte // must not change any more
}

// A Dead is a dead letter: the event, and why it is one.
type Dead struct {
	Message
	transport.Letter
}

// A Stream holds events until they are acknowledged, and shares them out among
// its Sources. It is safe for concurrent use.
type Stream struct {
	ackWait, deadline time.Duration
	done              func(name string, o express.Outcome)

	mu      sync.Mutex // guards what follows, and the events and Sources
	seq     int
	ready   queue
	sources []*Source
	pending int // events that are not ended
	dead    []Dead
}

// An event is a published message.
type event struct {
	Message
	time     time.Time
	attempts int
	begun    int  // executions, since the last Unmark
	ended    bool // acknowledged or buried
}

// NewStream is an empty Stream.
func NewStream(o Options) *Stream {
	return &Stream{
		ackWait:  cmp.Or(o.AckWait, DefaultAckWait),
		deadline: cmp.Or(o.Deadline, DefaultDeadline),
		done:     o.Done,
	}
}

// Publish adds m to the stream and returns its ID.
func (s *Stream) Publish(m Message) string {
	e := &event{Message: m, time: time.Now()}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.seq++
	if e.ID == "" {
		e.ID = "m-" + strconv.Itoa(s.seq)
	}
	s.pending++
	s.ready.push(e)
	s.wake()
	return e.ID
}

// Pending is the number of events that are not ended yet.
func (s *Stream) Pending() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.pending
}

// Dead are the dead letters, oldest first.
func (s *Stream) Dead() []Dead {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]Dead(nil), s.dead...)
}

// again hands e out again, unless it was ended in the meantime. The lock is
// held.
func (s *Stream) again(e *event) {
	if !e.ended {
		s.ready.push(e)
		s.wake()
	}
}

// againAfter is again in d.
func (s *Stream) againAfter(d time.Duration, events ...*event) {
	time.AfterFunc(d, func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		for _, e := range events {
			s.again(e)
		}
	})
}

// wake lets every Source that waits look again. The lock is held.
func (s *Stream) wake() {
	for _, src := range s.sources {
		select {
		case src.woken <- struct{}{}:
		default:
		}
	}
}

// A queue is first in, first out.
type queue struct {
	in, out []*event // out is reversed
}

func (q *queue) push(e *event) { q.in = append(q.in, e) }

// pop is the oldest event that has not ended, nil if there is none.
func (q *queue) pop() *event {
	for {
		if len(q.out) == 0 {
			for i := len(q.in) - 1; i >= 0; i-- {
				q.out = append(q.out, q.in[i])
			}
			clear(q.in)
			q.in = q.in[:0]
		}
		n := len(q.out) - 1
		if n < 0 {
			return nil
		}
		e := q.out[n]
		q.out[n] = nil
		q.out = q.out[:n]
		if !e.ended {
			return e
		}
	}
}

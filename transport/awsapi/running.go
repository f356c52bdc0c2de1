package awsapi

import (
	"container/list"
	"errors"
	"sync"
	"time"
)

const (
	// keepFor is how long the answer of a synchronous execution waits for a caller
	// that may not have got it: as long as the broker knows what was published twice.
	keepFor = 2 * time.Minute
	// keepBytes bounds what waits altogether: some ten thousand small answers, or
	// sixty of the largest.
	keepBytes = 16 << 20
)

// running are the synchronous executions that callers wait for, and the answers
// of the last ones: who asks again, because the connection broke or its patience
// ended, gets the answer of the execution that there is. It is safe for concurrent
// use.
type running struct {
	mu    sync.Mutex // guards what follows
	byID  map[string]*call
	ended list.List // of *call, oldest first
	bytes int       // of their answers
}

// A call is an execution, and its answer once done is closed.
type call struct {
	id    string
	done  chan struct{}
	body  []byte
	err   error
	ended time.Time
}

func newRunning() *running { return &running{byID: make(map[string]*call)} }

// join is the call of that id, and whether there was one. Who made it ends it.
func (r *running) join(id string) (c *call, joined bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.expire(time.Now())
	if c := r.byID[id]; c != nil {
		return c, true
	}
	c = &call{id: id, done: make(chan struct{})}
	r.byID[id] = c
	return c, false
}

// end tells those who wait for c of its answer, and keeps that, also if it is that
// nobody knows what became of it: the execution runs at most once. Where it has not
// begun, asking again may help.
func (r *running) end(c *call) {
	r.mu.Lock()
	defer r.mu.Unlock()
	c.ended = time.Now()
	close(c.done)
	if errors.Is(c.err, ErrBusy) || errors.Is(c.err, ErrUnavailable) {
		delete(r.byID, c.id)
		return
	}
	r.ended.PushBack(c)
	r.bytes += len(c.body)
	r.expire(c.ended)
}

// expire forgets the oldest answers, those that are too old or too much.
func (r *running) expire(now time.Time) {
	for e := r.ended.Front(); e != nil; e = r.ended.Front() {
		c := e.Value.(*call)
		if r.bytes <= keepBytes && now.Sub(c.ended) < keepFor {
			return
		}
		r.ended.Remove(e)
		r.bytes -= len(c.body)
		delete(r.byID, c.id)
	}
}

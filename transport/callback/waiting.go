package callback

import (
	"sync"

	"github.com/seed66d9166c/express/express"
	"github.com/seed66d9166c/express/express/value"
)

const (
	// numShards is how many locks there are, so that answers seldom wait for each
	// other.
	numShards = 64
	// maxAnswered bounds how many ids of answered tasks a shard remembers, to tell
	// a second answer from a late one: over all shards the last 32,768 at least,
	// 2 MB.
	maxAnswered = 1024
)

// A shard holds a part of the tasks that wait.
type shard struct {
	mu       sync.Mutex // guards what follows, and what is in waiting
	waiting  map[id]*waiting
	now, old map[id]struct{} // ids of tasks that were answered: when now is full it becomes old
}

// waiting is a task that waits for its answer. Neither beat nor done blocks.
type waiting struct {
	beat      func()
	done      func(value.Value, error)
	submitted bool    // what performs the task has returned
	answer    *answer // that came before
}

func (r *Registry) shard(i id) *shard { return &r.shards[i[0]%numShards] }

// add makes the task i wait.
func (r *Registry) add(i id, w *waiting) {
	s := r.shard(i)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.waiting[i] = w
}

// remove forgets the task i: it is over, answered or not. It reports whether what
// performs the task has not returned yet.
func (r *Registry) remove(i id) (performing bool) {
	s := r.shard(i)
	s.mu.Lock()
	defer s.mu.Unlock()
	w := s.waiting[i]
	delete(s.waiting, i)
	return w != nil && !w.submitted
}

// deliver gives a to the task i.
func (r *Registry) deliver(i id, a *answer) error {
	s := r.shard(i)
	s.mu.Lock()
	w := s.waiting[i]
	switch {
	case w == nil || w.answer != nil:
		f := late
		if s.answered(i) {
			f = twice
		}
		s.mu.Unlock()
		return r.refuse(f, nil)
	case a.op == heartbeat:
		w.beat() // under the lock, because it must not be called once the task was removed
		s.mu.Unlock()
		r.fates[beaten].Add(1)
		return nil
	}
	s.remember(i)
	ready := w.submitted
	if ready {
		delete(s.waiting, i)
	} else {
		w.answer = a
	}
	s.mu.Unlock()
	if ready {
		w.done(a.result())
	}
	r.fates[ops[a.op].fate].Add(1)
	return nil
}

// performed is called when what performs the task i has returned v or err. An
// answer that came before counts, even if the performer failed after all:
// whoever sent it was told that it is taken.
func (r *Registry) performed(i id, c *express.Call, v value.Value, err error) {
	s := r.shard(i)
	s.mu.Lock()
	w := s.waiting[i]
	s.mu.Unlock()
	if w == nil { // the task is over
		return
	}
	if err == nil {
		c.Submitted(v) // before done can be called
	}
	s.mu.Lock()
	if s.waiting[i] == nil {
		s.mu.Unlock()
		return
	}
	w.submitted = true
	a := w.answer
	if a != nil || err != nil {
		delete(s.waiting, i)
	}
	s.mu.Unlock()
	switch {
	case a != nil:
		w.done(a.result())
	case err != nil:
		w.done(value.Value{}, err)
	}
}

// remember that the task i was answered. The lock is held.
func (s *shard) remember(i id) {
	if s.now == nil || len(s.now) >= maxAnswered/2 {
		s.now, s.old = make(map[id]struct{}), s.now
	}
	s.now[i] = struct{}{}
}

// answered reports whether the task i was, lately. The lock is held.
func (s *shard) answered(i id) bool {
	_, now := s.now[i]
	_, old := s.old[i]
	return now || old
}

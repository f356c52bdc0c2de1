package transport

import "sync"

// recentNames bounds what recent remembers: at 100,000 executions a second the
// last second, which is what a broker that lost acknowledgements redelivers,
// and 5 MB of names.
const recentNames = 65_536

// recent remembers the names of the executions that ended here last, at least
// half of recentNames of them: an event whose acknowledgement was lost is
// acknowledged again, and not run again. It is safe for concurrent use.
type recent struct {
	mu       sync.Mutex // guards both
	now, old map[string]struct{}
}

// add remembers name. When now is full it becomes old, which forgets what was
// in old.
func (r *recent) add(name string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.now) >= recentNames/2 {
		r.now, r.old = r.old, r.now
		clear(r.now)
	}
	if r.now == nil {
		r.now = make(map[string]struct{})
	}
	r.now[name] = struct{}{}
}

func (r *recent) has(name string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	_, now := r.now[name]
	_, old := r.old[name]
	return now || old
}

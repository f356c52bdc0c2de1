package transport

import (
	"hash/maphash"
	"sync"
)

// recentNames bounds what recent remembers: at 100,000 executions a second the
// last second, which is what a broker that lost acknowledgements redelivers,
// and 1 MB.
const recentNames = 65_536

// recent remembers the names of the executions that ended here last, at least
// half of recentNames of them: an event whose acknowledgement was lost is
// acknowledged again, and not run again. It keeps hashes of them, which are
// cheap to add and nothing to the garbage collector; that a name is taken for
// another one happens to one redelivery in 10^14. It is safe for concurrent use.
type recent struct {
	mu       sync.Mutex // guards both
	now, old map[uint64]struct{}
}

var seed = maphash.MakeSeed()

// add remembers name. When now is full it becomes old, which forgets what was
// in old.
func (r *recent) add(name string) {
	h := maphash.String(seed, name)
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.now) >= recentNames/2 {
		r.now, r.old = r.old, r.now
		clear(r.now)
	}
	if r.now == nil {
		r.now = make(map[uint64]struct{})
	}
	r.now[h] = struct{}{}
}

func (r *recent) has(name string) bool {
	h := maphash.String(seed, name)
	r.mu.Lock()
	defer r.mu.Unlock()
	_, now := r.now[h]
	_, old := r.old[h]
	return now || old
}

package transport

import (
	"hash/maphash"
	"sync"
)

// recentNames bounds what recent remembers: at 100,000 executions a second the
// last second, which is what a broker that lost acknowledgements redelivers.
const recentNames = 65_536

// recent remembers the names of the executions that ended here last, at least
// half of recentNames of them: an event whose acknowledgement was lost is
// acknowledged again, and not run again. It is safe for concurrent use.
type recent struct {
	mu       sync.Mutex // guards both
	now, old *hashes
}

// hashes are those of up to recentNames/2 names, each at the index that it says
// or behind it; 0 is an empty place. A map of names takes three times as long,
// and the garbage collector looks through it. That a name is taken for another
// one happens to one redelivery in 10^14.
type hashes struct {
	at [recentNames]uint64
	n  int
}

// place is where h is, or would be.
func (s *hashes) place(h uint64) *uint64 {
	i := h % recentNames
	for s.at[i] != 0 && s.at[i] != h {
		i = (i + 1) % recentNames
	}
	return &s.at[i]
}

var seed = maphash.MakeSeed()

func hash(name string) uint64 { return maphash.String(seed, name) | 1<<63 }

// add remembers name. When now is full it becomes old, which forgets what was
// in old.
func (r *recent) add(name string) {
	h := hash(name)
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.now == nil {
		r.now, r.old = new(hashes), new(hashes)
	}
	if r.now.n == recentNames/2 {
		r.now, r.old = r.old, r.now
		*r.now = hashes{}
	}
	if p := r.now.place(h); *p == 0 {
		*p = h
		r.now.n++
	}
}

func (r *recent) has(name string) bool {
	h := hash(name)
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.now != nil && (*r.now.place(h) == h || *r.old.place(h) == h)
}

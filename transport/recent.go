package transport

import (
	"encoding/binary"
	"hash/maphash"
	"sync"
)

// recentEvents bounds what recent remembers: at 100,000 executions a second the
// last second, which is what a broker that lost acknowledgements redelivers,
// and 1 MB.
const recentEvents = 65_536

// recent remembers the events of which executions ended here last, at least half
// of recentEvents of them: an event whose acknowledgement was lost is acknowledged
// again, and not run again. An event is its name and when it was published, as a
// publisher may use a name again for another one. It keeps hashes, which are
// cheap to add and nothing to the garbage collector; that an event is taken for
// another one happens to one redelivery in 10^14. It is safe for concurrent use.
type recent struct {
	mu       sync.Mutex // guards both
	now, old map[uint64]struct{}
}

var seed = maphash.MakeSeed()

// hash is what recent knows d by.
func hash(d Delivery) uint64 {
	var h maphash.Hash
	h.SetSeed(seed)
	h.WriteString(d.ID())
	var at [8]byte
	binary.NativeEndian.PutUint64(at[:], uint64(d.Time().UnixNano()))
	h.Write(at[:])
	return h.Sum64()
}

// add remembers d. When now is full it becomes old, which forgets what was in old.
func (r *recent) add(d Delivery) {
	h := hash(d)
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.now) >= recentEvents/2 {
		r.now, r.old = r.old, r.now
		clear(r.now)
	}
	if r.now == nil {
		r.now = make(map[uint64]struct{})
	}
	r.now[h] = struct{}{}
}

func (r *recent) has(d Delivery) bool {
	h := hash(d)
	r.mu.Lock()
	defer r.mu.Unlock()
	_, now := r.now[h]
	_, old := r.old[h]
	return now || old
}

package transport

import (
	"encoding/binary"
	"hash/maphash"
	"slices"
	"sync"
)

const (
	// recentSets bounds what a recent remembers: four events each, and 1 MiB in all.
	// A broker that lost acknowledgements redelivers those of the last tenth of a
	// second, which are 10,000 at 100,000 executions a second: three of them are
	// forgotten then.
	recentSets = 1 << 15
	// recentFew is what it has to begin with, as most workflows have few events.
	recentFew = 1 << 5
)

// recent remembers the events of which executions ended here last: an event whose acknowledgement was lost is acknowledged again, and not
// run again. An event is its name and when it was published, as a publisher may use
// a name again for another one. It keeps hashes, which are cheap to add and nothing
// to the garbage collector; that an event is taken for another one happens to one
// redelivery in 10^18. It is safe for concurrent use.
type recent struct {
	mu    sync.Mutex // guards both
	sets  []recentSet
	added int // since sets was made
}

// A recentSet holds hashes that are equal in their last bits, the newest first: that
// is as good as a list of them all, and stays where it is in memory.
type recentSet [4]uint64

func (s *recentSet) add(h uint64) {
	copy(s[1:], s[:])
	s[0] = h
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

// add remembers d.
func (r *recent) add(d Delivery) {
	h := hash(d)
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.added == len(r.sets) && r.added < recentSets {
		r.grow()
	}
	r.set(h).add(h)
	r.added++
}

// grow makes room for as many events as there are, and as many again.
func (r *recent) grow() {
	old := r.sets
	r.sets, r.added = make([]recentSet, max(2*len(old), recentFew)), 0
	for _, s := range old {
		for _, h := range slices.Backward(s[:]) {
			if h != 0 {
				r.set(h).add(h)
			}
		}
	}
}

// set is where h is, if it is remembered.
func (r *recent) set(h uint64) *recentSet { return &r.sets[h&uint64(len(r.sets)-1)] }

func (r *recent) has(d Delivery) bool {
	h := hash(d)
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.sets) > 0 && slices.Contains(r.set(h)[:], h)
}

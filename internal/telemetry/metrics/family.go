package metrics

import (
	"maps"
	"sync"
	"sync/atomic"
)

// A family is values by what tells them apart. Finding one that is there takes no
// lock.
type family[K comparable, V any] struct {
	fresh func(K) *V
	most  int // values; 0 is no bound, as the keys have theirs
	other K   // its value stands for those of what is beyond

	mu  sync.Mutex // guards changes of all
	all atomic.Pointer[map[K]*V]
}

// each is the values by now. It must not be changed.
func (f *family[K, V]) each() map[K]*V {
	if all := f.all.Load(); all != nil {
		return *all
	}
	return nil
}

// get is the value of k, a new one where there is none yet.
func (f *family[K, V]) get(k K) *V {
	if v := f.each()[k]; v != nil {
		return v
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	now := f.each()
	if f.most > 0 && len(now) >= f.most {
		k = f.other
	}
	if v := now[k]; v != nil {
		return v
	}
	next := make(map[K]*V, len(now)+1)
	maps.Copy(next, now)
	v := f.fresh(k)
	next[k] = v
	f.all.Store(&next)
	return v
}

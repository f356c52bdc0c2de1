package value

import (
	"sync"
	"sync/atomic"
)

// An Arena is where the elements and members of Values lie that are let go of
// together, as those of one execution are: the memory is used again, and costs the
// collector of garbage nothing. Only arrays and objects are in it. Texts are not, and
// stay what they are.
//
// After Release nobody may look into an array or object that was made in it, nor one
// that holds such. It belongs to one goroutine at a time; but for Keep, which any may
// call. A nil Arena allocates each by itself, and is never released.
type Arena struct {
	members slab[Member]
	elems   slab[Value]
	unread  slab[unread]
	kept    atomic.Bool
}

var arenas = sync.Pool{New: func() any { return new(Arena) }}

// NewArena is an empty Arena.
func NewArena() *Arena { return arenas.Get().(*Arena) }

// Keep makes Release do nothing: somebody may go on looking at the Values.
func (a *Arena) Keep() {
	if a != nil {
		a.kept.Store(true)
	}
}

// Release gives the memory back, unless it is to be kept. a must not be used any
// more.
func (a *Arena) Release() {
	if a == nil || a.kept.Load() {
		return
	}
	a.members.clear()
	a.elems.clear()
	a.unread.clear()
	arenas.Put(a)
}

// Members is room for n members of an object, to be filled before it is made.
func (a *Arena) Members(n int) []Member {
	if a == nil {
		return make([]Member, n)
	}
	return a.members.take(n)
}

// Elements is room for n elements of an array, to be filled before it is made.
func (a *Arena) Elements(n int) []Value {
	if a == nil {
		return make([]Value, n)
	}
	return a.elems.take(n)
}

// ParseOwned is the function of that name, in a.
func (a *Arena) ParseOwned(b []byte) (Value, error) { return parse(a, b, owned) }

// ParseUnread is the function of that name, in a.
func (a *Arena) ParseUnread(b []byte) (Value, error) { return parse(a, b, owned|lazy) }

const (
	// minSlab is how much of one type an Arena begins with, maxSlab how much it keeps
	// at the most: 40 KB of members.
	minSlab = 32
	maxSlab = 1024
)

// A slab is memory for Ts, handed out from its beginning.
type slab[T any] struct {
	all  []T
	used int
}

// take is n of what is not used yet. Where that is less, what was handed out stays
// with those who have it, and a larger slab takes its place.
func (s *slab[T]) take(n int) []T {
	if n > len(s.all)-s.used {
		if n > maxSlab/2 {
			return make([]T, n)
		}
		s.all, s.used = make([]T, min(max(2*len(s.all), n, minSlab), maxSlab)), 0
	}
	t := s.all[s.used : s.used+n : s.used+n]
	s.used += n
	return t
}

// clear takes back what was handed out. What is looked at all the same is nothing.
func (s *slab[T]) clear() {
	clear(s.all[:s.used])
	s.used = 0
}

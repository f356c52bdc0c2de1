package value

import (
	"sync/atomic"
	"unsafe"
)

// fewUnread is the number of values up to which an array is not worth leaving
// unread.
const fewUnread = 8

// kindUnread is the kind of the token of an array that stays the text that it is:
// at is the offset of that. What it holds is not among the tokens; one follows it
// that has the length of the text in n, the number of values in at and the depth as
// kind.
const kindUnread = KindObject + 1

// A span is an outermost array, while it is scanned.
type span struct {
	depth   int // of it in the document, 0 where none is open
	deepest int // of what was opened in it
	from    int // offset of its bracket
	before  struct{ values, elems, members, altered int }
	elems   int // of all arrays that stayed unread: no room is needed for
	members int // these
}

// open begins an array, or what is in it.
func (u *span) open(s *scanner, k Kind, depth, at int) {
	switch {
	case u.depth > 0:
		u.deepest = max(u.deepest, depth)
	case k == KindArray:
		u.depth, u.deepest, u.from = depth, depth, at
		u.before.values, u.before.elems, u.before.members, u.before.altered = s.values-1, s.elems, s.members, s.altered
	}
}

// close ends the array of token in before byte end. Where its text is what it
// prints as, and no object in it has a key twice, it stays unread.
func (u *span) close(s *scanner, tokens []token, in, end int) []token {
	values, depth := s.values-u.before.values, u.deepest-u.depth+1
	u.depth = 0
	if values <= fewUnread || s.altered != u.before.altered {
		return tokens
	}
	u.elems += s.elems - u.before.elems
	u.members += s.members - u.before.members
	tokens[in].kind, tokens[in].at = kindUnread, uint32(u.from)
	return append(tokens[:in+1], token{kind: Kind(depth), n: uint32(end - u.from), at: uint32(values)})
}

// An unread is the array that text is: compact, without escapes. It is read when
// somebody first looks into it.
type unread struct {
	text string
	read atomic.Pointer[Value] // its first element, nil before
}

// isUnread marks the bits of an array whose pointer is to an unread.
const isUnread = 1 << 63

// unreadArray is the array of n elements that text is.
func unreadArray(a *Arena, text string, n uint32, e extent) Value {
	var u *unread
	if a == nil {
		u = new(unread)
	} else {
		u = &a.unread.take(1)[0]
	}
	u.text = text
	return Value{kind: KindArray, p: unsafe.Pointer(u), n: n, bits: e.bits() | isUnread}
}

// first is the first element.
func (u *unread) first() *Value {
	if e := u.read.Load(); e != nil {
		return e
	}
	v, err := ParseString(u.text)
	if err != nil {
		panic("value: " + err.Error()) // the scanner has accepted it
	}
	u.read.CompareAndSwap(nil, (*Value)(v.p)) // what was first stays
	return u.read.Load()
}

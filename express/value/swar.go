package value

import (
	"encoding/binary"
	"math/bits"
)

// Eight bytes that are 1 each, and that have their highest bit each.
const (
	ones  = 0x0101010101010101
	highs = 0x80 * ones
)

// specials has the highest bit of the first of eight bytes that does not stand for
// itself in a string: a quote, a backslash, a control character, or one beyond
// ASCII. What it has of the bytes behind that one means nothing.
func specials(x uint64) uint64 {
	return (x | (x - ' '*ones) | (x ^ '"'*ones - ones) | (x ^ '\\'*ones - ones)) & highs
}

// plainEnd is where the bytes of b that stand for themselves in a string end, from
// i on.
func plainEnd(b []byte, i int) int {
	for ; i+8 <= len(b); i += 8 {
		if m := specials(binary.LittleEndian.Uint64(b[i:])); m != 0 {
			return i + bits.TrailingZeros64(m)/8
		}
	}
	for i < len(b) && b[i] >= ' ' && b[i] < 0x80 && b[i] != '"' && b[i] != '\\' {
		i++
	}
	return i
}

// plainNumber is the end of the number that begins at i, and negative where that
// takes a closer look: one that has an exponent, or is very long, or is none.
func plainNumber(b []byte, i int) int {
	if i < len(b) && b[i] == '-' {
		i++
	}
	from := i
	for i < len(b) && b[i]-'0' <= 9 {
		i++
	}
	if n := i - from; n == 0 || n >= maxWhole || n > 1 && b[from] == '0' {
		return -1
	}
	if i < len(b) && b[i] == '.' {
		i++
		from = i
		for i < len(b) && b[i]-'0' <= 9 {
			i++
		}
		if i == from {
			return -1
		}
	}
	if i < len(b) && b[i]|' ' == 'e' {
		return -1
	}
	return i
}

// A keySet knows of the keys of an object which it may have seen before.
type keySet struct{ a, b uint64 }

// add takes in a key by its hash, and reports whether it may be there already.
func (k *keySet) add(hash uint64) bool {
	x, y := uint64(1)<<(hash>>58), uint64(1)<<(hash>>52&63)
	seen := k.a&x != 0 && k.b&y != 0
	k.a |= x
	k.b |= y
	return seen
}

// keyHash is a number of 12 bits, the highest of it, for the key of n bytes at
// b[at:]: of its length and its beginning.
func keyHash(b []byte, at, n int) uint64 {
	var h uint64
	if at+8 <= len(b) {
		h = binary.LittleEndian.Uint64(b[at:])
	} else {
		h = tail(b[at:])
	}
	if n < 8 {
		h &= 1<<(8*n) - 1
	}
	return (h ^ uint64(n)) * 0x9E3779B97F4A7C15 // 2^64 over the golden ratio
}

// tail is the last bytes of a document as a number.
func tail(b []byte) (n uint64) {
	for i, c := range b {
		n |= uint64(c) << (8 * i)
	}
	return n
}

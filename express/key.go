package express

import (
	"crypto/sha256"
	"encoding/base32"
	"encoding/binary"
)

// visit counts the entries of the state in this thread.
func (x *execution) visit() {
	if x.visits == nil {
		x.visits = make([]uint32, len(x.m.prog.States))
	}
	x.visits[x.id]++
}

// key is the idempotency key of the task that x is about to call. A retry and a
// redelivery have the same one; another visit of the state, another iteration and
// another execution have another.
func (x *execution) key() string {
	b := make([]byte, 0, 128)
	b = appendText(b, x.run.start.Name)
	b = x.appendPlace(b)
	sum := sha256.Sum256(b)
	return string(keyEncoding.AppendEncode(b[:0], sum[:]))
}

var keyEncoding = base32.StdEncoding.WithPadding(base32.NoPadding)

// appendPlace appends which visit of which state x is at, from the outside in.
func (x *execution) appendPlace(b []byte) []byte {
	if x.up != nil {
		b = x.up.appendPlace(b)
		b = binary.AppendUvarint(b, uint64(x.index))
	}
	b = appendText(b, x.state.Name)
	return binary.AppendUvarint(b, uint64(x.visits[x.id]))
}

// appendText appends s so that no two lists of texts look the same.
func appendText(b []byte, s string) []byte {
	return append(binary.AppendUvarint(b, uint64(len(s))), s...)
}

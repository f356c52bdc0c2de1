package express

import (
	"crypto/sha256"
	"encoding/base32"
	"encoding/binary"
	"slices"

	"github.com/seed66d9166c/express/express/program"
)

// A visit is how often a thread has entered a state. A thread enters few: a list
// of them takes less than a place for each state of the program.
type visit struct {
	state program.ID
	times uint32
}

// visit counts the entry of the state in this thread.
func (x *execution) visit() {
	i := slices.IndexFunc(x.visits, func(v visit) bool { return v.state == x.id })
	if i < 0 {
		i = len(x.visits)
		x.visits = append(x.visits, visit{state: x.id})
	}
	x.visits[i].times++
	x.entry = x.visits[i].times
}

// key is the idempotency key of a call at a place in an execution of a machine. A
// retry and a redelivery have the same one; another visit of the state, another
// iteration, another execution and another machine, which one event may start too,
// have another.
func key(machine, execution string, place []byte) string {
	b := make([]byte, 0, 128)
	b = appendText(b, machine)
	b = appendText(b, execution)
	b = append(b, place...)
	sum := sha256.Sum256(b)
	return string(keyEncoding.AppendEncode(b[:0], sum[:]))
}

var keyEncoding = base32.StdEncoding.WithPadding(base32.NoPadding)

// place is which visit of which state x is at, from the outside in.
func (x *execution) place() []byte { return appendVisit(x.outer(), x.state.Name, x.entry) }

// outer is at which visits the threads above x are, and which child of theirs each
// is; nil where there are none.
func (x *execution) outer() []byte {
	if x.up == nil {
		return nil
	}
	return binary.AppendUvarint(x.up.place(), uint64(x.index))
}

func appendVisit(b []byte, state string, entry uint32) []byte {
	return binary.AppendUvarint(appendText(b, state), uint64(entry))
}

// appendText appends s so that no two lists of texts look the same.
func appendText(b []byte, s string) []byte {
	return append(binary.AppendUvarint(b, uint64(len(s))), s...)
}

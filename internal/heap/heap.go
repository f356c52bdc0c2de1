// Package heap keeps the garbage collector from looking at a small heap too often.
package heap

// floorSize is how much memory, in bytes, the collector takes for in use in a process
// that serves. What an engine keeps is little, and by itself it would be looked at each
// 4 MiB, a hundred times a second under load; so it is each 32 MiB. Nothing touches the
// floor, so the system has no memory for it, and GOGC, GOMEMLIMIT and what an engine
// keeps when it has much to do mean what they mean anywhere.
const floorSize = 16 << 20

var floor []byte

// Raise is called by what is going to serve, before anything else.
func Raise() {
	if floor == nil {
		floor = make([]byte, floorSize)
	}
}

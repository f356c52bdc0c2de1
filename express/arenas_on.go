//go:build arenas

package express

import "github.com/seed66d9166c/express/express/value"

const alwaysArena = true

// copied is v with memory of its own.
func copied(v value.Value) value.Value {
	if v.IsNothing() {
		return v
	}
	c, err := value.ParseString(v.String())
	if err != nil {
		panic(err) // what an execution yields can be read again
	}
	return c
}

package heap

import (
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"testing"
)

// With the floor the next collection is as far away as if it were in use.
func TestRaise(t *testing.T) {
	defer debug.SetGCPercent(debug.SetGCPercent(100))
	defer func() { floor = nil }()
	goal := func() uint64 {
		runtime.GC()
		s := []metrics.Sample{{Name: "/gc/heap/goal:bytes"}}
		metrics.Read(s)
		return s[0].Value.Uint64()
	}
	before := goal()
	Raise()
	Raise() // once is enough
	if after := goal(); after < before+floorSize || after > before+3*floorSize {
		t.Errorf("the goal was %d bytes and is %d, want twice %d more, or a little less", before, after, floorSize)
	}
}

package value

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// measure is Depth and Values by walking.
func measure(v Value) (depth, values int) {
	values = 1
	within := func(e Value) {
		d, n := measure(e)
		depth, values = max(depth, d), values+n
	}
	for _, e := range v.Elements() {
		within(e)
	}
	for _, e := range v.Members() {
		within(e)
	}
	if v.Kind() >= KindArray {
		depth++
	}
	return depth, values
}

// However a Value was made, it knows its extent.
func TestExtent(t *testing.T) {
	gen := values()
	rapid.Check(t, func(t *rapid.T) {
		v, x := gen.Draw(t, "v"), gen.Draw(t, "x")
		switch v.Kind() {
		case KindObject:
			v = v.With(rapid.SampledFrom([]string{"a", "b", "new"}).Draw(t, "key"), x)
		case KindArray:
			if n := v.Len(); n > 0 {
				v = v.WithIndex(rapid.IntRange(0, n-1).Draw(t, "i"), x)
			}
		}
		depth, values := measure(v)
		if v.Depth() != depth || v.Values() != values || v.Size() != len(v.String()) {
			t.Fatalf("%s: depth %d, %d values, size %d; want %d, %d, %d", v, v.Depth(), v.Values(), v.Size(), depth, values, len(v.String()))
		}
		read, err := ParseString(v.String())
		if err != nil || read.Depth() != depth || read.Values() != values {
			t.Fatalf("%s is read with depth %d, %d values, %v", v, read.Depth(), read.Values(), err)
		}
	})
	if v := (Value{}); v.Depth() != 0 || v.Values() != 0 {
		t.Errorf("nothing has depth %d, %d values", v.Depth(), v.Values())
	}
}

// Parse takes what Depth and Values say is within its limits.
func TestExtentAtLimits(t *testing.T) {
	nested := func(n int) Value {
		v := Array()
		for range n - 1 {
			v = Array(v)
		}
		return v
	}
	zeros := func(n int) Value {
		e := make([]Value, n)
		for i := range e {
			e[i] = Int(0)
		}
		return Array(e...)
	}
	for _, tt := range []struct {
		v             Value
		depth, values int
		ok            bool
	}{
		{nested(MaxDepth), MaxDepth, MaxDepth, true},
		{nested(MaxDepth + 1), MaxDepth + 1, MaxDepth + 1, false},
		{zeros(MaxValues - 1), 1, MaxValues, true},
		{zeros(MaxValues), 1, MaxValues + 1, false},
	} {
		if tt.v.Depth() != tt.depth || tt.v.Values() != tt.values {
			t.Errorf("depth %d, %d values; want %d, %d", tt.v.Depth(), tt.v.Values(), tt.depth, tt.values)
		}
		if _, err := ParseString(tt.v.String()); (err == nil) != tt.ok {
			t.Errorf("depth %d, %d values: %v", tt.depth, tt.values, err)
		}
	}
}

// A Value of shared parts may be larger than its extent can say, which stays at
// its end then.
func TestExtentIsBounded(t *testing.T) {
	v := String(strings.Repeat("a", 1000))
	for range 300 {
		v = Array(v, v)
	}
	w := v.WithIndex(0, v)
	for _, v := range []Value{v, w, Object(Member{"v", w})} {
		if v.Depth() != maxExtentDepth || v.Values() != maxExtentValues || v.Size() != maxExtentSize {
			t.Errorf("depth %d, %d values, size %d", v.Depth(), v.Values(), v.Size())
		}
	}
}

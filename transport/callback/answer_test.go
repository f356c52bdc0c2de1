package callback

import (
	"encoding/binary"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/seed66d9166c/express/express"
)

// The last tasks that were answered are remembered, and no more than a bound.
func TestAnswered(t *testing.T) {
	var s shard
	number := func(n int) (i id) {
		binary.BigEndian.PutUint64(i[:], uint64(n))
		return i
	}
	const n = 10 * maxAnswered
	for i := range n {
		s.remember(number(i))
		for _, back := range []int{0, maxAnswered/2 - 1} {
			if i >= back && !s.answered(number(i-back)) {
				t.Fatalf("after %d tasks the last but %d is forgotten", i+1, back)
			}
		}
		if size := len(s.now) + len(s.old); size > maxAnswered {
			t.Fatalf("after %d tasks %d are remembered, want %d at most", i+1, size, maxAnswered)
		}
	}
	if s.answered(number(n - 1 - maxAnswered)) {
		t.Error("a task is remembered for ever")
	}
}

// What is taken is handed on as it is.
func FuzzAnswer(f *testing.F) {
	for _, tt := range bodies {
		for o := range ops {
			f.Add(uint8(o), []byte(tt.body))
		}
	}
	r, err := New(Options{Keys: [][]byte{key('k', minKey)}})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, o uint8, body []byte) {
		which := op(int(o) % len(ops))
		a, err := r.parse(which, body)
		if err != nil {
			if _, ok := errors.AsType[*Error](err); !ok {
				t.Fatalf("%v is no Error", err)
			}
			return
		}
		again, err := r.parse(which, a.appendJSON(nil))
		if err != nil {
			t.Fatalf("%q becomes %s: %v", body, a.appendJSON(nil), err)
		}
		if again.token != a.token || again.output.String() != a.output.String() || !sameError(again.err, a.err) {
			t.Errorf("%q becomes %s", body, again.appendJSON(nil))
		}
		if _, err := r.open(a.token); err == nil {
			t.Errorf("%q is a token", a.token)
		}
	})
}

func sameError(a, b *express.Error) bool {
	if a == nil || b == nil {
		return a == b
	}
	return cmp.Equal([]any{a.Name, a.Cause, a.NoCause}, []any{b.Name, b.Cause, b.NoCause})
}

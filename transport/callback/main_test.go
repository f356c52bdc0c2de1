package callback

import (
	"bytes"
	"errors"
	"testing"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m)
}

// key is a key of n bytes that are all b.
func key(b byte, n int) []byte { return bytes.Repeat([]byte{b}, n) }

// open is a Registry that is closed when the test ends.
func open(t testing.TB, o Options) *Registry {
	t.Helper()
	if o.Keys == nil {
		o.Keys = [][]byte{key('k', minKey)}
	}
	r, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := r.Close(); err != nil {
			t.Error(err)
		}
	})
	return r
}

// name is that of err, "" for nil.
func name(t testing.TB, err error) string {
	t.Helper()
	if err == nil {
		return ""
	}
	e, ok := errors.AsType[*Error](err)
	if !ok {
		t.Fatalf("%v is no Error", err)
	}
	return e.Name
}

package value

import (
	"fmt"
	"testing"
)

func inArena(t *testing.T, a *Arena, doc string) Value {
	t.Helper()
	v, err := a.ParseOwned([]byte(doc))
	if err != nil {
		t.Fatal(err)
	}
	return a.With(v, "more", Object(Member{"x", Int(1)}))
}

// What is made in an Arena is what would be made without one, until it is released.
func TestArena(t *testing.T) {
	const doc = `{"a":[1,2,{"b":[]}],"c":{"d":"e"}}`
	want := inArena(t, nil, doc)
	a := NewArena()
	v := inArena(t, a, doc)
	identical(t, v, want)
	a.Release()
	if got := v.Member(0); got.Key != "" || !got.Val.IsNothing() {
		t.Errorf("after the release a member is %v", got)
	}
}

func TestArenaKept(t *testing.T) {
	a := NewArena()
	v := inArena(t, a, `{"a":[1,2]}`)
	a.Keep()
	a.Release()
	if got := v.String(); got != `{"a":[1,2],"more":{"x":1}}` {
		t.Errorf("got %s", got)
	}
	var none *Arena
	none.Keep()
	none.Release()
}

// What an Arena has no room for it makes all the same, and what it handed out before
// stays as it was.
func TestArenaGrows(t *testing.T) {
	a := NewArena()
	defer a.Release()
	var all [][]Member
	for _, n := range []int{1, minSlab, maxSlab/2 + 1, 1, maxSlab / 2, maxSlab / 2, 0, 3 * maxSlab} {
		m := a.Members(n)
		if len(m) != n || cap(m) != n && n <= maxSlab/2 {
			t.Fatalf("asked for %d members, got %d of %d", n, len(m), cap(m))
		}
		for i := range m {
			if m[i].Key != "" {
				t.Fatalf("a member of %d was handed out already", n)
			}
			m[i].Key = fmt.Sprint(len(all), i)
		}
		all = append(all, m)
	}
	for i, m := range all {
		for j := range m {
			if m[j].Key != fmt.Sprint(i, j) {
				t.Fatalf("member %d of %d is %q", j, i, m[j].Key)
			}
		}
	}
	if n := len(a.members.all); n > maxSlab {
		t.Errorf("it keeps %d members", n)
	}
}

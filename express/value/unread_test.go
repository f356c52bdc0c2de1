package value

import (
	"strings"
	"sync"
	"testing"
)

// list is an array that is worth leaving unread.
const list = `[1,"two",[3,{"four":5,"six":[]}],null,true,-1.50e+3,"é😀",{}]`

// What a reader sees of an array does not tell whether it was read before.
func FuzzParseUnread(f *testing.F) {
	for _, s := range []string{
		list, "[" + list + "," + list + "]", `{"a":` + list + `,"b":{"c":` + list + `},"d":[]}`, " " + list + "\n", `[1, 2,3,4,5,6,7,8,9]`,
		`{"a":[1,2,3,4,5,6,7,8,9,"\n"],"b":[1,2,3,4,5,6,7,8,9]}`, `{"a":[1,2,3,4,5,6,7,8,9],"b":"\n"}`,
		`{"a":[{"k":1},{"k":2},{"k":3},{"k":4},{"k":5,"k":6}]}`, `[1,2,3,4,5,6,7,8,9`, `[1,2,3,4,5,6,7,8,9}`, `[1,2,3,4,5,6,7,8,9],`,
		strings.Repeat("[", MaxDepth-1) + list + strings.Repeat("]", MaxDepth-1), strings.Repeat("[", MaxDepth) + "1,2,3" + strings.Repeat("]", MaxDepth),
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		want, bad := Parse(b)
		got, err := ParseUnread(b)
		if bad != nil {
			if err == nil || err.Error() != bad.Error() {
				t.Fatalf("%q: %v, want %v", b, err, bad)
			}
			return
		}
		if err != nil || got.String() != want.String() {
			t.Fatalf("%q: %v, %v, want %v", b, got, err, want)
		}
		identical(t, got, want)
		identical(t, got, want) // once more, now that it was read
		if got.String() != want.String() {
			t.Fatalf("%q prints as %v once it was read", b, got)
		}
	})
}

// unreadIn counts the unread arrays of v.
func unreadIn(v Value) (n int) {
	if v.kind == KindArray && v.bits&isUnread != 0 {
		return 1
	}
	for _, e := range v.Elements() {
		n += unreadIn(e)
	}
	for _, e := range v.Members() {
		n += unreadIn(e)
	}
	return n
}

func TestUnread(t *testing.T) {
	for _, tt := range []struct {
		doc  string
		want int
	}{
		{list, 1},
		{`{"a":` + list + `,"b":{"c":` + list + `}}`, 2},
		{`{"a":` + list + `,"b":"\n"}`, 0},                                     // something is escaped
		{`{"a":[1,2,3,4,5,6,7,8, 9],"b":[1,2,3,4,5,6,7,8,9]}`, 1},              // white space
		{`[1,2,3,4,5,6,7]`, 0},                                                 // fewUnread values
		{`[1,2,3,4,5,6,7,8]`, 1},                                               // one more
		{`[[1,2,3,4,5,6,7,8],{"a":[1,2,3,4,5,6,7,8]}]`, 1},                     // the outermost one
		{`{"a":[{"k":1},{"k":2},{"k":3},{"k":4},{"k":5},{"k":6},{"k":7}]}`, 1}, // short objects
	} {
		v, err := ParseUnread([]byte(tt.doc))
		if err != nil {
			t.Fatal(err)
		}
		if got := unreadIn(v); got != tt.want {
			t.Errorf("%s: %d arrays are unread, want %d", tt.doc, got, tt.want)
		}
	}
	v, err := Parse([]byte(list))
	if err != nil || unreadIn(v) != 0 {
		t.Errorf("Parse leaves arrays unread, %v", err)
	}
}

// Readers of a shared array need no lock, and find the same elements.
func TestUnreadIsShared(t *testing.T) {
	v, err := ParseUnread([]byte("[" + list + "," + list + "]"))
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	var firsts [8]*Value
	for i := range firsts {
		wg.Go(func() { firsts[i] = &v.elems()[0] })
	}
	wg.Wait()
	for _, p := range firsts {
		if p != firsts[0] {
			t.Fatal("it was read twice")
		}
	}
}

// A member or an element that is replaced leaves the unread ones what they are.
func TestUnreadWith(t *testing.T) {
	v, err := ParseUnread([]byte(`{"a":[1,2,3,4,5,6,7,8,9],"b":1}`))
	if err != nil {
		t.Fatal(err)
	}
	with := v.With("b", True)
	a, _ := with.Get("a")
	if unreadIn(with) != 1 || with.String() != `{"a":[1,2,3,4,5,6,7,8,9],"b":true}` {
		t.Errorf("got %v with %d arrays unread", with, unreadIn(with))
	}
	if b := a.WithIndex(0, Null); unreadIn(b) != 0 || b.String() != "[null,2,3,4,5,6,7,8,9]" || a.String() != "[1,2,3,4,5,6,7,8,9]" {
		t.Errorf("got %v of %v", b, a)
	}
}

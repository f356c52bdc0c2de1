package value

import (
	"errors"
	"testing"
)

// Text, elements and members are one allocation each, the text none if it is
// owned, and tokens none once there is room for them.
func TestBuildAllocs(t *testing.T) {
	doc := []byte(`{"id":"e-1","n":12.5,"list":[1,2,{"a":"b"}],"text":"é"}`)
	s := newScanner()
	for owned, want := range map[bool]float64{false: 3, true: 2} {
		got := testing.AllocsPerRun(100, func() {
			s.reset(doc, false)
			if err := s.document(); err != nil {
				t.Fatal(err)
			}
			if _, ok := s.build(nil, owned); !ok {
				t.Fatal("not built")
			}
		})
		if got != want {
			t.Errorf("owned is %t: %v allocations, want %v", owned, got, want)
		}
	}
}

// The builder makes of every document without escapes what fastjson makes of
// it, and leaves alone what has a key twice.
func FuzzBuild(f *testing.F) {
	for _, s := range []string{
		`null`, ` true `, `-1.50e+3`, `"é😀"`, `[]`, `{}`, `[[],{},""]`, `[false,[0,{"":{"a":[1]}},"x"],null]`,
		`{"a":1,"b":{"a":2,"c":[3,{"a":4}]},"c":"z"}`, "\t{ \"a\" :\r\n1 , \"b\" : [ 1 , 2 ] } ",
		`{"a":1,"a":2}`, `[{"x":{"a":1,"b":2,"a":3}}]`,
		`{"a":0,"b":0,"c":0,"d":0,"e":0,"f":0,"g":0,"h":0,"i":0,"j":0,"k":0,"l":0,"m":0,"n":0,"o":0,"p":0,"q":0,"a":0}`,
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		s := newScanner()
		s.reset(b, false)
		if len(b) > MaxSize || s.document() != nil || s.escapes {
			return
		}
		got, ok := s.build(nil, false)
		want, err := convert(b, s.shape, false)
		if ok != (err == nil) {
			t.Fatalf("%q: built is %v, fastjson says %v", b, ok, err)
		}
		if ok {
			identical(t, got, want)
		} else if e := (*ParseError)(nil); !errors.As(err, &e) {
			t.Fatalf("%q: %v", b, err)
		}
	})
}

// identical compares all that can be told of a Value: unlike Equal, the text of
// numbers, the order of members, and sizes.
func identical(t *testing.T, got, want Value) {
	t.Helper()
	if got.Kind() != want.Kind() || got.Bool() != want.Bool() || got.Text() != want.Text() || got.Len() != want.Len() {
		t.Fatalf("got %v, want %v", got, want)
	}
	if got.Size() != want.Size() || got.Values() != want.Values() || got.Depth() != want.Depth() {
		t.Fatalf("%v: got %d bytes, %d values, %d deep, want %d, %d, %d", want,
			got.Size(), got.Values(), got.Depth(), want.Size(), want.Values(), want.Depth())
	}
	for i, e := range want.Elements() {
		identical(t, got.Index(i), e)
	}
	i := 0
	for k, e := range want.Members() {
		if m := got.Member(i); m.Key != k {
			t.Fatalf("got key %q, want %q", m.Key, k)
		} else {
			identical(t, m.Val, e)
		}
		i++
	}
}

package jsonpath

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/seed66d9166c/express/express/value"
)

func TestPut(t *testing.T) {
	tests := []struct{ root, path, want string }{
		{`{"a":1}`, `$`, `"new"`},
		{`5`, `$`, `"new"`},
		{`{}`, `$.a`, `{"a":"new"}`},
		{`{"a":1,"b":2}`, `$.a`, `{"a":"new","b":2}`},
		{`{"a":1}`, `$.b`, `{"a":1,"b":"new"}`},
		{`{"a":{"b":1,"c":2}}`, `$.a.b`, `{"a":{"b":"new","c":2}}`},
		{`{"x":1}`, `$.a.b['c d'].e`, `{"x":1,"a":{"b":{"c d":{"e":"new"}}}}`},
		{`{"a":{}}`, `$.a.b.c`, `{"a":{"b":{"c":"new"}}}`},
		{`{"a":null}`, `$.a`, `{"a":"new"}`},
		{`{"a":[1,2,3]}`, `$.a[1]`, `{"a":[1,"new",3]}`},
		{`{"a":[1,2,3]}`, `$.a[-1]`, `{"a":[1,2,"new"]}`},
		{`[{"b":1}]`, `$[0].b`, `[{"b":"new"}]`},
		{`[[1],[2]]`, `$[1][0]`, `[[1],["new"]]`},
		{`{"a":[{}]}`, `$.a[0].b.c`, `{"a":[{"b":{"c":"new"}}]}`},
		{`{"a.b":1}`, `$.a\.b`, `{"a.b":"new"}`},
	}
	for _, tt := range tests {
		root := must(t, tt.root)
		got, err := parse(t, tt.path).Put(nil, root, value.String("new"))
		if err != nil || got.String() != tt.want || got.Size() != len(tt.want) {
			t.Errorf("%s at %s: %v, %v, want %s", tt.root, tt.path, got, err, tt.want)
		}
		if root.String() != tt.root {
			t.Errorf("%s at %s: root is %v now", tt.root, tt.path, root)
		}
	}
}

func TestPutRefuses(t *testing.T) {
	tests := []struct {
		root, path string
		want       PutError
		text       string
	}{
		{`"s"`, `$.a`, PutError{`$['a']`, `['a']`, false, value.KindString}, `the value at $ is of type string: ['a'] cannot be put into it`},
		{`[1]`, `$.a`, PutError{`$['a']`, `['a']`, false, value.KindArray}, `the value at $ is of type array: ['a'] cannot be put into it`},
		{`{"a":1}`, `$.a.b.c`, PutError{`$['a']['b']`, `['b']`, false, value.KindNumber}, `the value at $['a'] is of type number: ['b'] cannot be put into it`},
		{`{"a":null}`, `$.a.b`, PutError{`$['a']['b']`, `['b']`, false, value.KindNull}, `the value at $['a'] is of type null: ['b'] cannot be put into it`},
		{`{"a":{}}`, `$.a[0]`, PutError{`$['a'][0]`, `[0]`, false, value.KindObject}, `the value at $['a'] is of type object: [0] cannot be put into it`},
		{`{}`, `$.a[0]`, PutError{`$['a'][0]`, `[0]`, false, value.KindNothing}, `there is no array at $['a'] to put [0] into`},
		{`{"a":[1]}`, `$.a[1]`, PutError{`$['a'][1]`, `[1]`, true, value.KindArray}, `index [1] is outside of the array at $['a']`},
		{`{"a":[1]}`, `$.a[0].b`, PutError{`$['a'][0]['b']`, `['b']`, false, value.KindNumber}, `the value at $['a'][0] is of type number: ['b'] cannot be put into it`},
		{`{"a":[1]}`, `$.a[-2].b`, PutError{`$['a'][-2]`, `[-2]`, true, value.KindArray}, `index [-2] is outside of the array at $['a']`},
	}
	for _, tt := range tests {
		v, err := parse(t, tt.path).Put(nil, must(t, tt.root), value.Null)
		var got *PutError
		if !errors.As(err, &got) {
			t.Errorf("%s at %s: %v, %v", tt.root, tt.path, v, err)
			continue
		}
		if diff := cmp.Diff(tt.want, *got); diff != "" {
			t.Errorf("%s at %s (-want +got):\n%s", tt.root, tt.path, diff)
		}
		if got.Error() != tt.text {
			t.Errorf("%s at %s: %v, want %s", tt.root, tt.path, err, tt.text)
		}
	}
}

func TestPutOfNoReferencePathPanics(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("no panic")
		}
	}()
	parse(t, "$.a[*]").Put(nil, value.Object(), value.Null)
}

// One copy for each step, the rest is shared.
func TestPutAllocs(t *testing.T) {
	root := must(t, `{"a":{"b":{"c":1},"x":[1,2,3]},"y":{"z":[4,5,6]}}`)
	p := parse(t, "$.a.b.c")
	if got := testing.AllocsPerRun(100, func() { p.Put(nil, root, value.True) }); got != 3 {
		t.Errorf("%v allocations, want 3", got)
	}
}

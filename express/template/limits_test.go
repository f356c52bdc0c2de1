package template

import (
	"fmt"
	"strings"
	"testing"

	"github.com/seed66d9166c/express/express/value"
)

// Each limit of the functions holds on one side and not on the other.
func TestLimits(t *testing.T) {
	text := func(n int) value.Value { return value.String(strings.Repeat("é", n)) }
	base64 := func(n int) value.Value { return value.String(strings.Repeat("A", n)) }
	array := func(size int) value.Value {
		return value.Array(value.String(strings.Repeat("x", size-len(`[""]`))))
	}
	nested := func(depth int) string {
		return strings.Repeat("States.Array(", depth) + "$" + strings.Repeat(")", depth)
	}
	for _, tt := range []struct {
		name string
		src  string
		doc  func(n int) value.Value
		max  int
	}{
		{"encode", "States.Base64Encode($)", text, maxText},
		{"decode", "States.Base64Decode($)", base64, maxText},
		{"hash", "States.Hash($, 'MD5')", text, maxText},
		{"hash of JSON", "States.Hash($, 'MD5')", array, maxText},
		{"partition", "States.ArrayPartition($, 1)", array, maxArray},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, e, errs := Entry("v.$", value.String(tt.src), nil)
			if len(errs) > 0 {
				t.Fatal(errs[0].Err)
			}
			s := testScope(t, `null`)
			s.Doc = tt.doc(tt.max)
			if got := outcome(e, s); strings.HasPrefix(got, "States.") {
				t.Errorf("%d: %.200s", tt.max, got)
			}
			s.Doc = tt.doc(tt.max + 1)
			if got := outcome(e, s); !strings.Contains(got, fmt.Sprintf("argument 1 is longer than %d", tt.max)) {
				t.Errorf("%d: %.200s", tt.max+1, got)
			}
		})
	}
	for depth := maxNesting; depth <= maxNesting+1; depth++ {
		_, _, errs := Entry("v.$", value.String(nested(depth)), nil)
		if ok := len(errs) == 0; ok != (depth == maxNesting) {
			t.Errorf("%d nested calls: %v", depth, errs)
		}
	}
	// The depth is that of calls within calls, not their number.
	wide := "States.Array(" + strings.Repeat("States.Array($), ", maxNesting) + "States.Array($))"
	if _, _, errs := Entry("v.$", value.String(wide), nil); len(errs) > 0 {
		t.Errorf("calls beside each other: %v", errs[0].Err)
	}
}

// Folding a call may take so many steps, and no more.
func TestFoldSteps(t *testing.T) {
	for n := foldSteps - 1; n <= foldSteps; n++ { // and one for the call
		array := "[0" + strings.Repeat(",0", n-1) + "]"
		_, e, errs := Entry("v.$", value.String("States.ArrayUnique(States.StringToJson('"+array+"'))"), nil)
		if len(errs) > 0 {
			t.Fatal(errs[0].Err)
		}
		if _, folded := e.Const(); folded != (n < foldSteps) {
			t.Errorf("%d elements: folded %v", n, folded)
		}
		if got := outcome(e, testScope(t, `null`)); got != "[0]" {
			t.Errorf("%d elements: %s", n, got)
		}
	}
}

// A folded result may be longer than its call by so much, and no more.
func TestFoldLimit(t *testing.T) {
	call := func(n int) string { // its result has n bytes of JSON more than it
		pad := n + len(`States.JsonToString('')`) - len(`"\"\""`)
		return "States.JsonToString('" + strings.Repeat(`"`, pad/3) + strings.Repeat("x", 100) + "')"
	}
	for n := foldExtra - 10; n <= foldExtra+10; n++ {
		src := call(n)
		_, e, errs := Entry("v.$", value.String(src), nil)
		if len(errs) > 0 {
			t.Fatal(errs[0].Err)
		}
		v, err := e.Eval(testScope(t, `null`))
		if err != nil {
			t.Fatal(err)
		}
		if _, folded := e.Const(); folded != (v.Size() <= len(src)+foldExtra) {
			t.Errorf("a result %d bytes longer than its call: folded %v", v.Size()-len(src), folded)
		}
	}
}

package jsonata_test

import (
	"errors"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/seed66d9166c/express/express/jsonata"
	"github.com/seed66d9166c/express/express/value"
)

func compile(t testing.TB, expr string, o *jsonata.Options) *jsonata.Expr {
	t.Helper()
	e, err := jsonata.Compile(expr, o)
	if err != nil {
		t.Fatalf("%s: %v", expr, err)
	}
	return e
}

func failure(t testing.TB, err error) *jsonata.Error {
	t.Helper()
	var e *jsonata.Error
	if !errors.As(err, &e) {
		t.Fatalf("got error %v of type %T", err, err)
	}
	return e
}

func TestRefs(t *testing.T) {
	o := &jsonata.Options{Vars: []string{"states.input", "states.result", "x"}}
	for _, tt := range []struct {
		expr string
		want []jsonata.Ref
	}{
		{`1`, nil},
		{`$states.input.a`, []jsonata.Ref{{Name: "states", Field: "input", Slot: 0}}},
		{`$states.result[0]`, []jsonata.Ref{{Name: "states", Field: "result", Slot: 1}}},
		{`$states.errorOutput.Cause`, []jsonata.Ref{{Name: "states", Field: "errorOutput", Slot: -1}}},
		{`$states`, []jsonata.Ref{{Name: "states", Slot: -1}}},
		{`$states[0].input`, []jsonata.Ref{{Name: "states", Slot: -1}}},
		{`$x.a & $y.b`, []jsonata.Ref{{Name: "x", Field: "a", Slot: 2}, {Name: "y", Field: "b", Slot: -1, Offset: 7}}},
		{`($x := 1; $x)`, nil},
		{`($z := $x; $x := 1; $x)`, []jsonata.Ref{{Name: "x", Slot: 2, Offset: 7}}},
		{`function($x) { $x + $y }`, []jsonata.Ref{{Name: "y", Slot: -1, Offset: 20}}},
		{`$map($x, function($v) { $v })`, []jsonata.Ref{{Name: "x", Slot: 2, Offset: 5}}},
		{`$sum($x.$lookup($, "a"))`, []jsonata.Ref{{Name: "x", Slot: 2, Offset: 5}}},
	} {
		if diff := cmp.Diff(tt.want, compile(t, tt.expr, o).Refs()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.expr, diff)
		}
	}
}

// A path whose value is kept is what it is anywhere else.
func TestKeptPaths(t *testing.T) {
	rows := func(n int) string {
		return "[" + strings.Repeat(`{"k":1},`, n-1) + `{"k":2}]`
	}
	for _, input := range []string{
		`{"a":[{"k":1},{"k":2},{"j":3}]}`, `{"a":[{"k":1},{"j":2}]}`, `{"a":[{"j":1}]}`, `{"a":[]}`, `{"a":{"k":[1]}}`, `{"a":[{"k":[1]},{"j":2}]}`,
		`{"a":[{"k":[1,2]},{"k":3}]}`, `{"a":[{"k":[]},{"k":3},{"k":4}]}`, `{"a":[{"k":null},{"k":{"x":1}}]}`, `{"a":[[{"k":1}],{"k":2}]}`,
		`{"a":[1,{"k":2},{"k":3}]}`, `{}`, `{"a":` + rows(256) + `}`, `{"a":` + rows(257) + `}`,
	} {
		doc, err := value.ParseString(input)
		if err != nil {
			t.Fatal(err)
		}
		for kept, other := range map[string]string{
			`a.k`:        `($x := a.k; $x)`,
			`{"v": a.k}`: `($x := a.k; {"v": $x})`,
			`$map([1], function($i) { {"v": $$.a.k} })`: `($x := a.k; {"v": $x})`,
		} {
			got, err := compile(t, kept, nil).Eval(doc)
			if err != nil {
				t.Fatal(err)
			}
			want, err := compile(t, other, nil).Eval(doc)
			if err != nil || got.String() != want.String() {
				t.Errorf("%s on %.60s: got %.60s, want %.60s (%v)", kept, input, got, want, err)
			}
		}
	}
}

func TestInputRefs(t *testing.T) {
	for _, tt := range []struct {
		expr string
		want []jsonata.Ref
	}{
		{`a.b[c = 1]`, nil},
		{`$`, []jsonata.Ref{{Slot: -1}}},
		{`$.a & $$.b`, []jsonata.Ref{{Slot: -1}, {Name: "$", Slot: -1, Offset: 6}}},
		{`($x := $; {"k": [$]})`, []jsonata.Ref{{Slot: -1, Offset: 7}, {Slot: -1, Offset: 17}}},
		{`$[$ > 1]`, []jsonata.Ref{{Slot: -1}}},
		{`a.($ + $$)`, []jsonata.Ref{{Name: "$", Slot: -1, Offset: 7}}},
		{`a[$ > 1]^($){$: $}`, nil},
		{`[1..3][$ > 1]`, nil},
		{`$map(a, function($v) { $ })`, nil},
		{`a ~> |$|{"b": $}|`, nil},
		{`$sum($)`, []jsonata.Ref{{Slot: -1, Offset: 5}}},
	} {
		if diff := cmp.Diff(tt.want, compile(t, tt.expr, nil).InputRefs()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.expr, diff)
		}
	}
}

func TestVars(t *testing.T) {
	o := &jsonata.Options{Vars: []string{"states.input", "states.context", "x"}}
	vars := []value.Value{value.Object(value.Member{Key: "a", Val: value.Array(value.Int(1), value.Int(2))}), {}, value.Int(5)}
	for _, tt := range []struct{ expr, want string }{
		{`$states.input.a`, `[1,2]`},
		{`$states.input.a[1]`, `2`},
		{`$states.input.a#$i.($i + $)`, `[1,3]`},
		{`$states.input`, `{"a":[1,2]}`},
		{`$states`, `{"input":{"a":[1,2]}}`},
		{`$states.context`, ``},
		{`$states.nothing`, ``},
		{`$keys($states)`, `"input"`},
		{`($states := {"input": 1}; $states.input)`, `1`},
		{`$x + 1`, `6`},
		{`$y`, ``},
		{`($f := function() { $x }; $x := 1; $f())`, `1`},
		{`($f := function() { $x }; $f())`, `5`},
		{`($g := $f := function() { $x }; $r := $f(); $x := 1; [$r, $f()])`, `[5,1]`},
		{`$`, ``},
		{`$$`, ``},
		{`a`, ``},
	} {
		got, err := compile(t, tt.expr, o).Eval(value.Value{}, vars...)
		if err != nil || got.String() != tt.want {
			t.Errorf("%s: got %s, %v, want %s", tt.expr, got, err, tt.want)
		}
	}
}

func TestConst(t *testing.T) {
	for _, tt := range []struct {
		expr string
		want string // "" if it is not constant
	}{
		{`1 + 2 * 3`, `7`}, {`"a" & 1`, `"a1"`}, {`[1, [2], {"a": "b" & "c"}]`, `[1,[2],{"a":"bc"}]`}, {`(((1)))`, `1`},
		{`1 < 2`, `true`}, {`null`, `null`}, {`{}`, `{}`},
		{`a`, ``}, {`1 + "a"`, ``}, {`$now()`, ``}, {`nothing{"a": 1}`, ``},
	} {
		v, ok := compile(t, tt.expr, nil).Const()
		if ok != (tt.want != "") || v.String() != tt.want {
			t.Errorf("%s: got %s, %t, want %s", tt.expr, v, ok, tt.want)
		}
	}
}

func TestErrors(t *testing.T) {
	for _, tt := range []struct {
		expr string
		want jsonata.Error
	}{
		{`a + + b`, jsonata.Error{Code: "S0211", Message: `The symbol "+" cannot be used as a unary operator`, Offset: 4, Token: "+"}},
		{`(1; 2`, jsonata.Error{Code: "S0203", Message: `Expected ")" before end of expression`, Offset: 5}},
		{`{"a" 1}`, jsonata.Error{Code: "S0202", Message: `Expected ":", got "1"`, Offset: 5, Token: "1"}},
		{`"abc`, jsonata.Error{Code: "S0101", Message: `String literal must be terminated by a matching quote`, Offset: 4}},
		{`1 + "é" & "\q"`, jsonata.Error{Code: "S0103", Message: `Unsupported escape sequence: \"q"`, Offset: 13, Token: "q"}},
		{`x.(1 + "a")`, jsonata.Error{Code: "T2002", Message: `The right side of the "+" operator must evaluate to a number`, Offset: 5, Token: "+"}},
		{`  $sum(x.s)`, jsonata.Error{Code: "T0412", Message: `Argument 1 of function "sum" must be an array of "numbers"`, Offset: 6, Token: "sum"}},
		{`$nope(1)`, jsonata.Error{Code: "T1006", Message: `Attempted to invoke a non-function`, Offset: 5, Token: "nope"}},
		{`count(1)`, jsonata.Error{Code: "T1005", Message: `Attempted to invoke a non-function. Did you mean $count?`, Offset: 5, Token: "count"}},
		{`$error("it's " & x.s)`, jsonata.Error{Code: "D3137", Message: `it's text`, Offset: 6, Token: "error"}},
		{`1 < "a"`, jsonata.Error{Code: "T2009", Message: `The values 1 and "a" either side of operator "<" must be of the same data type`, Offset: 2, Token: "<"}},
		{`$map([1], function($v) { $v & $number("x") })`, jsonata.Error{Code: "D3030", Message: `Unable to cast value to a number: "x"`, Offset: 37, Token: "number"}},
		{`{x.n: 1}`, jsonata.Error{Code: "T1003", Message: `Key in object structure must evaluate to a string; got: 1`}},
		{`/a(?=b)/`, jsonata.Error{Code: "S0303", Message: `Regular expression "a(?=b)": look-ahead is not supported, since its time is not bounded`, Token: "a(?=b)"}},
		{`/(a)\1/`, jsonata.Error{Code: "S0303", Message: `Regular expression "(a)\\1": back-references are not supported, since their time is not bounded`, Token: `(a)\1`}},
		{`/(?<!a)b/`, jsonata.Error{Code: "S0303", Message: `Regular expression "(?<!a)b": look-behind is not supported, since its time is not bounded`, Token: "(?<!a)b"}},
		{`$sum`, jsonata.Error{Code: "U1003", Message: "The expression returned an unsupported result type: a function"}},
		{`[1, {"f": $sum}]`, jsonata.Error{Code: "U1003", Message: "The expression returned an unsupported result type: a function"}},
	} {
		input, err := value.Parse([]byte(`{"x":{"s":"text","n":1}}`))
		if err != nil {
			t.Fatal(err)
		}
		e, err := jsonata.Compile(tt.expr, nil)
		if err == nil {
			_, err = e.Eval(input)
		}
		if diff := cmp.Diff(&tt.want, failure(t, err)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.expr, diff)
		}
	}
}

func TestStrict(t *testing.T) {
	for _, expr := range []string{`a ?: 1`, `a ?? 1`} {
		_, err := jsonata.Compile(expr, &jsonata.Options{Strict: true})
		if e := failure(t, err); e.Code != jsonata.CodeSince || e.Offset != 2 {
			t.Errorf("%s: got %v at %d", expr, e, e.Offset)
		}
	}
	compile(t, `a ? 1 : 2`, &jsonata.Options{Strict: true})
}

func TestEvalFunction(t *testing.T) {
	_, err := compile(t, `$eval("1")`, nil).Eval(value.Value{})
	if failure(t, err).Code != "T1006" {
		t.Errorf("$eval is there: %v", err)
	}
	_, err = compile(t, `$eval("1")`, &jsonata.Options{EvalFunction: true, StepFunctions: true}).Eval(value.Value{})
	if failure(t, err).Code != "T1006" {
		t.Errorf("$eval is there in Step Functions: %v", err)
	}
	o := &jsonata.Options{EvalFunction: true, Vars: []string{"x"}}
	for _, tt := range []struct{ expr, want string }{
		{`$eval("1 + $x")`, `3`},
		{`{"a": 1}.$eval("a")`, `1`},
		{`$eval("$sum($)", [1, 2])`, `3`},
		{`$eval("$eval('$x')")`, `2`},
		{`$eval("function($v) { $v * $x }")(4)`, `8`},
		{`$eval(nothing)`, ``},
	} {
		got, err := compile(t, tt.expr, o).Eval(value.Value{}, value.Int(2))
		if err != nil || got.String() != tt.want {
			t.Errorf("%s: got %s, %v, want %s", tt.expr, got, err, tt.want)
		}
	}
	for expr, want := range map[string]string{`$eval("1 +")`: "D3120", `$eval("1 + 'a'")`: "D3121"} {
		_, err := compile(t, expr, o).Eval(value.Value{})
		if failure(t, err).Code != want {
			t.Errorf("%s: got %v, want %s", expr, err, want)
		}
	}
}

func TestStepFunctions(t *testing.T) {
	for _, tt := range []struct{ expr, want string }{
		{`$partition([1..5], 2)`, `[[1,2],[3,4],[5]]`},
		{`$partition([0], 1)`, `[[0]]`},
		{`$partition([1, 2], 9.9)`, `[[1,2]]`},
		{`$partition([], 2)`, `[]`},
		{`$partition([1], 0)`, `!D3150`},
		{`$range(1, 9, 2)`, `[1,3,5,7,9]`},
		{`$range(1, 9, 9)`, `1`},
		{`$range(3, 1, -1)`, `[3,2,1]`},
		{`$range(1.9, 3.9, 1)`, `[1,2,3]`},
		{`$range(2, 1, 1)`, ``},
		{`$range(1, 2, 0)`, `!D3150`},
		{`$hash("abc", "MD5")`, `"900150983cd24fb0d6963f7d28e17f72"`},
		{`$hash("abc", "SHA-1")`, `"a9993e364706816aba3e25717850c26c9cd0d89d"`},
		{`$hash("abc", "SHA-256")`, `"ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"`},
		{`$length($hash("abc", "SHA-384"))`, `96`},
		{`$length($hash("abc", "SHA-512"))`, `128`},
		{`$hash("abc", "CRC")`, `!D3150`},
		{`$random(7) = $random(7)`, `true`},
		{`$random(7) = $random(8)`, `false`},
		{`$random() < 1`, `true`},
		{`$contains($uuid(), /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)`, `true`},
		{`$uuid() = $uuid()`, `false`},
		{`$parse('{"a": [1, null]}').a`, `[1,null]`},
		{`$parse("true")`, `true`},
		{`$parse("0")`, `0`},
		{`$parse("{")`, `!D3150`},
		{`$`, ``},
		{`$$.a`, ``},
	} {
		got, err := compile(t, tt.expr, &jsonata.Options{StepFunctions: true}).Eval(value.Value{})
		have := got.String()
		if err != nil {
			have = errorCode(err)
		}
		if have != tt.want {
			t.Errorf("%s: got %s, want %s", tt.expr, have, tt.want)
		}
	}
}

func TestFunctions(t *testing.T) {
	o := &jsonata.Options{Functions: []jsonata.Function{
		{Name: "twice", Signature: "<n-:n>", Call: func(args []value.Value) (value.Value, error) {
			return value.Number(2 * args[0].Float()), nil
		}},
		{Name: "uppercase", Call: func(args []value.Value) (value.Value, error) {
			return value.String("mine"), nil
		}},
		{Name: "fail", Call: func([]value.Value) (value.Value, error) {
			return value.Value{}, errors.New("no luck")
		}},
	}}
	for _, tt := range []struct{ expr, want string }{
		{`$twice(4)`, `8`}, {`(4).$twice()`, `8`}, {`[1, 2].$twice()`, `[2,4]`}, {`$map([1, 2], $twice)`, `[2,4]`},
		{`$uppercase("x")`, `"mine"`}, {`$lowercase("X")`, `"x"`}, {`$twice("x")`, `!T0410`}, {`$fail()`, `!D3137`},
	} {
		got, err := compile(t, tt.expr, o).Eval(value.Value{})
		have := got.String()
		if err != nil {
			have = errorCode(err)
		}
		if have != tt.want {
			t.Errorf("%s: got %s, want %s", tt.expr, have, tt.want)
		}
	}
	if _, err := jsonata.Compile(`1`, &jsonata.Options{Functions: []jsonata.Function{{Name: "x", Signature: "<n<n>>"}}}); err == nil {
		t.Error("a wrong signature is accepted")
	}
}

// TestEnv checks that time and chance come from the Env, and that the time is
// the same throughout an evaluation.
func TestEnv(t *testing.T) {
	e := compile(t, `[$now(), $millis(), $now("[Y]"), $random(), $shuffle([1..5])]`, nil)
	at := time.UnixMilli(1700000000123)
	run := func() string {
		calls := 0
		v, err := e.Run(&jsonata.Env{
			Now:  func() time.Time { calls++; return at.Add(time.Duration(calls) * time.Hour) },
			Rand: rand.New(rand.NewPCG(1, 2)),
		})
		if err != nil {
			t.Fatal(err)
		}
		return v.String()
	}
	first := run()
	if !strings.HasPrefix(first, `["2023-11-14T23:13:20.123Z",1700003600123,"2023",0.`) {
		t.Errorf("got %s", first)
	}
	if second := run(); second != first {
		t.Errorf("got %s, then %s", first, second)
	}
}

func TestConcurrentUse(t *testing.T) {
	input, all := samples(t)
	var wg sync.WaitGroup
	for _, s := range all {
		e, err := jsonata.Compile(s.expr, nil)
		if err != nil || strings.Contains(s.expr, "$shuffle") {
			continue
		}
		for range 4 {
			wg.Go(func() {
				v, err := e.Eval(input)
				if err == nil && v.String() != s.want && strings.HasPrefix(s.want, `"`) {
					t.Errorf("%s: got %s, want %s", s.expr, v, s.want)
				}
			})
		}
	}
	wg.Wait()
}

// TestNothingIsShared checks that an evaluation that fails half-way leaves
// nothing behind for the next one on the same machine.
func TestNothingIsShared(t *testing.T) {
	input, all := samples(t)
	failing := compile(t, `order.lines@$l^(sku).{"a": $map([1..3], function($x) { [$x, $l.sku, $error("stop")] })}`, nil)
	for _, s := range all {
		if s.theme != "predicates" && s.theme != "parents" && s.theme != "objects and groups" {
			continue
		}
		if _, err := failing.Eval(input); errorCode(err) != "!D3137" {
			t.Fatal(err)
		}
		before := outcome(s.expr, input)
		if _, err := failing.Eval(input); err == nil {
			t.Fatal("no error")
		}
		if after := outcome(s.expr, input); after != before {
			t.Errorf("%s: got %s, then %s", s.expr, before, after)
		}
	}
}

// TestInputIsKept checks that no expression changes its input.
func TestInputIsKept(t *testing.T) {
	input, all := samples(t)
	before := input.String()
	for _, s := range all {
		outcome(s.expr, input)
	}
	if after := input.String(); after != before {
		t.Errorf("got %s, want %s", after, before)
	}
}

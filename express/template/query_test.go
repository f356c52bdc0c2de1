package template

import (
	"errors"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/seed66d9166c/express/express/value"
)

// queryEnv has one variable, $total.
var queryEnv = &Env{Var: func(name string) (Var, bool) { return Var{}, name == "total" }}

func queryOf(t *testing.T, text string) value.Value {
	t.Helper()
	v, err := value.ParseString(text)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func newQueryScope(t *testing.T) *Scope {
	t.Helper()
	return &Scope{
		Input:   queryOf(t, `{"a": {"b": [1, 2, 3]}, "s": "x"}`),
		Result:  queryOf(t, `{"r": 5}`),
		Context: func() value.Value { return queryOf(t, `{"State": {"Name": "S"}}`) },
		Vars:    &Vars{Slots: []value.Value{value.Int(42)}},
		Budget:  &Budget{Steps: 1_000_000, Bytes: 1 << 20},
		Now:     time.Now,
		Rand:    rand.New(rand.NewPCG(1, 2)),
	}
}

func TestQuery(t *testing.T) {
	for _, tt := range []struct{ src, want, cause string }{
		{src: `"{% $states.input.a.b[1] %}"`, want: `2`},
		{src: `"{% $states.result.r + $total %}"`, want: `47`},
		{src: `"{% $states.context.State.Name %}"`, want: `"S"`},
		{src: `{"n": "{% $count($states.input.a.b) %}", "k": [1, "{% $total %}"], "lit": " {% 1 %} "}`, want: `{"n":3,"k":[1,42],"lit":" {% 1 %} "}`},
		{src: `"{% {'gone': $states.input.nope} %}"`, want: `{}`},
		{src: `"{% [1..3] %}"`, want: `[1,2,3]`},
		{src: `"plain"`, want: `"plain"`},
		{src: `null`, want: `null`},
		{src: `"{% $states.input.nope %}"`, cause: "The JSONata expression '$states.input.nope' specified for the field 'Output' returned nothing (undefined)."},
		{src: `{"x": {"y": "{% $unbound %}"}}`, cause: "The JSONata expression '$unbound' specified for the field 'Output/x/y' returned nothing (undefined)."},
		{src: `["{% $nosuch() %}"]`, cause: "The JSONata expression '$nosuch()' specified for the field 'Output[0]' threw an error during evaluation. T1006: Attempted to invoke a non-function"},
		{src: `"{% $states.input.s * 2 %}"`, cause: "The JSONata expression '$states.input.s * 2' specified for the field 'Output' threw an error during evaluation. T2001: "},
		{src: `"{% function($x) { $x } %}"`, cause: "The JSONata expression 'function($x) { $x }' specified for the field 'Output' returned an unsupported result type."},
		{src: `"{% ($f := function($n) { $f($n + 1) }; $f(0)) %}"`, cause: "The JSONata expression '($f := function($n) { $f($n + 1) }; $f(0))' specified for the field 'Output' threw an error during evaluation. "},
	} {
		t.Run(tt.src, func(t *testing.T) {
			e, errs := Query{Field: "Output", Result: true}.Compile(queryOf(t, tt.src), queryEnv)
			if errs != nil {
				t.Fatal(errs[0])
			}
			v, err := e.Eval(newQueryScope(t))
			if tt.cause == "" {
				if err != nil || v.String() != tt.want {
					t.Errorf("got %s (%v), want %s", v, err, tt.want)
				}
				return
			}
			var f *Failure
			if !errors.As(err, &f) || f.Name != "States.QueryEvaluationError" || !strings.HasPrefix(f.Cause, tt.cause) {
				t.Errorf("got %v (%v), want the cause %s", v, err, tt.cause)
			}
		})
	}
}

func TestQueryRefuses(t *testing.T) {
	for _, tt := range []struct {
		src  string
		path []string
		want string
	}{
		{`"{% $states.result %}"`, nil, "The variable '$states.result' is not there in the field 'Arguments'"},
		{`{"a": ["{% $states.errorOutput.Error %}"]}`, []string{"a", "0"}, "The variable '$states.errorOutput' is not there in the field 'Arguments/a[0]'"},
		{`{"a": "{% 1 + %}"}`, []string{"a"}, "The JSONata expression '1 +' specified for the field 'Arguments/a' is not valid. S0207: Unexpected end of expression"},
		{`"{% $eval('1') ~> %}"`, nil, "The JSONata expression '$eval('1') ~>' specified for the field 'Arguments' is not valid. "},
	} {
		t.Run(tt.src, func(t *testing.T) {
			_, errs := Query{Field: "Arguments"}.Compile(queryOf(t, tt.src), queryEnv)
			if len(errs) != 1 || !strings.HasPrefix(errs[0].Message, tt.want) {
				t.Fatalf("got %v, want %s", errs, tt.want)
			}
			if diff := cmp.Diff(tt.path, errs[0].Path); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// There is no input document: $ is refused where nothing gives it another
// context, and $$ everywhere.
func TestQueryRefusesInput(t *testing.T) {
	for _, tt := range []struct {
		src, variable string // none if it is legal
		offset        int
	}{
		{"{% $ %}", "$", 3},
		{"{%$$%}", "$$", 2},
		{"{% {'a': [1, $.b]} %}", "$", 13},
		{"{% $states.input.a[b = $$.c] %}", "$$", 23},
		{"{% $states.input.a.($ + 1) %}", "", 0},
		{"{% $states.input.a.b[$ > 1] %}", "", 0},
		{"{% $map($states.input.a.b, function($x) { $x + $count($) }) %}", "", 0},
		{"{% total %}", "", 0},
	} {
		t.Run(tt.src, func(t *testing.T) {
			_, errs := Query{Field: "Output"}.Compile(value.String(tt.src), queryEnv)
			if tt.variable == "" {
				if errs != nil {
					t.Fatal(errs[0])
				}
				return
			}
			want := "The variable '" + tt.variable + "' is not there in the field 'Output': the input is '$states.input'"
			if len(errs) != 1 || errs[0].Message != want || errs[0].Offset != tt.offset {
				t.Errorf("got %+v, want %s at %d", errs, want, tt.offset)
			}
		})
	}
}

// What is constant is known when it is compiled, and prints as it was written.
func TestQueryFolds(t *testing.T) {
	for src, want := range map[string]string{`"{% 2 * 3 %}"`: `6`, `{"a": ["{% 1 %}", 2]}`: `{"a":[1,2]}`} {
		e, errs := Query{Field: "Output"}.Compile(queryOf(t, src), nil)
		if errs != nil {
			t.Fatal(errs[0])
		}
		if v, ok := e.Const(); !ok || v.String() != want {
			t.Errorf("%s: got %s, %v; want the constant %s", src, v, ok, want)
		}
	}
	e, _ := Query{Field: "Output"}.Compile(value.String("{% 2 * $total %}"), queryEnv)
	if _, ok := e.Const(); ok || e.String() != "{% 2 * $total %}" || cmp.Diff(e.Refs(), []string{"total"}) != "" {
		t.Errorf("got %s that reads %q, want it as written, reading total", e, e.Refs())
	}
}

// An expression in JSONata charges the budget that it shares with others.
func TestQueryCharges(t *testing.T) {
	e, errs := Query{Field: "Output"}.Compile(value.String("{% $sum($states.input.a.b) %}"), nil)
	if errs != nil {
		t.Fatal(errs[0])
	}
	s := newQueryScope(t)
	before := *s.Budget
	if _, err := e.Eval(s); err != nil {
		t.Fatal(err)
	}
	if s.Budget.Steps >= before.Steps {
		t.Errorf("%d steps are left of %d, want fewer", s.Budget.Steps, before.Steps)
	}
	s.Budget.Bytes = 10
	grow, _ := Query{Field: "Output"}.Compile(value.String("{% $join([1..1000].('item ' & $), ',') %}"), nil)
	var f *Failure
	if _, err := grow.Eval(s); !errors.As(err, &f) || !strings.Contains(f.Cause, "memory limit") {
		t.Errorf("with ten bytes left: got %v, want the memory limit", err)
	}
}

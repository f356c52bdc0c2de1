package template

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/seed66d9166c/express/express/value"
)

// parse is the JSON text as a Value.
func parse(tb testing.TB, text string) value.Value {
	tb.Helper()
	v, err := value.Parse([]byte(text))
	if err != nil {
		tb.Fatalf("%.80s: %v", text, err)
	}
	return v
}

// testEnv has the variables list, text and unset, the last in the scope around.
var testEnv = &Env{Var: func(name string) (Var, bool) {
	at, ok := map[string]Var{"list": {0, 0}, "text": {0, 1}, "unset": {1, 0}, "void": {0, 2}}[name]
	return at, ok
}}

// testScope sees doc, with the variables of testEnv.
func testScope(tb testing.TB, doc string) *Scope {
	tb.Helper()
	list, ctx := parse(tb, `[7,8]`), parse(tb, `{"Execution":{"Name":"run-1"}}`)
	return &Scope{
		Doc:     parse(tb, doc),
		Context: func() value.Value { return ctx },
		Vars: &Vars{
			Up:    &Vars{Slots: make([]value.Value, 1)},
			Slots: []value.Value{list, value.String("from a variable"), value.Null},
		},
		Budget: &Budget{Steps: 1e6, Bytes: 8 << 20},
		Now:    time.Now,
		Rand:   rand.New(rand.NewPCG(1, 2)),
	}
}

// text is v as JSON, and "nothing" for nothing.
func text(v value.Value) string {
	if v.IsNothing() {
		return "nothing"
	}
	return v.String()
}

// outcome is what e yields in s, or its failure.
func outcome(e Expr, s *Scope) string {
	v, err := e.Eval(s)
	if err != nil {
		return err.Error()
	}
	return text(v)
}

func TestWants(t *testing.T) {
	const both = WantsElements | WantsContext
	for _, tt := range []struct {
		template string
		want     Wants
	}{
		{`{"a": [1, {"b": 2}]}`, 0},
		{`{"a.$": "$", "b.$": "$.c.d"}`, 0},
		{`{"a.$": "$.b[0]"}`, WantsElements},
		{`{"a": [{"b.$": "$.*"}]}`, WantsElements},
		{`{"a.$": "$..b"}`, WantsElements},
		{`{"a.$": "States.Format('{}', $.b)"}`, WantsElements},
		{`{"a.$": "$$.State.Name"}`, WantsContext},
		{`{"a.$": "States.Format('{}', $$.State.Name)"}`, both},
	} {
		e, errs := Payload(parse(t, tt.template), nil)
		if errs != nil {
			t.Fatal(errs)
		}
		if got := WantsOf(e); got != tt.want {
			t.Errorf("%s wants %b, not %b", tt.template, got, tt.want)
		}
	}
	e, errs := Query{}.Compile(parse(t, `"{% $states.input %}"`), nil)
	if errs != nil || WantsOf(e) != both {
		t.Errorf("an expression in JSONata wants %b: %v", WantsOf(e), errs)
	}
}

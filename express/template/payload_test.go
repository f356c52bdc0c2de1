package template

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/seed66d9166c/express/express/value"
)

const payloadDoc = `{"id":"e1","n":4,"list":[1,2],"o":{"k":true}}`

func TestPayload(t *testing.T) {
	for _, tt := range []struct{ name, template, want string }{
		{"empty", `{}`, `{}`},
		{"literals", `{"a":"$.id","b":[1.0,null,"States.UUID()"],"c":{"d":"{% $x %}"}}`, `{"a":"$.id","b":[1.0,null,"States.UUID()"],"c":{"d":"{% $x %}"}}`},
		{"path", `{"a.$":"$.id","b":1}`, `{"a":"e1","b":1}`},
		{"root", `{"all.$":"$"}`, `{"all":` + payloadDoc + `}`},
		{"context", `{"name.$":"$$.Execution.Name","ctx.$":"$$"}`, `{"name":"run-1","ctx":{"Execution":{"Name":"run-1"}}}`},
		{"variables", `{"a.$":"$text","b.$":"$list[1]"}`, `{"a":"from a variable","b":8}`},
		{"call", `{"a.$":"States.MathAdd($.n, 1)"}`, `{"a":5}`},
		{"indefinite", `{"a.$":"$.list[*]","b.$":"$..k","c.$":"$.nope[*]"}`, `{"a":[1,2],"b":[true],"c":[]}`},
		{"nested", `{"a":{"b":{"c.$":"$.n","d":0}},"e":{"f":1}}`, `{"a":{"b":{"c":4,"d":0}},"e":{"f":1}}`},
		{"objects in arrays", `{"a":[{"b.$":"$.n"},"$.n",[{"c.$":"$.id"}],{}]}`, `{"a":[{"b":4},"$.n",[{"c":"e1"}],{}]}`},
		{"array", `[{"b.$":"$.n"},"$.n"]`, `[{"b":4},"$.n"]`},
		{"string", `"$.n"`, `"$.n"`},
		{"null", `null`, `null`},
		{"order", `{"z.$":"$.n","a":1,"m.$":"$.id"}`, `{"z":4,"a":1,"m":"e1"}`},
		{"nothing before the suffix", `{".$":"$.n"}`, `{"":4}`},
		{"a suffix once more", `{"a.$.$":"$.n"}`, `{"a.$":4}`},
		{"constant under a suffix", `{"b":0,"a.$":"States.Format('{}-{}', 1, 'x')"}`, `{"b":0,"a":"1-x"}`},
		{"index past the end", `{"a.$":"$.list[5]"}`, `{"a":null}`},
		{"missing", `{"a":[{"b.$":"$.nope"}]}`, `States.Runtime: The JSONPath '$.nope' specified for the field 'b.$' could not be found in the input '` + payloadDoc + `'`},
		{"missing after an index past the end", `{"a.$":"$.list[5].x"}`, `States.Runtime: The JSONPath '$.list[5].x' specified for the field 'a.$' could not be found in the input '` + payloadDoc + `'`},
		{"missing in the context", `{"a.$":"$$.Nope"}`, `States.Runtime: The JSONPath '$$.Nope' specified for the field 'a.$' could not be found in the input '{"Execution":{"Name":"run-1"}}'`},
		{"missing in a variable", `{"a.$":"$list.x"}`, `States.Runtime: The JSONPath '$list.x' specified for the field 'a.$' could not be found in the input '[7,8]'`},
		{"into null", `{"a.$":"$void.x"}`, `States.Runtime: Unable to apply Path transformation to null or empty input.`},
		{"not assigned", `{"a.$":"$unset.x"}`, `States.Runtime: The variable '$unset' of the path '$unset.x' has not been assigned a value.`},
		{"failing call", `{"a":[{"b.$":"States.ArrayLength(States.MathAdd($.n, $.id))"}]}`, `States.Runtime: The function 'States.ArrayLength(States.MathAdd($.n, $.id))' had the following error: Invalid arguments in States.MathAdd: expected argument 2 to be 'number', but was 'string'`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			e, errs := Payload(parse(t, tt.template), testEnv)
			if len(errs) > 0 {
				t.Fatal(errs[0])
			}
			if got := outcome(e, testScope(t, payloadDoc)); got != tt.want {
				t.Errorf("\n got %s\nwant %s", got, tt.want)
			}
			_, fixed := e.Const()
			if got := e.String(); got != tt.template && !fixed {
				t.Errorf("prints as %s", got)
			}
		})
	}
}

func TestPayloadRefused(t *testing.T) {
	const notValid = "must be a valid JSONPath or a valid intrinsic function call"
	src := `{
		"a.$": "id",
		"b": {"c": [0, {"d.$": "$.x[", "e.$": 5}], "f.$": "States.Nope()"},
		"g": 1, "g.$": "$.n",
		"h.$": "$missing",
		"i.$": "States.Format('He said \\\"{}\\\"', $.n)",
		"j.$": " $.n "
	}`
	e, errs := Payload(parse(t, src), testEnv)
	if e != nil {
		t.Errorf("it compiles: %v", e)
	}
	got := make([]string, len(errs))
	for i, err := range errs {
		got[i] = strings.Join(err.Path, "/") + ": " + err.Message
	}
	want := []string{
		"a.$: The value for the field 'a.$' " + notValid,
		"b/c/1/d.$: The value for the field 'd.$' " + notValid,
		"b/c/1/e.$: The value for the field 'e.$' " + notValid,
		"b/f.$: The value for the field 'f.$' " + notValid,
		"g.$: The field 'g' occurs twice",
		"h.$: no state assigns the variable $missing where it can be read from here",
		"i.$: The value for the field 'i.$' " + notValid,
		"j.$: The value for the field 'j.$' " + notValid,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if i := errs[6]; i.Offset != len("States.Format('He said ") {
		t.Errorf("the escape is at offset %d", i.Offset)
	}
}

func TestEntry(t *testing.T) {
	for _, tt := range []struct{ key, v, name, text, want string }{
		{"x", `1.0`, "x", `1.0`, `1.0`},
		{"x", `"$.n"`, "x", `"$.n"`, `"$.n"`},
		{"x.$", `"$.n"`, "x", `$.n`, `4`},
		{"x.$", `"$"`, "x", `$`, payloadDoc},
		{"x.$", `"States.MathAdd($.n, $list[0])"`, "x", `States.MathAdd($.n, $list[0])`, `11`},
		{"x", `{"y.$":"$.n"}`, "x", `{"y.$":"$.n"}`, `{"y":4}`},
		{"x", `[{"y.$":"$.n"}]`, "x", `[{"y.$":"$.n"}]`, `[{"y":4}]`},
		{"x.$", `"$.nope"`, "x", `$.nope`, `States.Runtime: The JSONPath '$.nope' specified for the field 'x.$' could not be found in the input '` + payloadDoc + `'`},
	} {
		name, e, errs := Entry(tt.key, parse(t, tt.v), testEnv)
		if len(errs) > 0 {
			t.Errorf("%s: %v", tt.key, errs[0])
			continue
		}
		if got := outcome(e, testScope(t, payloadDoc)); got != tt.want || name != tt.name || e.String() != tt.text {
			t.Errorf("%s: %s is %s, written %s, and yields %s; want %s, %s, %s", tt.key, tt.v, name, e, got, tt.name, tt.text, tt.want)
		}
	}
	_, e, errs := Entry("x", parse(t, `[{"y.$":true}]`), nil)
	if e != nil || len(errs) != 1 || strings.Join(errs[0].Path, "/") != "x/0/y.$" {
		t.Errorf("%v is accepted, or refused in the wrong place: %v", e, errs)
	}
}

func TestRefs(t *testing.T) {
	e, errs := Payload(parse(t, `{"a.$":"$text","b":[{"c.$":"States.Format('{}', $list[0], States.Array($unset))"}],"d.$":"$list","e":"$x"}`), testEnv)
	if len(errs) > 0 {
		t.Fatal(errs[0])
	}
	if diff := cmp.Diff([]string{"list", "text", "unset"}, e.Refs()); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestConst(t *testing.T) {
	for _, tt := range []struct {
		template string
		fixed    bool
	}{
		{`{"a":[{"b":"$.n"}],"c":{}}`, true},
		{`{"a.$":"$.n"}`, false},
		{`{"a.$":"States.UUID()"}`, false},
		{`{"a.$":"States.MathRandom(1, 2)"}`, false},
	} {
		v := parse(t, tt.template)
		e, errs := Payload(v, nil)
		if len(errs) > 0 {
			t.Fatal(errs[0])
		}
		if got, fixed := e.Const(); fixed != tt.fixed || fixed && got != v {
			t.Errorf("%s: constant %v, want %v", tt.template, fixed, tt.fixed)
		}
	}
	for _, tt := range []struct {
		src, want string // "" if it is not constant
	}{
		{`States.JsonMerge(States.StringToJson('{}'), States.StringToJson('{"a":1}'), false)`, `{"a":1}`},
		{`States.Array(1, States.MathAdd(2, 3))`, `[1,5]`},
		{`States.Format('{}', 'x')`, `"x"`},
		{`States.Format('{}', $.n)`, ``},
		{`States.Array(States.UUID())`, ``},
		{`States.MathRandom(1, 2, 3)`, ``},
		{`States.MathAdd(1, 3000000000)`, ``},                    // left to fail when it is reached
		{`States.ArrayRange(1, 1000, 1)`, ``},                    // too large to keep
		{`States.ArrayLength(States.ArrayRange(1, 100, 1))`, ``}, // and so is its argument
	} {
		_, e, errs := Entry("x.$", value.String(tt.src), nil)
		if len(errs) > 0 {
			t.Fatal(errs[0])
		}
		got := ""
		if v, ok := e.Const(); ok {
			got = v.String()
		}
		if got != tt.want {
			t.Errorf("%s folds to %q, want %q", tt.src, got, tt.want)
		}
	}
	c := Const(value.True)
	if v, ok := c.Const(); !ok || v != value.True || c.Refs() != nil || c.String() != "true" || outcome(c, nil) != "true" {
		t.Errorf("Const(true) is %v", c)
	}
}

// Constant parts of a template and what paths select are shared, not copied.
func TestPayloadShares(t *testing.T) {
	e, errs := Payload(parse(t, `{"a":{"b":{"c":[1,2,3]},"d.$":"$.o"}}`), nil)
	if len(errs) > 0 {
		t.Fatal(errs[0])
	}
	s := testScope(t, payloadDoc)
	get := func(path ...string) value.Value {
		v, err := e.Eval(s)
		if err != nil {
			t.Fatal(err)
		}
		for _, key := range path {
			v, _ = v.Get(key)
		}
		return v
	}
	first, second := get("a", "b"), get("a", "b")
	if first != second {
		t.Error("the constant part is made anew")
	}
	if o, _ := s.Doc.Get("o"); get("a", "d") != o {
		t.Error("the selected part is made anew")
	}
}

func TestBudget(t *testing.T) {
	list := "[" + strings.Repeat(`"x",`, 2000) + `"x"]`
	for _, tt := range []struct {
		name, template string
		budget         Budget
		want           string // "" for success
	}{
		{"enough", `{"a.$":"States.Array($.a)"}`, Budget{10, 9000}, ""},
		{"selected", `{"a.$":"$.a"}`, Budget{10, 8000}, "States.DataLimitExceeded"},
		{"selected again", `{"a.$":"$.a","b.$":"States.ArrayLength($.a)"}`, Budget{10, 16000}, "States.DataLimitExceeded"},
		{"members", `{"a.$":"$.a","b":1,"c":2}`, Budget{2, 100}, "States.Runtime"},
		{"visited", `{"a.$":"$..*"}`, Budget{100, 100}, "States.Runtime"},
		{"calls", `{"a.$":"States.Array(States.Array($.b))"}`, Budget{2, 100}, "States.Runtime"},
		{"elements", `{"a.$":"States.ArrayContains($.a, 1)"}`, Budget{100, 1e6}, "States.Runtime"},
		{"compared", `{"a.$":"States.ArrayContains($.a, 1)"}`, Budget{1e6, 16000}, "States.DataLimitExceeded"},
		{"unique", `{"a.$":"States.ArrayUnique($.a)"}`, Budget{1e6, 12000}, "States.DataLimitExceeded"},
		{"partition", `{"a.$":"States.ArrayPartition($.a, 1)"}`, Budget{1e6, 16000}, "States.DataLimitExceeded"},
		{"range", `{"a.$":"States.ArrayRange(1, $.b, 1)"}`, Budget{1e6, 1000}, "States.DataLimitExceeded"},
		{"format", `{"a.$":"States.Format('{}{}', $.a, $.a)"}`, Budget{1e6, 30000}, "States.DataLimitExceeded"},
		{"print", `{"a.$":"States.JsonToString($.a)"}`, Budget{1e6, 16000}, "States.DataLimitExceeded"},
		{"parse", `{"a.$":"States.StringToJson($.t)"}`, Budget{1e6, 500}, "States.DataLimitExceeded"},
		{"merge", `{"a.$":"States.JsonMerge($, $, false)"}`, Budget{1e6, 20000}, "States.DataLimitExceeded"},
		{"split", `{"a.$":"States.StringSplit($.t, ' ')"}`, Budget{1e6, 500}, "States.DataLimitExceeded"},
		{"split by many", `{"a.$":"States.StringSplit($.t, $.t)"}`, Budget{20, 1e6}, "States.Runtime"},
		{"encode", `{"a.$":"States.Base64Encode($.t)"}`, Budget{1e6, 500}, "States.DataLimitExceeded"},
		{"decode", `{"a.$":"States.Base64Decode($.t)"}`, Budget{1e6, 500}, "States.DataLimitExceeded"},
		{"hash", `{"a.$":"States.Hash($.a, 'MD5')"}`, Budget{1e6, 12000}, "States.DataLimitExceeded"},
		{"uuid", `{"a.$":"States.UUID()"}`, Budget{1e6, 20}, "States.DataLimitExceeded"},
		{"skeleton", `{"a.$":"$.b","b":[{"c.$":"$.b"},"` + strings.Repeat("x", 100) + `"]}`, Budget{1e6, 10}, "States.DataLimitExceeded"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			e, errs := Payload(parse(t, tt.template), nil)
			if len(errs) > 0 {
				t.Fatal(errs[0])
			}
			s := testScope(t, `{"a":`+list+`,"b":1000,"t":"`+strings.Repeat("a b ", 100)+`"}`)
			s.Budget = &tt.budget
			_, err := e.Eval(s)
			var f *Failure
			if got := errors.As(err, &f); got != (tt.want != "") || got && f.Name != tt.want {
				t.Errorf("ends with %v, want %q", err, tt.want)
			}
		})
	}
}

// IsPresent tolerates a missing path, and nothing else.
func TestBudgetOfPresentVariable(t *testing.T) {
	e, err := Path(PresentVariable, "$.a.b.c.d.e.f", nil)
	if err != nil {
		t.Fatal(err)
	}
	s := testScope(t, `{"a":{"b":{"c":{"d":{"e":{"f":1}}}}}}`)
	s.Budget.Steps = 0
	if v, err := e.Eval(s); err == nil {
		t.Errorf("yields %s, want the failure of the budget", text(v))
	}
}

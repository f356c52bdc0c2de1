package template

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/seed66d9166c/express/express/jsonpath"
)

const fieldDoc = `{"s":"text","n":3,"zero":0,"neg":-1,"half":1.5,"big":99999999,"bigger":100000000,"huge":2147483648,` +
	`"digits":"12","minus":"-2","share":"99.5","over":100.5,"t":"2024-05-06T07:08:09.123456789+02:00","bad":"2024-05-06 07:08:09Z",` +
	`"a":[1,2],"o":{"x":null},"nan":"NaN"}`

func TestField(t *testing.T) {
	const runtime = "States.Runtime: "
	for _, tt := range []struct {
		field Field
		src   string
		want  string // JSON, or the failure
	}{
		{InputPath, "$.n", `3`},
		{InputPath, "$.o.x", `null`},
		{InputPath, "$..x", `[null]`},
		{InputPath, "$$.Execution", `{"Name":"run-1"}`},
		{InputPath, "$list[1]", `8`},
		{InputPath, "$.nope", runtime + "Invalid path '$.nope' : No results for path: $['nope']"},
		{InputPath, "$.no.such", runtime + "Invalid path '$.no.such' : Missing property in path $['no']"},
		{InputPath, "$unset.x", runtime + "The variable '$unset' of the path '$unset.x' has not been assigned a value."},
		{InputPath, "$$.Execution.Name.x", runtime + "Invalid path '$$.Execution.Name.x' : Expected to find an object with property ['x'] in path $$['Execution']['Name'] but found 'string'."},
		{OutputPath, "$.nope", runtime + "Invalid path '$.nope' : No results for path: $['nope']"},

		{ItemsPath, "$.a", `[1,2]`},
		{ItemsPath, "$list", `[7,8]`},
		{ItemsPath, "$.a[?(@ > 1)]", `[2]`},
		{ItemsPath, "$.o", runtime + `Reference path "$.o" must point to array.`},
		{ItemsPath, "$$.Execution", runtime + `Reference path "$.Execution" must point to array.`},
		{ItemsPath, "$.nope", `States.ReferencePathConflict: Unable to apply step "nope" to input ` + fieldDoc},
		{ItemsPath, "$.o.nope.x", `States.ReferencePathConflict: Unable to apply step "nope" to input ` + fieldDoc},
		{ItemsPath, "$.a[2]", `States.ReferencePathConflict: Unable to apply step "2" to input ` + fieldDoc},
		{ItemsPath, "$.s[1:]", runtime + "Invalid path '$.s[1:]' : Filter: [1:] cannot be applied to the string at $['s']"},

		{MaxConcurrencyPath, "$.n", `3`},
		{MaxConcurrencyPath, "$.zero", `0`},
		{MaxConcurrencyPath, "$.digits", `12`},
		{MaxConcurrencyPath, "$.s", runtime + `The MaxConcurrencyPath field refers to value "text" which is not a valid integer: $.s`},
		{MaxConcurrencyPath, "$.o", runtime + `The MaxConcurrencyPath field refers to value "{"x":null}" which is not a valid integer: $.o`},
		{MaxConcurrencyPath, "$.half", runtime + `The MaxConcurrencyPath field refers to value "1.5" which is not a valid integer: $.half`},
		{MaxConcurrencyPath, "$.huge", runtime + `The MaxConcurrencyPath field refers to value "2147483648" which is not a valid integer: $.huge`},
		{MaxConcurrencyPath, "$.neg", runtime + "MaxConcurrency cannot be negative."},
		{ToleratedFailureCountPath, "$.digits", `12`},
		{ToleratedFailureCountPath, "$.minus", runtime + "ToleratedFailureCount cannot be negative."},
		{ToleratedFailureCountPath, "$.s", runtime + `The ToleratedFailureCountPath field refers to value "text" which is not a valid integer: $.s`},
		{ToleratedFailurePercentagePath, "$.half", `1.5`},
		{ToleratedFailurePercentagePath, "$.share", `99.5`},
		{ToleratedFailurePercentagePath, "$.zero", `0`},
		{ToleratedFailurePercentagePath, "$.neg", runtime + "ToleratedFailurePercentage must be between 0 and 100."},
		{ToleratedFailurePercentagePath, "$.over", runtime + "ToleratedFailurePercentage must be between 0 and 100."},
		{ToleratedFailurePercentagePath, "$.a", runtime + `The ToleratedFailurePercentagePath field refers to value "[1,2]" which is not a valid float: $.a`},
		{ToleratedFailurePercentagePath, "$.nan", runtime + `The ToleratedFailurePercentagePath field refers to value "NaN" which is not a valid float: $.nan`},

		{TimeoutSecondsPath, "$.n", `3`},
		{TimeoutSecondsPath, "$.big", `99999999`},
		{TimeoutSecondsPath, "$.bigger", runtime + "The TimeoutSecondsPath parameter references a value that is not between 1 and 99999999: $.bigger == 100000000"},
		{TimeoutSecondsPath, "$.zero", runtime + "The TimeoutSecondsPath parameter references a value that is not between 1 and 99999999: $.zero == 0"},
		{TimeoutSecondsPath, "$.nope", runtime + "Invalid path '$.nope' : No results for path: $['nope']"},
		{HeartbeatSecondsPath, "$.neg", runtime + "The HeartbeatSecondsPath parameter references a negative value: $.neg == -1"},
		{HeartbeatSecondsPath, "$.digits", `12`},
		{HeartbeatSecondsPath, "$.share", runtime + "The HeartbeatSecondsPath parameter cannot be parsed as a long value: $.share == 99.5"},

		{SecondsPath, "$.zero", `0`},
		{SecondsPath, "$.bigger", `100000000`},
		{SecondsPath, "$.nope", runtime + "The SecondsPath parameter does not reference an input value: $.nope"},
		{SecondsPath, "$.digits", `12`},
		{SecondsPath, "$.minus", runtime + "The SecondsPath parameter references a negative value: $.minus == -2"},
		{SecondsPath, "$.o", runtime + "The SecondsPath parameter cannot be parsed as a long value: $.o == {\"x\":null}"},
		{SecondsPath, "$.half", runtime + "The SecondsPath parameter cannot be parsed as a long value: $.half == 1.5"},
		{SecondsPath, "$.neg", runtime + "The SecondsPath parameter references a negative value: $.neg == -1"},
		{TimestampPath, "$.t", `"2024-05-06T07:08:09.123456789+02:00"`},
		{TimestampPath, "$.nope", runtime + "The TimestampPath parameter does not reference an input value: $.nope"},
		{TimestampPath, "$.bad", runtime + "The TimestampPath parameter does not reference a valid ISO-8601 extended offset date-time format string: $.bad == 2024-05-06 07:08:09Z"},
		{TimestampPath, "$.n", runtime + "The TimestampPath parameter does not reference a valid ISO-8601 extended offset date-time format string: $.n == 3"},

		{ErrorPath, "$.s", `"text"`},
		{ErrorPath, "$$.Execution.Name", `"run-1"`},
		{ErrorPath, "$text", `"from a variable"`},
		{ErrorPath, "States.Format('{}!', $.s)", `"text!"`},
		{ErrorPath, "States.Format('constant')", `"constant"`},
		{ErrorPath, "$.nope", runtime + "The JSONPath '$.nope' specified for the field 'ErrorPath' could not be found in the input '" + fieldDoc + "'"},
		{ErrorPath, "$.n", runtime + "The ErrorPath field refers to a value that is not a string: $.n == 3"},
		{CausePath, "States.ArrayGetItem($.a, 0)", runtime + "The CausePath field refers to a value that is not a string: States.ArrayGetItem($.a, 0) == 1"},
		{CausePath, "States.JsonToString($.nope)", runtime + "The function 'States.JsonToString($.nope)' had the following error: The JsonPath argument for the field '$.nope' could not be found in the input '" + fieldDoc + "'"},

		{Variable, "$.n", `3`},
		{Variable, "$.o.x", `null`},
		{Variable, "$.nope", runtime + "Invalid path '$.nope': The choice state's condition path references an invalid value."},
		{Variable, "$.a[2]", runtime + "Invalid path '$.a[2]': The choice state's condition path references an invalid value."},
		{PresentVariable, "$.n", `3`},
		{PresentVariable, "$.o.x", `null`},
		{PresentVariable, "$.nope", `nothing`},
		{PresentVariable, "$.no.such", `nothing`},
		{PresentVariable, "$.a[2]", `nothing`},
		{PresentVariable, "$.s.x", `nothing`},
		{PresentVariable, "$unset", `nothing`},
	} {
		t.Run(tt.field.String()+" "+tt.src, func(t *testing.T) {
			e, err := Path(tt.field, tt.src, testEnv)
			if err != nil {
				t.Fatal(err)
			}
			if got := outcome(e, testScope(t, fieldDoc)); got != tt.want {
				t.Errorf("\n got %s\nwant %s", got, tt.want)
			}
			if got := e.String(); !strings.HasPrefix(tt.src, "States.Format('constant") && got != tt.src {
				t.Errorf("prints as %s", got)
			}
		})
	}
}

func TestFieldRefused(t *testing.T) {
	const reference = "Value is not a Reference Path: "
	for _, tt := range []struct {
		field  Field
		src    string
		want   string
		offset int
	}{
		{InputPath, "n", "Value is not a valid JSONPath: ", 0},
		{InputPath, "$.a[", "Value is not a valid JSONPath: ", 4},
		{InputPath, "States.UUID()", "Value is not a valid JSONPath: ", 0},
		{InputPath, "$missing", "no state assigns the variable $missing where it can be read from here", 0},
		{Variable, "n", reference + "Reference path didn't start with '$'", 0},
		{Variable, "$..n", reference, 0},
		{Variable, "$.a[*]", reference, 0},
		{SecondsPath, "$.a[?(@ > 1)]", reference, 0},
		{ErrorPath, "$.a[0:1]", reference, 0},
		{ErrorPath, "States.Array($.s)", "The value for the field 'ErrorPath' must be a valid JSONPath or a valid intrinsic function call", 0},
		{CausePath, "oops", "The value for the field 'CausePath' must be a valid JSONPath or a valid intrinsic function call", 0},
		{CausePath, "States.Format('{}', $.a[)", "The value for the field 'CausePath' must be a valid JSONPath or a valid intrinsic function call", 24},
	} {
		e, err := Path(tt.field, tt.src, testEnv)
		var se *SyntaxError
		switch {
		case !errors.As(err, &se):
			t.Errorf("%s %s compiles: %v, %v", tt.field, tt.src, e, err)
		case !strings.HasPrefix(se.Message, tt.want) || se.Offset != tt.offset || se.Err == nil:
			t.Errorf("%s %s is refused at %d: %s (%v), want at %d: %s", tt.field, tt.src, se.Offset, se.Message, se.Err, tt.offset, tt.want)
		}
	}
	if _, err := Path(InputPath, "$list", nil); err == nil {
		t.Error("a variable is found where there are none")
	}
}

// A Failure keeps what lies beneath it.
func TestFailureUnwraps(t *testing.T) {
	e, err := Path(InputPath, "$.no.such", nil)
	if err != nil {
		t.Fatal(err)
	}
	_, err = e.Eval(testScope(t, `{}`))
	var nf *jsonpath.NotFound
	if !errors.As(err, &nf) || nf.Leaf {
		t.Errorf("%v wraps %v, want the error of the path", err, nf)
	}
}

func TestFieldNames(t *testing.T) {
	seen := make(map[string]int)
	for f := range endFields {
		if f.String() == "" {
			t.Errorf("field %d has no name", f)
		}
		seen[f.String()]++
	}
	if diff := cmp.Diff(2, seen["Variable"]); diff != "" || len(seen) != int(endFields)-1 {
		t.Errorf("names occur so often: %v", seen)
	}
}

func TestResultPath(t *testing.T) {
	for _, tt := range []struct{ src, root, want string }{
		{"$.r", `{"a":1}`, `{"a":1,"r":[0]}`},
		{"$.a", `{"a":1}`, `{"a":[0]}`},
		{"$.x.y", `{}`, `{"x":{"y":[0]}}`},
		{"$['a b'].c", `{"a b":{"d":1}}`, `{"a b":{"d":1,"c":[0]}}`},
		{"$.a[1]", `{"a":[1,2]}`, `{"a":[1,[0]]}`},
		{"$.r", `"text"`, `States.ReferencePathConflict: Unable to apply ReferencePath $.r to input "text"`},
		{"$.a.b", `{"a":1}`, `States.ReferencePathConflict: Unable to apply ReferencePath $.a.b to input {"a":1}`},
		{"$.a[2]", `{"a":[1,2]}`, `States.ReferencePathConflict: Unable to apply ReferencePath $.a[2] to input {"a":[1,2]}`},
	} {
		p, err := ResultPath(tt.src)
		if err != nil {
			t.Errorf("%s: %v", tt.src, err)
			continue
		}
		root := parse(t, tt.root)
		v, err := p.Put(nil, root, parse(t, `[0]`))
		got := text(v)
		if err != nil {
			got = err.Error()
		}
		if got != tt.want {
			t.Errorf("%s into %s is %s, want %s", tt.src, tt.root, got, tt.want)
		}
		if p.String() != tt.src || root.String() != tt.root {
			t.Errorf("%s prints as %s; the input is now %s", tt.src, p, root)
		}
	}
	for _, src := range []string{"", "r", "$$.r", "$list", "$.a[*]", "$..a", "$.a[", "$['a','b']"} {
		if p, err := ResultPath(src); err == nil {
			t.Errorf("ResultPath %q is accepted: %v", src, p)
		}
	}
}

package program

import (
	"slices"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/seed66d9166c/express/express/value"
)

func parseJSON(tb testing.TB, text string) value.Value {
	tb.Helper()
	v, err := value.Parse([]byte(text))
	if err != nil {
		tb.Fatalf("%s: %v", text, err)
	}
	return v
}

func TestRuleOpNames(t *testing.T) {
	seen := make(map[RuleOp]string)
	for name, o := range ruleOpsByName {
		if o.String() != name || o.Path() != strings.HasSuffix(name, "Path") {
			t.Errorf("%s prints as %s", name, o)
		}
		if got, ok := RuleOpByName(name); !ok || got != o {
			t.Errorf("%s is found as %s", name, got)
		}
		if other, ok := seen[o]; ok {
			t.Errorf("%s and %s are one", name, other)
		}
		seen[o] = name
		if r := ruleOps[o&^pathForm]; (r.compare == nil) == (r.is == nil) {
			t.Errorf("%s must either compare or test", name)
		}
	}
	if len(seen) != 39 {
		t.Errorf("there are %d operators, want 39", len(seen))
	}
	for _, name := range []string{"", "stringEquals", "IsNullPath", "StringMatchesPath", "Not"} {
		if o, ok := RuleOpByName(name); ok {
			t.Errorf("%q is %s", name, o)
		}
	}
}

func TestHolds(t *testing.T) {
	for _, tt := range []struct {
		op    string
		v, w  string // v is "" where the Variable leads nowhere
		holds bool
	}{
		{"StringEquals", `"a"`, `"a"`, true},
		{"StringEquals", `"a"`, `"A"`, false},
		{"StringEquals", `"\u00e9"`, `"e\u0301"`, false}, // no normalisation
		{"StringEquals", `1`, `"1"`, false},
		{"StringEquals", `null`, `"null"`, false},
		{"StringEqualsPath", `"a"`, `"a"`, true},
		{"StringEqualsPath", `"1"`, `1`, false},
		{"StringLessThan", `"A"`, `"AB"`, true},
		{"StringLessThan", `"a"`, `"B"`, false},
		{"StringLessThan", `""`, `""`, false},
		{"StringLessThan", `"\uffff"`, `"😀"`, false}, // by UTF-16 code unit
		{"StringLessThan", `"😀"`, `"\uffff"`, true},
		{"StringLessThan", `"x\ue000"`, `"x😀"`, false},
		{"StringLessThan", `"😀"`, `"😁"`, true},
		{"StringLessThan", `"\ud7ff"`, `"😀"`, true},
		{"StringLessThan", `"é"`, `"漢"`, true},
		{"StringLessThanEquals", `""`, `""`, true},
		{"StringLessThanEquals", `"b"`, `"a"`, false},
		{"StringLessThanEqualsPath", `"a"`, `"b"`, true},
		{"StringGreaterThan", `"AB"`, `"A"`, true},
		{"StringGreaterThan", `"\uffff"`, `"😀"`, true},
		{"StringGreaterThan", `[]`, `""`, false},
		{"StringGreaterThanEquals", `"a"`, `"a"`, true},
		{"StringGreaterThanEquals", `"a"`, `"b"`, false},

		{"NumericEquals", `1`, `1.0`, true},
		{"NumericEquals", `-0`, `0.0`, true},
		{"NumericEquals", `10`, `1e1`, true},
		{"NumericEquals", `9007199254740993`, `9007199254740992`, false},
		{"NumericEquals", `"1"`, `1`, false},
		{"NumericEquals", `true`, `1`, false},
		{"NumericEquals", `null`, `0`, false},
		{"NumericEqualsPath", `1`, `"1"`, false},
		{"NumericEqualsPath", `null`, `null`, false},
		{"NumericLessThan", `-2`, `-1`, true},
		{"NumericLessThan", `1`, `1`, false},
		{"NumericLessThanEquals", `1`, `1`, true},
		{"NumericLessThanEquals", `2`, `1`, false},
		{"NumericGreaterThan", `9007199254740993`, `9007199254740992`, true},
		{"NumericGreaterThan", `2`, `10`, false},
		{"NumericGreaterThanEquals", `1.5`, `1.5`, true},
		{"NumericGreaterThanEqualsPath", `1.4`, `1.5`, false},

		{"BooleanEquals", `true`, `true`, true},
		{"BooleanEquals", `false`, `false`, true},
		{"BooleanEquals", `false`, `true`, false},
		{"BooleanEquals", `"true"`, `true`, false},
		{"BooleanEquals", `null`, `false`, false},
		{"BooleanEqualsPath", `0`, `false`, false},

		{"TimestampEquals", `"2024-05-06T07:08:09Z"`, `"2024-05-06T07:08:09Z"`, true},
		{"TimestampEquals", `"2024-05-06T07:08:09.000Z"`, `"2024-05-06T07:08:09+00:00"`, true},
		{"TimestampEquals", `"2024-05-06T09:08:09+02:00"`, `"2024-05-06T07:08:09Z"`, true},
		{"TimestampEquals", `"2024-05-06T07:08:09.000000001Z"`, `"2024-05-06T07:08:09Z"`, false},
		{"TimestampEquals", `"2024-05-06 07:08:09Z"`, `"2024-05-06T07:08:09Z"`, false},
		{"TimestampEquals", `1714979289`, `"2024-05-06T07:08:09Z"`, false},
		{"TimestampEqualsPath", `"soon"`, `"soon"`, false},
		{"TimestampEqualsPath", `"2024-05-06T07:08:09Z"`, `"soon"`, false},
		{"TimestampLessThan", `"2024-05-06T07:08:09+02:00"`, `"2024-05-06T07:08:09Z"`, true},
		{"TimestampLessThan", `"2024-05-06T07:08:09Z"`, `"2024-05-06T07:08:09Z"`, false},
		{"TimestampLessThanEquals", `"2024-05-06T07:08:09Z"`, `"2024-05-06T07:08:09Z"`, true},
		{"TimestampGreaterThan", `"2024-05-06T07:08:09.5Z"`, `"2024-05-06T07:08:09Z"`, true},
		{"TimestampGreaterThanEqualsPath", `"2024-05-06T07:08:08Z"`, `"2024-05-06T07:08:09Z"`, false},

		{"IsNull", `null`, `true`, true},
		{"IsNull", `null`, `false`, false},
		{"IsNull", `0`, `true`, false},
		{"IsNull", `0`, `false`, true},
		{"IsPresent", `null`, `true`, true},
		{"IsPresent", `null`, `false`, false},
		{"IsPresent", ``, `true`, false},
		{"IsPresent", ``, `false`, true},
		{"IsNumeric", `0.0`, `true`, true},
		{"IsNumeric", `"0"`, `true`, false},
		{"IsNumeric", `[0]`, `false`, true},
		{"IsString", `""`, `true`, true},
		{"IsString", `null`, `false`, true},
		{"IsBoolean", `false`, `true`, true},
		{"IsBoolean", `0`, `true`, false},
		{"IsTimestamp", `"2024-05-06T07:08:09Z"`, `true`, true},
		{"IsTimestamp", `"2024-05-06T07:08:09.25-11:30"`, `true`, true},
		{"IsTimestamp", `"2024-02-30T07:08:09Z"`, `true`, false},
		{"IsTimestamp", `"2024-05-06t07:08:09Z"`, `true`, false},
		{"IsTimestamp", `"2024-05-06T07:08:09z"`, `true`, false},
		{"IsTimestamp", `"2024-05-06T07:08:09"`, `true`, false},
		{"IsTimestamp", `"2024-05-06T07:08:09,5Z"`, `true`, false},
		{"IsTimestamp", `"2024-05-06T7:08:09Z"`, `true`, false},
		{"IsTimestamp", `"2024-05-06T07:08Z"`, `true`, false},
		{"IsTimestamp", `"2024-05-06T07:08:09+0200"`, `true`, false},
		{"IsTimestamp", `"2024-05-06"`, `true`, false},
		{"IsTimestamp", `"2024-05-06"`, `false`, true},

		{"StringMatches", `"log-2024.txt"`, `"log-*.txt"`, true},
		{"StringMatches", `1`, `"*"`, false},
		{"StringMatches", `null`, `"*"`, false},
	} {
		t.Run(tt.op+" "+tt.v+" "+tt.w, func(t *testing.T) {
			o, ok := RuleOpByName(tt.op)
			if !ok {
				t.Fatal("there is no such operator")
			}
			var v value.Value
			if tt.v != "" {
				v = parseJSON(t, tt.v)
			}
			if got := o.Holds(v, parseJSON(t, tt.w)); got != tt.holds {
				t.Errorf("holds: %v, want %v", got, tt.holds)
			}
		})
	}
}

func TestAccepts(t *testing.T) {
	for _, tt := range []struct {
		op   RuleOp
		w    string
		want string // the error, "" for none
	}{
		{StringEquals, `""`, ""},
		{StringEquals, `null`, "StringEquals wants a string, not a null"},
		{NumericLessThan, `1e3`, ""},
		{NumericLessThan, `"1"`, "NumericLessThan wants a number, not a string"},
		{BooleanEquals, `1`, "BooleanEquals wants a boolean, not a number"},
		{IsPresent, `false`, ""},
		{IsPresent, `"false"`, "IsPresent wants a boolean, not a string"},
		{TimestampLessThan, `"2024-05-06T07:08:09Z"`, ""},
		{TimestampLessThan, `"2024-05-06"`, "TimestampLessThan wants an RFC 3339 timestamp"},
		{StringMatches, `"a\\*\\\\"`, ""},
		{StringMatches, `"a\\"`, "the pattern of StringMatches ends in a backslash that escapes nothing"},
		{StringMatches, `"a\\\\\\"`, "the pattern of StringMatches ends in a backslash that escapes nothing"},
	} {
		got := ""
		if err := tt.op.Accepts(parseJSON(t, tt.w)); err != nil {
			got = err.Error()
		}
		if got != tt.want {
			t.Errorf("%s %s: %q, want %q", tt.op, tt.w, got, tt.want)
		}
	}
}

func TestMatches(t *testing.T) {
	for _, tt := range []struct {
		s, pattern string
		want       bool
	}{
		{"", "", true},
		{"", "*", true},
		{"", "**", true},
		{"a", "", false},
		{"abc", "abc", true},
		{"abc", "ab", false},
		{"abc", "*", true},
		{"abc", "a*", true},
		{"abc", "*c", true},
		{"abc", "a*c", true},
		{"abc", "a*b", false},
		{"abc", "*b*", true},
		{"abc", "*a*b*c*", true},
		{"abc", "*c*b*", false},
		{"aba", "a*aba", false}, // no character is matched twice
		{"abcabc", "*abc", true},
		{"ab.c", "ab?c", false},
		{"a.c", "a.c", true},
		{"abc", "a.c", false},
		{"a*c", `a\*c`, true},
		{"abc", `a\*c`, false},
		{`a\c`, `a\\c`, true},
		{`a\xc`, `a\\*c`, true},
		{`a\*c`, `a\\\*c`, true},
		{"x*y*z", `*\*y\**`, true},
		{`a\bc`, `a\bc`, true}, // a backslash before anything else
		{"é漢😀", "é*😀", true},
		{"line\nline", "line*line", true},
	} {
		if got := matches(tt.s, tt.pattern); got != tt.want {
			t.Errorf("%q matches %q: %v", tt.s, tt.pattern, got)
		}
	}
}

// A pattern that backtracking matchers take exponential time for.
func TestMatchesIsLinear(t *testing.T) {
	s := strings.Repeat("a", 1<<18)
	if matches(s, strings.Repeat("*a", 1<<10)+"*b") {
		t.Error("matches without the last character")
	}
	if !matches(s, strings.Repeat("a*", 1<<17)) {
		t.Error("does not match")
	}
}

func FuzzMatches(f *testing.F) {
	for _, seed := range [][2]string{{"abc", "a*c"}, {`a*\`, `a\*\\`}, {"", "*"}, {"aab", "*a*b"}} {
		f.Add(seed[0], seed[1])
	}
	f.Fuzz(func(t *testing.T, s, pattern string) {
		if len(s) > 100 || len(pattern) > 20 {
			return
		}
		if got, want := matches(s, pattern), slowMatches(s, pattern); got != want {
			t.Errorf("%q matches %q: %v, want %v", s, pattern, got, want)
		}
	})
}

// slowMatches says what a pattern means: it keeps all places of s that the
// pattern so far can lead to.
func slowMatches(s, pattern string) bool {
	at := map[int]bool{0: true}
	for i := 0; i < len(pattern); i++ {
		next := make(map[int]bool)
		for n := range at {
			if pattern[i] == '*' {
				for ; n <= len(s); n++ {
					next[n] = true
				}
				continue
			}
			c := pattern[i]
			if strings.HasPrefix(pattern[i:], `\*`) || strings.HasPrefix(pattern[i:], `\\`) {
				c = pattern[i+1]
			}
			if n < len(s) && s[n] == c {
				next[n+1] = true
			}
		}
		if strings.HasPrefix(pattern[i:], `\*`) || strings.HasPrefix(pattern[i:], `\\`) {
			i++
		}
		at = next
	}
	return at[len(s)]
}

func FuzzCompareUTF16(f *testing.F) {
	f.Add("\uffff", "😀")
	f.Add("a", "ab")
	f.Fuzz(func(t *testing.T, a, b string) {
		a, b = strings.ToValidUTF8(a, ""), strings.ToValidUTF8(b, "")
		if got, want := compareUTF16(a, b), slowCompareUTF16(a, b); got != want {
			t.Errorf("%q and %q compare as %d, want %d", a, b, got, want)
		}
	})
}

// slowCompareUTF16 says what the order is.
func slowCompareUTF16(a, b string) int {
	return slices.Compare(utf16.Encode([]rune(a)), utf16.Encode([]rune(b)))
}

func BenchmarkHolds(b *testing.B) {
	for _, tt := range []struct{ op, v, w string }{
		{"StringEquals", `"temperature"`, `"humidity"`},
		{"StringLessThan", `"temperature"`, `"temperatures"`},
		{"NumericGreaterThan", `21.75`, `20`},
		{"TimestampLessThan", `"2024-05-06T07:08:09Z"`, `"2025-05-06T07:08:09Z"`},
		{"StringMatches", `"log-2024-05-06.txt"`, `"log-*-06*.txt"`},
	} {
		b.Run(tt.op, func(b *testing.B) {
			o, _ := RuleOpByName(tt.op)
			v, w := parseJSON(b, tt.v), parseJSON(b, tt.w)
			b.ReportAllocs()
			for b.Loop() {
				o.Holds(v, w)
			}
		})
	}
}

func TestHoldsAllocates(t *testing.T) {
	for name, w := range map[string]string{
		"StringEquals": `"a"`, "StringLessThan": `"b"`, "StringMatches": `"a*b*"`, "NumericEquals": `1`,
		"TimestampEquals": `"2024-05-06T07:08:09Z"`, "IsPresent": `true`,
	} {
		o, _ := RuleOpByName(name)
		x := parseJSON(t, w)
		if n := testing.AllocsPerRun(100, func() { o.Holds(x, x) }); n != 0 {
			t.Errorf("%s allocates %v times", name, n)
		}
	}
}

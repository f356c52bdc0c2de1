package jsonata_test

import (
	"testing"

	"github.com/seed66d9166c/express/express/value"
)

// TestRegexpSyntax checks that JavaScript's syntax means what it means there.
func TestRegexpSyntax(t *testing.T) {
	for _, tt := range []struct {
		pattern, text string
		want          bool
	}{
		{`a.c`, "abc", true}, {`a.c`, "a\nc", false}, {`a.c`, "a\rc", false}, {`a.c`, "a\u2028c", false}, {`a[^]c`, "a\nc", true},
		{`[]`, "x", false}, {`^b$`, "a\nb\nc", false}, {`^b$/m`, "a\nb\nc", true}, {`B/i`, "abc", true}, {`^\u0041$`, "A", true},
		{`^\x41$`, "A", true}, {`^\0$`, "\x00", true}, {`^\cA$`, "\x01", true}, {`^[\b]$`, "\b", true}, {`\bb`, "a b", true},
		{`^\s$`, "\u00a0", true}, {`^[\s]$`, "\ufeff", true}, {`^\s$`, "x", false}, {`^\d\D\w\W$`, "1aa-", true}, {`^\q$`, "q", true},
		{`^\xg$`, "xg", true}, {`^\ug$`, "ug", true}, {`^\é$`, "é", true}, {`^\/$`, "/", true}, {`^[[]a]$`, "[a]", true}, {`^(?:a|b){2}$`, "ab", true},
		{`^(?<year>\d+)$`, "2024", true},
	} {
		pattern, flags := tt.pattern, ""
		if n := len(pattern) - 2; n > 0 && pattern[n] == '/' && pattern[n-1] != '\\' {
			pattern, flags = pattern[:n], pattern[n+1:]
		}
		got, err := compile(t, "$contains($, /"+pattern+"/"+flags+")", nil).Eval(value.String(tt.text))
		if err != nil || got.Bool() != tt.want {
			t.Errorf("/%s/%s on %q: got %s, %v, want %t", pattern, flags, tt.text, got, err, tt.want)
		}
	}
}

// TestMatchesGoOn checks that a search from the middle sees what comes before,
// in short texts and in those that are read rune by rune.
func TestMatchesGoOn(t *testing.T) {
	long := `$pad("", 20000, "é")`
	for _, tt := range []struct{ expr, want string }{
		{`$match("aaa", /^a/).index`, `0`},
		{`$match("ab ab", /\bab/).index`, `[0,3]`},
		{`$match("a\nb\nc", /^[bc]/m).index`, `[2,4]`},
		{`$replace("éaéa", /a/, "-")`, `"é-é-"`},
		{`$match("\ud83d\ude00a\ud83d\ude00a", /a/).index`, `[2,5]`},
		{`$match(` + long + ` & "a" & ` + long + ` & "a", /a/).index`, `[20000,40001]`},
		{`$length($replace(` + long + ` & "a" & ` + long + `, /a/, "bbb"))`, `40003`},
		{`/a/("a a", 1).start`, `2`},
		{`$split("a1b2c", function($s) { {"match": "1", "start": 1, "end": 2, "groups": [], "next": function() { nothing }} })`, `["a","b2c"]`},
	} {
		got, err := compile(t, tt.expr, nil).Eval(value.Value{})
		if err != nil || got.String() != tt.want {
			t.Errorf("%s: got %s, %v, want %s", tt.expr, got, err, tt.want)
		}
	}
}

// TestHalfPairs checks that half a surrogate pair, which JavaScript's strings can
// hold, does not get out: it is no UTF-8.
func TestHalfPairs(t *testing.T) {
	for _, tt := range []struct{ expr, want string }{
		{`"a\ud800b"`, `"a�b"`},
		{`["\udc00", {"\ud800": 1}]`, `["�",{"�":1}]`},
		{`$length("\ud83d\ude00")`, `1`},
		{`"x" & $string(["\ud800"])`, `"x[\"�\"]"`},
	} {
		got, err := compile(t, tt.expr, nil).Eval(value.Value{})
		if err != nil || got.String() != tt.want {
			t.Errorf("%s: got %s, %v, want %s", tt.expr, got, err, tt.want)
		}
	}
}

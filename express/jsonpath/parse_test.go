package jsonpath

import (
	"errors"
	"fmt"
	"strings"
	"testing"
)

func parse(t testing.TB, src string) *Path {
	t.Helper()
	p, err := Parse(src)
	if err != nil {
		t.Fatalf("Parse(%s): %v", src, err)
	}
	return p
}

func TestParse(t *testing.T) {
	const (
		indefinite = iota
		definite
		reference // and definite
	)
	tests := []struct {
		src, normalized string
		kind            int
	}{
		{`$`, `$`, reference},
		{`$$`, `$$`, reference},
		{`$x`, `$x`, reference},
		{`$größe_2.a`, `$größe_2['a']`, reference},
		{`$.a`, `$['a']`, reference},
		{`$.a.b[0].c`, `$['a']['b'][0]['c']`, reference},
		{`$$.Execution.Name `, `$$['Execution']['Name']`, reference},
		{` $.a`, `$['a']`, reference},
		{`$['a']["b"]`, `$['a']['b']`, reference},
		{`$.a.['b'].[0]`, `$['a']['b'][0]`, reference},
		{`$[ 'a' ][ -1 ]`, `$['a'][-1]`, reference},
		{`$.a[(@.length-1)].b`, `$['a'][-1]['b']`, reference},
		{`$[(@.length - 20 )]`, `$[-20]`, reference},
		{`$.detail-type`, `$['detail-type']`, reference},
		{`$.0.größe.$ref`, `$['0']['größe']['$ref']`, reference},
		{`$['']`, `$['']`, reference},
		{`$['a.b']["it's"]`, `$['a.b']['it\'s']`, reference},
		{`$['it\'s']`, `$['it\'s']`, reference},
		{`$['a\"b']`, `$['a\\"b']`, reference},
		{`$["a\"b\\c\d"]`, `$['a"b\\c\\d']`, reference},
		{`$.store\.book`, `$['store.book']`, reference},
		{`$.foo\@bar.baz\[\[.\?pretty`, `$['foo@bar']['baz[[']['?pretty']`, reference},
		{`$.a\ \\b\é`, `$['a \\bé']`, reference},
		{`$['a@b,c:d?e']`, `$['a@b,c:d?e']`, reference},
		{`$.a@b`, `$['a@b']`, definite},
		{`$.ns:name`, `$['ns:name']`, definite},
		{`$.a['b','c']`, `$['a']['b','c']`, definite},
		{`$.[*].['b', "c"]`, `$[*]['b','c']`, indefinite},
		{`$['b','c'].d`, `$['b','c']['d']`, indefinite},
		{`$.a.*`, `$['a'][*]`, indefinite},
		{`$.a[ * ]`, `$['a'][*]`, indefinite},
		{`$[0,-2, 3]`, `$[0,-2,3]`, indefinite},
		{`$[1:3]`, `$[1:3]`, indefinite},
		{`$[-2:]`, `$[-2:]`, indefinite},
		{`$[:-1]`, `$[:-1]`, indefinite},
		{`$[0:]`, `$[0:]`, indefinite},
		{`$[0:2]`, `$[:2]`, indefinite},
		{`$[ 1 : 2 ]`, `$[1:2]`, indefinite},
		{`$..a`, `$..['a']`, indefinite},
		{`$..*`, `$..[*]`, indefinite},
		{`$..[0]`, `$..[0]`, indefinite},
		{`$..['a','b'].c`, `$..['a','b']['c']`, indefinite},
		{`$.a[?(@.b)]`, `$['a'][?(@['b'])]`, indefinite},
		{`$.[?(@.year < 1999)].name`, `$[?(@['year'] < 1999)]['name']`, indefinite},
		{`$[? ( @ ) ]`, `$[?(@)]`, indefinite},
		{`$[?(@.a<5)]`, `$[?(@['a'] < 5)]`, indefinite},
		{`$[?(@.a<=-5.50E+1)]`, `$[?(@['a'] <= -5.50E+1)]`, indefinite},
		{`$[?(1>@['a b'])]`, `$[?(1 > @['a b'])]`, indefinite},
		{`$[?(@.a >= $.b[0])]`, `$[?(@['a'] >= $['b'][0])]`, indefinite},
		{`$[?(@.a==true&&@.b!=null||@.c == false)]`, `$[?(@['a'] == true && @['b'] != null || @['c'] == false)]`, indefinite},
		{`$[?((@.a || @.b) && !@.c)]`, `$[?((@['a'] || @['b']) && !@['c'])]`, indefinite},
		{`$[?(!(@.a == 1) && !!@.b)]`, `$[?(!(@['a'] == 1) && !!@['b'])]`, indefinite},
		{`$[?(@.lang==fr)]`, `$[?(@['lang'] == 'fr')]`, indefinite},
		{`$[?(@.zone == us-east-1)]`, `$[?(@['zone'] == 'us-east-1')]`, indefinite},
		{`$[?(@.a == 'it\'s' || @.a == "\"")]`, `$[?(@['a'] == 'it\'s' || @['a'] == '"')]`, indefinite},
		{`$[?(@.a =~ /a\/.*/i)]`, `$[?(@['a'] =~ /a\/.*/i)]`, indefinite},
		{`$[?(@.a in ['x', 1 ,true,null,[]])]`, `$[?(@['a'] in ['x',1,true,null,[]])]`, indefinite},
		{`$[?(@.a nin @.b)]`, `$[?(@['a'] nin @['b'])]`, indefinite},
		{`$[?(@.a subsetof [1] && @.a anyof [2] && @.a noneof [3])]`, `$[?(@['a'] subsetof [1] && @['a'] anyof [2] && @['a'] noneof [3])]`, indefinite},
		{`$[?(@.a contains 'x' && @.a size 3 && @.a empty false)]`, `$[?(@['a'] contains 'x' && @['a'] size 3 && @['a'] empty false)]`, indefinite},
		{`$[?(@.index)]`, `$[?(@['index'])]`, indefinite},
		{`$[?(@.a[?(@.b)] || @..c || @.*)]`, `$[?(@['a'][?(@['b'])] || @..['c'] || @[*])]`, indefinite},
	}
	for _, tt := range tests {
		p, err := Parse(tt.src)
		if err != nil {
			t.Errorf("Parse(%s): %v", tt.src, err)
			continue
		}
		if got := p.Normalized(); got != tt.normalized {
			t.Errorf("Parse(%s) = %s, want %s", tt.src, got, tt.normalized)
		}
		if p.Definite() != (tt.kind >= definite) || p.Reference() != (tt.kind == reference) {
			t.Errorf("%s: definite %v, reference %v", tt.src, p.Definite(), p.Reference())
		}
		if p.String() != strings.Trim(tt.src, " ") {
			t.Errorf("%s prints as %s", tt.src, p)
		}
		if again, err := Parse(tt.normalized); err != nil || again.Normalized() != tt.normalized {
			t.Errorf("%s is read back as %v, %v", tt.normalized, again, err)
		}
	}
}

func TestRoot(t *testing.T) {
	for src, want := range map[string]struct {
		root Root
		name string
	}{
		"$.a":    {Document, ""},
		"$":      {Document, ""},
		"$$.a":   {Context, ""},
		"$order": {Variable, "order"},
		"$o.a":   {Variable, "o"},
	} {
		if p := parse(t, src); p.Root() != want.root || p.Name() != want.name {
			t.Errorf("%s: root %d, name %q", src, p.Root(), p.Name())
		}
	}
}

func TestParseRefuses(t *testing.T) {
	tests := []struct {
		src    string
		offset int
		want   string
	}{
		{``, 0, `a path starts with $, not with the end`},
		{`a.b`, 0, `a path starts with $, not with 'a'`},
		{`@.a`, 0, `a path starts with $, not with '@'`},
		{`$1`, 1, `unexpected '1'`},
		{`$$a`, 2, `unexpected 'a'`},
		{`$.`, 2, `a name is missing before the end`},
		{`$..`, 3, `a name is missing before the end`},
		{`$...a`, 3, `a name is missing before '.'`},
		{`$.a.`, 4, `a name is missing before the end`},
		{`$.a b`, 3, `a name with a blank is written ['in brackets']`},
		{`$.a'b`, 3, `unexpected '\''`},
		{`$.a]`, 3, `unexpected ']'`},
		{`$.*a`, 3, `unexpected 'a'`},
		{"$.a\n", 3, `unexpected '\n'`},
		{`$.a\`, 4, `nothing follows the backslash`},
		{"$.\xff", 0, `invalid UTF-8`},
		{`$.items.length()`, 14, `function length() is not supported`},
		{`$.items.concat($.a)`, 14, `function concat() is not supported`},
		{`$[`, 2, `expected an index, a name in quotes, * or ?(, not the end`},
		{`$[]`, 2, `expected an index, a name in quotes, * or ?(, not ']'`},
		{`$[a]`, 2, `expected an index, a name in quotes, * or ?(, not 'a'`},
		{`$[:]`, 3, `expected an index, a name in quotes, * or ?(, not ']'`},
		{`$[0,]`, 4, `expected an index, a name in quotes, * or ?(, not ']'`},
		{`$[0`, 3, `expected ], not the end`},
		{`$[1:2:3]`, 5, `expected ], not ':'`},
		{`$[-]`, 2, `expected an index, a name in quotes, * or ?(, not '-'`},
		{`$[2147483648]`, 2, `expected an index, a name in quotes, * or ?(, not '2'`},
		{`$[(@.length-0)]`, 13, `there is no element 0 from the end`},
		{`$[(@.length+1)]`, 11, `expected -, not '+'`},
		{`$[(@.length-1]`, 13, `expected ), not ']'`},
		{`$[(@.size-1)]`, 2, `expected an index, a name in quotes, * or ?(, not '('`},
		{`$['a`, 2, `the quote is not closed`},
		{`$['a\'`, 2, `the quote is not closed`},
		{`$['a',]`, 6, `expected a quoted name, not ']'`},
		{`$['a',0]`, 6, `expected a quoted name, not '0'`},
		{`$['a'b]`, 5, `expected ], not 'b'`},
		{`$[?@.a]`, 3, `expected (, not '@'`},
		{`$[?()]`, 4, `expected a path or a value, not ')'`},
		{`$[?(@.a]`, 7, `unexpected ']'`},
		{`$[?(@.a)`, 8, `expected ], not the end`},
		{`$[?('a')]`, 4, `a value alone is no condition`},
		{`$[?(@.a ==)]`, 10, `expected a path or a value, not ')'`},
		{`$[?(@.a = 1)]`, 8, `expected ), not '='`},
		{`$[?(@.a === 1)]`, 10, `expected a path or a value, not '='`},
		{`$[?(@.a == 01)]`, 11, `01 is no number`},
		{`$[?(@.a == 1e999)]`, 11, `1e999 is no number`},
		{`$[?(@.a inn [1])]`, 8, `expected ), not 'i'`},
		{`$[?(@.a in [1)]`, 13, `expected ], not ')'`},
		{`$[?(@.a in [1,])]`, 14, `expected a path or a value, not ']'`},
		{`$[?(!@.a == 1)]`, 9, `expected ), not '='`},
		{`$[?(@.a && )]`, 11, `expected a path or a value, not ')'`},
		{`$[?(@.a == $$.b)]`, 11, `a filter sees only @ and $`},
		{`$[?(@.a == $b)]`, 11, `a filter sees only @ and $`},
		{`$[?(@.length() > 1)]`, 12, `function length() is not supported`},
		{`$[?(@.a =~ 'x')]`, 11, `expected /, not '\''`},
		{`$[?(@.a =~ /x)]`, 11, `the pattern is not closed`},
		{`$[?(@.a =~ /x/g)]`, 14, `expected ), not 'g'`},
		{`$[?(@.a =~ /a)|(b/)]`, 11, "error parsing regexp: unexpected ): `a)|(b`"},
		{`$[?(@.a =~ /(?=x)/)]`, 11, "error parsing regexp: invalid or unsupported Perl syntax: `(?=`"},
	}
	for _, tt := range tests {
		_, err := Parse(tt.src)
		var e *SyntaxError
		if !errors.As(err, &e) {
			t.Errorf("Parse(%q): %v", tt.src, err)
		} else if e.Message != tt.want || e.Offset != tt.offset {
			t.Errorf("Parse(%q): %v, want %s at offset %d", tt.src, err, tt.want, tt.offset)
		}
	}
}

func TestSyntaxErrorText(t *testing.T) {
	_, err := Parse("$.a]")
	if want := `unexpected ']' at offset 3`; err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}

func TestParseLimits(t *testing.T) {
	parens := func(n int) string {
		// the path in the condition is one level more
		return "$[?(" + strings.Repeat("(", n-1) + "@.a" + strings.Repeat(")", n-1) + ")]"
	}
	nots := func(n int) string { return "$[?(" + strings.Repeat("!", n-1) + "@.a)]" }
	filters := func(n int) string { return "$" + strings.Repeat("[?(@", n) + strings.Repeat(")]", n) }
	lists := func(n int) string { return "$[?(@ in " + strings.Repeat("[", n) + strings.Repeat("]", n) + ")]" }
	pattern := func(n int) string { return "$[?(@ =~ /" + strings.Repeat("a", n) + "/)]" }
	// the concatenation and the two repeats count too
	repeats := func(n int) string { return fmt.Sprintf("$[?(@ =~ /a{1000}b{%d}/)]", n-1003) }
	steps := func(n int) string { return "$" + strings.Repeat(".a", n) }
	tests := []struct {
		name string
		src  func(n int) string
		most int
		want string
	}{
		{"steps", steps, MaxSteps, "more than 256 steps"},
		{"parentheses", parens, MaxNesting, "nested deeper than 32"},
		{"negations", nots, MaxNesting, "nested deeper than 32"},
		{"filters", filters, MaxNesting, "nested deeper than 32"},
		{"lists", lists, MaxNesting, "nested deeper than 32"},
		{"pattern", pattern, MaxPattern, "pattern longer than 1024 bytes"},
		{"repeats", repeats, MaxInstructions, "pattern of more than 2000 instructions"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := parse(t, tt.src(tt.most))
			if again, err := Parse(p.Normalized()); err != nil || again.Normalized() != p.Normalized() {
				t.Errorf("%s is read back as %v, %v", p.Normalized(), again, err)
			}
			_, err := Parse(tt.src(tt.most + 1))
			if e, ok := err.(*SyntaxError); !ok || e.Message != tt.want {
				t.Errorf("got %v, want %s", err, tt.want)
			}
		})
	}
}

func TestParsePrefix(t *testing.T) {
	tests := []struct {
		src, path string
		end       int
	}{
		{`$.a`, `$['a']`, 3},
		{`$.a, 'b')`, `$['a']`, 3},
		{`$.a)`, `$['a']`, 3},
		{`$.a )`, `$['a']`, 3},
		{`$,`, `$`, 1},
		{`$$.Map.Item.Value)`, `$$['Map']['Item']['Value']`, 17},
		{`$name[0],`, `$name[0]`, 8},
		{`$['a, b)'].c,`, `$['a, b)']['c']`, 12},
		{`$.a[?(@.b in [1,2])], 1`, `$['a'][?(@['b'] in [1,2])]`, 20},
		{`$.a\,b, 1`, `$['a,b']`, 6},
		{` $.a `, `$['a']`, 4},
	}
	for _, tt := range tests {
		p, end, err := ParsePrefix(tt.src)
		if err != nil {
			t.Errorf("ParsePrefix(%s): %v", tt.src, err)
		} else if p.Normalized() != tt.path || end != tt.end || p.String() != strings.TrimSpace(tt.src[:end]) {
			t.Errorf("ParsePrefix(%s) = %s up to %d, want %s up to %d", tt.src, p.Normalized(), end, tt.path, tt.end)
		}
	}
	if _, _, err := ParsePrefix("$.,"); err == nil {
		t.Error("a path without a name is accepted")
	}
}

// What is accepted prints, and the print is the same path.
func FuzzParse(f *testing.F) {
	for _, s := range []string{
		`$`, `$$.a`, `$x[0]`, `$.a.b[-1]['c','d']`, `$..a[1:2]`, `$..*`, `$[?(@.a == 'x' && !(@.b > 1))]`, `$.a\.b`, `$["q'\""]`,
		`$[?(@.a =~ /a+/i || @..b in [1,'x',null])].c`, `$[?(!@.a[?($.b size 1)])]`, `$.a.['b'].[*]`, `$.x.length()`,
	} {
		f.Add(s)
	}
	doc := document(f)
	f.Fuzz(func(t *testing.T, src string) {
		p, err := Parse(src)
		if err != nil {
			return
		}
		norm := p.Normalized()
		again, err := Parse(norm)
		if err != nil {
			t.Fatalf("%q is %s, which is refused: %v", src, norm, err)
		}
		if again.Normalized() != norm || again.Definite() != p.Definite() || p.Reference() && !again.Reference() {
			t.Fatalf("%q is %s, which is %s", src, norm, again.Normalized())
		}
		result := func(p *Path) string {
			steps := int64(100_000)
			v, err := p.Eval(doc, &steps)
			return fmt.Sprint(v, err)
		}
		if got, want := result(again), result(p); got != want {
			t.Fatalf("%q selects %s, %s selects %s", src, want, norm, got)
		}
		if p.Reference() {
			if v, err := p.Put(nil, doc, doc); err == nil {
				if got, err := p.Eval(v, nil); err != nil || got.String() != doc.String() {
					t.Fatalf("%q: put, but not found: %v, %v", src, got, err)
				}
			}
		}
		if q, end, err := ParsePrefix(src); err == nil && end == len(src) && q.Normalized() != norm {
			t.Fatalf("%q as an argument is %s, not %s", src, q.Normalized(), norm)
		}
	})
}

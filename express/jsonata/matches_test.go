package jsonata

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// Skipping to the bytes that a match can begin with finds the same matches.
func TestBeginnings(t *testing.T) {
	for _, tt := range []struct {
		pattern, flags string
		known          bool
	}{
		{`[1-9][0-9]*`, "", true}, {`a|bc`, "", true}, {`k`, "i", true}, {`é+`, "", true}, {`[^a]b`, "", true}, {`(a)(b)?`, "", true},
		{`a\b`, "", true}, {`.`, "", true}, {`[]`, "", true}, {`x+?$`, "", true},
		{`a*b?c`, "", true}, {`a*`, "", false}, {`^a`, "", false}, {`^a`, "m", false}, {`\bab`, "", false}, {`a|$`, "", false},
	} {
		re, err := compileRegex(tt.pattern, tt.flags)
		if err != nil {
			t.Fatal(err)
		}
		if known := re.begins != nil; known != tt.known {
			t.Errorf("%s: beginnings are known: %t, want %t", re, known, tt.known)
		}
		slow := *re
		slow.begins = nil
		for _, text := range []string{"", "a", "xyz", "e-000120340", "abcab ab", "Kk\u212a", "caéé bé", "aab\nab\r\nxx", "\xff\xed\xa0\x80ab"} {
			if diff := cmp.Diff(all(&slow, text), all(re, text)); diff != "" {
				t.Errorf("%s on %q (-want +got):\n%s", re, text, diff)
			}
		}
	}
}

// all is where re matches in text, up to an error.
func all(re *regex, text string) [][2]int {
	m := &machine{fuel: tank, budget: DefaultBudget()}
	it := matches{m: m, re: re, text: text}
	var at [][2]int
	for {
		found, err := it.find()
		if err != nil || !found {
			return at
		}
		at = append(at, [2]int{it.start, it.end})
	}
}

package text

import (
	"strings"
	"testing"
	"unicode/utf8"
)

func TestSafe(t *testing.T) {
	for _, tt := range []struct {
		s    string
		most int
		want string
		cut  bool
	}{
		{"", 4, "", false},
		{"größe", 7, "größe", false},
		{"größe", 6, "größ", true},
		{"größe", 4, "grö", true},
		{"größe", 3, "gr", true},
		{"a\nb", 20, `a\u000ab`, false},
		{"\x1b[31mred", 20, `\u001b[31mred`, false},
		{"\x7f\u0085\u2028\u202e", 40, `\u007f\u0085\u2028\u202e`, false},
		{"a\xffb", 10, "a\uFFFDb", false},
		{"{\"a\":\"\u009b\"}", 40, "{\"a\":\"\\u009b\"}", false},
		{"a\nbc", 7, `a\u000a`, true},
	} {
		got, cut := Safe(tt.s, tt.most)
		if got != tt.want || cut != tt.cut {
			t.Errorf("Safe(%q, %d) = %q, %t, want %q, %t", tt.s, tt.most, got, cut, tt.want, tt.cut)
		}
	}
}

func FuzzSafe(f *testing.F) {
	f.Add("a\x1b\xff\u202eb", 3)
	f.Fuzz(func(t *testing.T, s string, most int) {
		if most < 1 {
			return
		}
		got, cut := Safe(s, most)
		if len(got) > most || !utf8.ValidString(got) || strings.ContainsFunc(got, control) {
			t.Errorf("Safe(%q, %d) = %q", s, most, got)
		}
		if !cut && printable(s) && got != s {
			t.Errorf("Safe(%q, %d) = %q, which needed no change", s, most, got)
		}
	})
}

func TestName(t *testing.T) {
	long := strings.Repeat("x", Max)
	for _, tt := range []struct{ s, want string }{
		{long, long},
		{long + "y", long},
		{"a\r\nb", `a\u000d\u000ab`},
	} {
		if got := Name(tt.s); got != tt.want {
			t.Errorf("Name of %d bytes = %q", len(tt.s), got)
		}
	}
}

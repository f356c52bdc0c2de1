package compiler

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/seed66d9166c/express/express/program"
)

// Each character of a text has one place, and the place leads back to it.
func TestSourcePlaces(t *testing.T) {
	for _, text := range []string{
		"", "a", "\n", "a\nb", "ä\r\nöü\n", "\n\n", "x\r\n",
		strings.Repeat("é", 3*stride) + "\n" + strings.Repeat("a", stride-1) + "\U0001F600\n\n" + strings.Repeat("b", 2*stride),
	} {
		s := newSource(text)
		want := program.Pos{Line: 1, Col: 1}
		for i := 0; i <= len(text); {
			if got := s.pos(uint32(i)); got != want {
				t.Fatalf("%.20q: offset %d is at %v, want %v", text, i, got, want)
			}
			r, n := utf8.DecodeRuneInString(text[i:])
			if r != '\n' && r != '\r' {
				if got := s.offset(int(want.Line), int(want.Col)); got != uint32(i) {
					t.Fatalf("%.20q: %v is at offset %d, want %d", text, want, got, i)
				}
			}
			want.Col++
			if r == '\n' {
				want = program.Pos{Line: want.Line + 1, Col: 1}
			}
			i += max(n, 1)
		}
		for line := 1; line <= len(s.lines); line++ {
			if got, want := s.offset(line, 1<<20), s.end(line); got != want {
				t.Errorf("%.20q: the end of line %d is at %d, want %d", text, line, got, want)
			}
		}
	}
	if got := newSource("ab").offset(2, 1); got != 2 {
		t.Errorf("a line that is not there is at %d", got)
	}
}

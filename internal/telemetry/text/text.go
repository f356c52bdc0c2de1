// Package text makes what comes from outside fit to be shown: names, errors and
// data can neither move a terminal's cursor nor begin a line of a log.
package text

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// Max is the most bytes of a name, an error or a cause: what is longer is no use
// to who searches for it, and may be an attempt to fill a disk.
const Max = 4 << 10

// Safe is s with control characters and what is no UTF-8 escaped, and whether it
// was cut to most bytes.
func Safe[T string | []byte](s T, most int) (text T, cut bool) {
	if !printable(s) {
		s = T(escape(string(s)))
	}
	if len(s) <= most {
		return s, false
	}
	end := most
	for !utf8.RuneStart(s[end]) {
		end--
	}
	return s[:end], true
}

// Name is s as a name or an error, safe and cut to Max.
func Name(s string) string {
	s, _ = Safe(s, Max)
	return s
}

// printable reports whether s holds nothing to be escaped.
func printable[T string | []byte](s T) bool {
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c < ' ' || c == 0x7f:
			return false
		case c >= utf8.RuneSelf:
			r, n := utf8.DecodeRuneInString(string(s[i:min(i+utf8.UTFMax, len(s))]))
			if r == utf8.RuneError && n == 1 || control(r) {
				return false
			}
			i += n - 1
		}
	}
	return true
}

// control reports whether r is a control character, or one that begins a line
// or turns the direction of writing.
func control(r rune) bool {
	switch {
	case r < ' ', 0x7f <= r && r < 0xa0,
		r == '\u2028', r == '\u2029', '\u202a' <= r && r <= '\u202e', '\u2066' <= r && r <= '\u2069':
		return true
	}
	return false
}

// escape writes control characters as JSON does, \u001b, so that JSON stays
// JSON, and bytes that are no UTF-8 as U+FFFD.
func escape(s string) string {
	var b strings.Builder
	b.Grow(len(s) + 16)
	for _, r := range s {
		if control(r) {
			fmt.Fprintf(&b, `\u%04x`, r)
		} else {
			b.WriteRune(r)
		}
	}
	return b.String()
}

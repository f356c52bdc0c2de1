package telemetry

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

const (
	// maxData is the most bytes of an input, an output, parameters or variables
	// that a record holds: AWS's 248 KiB.
	maxData = 248 << 10
	// maxText is the most bytes of a name, an error or a cause: what is longer
	// is no use to who searches for it, and may be an attempt to fill a disk.
	maxText = 4 << 10
)

// safe is s with control characters and what is no UTF-8 escaped, so that it can
// neither move a terminal's cursor nor begin a line of a log, and whether it was
// cut to most bytes.
func safe(s string, most int) (text string, cut bool) {
	text, cut = s, false
	if !printable(s) {
		text = escape(s)
	}
	if len(text) <= most {
		return text, false
	}
	end := most
	for !utf8.RuneStart(text[end]) {
		end--
	}
	return text[:end], true
}

// printable reports whether s holds nothing to be escaped. The bytes of UTF-8
// beyond ASCII are looked at one by one only where there are any.
func printable(s string) bool {
	for i := range len(s) {
		if c := s[i]; c < ' ' || c == 0x7f {
			return false
		} else if c >= utf8.RuneSelf {
			return utf8.ValidString(s[i:]) && !strings.ContainsFunc(s[i:], control)
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

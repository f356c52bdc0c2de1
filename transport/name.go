package transport

import (
	"strings"
	"unicode/utf8"
)

// maxName bounds the name of an execution in characters, as on AWS.
const maxName = 80

// ValidName reports whether s can be the name of an execution: 1 to 80
// characters, without white space, control characters, brackets, wildcards and
// the special characters that AWS excludes.
func ValidName(s string) bool {
	if s == "" || len(s) > maxName && utf8.RuneCountInString(s) > maxName {
		return false
	}
	for _, r := range s {
		if r <= ' ' || r >= 0x7f && r <= 0xa0 || r == utf8.RuneError || strings.ContainsRune(`<>{}[]?*"#%\^|~`+"`$&,;:/", r) {
			return false
		}
	}
	return true
}

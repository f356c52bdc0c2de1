package program

import (
	"strings"

	"github.com/seed66d9166c/express/express/value"
)

// matchString is StringMatches: equal if v matches the pattern w.
func matchString(v, w value.Value) (int, bool) {
	if v.Kind() != value.KindString || w.Kind() != value.KindString {
		return 0, false
	}
	return 0, matches(v.Text(), w.Text())
}

// matches reports whether all of s matches pattern, where * stands for any
// text, \* for * and \\ for \. The parts between the stars are searched for from
// left to right, each after the one before, so the time is linear.
func matches(s, pattern string) bool {
	part, rest, star := cutStar(pattern)
	if !star {
		return s == part
	}
	s, ok := strings.CutPrefix(s, part)
	if !ok {
		return false
	}
	for {
		part, rest, star = cutStar(rest)
		if !star {
			return strings.HasSuffix(s, part)
		}
		i := strings.Index(s, part)
		if i < 0 {
			return false
		}
		s = s[i+len(part):]
	}
}

// cutStar cuts pattern around its first star that is not escaped. part is
// without its escapes; a backslash before anything else stands for itself.
func cutStar(pattern string) (part, rest string, star bool) {
	i := strings.IndexAny(pattern, `*\`)
	if i < 0 {
		return pattern, "", false
	}
	if pattern[i] == '*' {
		return pattern[:i], pattern[i+1:], true
	}
	var b strings.Builder
	from := 0
	for ; i < len(pattern); i++ {
		switch {
		case pattern[i] == '*':
			b.WriteString(pattern[from:i])
			return b.String(), pattern[i+1:], true
		case pattern[i] == '\\' && i+1 < len(pattern) && (pattern[i+1] == '*' || pattern[i+1] == '\\'):
			b.WriteString(pattern[from:i])
			i++
			from = i
		}
	}
	b.WriteString(pattern[from:])
	return b.String(), "", false
}

package template

import (
	"time"

	"github.com/seed66d9166c/express/express/value"
)

// ParseTimestamp reads a string in the profile of ISO 8601 that the States
// Language uses: RFC 3339 with an upper-case T, and an upper-case Z or a numeric
// offset. It reports false for anything else.
func ParseTimestamp(v value.Value) (time.Time, bool) {
	s := v.Text()
	if v.Kind() != value.KindString || len(s) < len("2006-01-02T15:04:05Z") {
		return time.Time{}, false
	}
	// time.Parse takes an hour of one digit, a comma before the fraction, and
	// offsets of +24:60.
	t, err := time.Parse(time.RFC3339, s)
	if err != nil || s[13] != ':' || s[19] == ',' {
		return time.Time{}, false
	}
	n := len(s)
	return t, s[n-1] == 'Z' || s[n-5:n-3] <= "23" && s[n-2:] <= "59"
}

package nats

import (
	"regexp"
	"strings"
	"testing"

	"github.com/seed66d9166c/express/express/value"
)

func TestEncodeKey(t *testing.T) {
	for key, want := range map[string]string{
		"orders":       "orders",
		"orders.4711":  "orders.4711",
		"a/b-c_d.E":    "a/b-c_d.E",
		"":             "",
		".":            "=2E",
		".a":           "=2Ea",
		"a.":           "a=2E",
		"a..b":         "a.=2Eb",
		"a...b":        "a.=2E=2Eb",
		"*":            "=2A",
		">":            "=3E",
		"a=b":          "a=3Db",
		"a b":          "a=20b",
		"a\r\n\x00":    "a=0D=0A=00",
		"größe":        "gr=C3=B6=C3=9Fe",
		"$JS.API":      "=24JS.API",
		"customer:7@x": "customer=3A7=40x",
	} {
		if got := encodeKey(key); got != want {
			t.Errorf("the key %q becomes %q, want %q", key, got, want)
		}
	}
}

func TestKeyLimits(t *testing.T) {
	for _, tt := range []struct {
		key  string
		want bool
	}{
		{"", false},
		{strings.Repeat("k", maxKey), true},
		{strings.Repeat("k", maxKey+1), false},
		{strings.Repeat(" ", maxKey/3), true},
		{strings.Repeat(" ", maxKey/3+1), false},
	} {
		if got := isKey(value.String(tt.key)); got != tt.want {
			t.Errorf("a key of %d bytes is one: %t, want %t", len(tt.key), got, tt.want)
		}
	}
}

// acceptable is what a bucket takes.
var acceptable = regexp.MustCompile(`^[-/_=a-zA-Z0-9]+(\.[-/_=a-zA-Z0-9]+)*$`)

// FuzzEncodeKey looks for keys that a bucket refuses, or that are those of
// others.
func FuzzEncodeKey(f *testing.F) {
	f.Add("orders.1", "orders..1")
	f.Add("=2E", ".")
	f.Add("a.", "a=2E")
	f.Add("\xff", "*")
	f.Fuzz(func(t *testing.T, a, b string) {
		if got := encodeKey(a); a != "" && !acceptable.MatchString(got) {
			t.Errorf("the key %q becomes %q", a, got)
		}
		if (a == b) != (encodeKey(a) == encodeKey(b)) {
			t.Errorf("the keys %q and %q both become %q", a, b, encodeKey(a))
		}
	})
}

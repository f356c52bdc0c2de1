package transport_test

import (
	"errors"
	"regexp"
	"strings"
	"testing"

	"github.com/seed66d9166c/express/express"
	"github.com/seed66d9166c/express/express/value"
	"github.com/seed66d9166c/express/transport"
)

func TestExpandSubject(t *testing.T) {
	const data = `{"room": "r-1", "level": 3, "exact": 1.50, "on": true, "none": null, "list": [1], "empty": "",
		"a": {"b": {"c": "deep"}}, "dot": "a.b", "wild": "*", "rest": ">", "js": "$JS", "inbox": "_INBOX", "space": "a b", "control": "a\r\n\u0000b",
		"long": "` + "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx" + `", "größe": "ä"}`
	arg, err := value.ParseString(data)
	if err != nil {
		t.Fatal(err)
	}
	x100 := strings.Repeat("x", 100)
	const cause = "The Parameters could not be used to start the Task: ["
	for _, tt := range []struct{ pattern, want, refused string }{
		{pattern: "alerts", want: "alerts"},
		{pattern: "alerts.room.1", want: "alerts.room.1"},
		{pattern: "grüße.b", want: "grüße.b"},
		{pattern: "express.start.orders", want: "express.start.orders"},
		{pattern: "alerts.{room}.{level}", want: "alerts.r-1.3"},
		{pattern: "alerts.{a.b.c}.x", want: "alerts.deep.x"},
		{pattern: "alerts.{exact}.{on}", want: "alerts.1%2E50.true"},
		{pattern: "alerts.{empty}", want: "alerts.%"},
		{pattern: "alerts.{größe}", want: "alerts.%C3%A4"},
		{pattern: "alerts.{dot}.{wild}.{rest}", want: "alerts.a%2Eb.%2A.%3E"},
		{pattern: "alerts.{js}.{inbox}", want: "alerts.%24JS._INBOX"},
		{pattern: "alerts.{space}.{control}", want: "alerts.a%20b.a%0D%0A%00b"},
		{pattern: "expression.{room}", want: "expression.r-1"},
		{pattern: strings.Repeat("y", 53) + ".{long}.{long}", want: strings.Repeat("y", 53) + "." + x100 + "." + x100},
		{pattern: strings.Repeat("y", 54) + ".{long}.{long}", refused: "becomes longer than 255 bytes"},
		{pattern: "alerts.{nowhere}", refused: "needs the field 'nowhere', which is missing"},
		{pattern: "alerts.{room.x}", refused: "needs the field 'room.x', which is missing"},
		{pattern: "alerts.{none}", refused: "needs the field 'none', which is of type null and not a string, number or boolean"},
		{pattern: "alerts.{list}", refused: "needs the field 'list', which is of type array and not a string, number or boolean"},
		{pattern: "alerts.{a.b}", refused: "needs the field 'a.b', which is of type object and not a string, number or boolean"},
		{pattern: "{room}.x", refused: "begins with a token that is reserved"},
		{pattern: "express.start.{room}", refused: "begins with a token that is reserved"},
		{pattern: "$JS.API.STREAM.DELETE.ORDERS", refused: "begins with a token that is reserved"},
		{pattern: "$SYS.{room}", refused: "begins with a token that is reserved"},
		{pattern: "_INBOX.x", refused: "begins with a token that is reserved"},
		{pattern: "_INBOX_anna.x", refused: "begins with a token that is reserved"},
		{pattern: "_R_.x", refused: "begins with a token that is reserved"},
		{pattern: "alerts.x{room}", refused: "is not one, or has {name} as part of a token"},
		{pattern: "alerts.{room}x", refused: "is not one, or has {name} as part of a token"},
		{pattern: "alerts.{room", refused: "is not one, or has {name} as part of a token"},
		{pattern: "alerts.room}", refused: "is not one, or has {name} as part of a token"},
		{pattern: "alerts.{}", refused: "is not one, or has {name} as part of a token"},
		{pattern: "alerts.{room}.", refused: "is not one, or has {name} as part of a token"},
		{pattern: "alerts.", refused: "is not one, or has {name} as part of a token"},
		{pattern: ".alerts", refused: "is not one, or has {name} as part of a token"},
		{pattern: "alerts..x", refused: "is not one, or has {name} as part of a token"},
		{pattern: "alerts.*", refused: "is not one, or has {name} as part of a token"},
		{pattern: "alerts.>", refused: "is not one, or has {name} as part of a token"},
		{pattern: "alerts.a b", refused: "is not one, or has {name} as part of a token"},
		{pattern: "alerts.\x00", refused: "is not one, or has {name} as part of a token"},
		{pattern: "", refused: "is not one, or has {name} as part of a token"},
	} {
		got, err := transport.ExpandSubject(tt.pattern, arg)
		var e *express.Error
		if tt.refused == "" {
			if err != nil || got != tt.want {
				t.Errorf("%s becomes %q (%v), want %q", tt.pattern, got, err, tt.want)
			}
		} else if want := cause + "The subject '" + tt.pattern + "' " + tt.refused + "]"; !errors.As(err, &e) || e.Name != express.ErrRuntime || e.Cause != want {
			t.Errorf("%s becomes %q (%v), want %s", tt.pattern, got, err, want)
		}
	}
	if _, err := transport.ExpandSubject("alerts.{room}", value.String("x")); err == nil {
		t.Error("a string has the field room")
	}
}

var (
	subject  = regexp.MustCompile(`^[^\x00-\x20\x7f*>{}.]+(\.[^\x00-\x20\x7f*>{}.]+)*$`)
	reserved = regexp.MustCompile(`^(\$|_INBOX|_R_\.|express\.)`)
)

// FuzzExpandSubject looks for data that leaves the place that was meant for it.
func FuzzExpandSubject(f *testing.F) {
	f.Add("alerts.{a}.{b}", "x", "y")
	f.Add("{a}.{b}", "$JS", ">")
	f.Add("_INBOX.{a}", "*", "")
	f.Add("express.{a}", "start", ".")
	f.Add("a.{a.b}.c", "\x00", "\xff")
	f.Fuzz(func(t *testing.T, pattern, a, b string) {
		arg := value.Object(value.Member{Key: "a", Val: value.String(a)}, value.Member{Key: "b", Val: value.String(b)})
		got, err := transport.ExpandSubject(pattern, arg)
		if err != nil {
			return
		}
		open := strings.Contains(pattern, "{")
		if !subject.MatchString(got) || open && len(got) > 255 {
			t.Errorf("%q with %q and %q becomes %q", pattern, a, b, got)
		}
		if reserved.MatchString(got) && (open || !strings.HasPrefix(got, "express.")) {
			t.Errorf("%q with %q and %q becomes %q, which is reserved", pattern, a, b, got)
		}
		fixed, _, _ := strings.Cut(pattern, "{")
		if !strings.HasPrefix(got, fixed) {
			t.Errorf("%q becomes %q, which does not begin with %q", pattern, got, fixed)
		}
		if want := strings.Count(regexp.MustCompile(`\{[^}]*\}`).ReplaceAllString(pattern, ""), "."); strings.Count(got, ".") != want {
			t.Errorf("%q becomes %q, want %d dots", pattern, got, want)
		}
	})
}

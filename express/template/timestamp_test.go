package template

import (
	"testing"
	"time"

	"github.com/seed66d9166c/express/express/value"
)

func TestParseTimestamp(t *testing.T) {
	for _, tt := range []struct{ s, want string }{
		{"2024-05-06T07:08:09Z", "2024-05-06T07:08:09Z"},
		{"2024-05-06T07:08:09.1Z", "2024-05-06T07:08:09.1Z"},
		{"2024-05-06T07:08:09.123456789+05:30", "2024-05-06T01:38:09.123456789Z"},
		{"2024-05-06T07:08:09-23:59", "2024-05-07T07:07:09Z"},
		{"2024-02-29T00:00:00+00:00", "2024-02-29T00:00:00Z"},
	} {
		got, ok := ParseTimestamp(value.String(tt.s))
		if text := got.UTC().Format(time.RFC3339Nano); !ok || text != tt.want {
			t.Errorf("%s is %s, %v, want %s", tt.s, text, ok, tt.want)
		}
	}
	for _, s := range []string{
		"", "2024", "2024-05-06", "2024-05-06T07:08:09", "2024-05-06 07:08:09Z", "2024-05-06t07:08:09Z", "2024-05-06T07:08:09z",
		"2024-05-06T7:08:09Z", "2024-05-06T7:08:09.1Z", "2024-05-06T07:08:09,1Z", "2024-05-06T07:08:09.Z", "2024-05-06T07:08Z",
		"2024-05-06T07:08:60Z", "2024-05-06T24:00:00Z", "2023-02-29T00:00:00Z", "2024-13-06T07:08:09Z", "2024-05-06T07:08:09+0100",
		"2024-05-06T07:08:09+01", "2024-05-06T07:08:09+24:00", "2024-05-06T07:08:09+01:60", "2024-05-06T07:08:09Zoo", " 2024-05-06T07:08:09Z",
	} {
		if got, ok := ParseTimestamp(value.String(s)); ok {
			t.Errorf("%q is %v", s, got)
		}
	}
	for _, v := range []value.Value{{}, value.Null, value.Int(1714979289), value.NumberText("20240506070809000000000000")} {
		if got, ok := ParseTimestamp(v); ok {
			t.Errorf("%s is %v", text(v), got)
		}
	}
}

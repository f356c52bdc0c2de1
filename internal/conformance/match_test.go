package conformance

import (
	"encoding/json"
	"testing"
)

func TestMatch(t *testing.T) {
	for _, tt := range []struct {
		name, expected, actual string
		want                   bool
	}{
		{"equal", `{"a":[1,"x",null,true]}`, `{"a":[1,"x",null,true]}`, true},
		{"numbers by value", `1`, `1.0`, true},
		{"numbers differ", `1`, `2`, false},
		{"number is no text", `1`, `"1"`, false},
		{"true is not 1", `true`, `1`, false},
		{"null is not absent", `{"a":null}`, `{}`, false},
		{"more keys", `{"a":1}`, `{"a":1,"b":2}`, false},
		{"order of elements", `[1,2]`, `[2,1]`, false},
		{"whole placeholder", `"⟦id⟧"`, `{"any":"thing"}`, true},
		{"placeholder in text", `"arn:⟦r⟧:x(⟦n⟧)"`, `"arn:eu:x(1\n2)"`, true},
		{"text around it is literal", `"a.c⟦x⟧"`, `"abc"`, false},
		{"placeholder key", `{"⟦k⟧":1,"b":2}`, `{"z":1,"b":2}`, true},
		{"placeholder key, other value", `{"⟦k⟧":1,"b":2}`, `{"z":3,"b":2}`, false},
		{"text that is JSON", `{"a":1}`, `"{\"a\": 1}"`, true},
		{"text that is none", `{"a":1}`, `"a"`, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := Match(decode(t, tt.expected), decode(t, tt.actual)); got != tt.want {
				t.Errorf("Match(%s, %s) = %v, want %v", tt.expected, tt.actual, got, tt.want)
			}
		})
	}
}

func decode(t *testing.T, s string) (v any) {
	t.Helper()
	if err := json.Unmarshal([]byte(s), &v); err != nil {
		t.Fatal(err)
	}
	return v
}

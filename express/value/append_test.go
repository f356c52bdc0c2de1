package value

import (
	"encoding/json"
	"math"
	"testing"

	"pgregory.net/rapid"
)

// Computed numbers are written as JavaScript's Number.prototype.toString does
// (ECMA-262, Number::toString).
func TestAppendNumber(t *testing.T) {
	tests := []struct {
		f    float64
		want string
	}{
		{0, "0"},
		{math.Copysign(0, -1), "0"},
		{1, "1"},
		{-42, "-42"},
		{0.30000000000000004, "0.30000000000000004"},
		{1.0 / 3, "0.3333333333333333"},
		{100, "100"},
		{1 << 53, "9007199254740992"},
		{1<<53 + 2, "9007199254740994"},
		{123456789012345680000, "123456789012345680000"},
		{999999999999999900000, "999999999999999900000"},
		{1e21, "1e+21"},
		{-1e21, "-1e+21"},
		{1.5e300, "1.5e+300"},
		{0.000001, "0.000001"},
		{0.00000123, "0.00000123"},
		{1e-7, "1e-7"},
		{-1.5e-9, "-1.5e-9"},
		{1.5e-10, "1.5e-10"},
		{1e-100, "1e-100"},
		{math.MaxFloat64, "1.7976931348623157e+308"},
		{math.SmallestNonzeroFloat64, "5e-324"},
		{math.MaxInt64, "9223372036854776000"},
	}
	for _, tt := range tests {
		v := Number(tt.f)
		if got := v.String(); got != tt.want || v.Size() != len(tt.want) {
			t.Errorf("Number(%g) = %s, size %d, want %s", tt.f, got, v.Size(), tt.want)
		}
	}
}

// The text of a computed number is JSON and reads back to the same float64.
func TestAppendNumberReadsBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f := rapid.Float64().Filter(func(f float64) bool { return !math.IsNaN(f) && !math.IsInf(f, 0) }).Draw(t, "f")
		n, ok := ParseNumber(Number(f).String())
		if !ok || n.Float() != f {
			t.Fatalf("%g is written %v and read %v, %v", f, Number(f), n, ok)
		}
	})
}

func TestAppendQuoted(t *testing.T) {
	tests := []struct{ s, want string }{
		{"", `""`},
		{"plain", `"plain"`},
		{`a"b\c`, `"a\"b\\c"`},
		{"\b\f\n\r\t", `"\b\f\n\r\t"`},
		{"\x00\x1f\x7f", `"\u0000\u001f` + "\x7f\""},
		{"<é>&/\u2028😀", "\"<é>&/\u2028😀\""},
	}
	for _, tt := range tests {
		if got := string(AppendQuoted(nil, tt.s)); got != tt.want || quotedSize(tt.s) != len(tt.want) {
			t.Errorf("%q is quoted as %s, size %d, want %s", tt.s, got, quotedSize(tt.s), tt.want)
		}
	}
}

func TestMarshalJSON(t *testing.T) {
	got, err := json.Marshal(map[string]Value{"in": must(t, `{"n":1.0,"s":"é"}`), "no": {}})
	if want := `{"in":{"n":1.0,"s":"é"},"no":null}`; err != nil || string(got) != want {
		t.Errorf("got %s, %v, want %s", got, err, want)
	}
}

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

// The size of a computed number is known without printing it where it is short.
func TestSizeOfComputed(t *testing.T) {
	check := func(t rapid.TB, f float64) {
		t.Helper()
		if v := Number(f); v.Size() != len(v.AppendJSON(nil)) {
			t.Errorf("%s: size %d", v, v.Size())
		}
	}
	for _, f := range []float64{
		0, math.Copysign(0, -1), 1, -1, 9, 10, 99, 100, 0.5, -0.5, 0.05, 0.005, 0.0005, 9.99, 99.999, 71.15, 0.1 + 0.2, 1.0 / 3,
		999999999999999, 1e15, 1e16, 99999999999999.9, 999999999999999.9, 1e20, 1e21, 1e-6, 1e-7, 5e-324, math.MaxFloat64, 1<<53 - 1, 1 << 53, 1<<53 + 2,
	} {
		check(t, f)
		check(t, -f)
	}
	rapid.Check(t, func(t *rapid.T) {
		m := rapid.Int64Range(-2e15, 2e15).Draw(t, "m")
		for range rapid.IntRange(0, 14).Draw(t, "shorter") {
			m /= 10
		}
		check(t, float64(m)/tens[rapid.IntRange(0, 6).Draw(t, "places")])
		check(t, rapid.Float64Range(-1e22, 1e22).Draw(t, "f"))
	})
}

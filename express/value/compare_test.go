package value

import (
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestEqual(t *testing.T) {
	many := func(format string, order int) string {
		var b strings.Builder
		for i := range 2 * fewKeys {
			fmt.Fprintf(&b, `,"%02d":`+format, (i*order)%(2*fewKeys), (i*order)%(2*fewKeys))
		}
		return "{" + b.String()[1:] + "}"
	}
	tests := []struct {
		a, b string
		want bool
	}{
		{`1`, `1.0`, true},
		{`1`, `1e0`, true},
		{`0`, `-0`, true},
		{`100`, `1e2`, true},
		{`1`, `2`, false},
		{`1`, `"1"`, false},
		{`"a"`, `"a"`, true},
		{`"é"`, `"\u00e9"`, true},
		{`"é"`, `"e\u0301"`, false},
		{`true`, `true`, true},
		{`true`, `false`, false},
		{`null`, `null`, true},
		{`null`, `false`, false},
		{`[1,[2]]`, `[1.0,[2]]`, true},
		{`[1,2]`, `[2,1]`, false},
		{`[1]`, `[1,1]`, false},
		{`{"a":1,"b":2}`, `{"b":2,"a":1}`, true},
		{`{"a":1,"b":2}`, `{"a":1,"b":3}`, false},
		{`{"a":1,"b":2}`, `{"a":1,"c":2}`, false},
		{`{"a":1}`, `{"a":1,"b":2}`, false},
		{`{}`, `[]`, false},
		{many("%d", 1), many("%d", 5), true},
		{many("%d", 1), many("%d.5", 5), false},
	}
	for _, tt := range tests {
		if got := Equal(must(t, tt.a), must(t, tt.b)); got != tt.want {
			t.Errorf("Equal(%s, %s) = %v", tt.a, tt.b, got)
		}
	}
	if !Equal(Value{}, Value{}) || Equal(Value{}, Null) {
		t.Error("nothing equals nothing, and not null")
	}
	if !Equal(Number(1), NumberText("1.0")) {
		t.Error("a computed number equals one that was read")
	}
}

func TestCompareNumbers(t *testing.T) {
	ascending := []string{
		"-1e300",
		"-123456789012345678901234567890",
		"-12345678901234567891",
		"-12345678901234567890",
		"-9007199254740993",
		"-9007199254740992",
		"-1.5",
		"-1",
		"0",
		"1e-300",
		"0.5",
		"1",
		"999999999999999",
		"9007199254740992",
		"9007199254740993",
		"12345678901234567890",
		"12345678901234567891",
		"123456789012345678901234567890",
		"1e300",
	}
	for i, a := range ascending {
		for j, b := range ascending {
			want := min(max(i-j, -1), 1)
			if got := CompareNumbers(NumberText(a), NumberText(b)); got != want {
				t.Errorf("CompareNumbers(%s, %s) = %d, want %d", a, b, got, want)
			}
		}
	}
	if CompareNumbers(NumberText("9007199254740993"), Number(1<<53)) != 1 {
		t.Error("9007199254740993 is greater than the computed 9007199254740992")
	}
	if CompareNumbers(Number(-1<<53), NumberText("-9007199254740993")) != 1 {
		t.Error("-9007199254740993 is less than the computed -9007199254740992")
	}
	if CompareNumbers(Number(1e20), NumberText("100000000000000000000")) != 0 {
		t.Error("a computed number beyond 2^53 is compared as float64")
	}
}

// Exchanging the two sides turns the order around.
func TestCompareNumbersIsAntisymmetric(t *testing.T) {
	number := rapid.OneOf(
		rapid.Map(rapid.Int64(), Int),
		rapid.Map(rapid.Float64Range(-1e20, 1e20), Number),
		rapid.Map(rapid.StringMatching(`-?[1-9][0-9]{0,25}(\.[0-9]{1,3})?`), NumberText),
	)
	rapid.Check(t, func(t *rapid.T) {
		a, b := number.Draw(t, "a"), number.Draw(t, "b")
		if CompareNumbers(a, b) != -CompareNumbers(b, a) || CompareNumbers(a, a) != 0 {
			t.Fatalf("%v and %v: %d and %d", a, b, CompareNumbers(a, b), CompareNumbers(b, a))
		}
	})
}

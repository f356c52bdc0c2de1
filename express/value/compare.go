package value

import (
	"cmp"
	"strconv"
	"strings"
)

// Equal reports whether a and b are the same JSON value: numbers by value (1
// equals 1.0), strings code unit by code unit, objects whatever the order of
// their members.
func Equal(a, b Value) bool {
	if a.kind != b.kind {
		return false
	}
	switch a.kind {
	case KindBool:
		return a.Bool() == b.Bool()
	case KindNumber:
		return CompareNumbers(a, b) == 0
	case KindString:
		return a.text() == b.text()
	case KindArray:
		x, y := a.elems(), b.elems()
		if len(x) != len(y) {
			return false
		}
		for i := range x {
			if !Equal(x[i], y[i]) {
				return false
			}
		}
		return true
	case KindObject:
		if a.n != b.n {
			return false
		}
		return equalMembers(a, b)
	}
	return true
}

func equalMembers(a, b Value) bool {
	m, o := a.members(), b.members()
	if len(m) > fewKeys {
		byKey := make(map[string]Value, len(o))
		for _, e := range o {
			byKey[e.Key] = e.Val
		}
		for _, e := range m {
			if y, ok := byKey[e.Key]; !ok || !Equal(e.Val, y) {
				return false
			}
		}
		return true
	}
	for i, e := range m {
		if o[i].Key == e.Key { // most often the order is the same
			if !Equal(e.Val, o[i].Val) {
				return false
			}
			continue
		}
		if y, ok := b.Get(e.Key); !ok || !Equal(e.Val, y) {
			return false
		}
	}
	return true
}

// CompareNumbers orders two numbers: exactly when both are whole, so that
// 9007199254740993 is greater than 9007199254740992, else as float64.
func CompareNumbers(a, b Value) int {
	if a.n > exactDigits || b.n > exactDigits {
		if x, ok := a.whole(); ok {
			if y, ok := b.whole(); ok {
				return compareWhole(x, y)
			}
		}
	}
	return cmp.Compare(a.Float(), b.Float())
}

// exactDigits is how many digits a float64 holds exactly.
const exactDigits = 15

// whole is the digits of a whole number with a minus before them if it is
// negative, and whether v is one that is known exactly.
func (v Value) whole() (string, bool) {
	if v.n == 0 {
		i, ok := v.Int()
		return strconv.FormatInt(i, 10), ok
	}
	s := v.text()
	return s, isWhole(s)
}

func isWhole(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i]-'0' > 9 && (i > 0 || s[i] != '-') {
			return false
		}
	}
	return true
}

// compareWhole orders whole numbers; JSON has no leading zeros.
func compareWhole(x, y string) int {
	negative := x[0] == '-'
	if negative != (y[0] == '-') {
		if negative {
			return -1
		}
		return 1
	}
	if negative {
		x, y = y, x
	}
	return cmp.Or(cmp.Compare(len(x), len(y)), strings.Compare(x, y))
}

// Package value is the one JSON value of the engine: immutable, 24 bytes, free
// to copy and safe to share between goroutines. Paths, templates, variables,
// inputs and outputs all are Values.
//
// Foreign bytes become Values in [Parse] and nowhere else; Values become bytes
// in [Value.AppendJSON].
package value

import (
	"iter"
	"math"
	"slices"
	"strconv"
	"unsafe"
)

// A Value is an immutable JSON value. The zero Value is "nothing" (JSONata's
// undefined), which is not null. Values are safe for concurrent use.
//
// It has four fields because the compiler keeps structs of more in memory, not
// in registers: with five, a path takes three times as long.
type Value struct {
	p    unsafe.Pointer // text of a string or number that was read, or first element or member
	bits uint64         // 1 if true; float64 of a computed number; JSON size of a string; extent of an array or object
	n    uint32         // length of what p points at; 0 for a computed number
	kind Kind
}

// A Kind is the type of a Value.
type Kind uint8

const (
	KindNothing Kind = iota
	KindNull
	KindBool
	KindNumber
	KindString
	KindArray
	KindObject
)

var kindNames = [...]string{"nothing", "null", "boolean", "number", "string", "array", "object"}

// String is the name of k as AWS writes it in causes ("array", "boolean").
func (k Kind) String() string { return kindNames[k] }

// A Member is one name and value of an object.
type Member struct {
	Key string
	Val Value
}

var (
	// Null is JSON null.
	Null = Value{kind: KindNull}
	// True and False are the JSON booleans.
	True  = Value{kind: KindBool, bits: 1}
	False = Value{kind: KindBool}
)

// Bool is the JSON boolean b.
func Bool(b bool) Value {
	if b {
		return True
	}
	return False
}

// Number is the JSON number f. A number that is not finite is no JSON: the
// caller refuses it where it arises, and Number panics.
func Number(f float64) Value {
	if math.IsNaN(f) || math.IsInf(f, 0) {
		panic("value: number is not finite")
	}
	return Value{kind: KindNumber, bits: math.Float64bits(f)}
}

// Int is the JSON number i, exact at any size.
func Int(i int64) Value {
	if -1<<53 <= i && i <= 1<<53 {
		return Number(float64(i))
	}
	return NumberText(strconv.FormatInt(i, 10))
}

// NumberText is the number written as s, which must be a JSON number: it keeps
// its text, so "1.0" stays 1.0 and twenty digits stay twenty digits.
func NumberText(s string) Value {
	return Value{kind: KindNumber, p: textPtr(s), n: uint32(len(s))}
}

// String is the JSON string s, which must be valid UTF-8.
func String(s string) Value {
	return Value{kind: KindString, p: textPtr(s), n: uint32(len(s)), bits: uint64(quotedSize(s))}
}

// Array is the JSON array of e, which belongs to the Value from now on.
func Array(e ...Value) Value {
	x := brackets(len(e))
	for i := range e {
		x.add(e[i])
	}
	return Value{kind: KindArray, p: elemPtr(e), n: uint32(len(e)), bits: x.bits()}
}

// Object is the JSON object of m in that order; of equal keys the last wins and
// stands at the place of the first. m belongs to the Value from now on.
func Object(m ...Member) Value { return object(lastWins(m)) }

// object is the object of m, whose keys are different.
func object(m []Member) Value {
	x := brackets(len(m))
	for i := range m {
		x.size += quotedSize(m[i].Key) + len(":")
		x.add(m[i].Val)
	}
	return Value{kind: KindObject, p: memberPtr(m), n: uint32(len(m)), bits: x.bits()}
}

// fewKeys is the number of keys up to which comparing each with each is faster
// than a map.
const fewKeys = 16

// repeated is the first member whose key an earlier one has, or -1.
func repeated(m []Member) int {
	if len(m) <= fewKeys {
		for i := range m {
			for j := range i {
				if m[i].Key == m[j].Key {
					return i
				}
			}
		}
		return -1
	}
	seen := make(map[string]struct{}, len(m))
	for i := range m {
		seen[m[i].Key] = struct{}{}
		if len(seen) == i {
			return i
		}
	}
	return -1
}

func lastWins(m []Member) []Member {
	if repeated(m) < 0 {
		return m
	}
	at := make(map[string]int, len(m))
	out := m[:0]
	for _, e := range m {
		if i, ok := at[e.Key]; ok {
			out[i].Val = e.Val
			continue
		}
		at[e.Key] = len(out)
		out = append(out, e)
	}
	return out
}

// Kind reports what v is.
func (v Value) Kind() Kind { return v.kind }

// IsNothing reports whether v is the zero Value.
func (v Value) IsNothing() bool { return v.kind == KindNothing }

// Bool reports whether v is true.
func (v Value) Bool() bool { return v.kind == KindBool && v.bits != 0 }

// Float is the number v as a float64, and 0 for what is no number.
func (v Value) Float() float64 {
	if v.kind != KindNumber {
		return 0
	}
	if v.n == 0 {
		return math.Float64frombits(v.bits)
	}
	return parseFloat(v.text())
}

// maxShort is the length up to which the digits of a number fit an int64.
const maxShort = 18

// tens are powers of ten, exact, for as many decimal places as a short number has.
var tens = [maxShort]float64{1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17}

// parseFloat reads a JSON number; short decimals, the common case, without
// strconv: the quotient of two whole numbers that a float64 holds exactly is
// rounded once, as the number itself would be.
func parseFloat(s string) float64 {
	if len(s) <= maxShort {
		i, neg := 0, s[0] == '-'
		if neg {
			i = 1
		}
		var n int64
		point := len(s)
		for ; i < len(s); i++ {
			c := s[i] - '0'
			if c <= 9 {
				n = n*10 + int64(c)
			} else if s[i] == '.' {
				point = i + 1
			} else {
				break
			}
		}
		if i == len(s) && n <= 1<<53 && !(neg && n == 0) {
			if neg {
				n = -n
			}
			return float64(n) / tens[len(s)-point]
		}
	}
	f, _ := strconv.ParseFloat(s, 64) // Parse has refused what is out of range
	return f
}

// Int is the number v as an int64, and whether it is one. A number with a
// fraction or an exponent counts by its float64: 1e3 and 2.0 are whole.
func (v Value) Int() (int64, bool) {
	if v.kind != KindNumber {
		return 0, false
	}
	if v.n > 0 && isWhole(v.text()) {
		i, err := strconv.ParseInt(v.text(), 10, 64)
		return i, err == nil
	}
	f := v.Float()
	if f != math.Trunc(f) || math.Abs(f) > 1<<53 {
		return 0, false
	}
	return int64(f), true
}

// Text is the contents of a string, the text of a number, and "" otherwise.
func (v Value) Text() string {
	switch {
	case v.kind == KindString, v.kind == KindNumber && v.n > 0:
		return v.text()
	case v.kind == KindNumber:
		return string(v.AppendJSON(nil))
	}
	return ""
}

// Len is the number of elements or members, and 0 for what has none.
func (v Value) Len() int {
	if v.kind == KindArray || v.kind == KindObject {
		return int(v.n)
	}
	return 0
}

// Index is element i of an array; it panics where there is none.
func (v Value) Index(i int) Value {
	if v.kind != KindArray {
		panic("value: Index of " + v.kind.String())
	}
	return v.elems()[i]
}

// Elements yields the elements of an array in order, and nothing for what is no
// array.
func (v Value) Elements() iter.Seq2[int, Value] {
	return func(yield func(int, Value) bool) {
		if v.kind != KindArray {
			return
		}
		for i, e := range v.elems() {
			if !yield(i, e) {
				return
			}
		}
	}
}

// Get is the member of an object named key, and whether there is one. It costs
// time in proportion to the number of members.
func (v Value) Get(key string) (Value, bool) {
	if v.kind != KindObject {
		return Value{}, false
	}
	m := v.members()
	for i := range m {
		if m[i].Key == key {
			return m[i].Val, true
		}
	}
	return Value{}, false
}

// Member is member i of an object, in order; it panics where there is none.
func (v Value) Member(i int) Member {
	if v.kind != KindObject {
		panic("value: Member of " + v.kind.String())
	}
	return v.members()[i]
}

// Members yields the members of an object in order, and nothing for what is no
// object.
func (v Value) Members() iter.Seq2[string, Value] {
	return func(yield func(string, Value) bool) {
		if v.kind != KindObject {
			return
		}
		for _, m := range v.members() {
			if !yield(m.Key, m.Val) {
				return
			}
		}
	}
}

// With is the object v with the member key set to x: one level is copied, the
// rest is shared. It panics for what is no object.
func (v Value) With(key string, x Value) Value { return (*Arena)(nil).With(v, key, x) }

// With is the method of v, in a.
func (a *Arena) With(v Value, key string, x Value) Value {
	if v.kind != KindObject {
		panic("value: With of " + v.kind.String())
	}
	old, e := v.members(), v.extent()
	m := a.Members(len(old) + 1)
	m = m[:copy(m, old)]
	at := slices.IndexFunc(m, func(e Member) bool { return e.Key == key })
	if at < 0 {
		at = len(m)
		m = append(m, Member{Key: key})
		e.size += quotedSize(key) + len(":") + min(at, len(","))
	}
	e.remove(m[at].Val)
	m[at].Val = x
	for i := range m {
		e.depth = max(e.depth, m[i].Val.Depth()+1)
	}
	e.size, e.values = e.size+x.Size(), e.values+x.Values()
	return Value{kind: KindObject, p: memberPtr(m), n: uint32(len(m)), bits: e.bits()}
}

// WithIndex is the array v with element i set to x; it panics where there is
// none.
func (v Value) WithIndex(i int, x Value) Value {
	if v.kind != KindArray {
		panic("value: WithIndex of " + v.kind.String())
	}
	elems, e := slices.Clone(v.elems()), v.extent()
	e.remove(elems[i])
	elems[i] = x
	for i := range elems {
		e.depth = max(e.depth, elems[i].Depth()+1)
	}
	e.size, e.values = e.size+x.Size(), e.values+x.Values()
	return Value{kind: KindArray, p: elemPtr(elems), n: v.n, bits: e.bits()}
}

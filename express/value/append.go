package value

import (
	"math"
	"strconv"
	"unicode/utf8"
)

// AppendJSON appends v as compact JSON. A number that was read keeps its text;
// "nothing" appends nothing. HTML characters are not escaped.
func (v Value) AppendJSON(b []byte) []byte {
	switch v.kind {
	case KindNull:
		return append(b, "null"...)
	case KindBool:
		return strconv.AppendBool(b, v.Bool())
	case KindNumber:
		if v.n > 0 {
			return append(b, v.text()...)
		}
		return appendNumber(b, math.Float64frombits(v.bits))
	case KindString:
		if v.bits == uint64(v.n)+2 { // nothing to escape
			b = append(b, '"')
			b = append(b, v.text()...)
			return append(b, '"')
		}
		return appendQuoted(b, v.text())
	case KindArray:
		if v.bits&isUnread != 0 {
			return append(b, (*unread)(v.p).text...)
		}
		b = append(b, '[')
		for i, e := range v.elems() {
			if i > 0 {
				b = append(b, ',')
			}
			b = e.AppendJSON(b)
		}
		return append(b, ']')
	case KindObject:
		b = append(b, '{')
		for i, m := range v.members() {
			if i > 0 {
				b = append(b, ',')
			}
			b = appendQuoted(b, m.Key)
			b = append(b, ':')
			b = m.Val.AppendJSON(b)
		}
		return append(b, '}')
	}
	return b
}

// String is v as compact JSON.
func (v Value) String() string { return stringOf(v.AppendJSON(make([]byte, 0, v.Size()))) }

// MarshalJSON makes a Value print as itself inside what encoding/json prints.
func (v Value) MarshalJSON() ([]byte, error) {
	if v.kind == KindNothing {
		return []byte("null"), nil
	}
	return v.AppendJSON(make([]byte, 0, v.Size())), nil
}

// Size is the number of bytes of v as compact JSON: what the payload limit of
// 256 KiB counts. It is known without printing, in constant time.
func (v Value) Size() int {
	switch v.kind {
	case KindNull:
		return len("null")
	case KindBool:
		if v.Bool() {
			return len("true")
		}
		return len("false")
	case KindNumber:
		if v.n > 0 {
			return int(v.n)
		}
		return numberSize(math.Float64frombits(v.bits))
	case KindString:
		return int(v.bits)
	case KindArray, KindObject:
		return v.extent().size
	}
	return 0
}

// appendNumber writes f as JavaScript does: whole numbers below 1e21 in full,
// others in the shortest form that reads back to f.
func appendNumber(b []byte, f float64) []byte {
	if f == 0 {
		return append(b, '0') // -0 too
	}
	if i := int64(f); -1<<53 <= i && i <= 1<<53 && float64(i) == f {
		return strconv.AppendInt(b, i, 10)
	}
	if abs := math.Abs(f); abs >= 1e-6 && abs < 1e21 {
		return strconv.AppendFloat(b, f, 'f', -1, 64)
	}
	b = strconv.AppendFloat(b, f, 'e', -1, 64)
	// strconv writes e-07; JavaScript e-7
	if n := len(b); b[n-2] == '0' && (b[n-3] == '-' || b[n-3] == '+') {
		b[n-2] = b[n-1]
		b = b[:n-1]
	}
	return b
}

// fewPlaces is up to how many decimal places, less one, numberSize tries.
const fewPlaces = 4

// numberSize is the length of f as appendNumber writes it. Where f is a decimal
// of few places it is known without printing: no other decimal of 15 digits is
// the same float64, so that there is no shorter one.
func numberSize(f float64) int {
	abs := math.Abs(f)
	for places := range fewPlaces {
		m := math.Round(abs * tens[places])
		if m >= 1e15 {
			break
		}
		if m/tens[places] != abs {
			continue
		}
		size := places + 1 // with one digit before the point
		for least := tens[size]; m >= least; least *= 10 {
			size++
		}
		if places > 0 {
			size += len(".")
		}
		if f < 0 {
			size += len("-")
		}
		return size
	}
	var buf [32]byte
	return len(appendNumber(buf[:0], f))
}

const hex = "0123456789abcdef"

// short holds the second character of the escapes that have a short form.
var short = [256]byte{'"': '"', '\\': '\\', '\b': 'b', '\f': 'f', '\n': 'n', '\r': 'r', '\t': 't'}

// AppendQuoted appends s as a JSON string.
func AppendQuoted(b []byte, s string) []byte { return appendQuoted(b, s) }

func appendQuoted(b []byte, s string) []byte {
	b = append(b, '"')
	from := 0
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c >= ' ' && c != '"' && c != '\\' {
			continue
		}
		b = append(b, s[from:i]...)
		from = i + 1
		if short[c] != 0 {
			b = append(b, '\\', short[c])
		} else {
			b = append(b, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
		}
	}
	b = append(b, s[from:]...)
	return append(b, '"')
}

// quotedSize is the length of s as a JSON string.
func quotedSize(s string) int {
	size := len(s) + 2
	for i := 0; i < len(s); i++ {
		size += int(longer[s[i]])
	}
	return size
}

// longer is by how much the escape of a byte is longer than the byte.
var longer = func() (t [256]uint8) {
	for c := range ' ' {
		t[c] = 5 // \u0000
	}
	for c, s := range short {
		if s != 0 {
			t[c] = 1
		}
	}
	return
}()

// RuneLen is the number of characters of a string, which is what the States
// Language counts, and 0 for other kinds.
func (v Value) RuneLen() int {
	if v.kind != KindString {
		return 0
	}
	return utf8.RuneCountInString(v.text())
}

// Package msgpack reads MessagePack from outside.
//
// A document of five bytes can declare four thousand million elements, and one
// of 2 MB can nest so deep that a reader which recurses ends the process. So
// [Parse] scans first, without recursion and without allocating, and builds
// Values of what has passed: the builder meets nothing that it would have to
// check.
package msgpack

import (
	"encoding/binary"
	"math"
	"time"

	"github.com/seed66d9166c/express/express/value"
)

// Parse is the gate for MessagePack that value.Parse is for JSON, with the same
// limits: exactly one value of at most [value.MaxSize] bytes, [value.MaxDepth]
// and [value.MaxValues], strings in UTF-8, keys that are strings and different
// in each map, numbers that are finite. Its error is a *[value.ParseError]. The
// Value keeps nothing of b, and its JSON can be larger than b.
//
// Numbers are exact: all of int64 and uint64, and a float32 as the number that
// it is. Binary data becomes a string in base64, a timestamp one in RFC 3339.
// Other extensions are refused.
func Parse(b []byte) (value.Value, error) {
	s := scanner{b: b}
	if err := s.document(); err != nil {
		return value.Value{}, err
	}
	d := builder{b: b}
	v := d.value()
	if d.repeated > 0 {
		return value.Value{}, &value.ParseError{Reason: "a map that has a key twice ends", Offset: d.repeated}
	}
	return v, nil
}

// A class is what a value is, whatever the width of its header.
type class uint8

const (
	unused class = iota
	null
	boolean
	integer
	unsigned
	float
	text
	octets
	array
	object
	extension
)

// A head is a row for each first byte of a value: its class, and how the rest
// begins.
type head struct {
	class class
	width uint8 // bytes after the first that are the number, or the length
	n     uint8 // without them, the number or the length itself
}

// heads are all of them, in the order of the specification.
var heads = func() (t [256]head) {
	for i := range 0x80 { // the low bits are the number or the length
		t[i] = head{integer, 0, uint8(i)}                       // positive fixint
		t[0x80|i&0xf] = head{object, 0, uint8(i & 0xf)}         // fixmap
		t[0x90|i&0xf] = head{array, 0, uint8(i & 0xf)}          // fixarray
		t[0xa0|i&0x1f] = head{text, 0, uint8(i & 0x1f)}         // fixstr
		t[0xe0|i&0x1f] = head{integer, 0, uint8(0xe0 | i&0x1f)} // negative fixint
	}
	t[0xc0] = head{class: null}
	t[0xc2], t[0xc3] = head{class: boolean}, head{class: boolean, n: 1}
	for i := range uint8(3) { // of one, two and four bytes
		t[0xc4+i] = head{class: octets, width: 1 << i}
		t[0xc7+i] = head{class: extension, width: 1 << i}
		t[0xd9+i] = head{class: text, width: 1 << i}
	}
	t[0xca], t[0xcb] = head{class: float, width: 4}, head{class: float, width: 8}
	for i := range uint8(4) {
		t[0xcc+i] = head{class: unsigned, width: 1 << i}
		t[0xd0+i] = head{class: integer, width: 1 << i}
	}
	for i := range uint8(5) {
		t[0xd4+i] = head{class: extension, n: 1 << i} // fixext
	}
	for i := range uint8(2) {
		t[0xdc+i] = head{class: array, width: 2 << i}
		t[0xde+i] = head{class: object, width: 2 << i}
	}
	return t
}()

// number is the number or length of h, whose further bytes b begins with.
func (h head) number(b []byte) uint64 {
	if h.width == 0 {
		return uint64(h.n)
	}
	n := uint64(0)
	for _, c := range b[:h.width] {
		n = n<<8 | uint64(c)
	}
	return n
}

// signed is n as the integer of as many bits as h has.
func (h head) signed(n uint64) int64 {
	shift := 64 - 8*max(h.width, 1)
	return int64(n<<shift) >> shift
}

// float is the number that the bits n are.
func (h head) float(n uint64) float64 {
	if h.width == 4 {
		return float64(math.Float32frombits(uint32(n)))
	}
	return math.Float64frombits(n)
}

const (
	typeTimestamp = 0xff // extension type -1
	// lastSecond is the last of the year 9999, beyond which RFC 3339 does not
	// write; firstSecond is the first of the year 0.
	firstSecond = -62_167_219_200
	lastSecond  = 253_402_300_799
)

// timestamp is the time that an extension is, and whether it is one: b is its
// type and its data.
func timestamp(b []byte) (t time.Time, ok bool) {
	if b[0] != typeTimestamp {
		return t, false
	}
	var sec int64
	var nsec uint32
	switch b = b[1:]; len(b) {
	case 4:
		sec = int64(binary.BigEndian.Uint32(b))
	case 8:
		n := binary.BigEndian.Uint64(b)
		sec, nsec = int64(n&(1<<34-1)), uint32(n>>34)
	case 12:
		sec, nsec = int64(binary.BigEndian.Uint64(b[4:])), binary.BigEndian.Uint32(b)
	default:
		return t, false
	}
	ok = nsec < 1e9 && firstSecond <= sec && sec <= lastSecond
	return time.Unix(sec, int64(nsec)).UTC(), ok
}

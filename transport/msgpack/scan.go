package msgpack

import (
	"fmt"
	"math"
	"unicode/utf8"

	"github.com/seed66d9166c/express/express/value"
)

// A scanner reads a document once, without recursion, and accepts nothing that
// the builder could not make a Value of.
type scanner struct {
	b []byte
	i int // offset of the next byte
}

// An open is an array or map that is being read.
type open struct {
	left uint64 // values, and keys, that are still to come
	keys bool   // every other one is a key
}

// document scans all of b: one value with nothing after it.
func (s *scanner) document() *value.ParseError {
	if len(s.b) > value.MaxSize {
		s.i = value.MaxSize
		return s.refuse("larger than %d bytes", value.MaxSize)
	}
	var in [value.MaxDepth]open
	depth, values := 0, 0
	for {
		key := false
		if depth > 0 {
			top := &in[depth-1]
			key = top.keys && top.left%2 == 0
			top.left--
		}
		if !key {
			if values++; values > value.MaxValues {
				return s.refuse("more than %d values", value.MaxValues)
			}
		}
		from := s.i
		h, n, err := s.head()
		if err != nil {
			return err
		}
		if key && h.class != text {
			s.i = from
			return s.refuse("a key that is no string")
		}
		if h.class == array || h.class == object {
			if depth == value.MaxDepth {
				s.i = from
				return s.refuse("nested deeper than %d", value.MaxDepth)
			}
			in[depth] = open{left: n, keys: h.class == object}
			depth++
		} else if err := s.body(h, n); err != nil {
			return err
		}
		for depth > 0 && in[depth-1].left == 0 {
			depth--
		}
		if depth == 0 {
			if s.i < len(s.b) {
				return s.refuse("data after the value")
			}
			return nil
		}
	}
}

// head scans the head of a value. n is the number itself, the bytes of a string
// or the like, or the values in an array or map, keys included.
func (s *scanner) head() (h head, n uint64, err *value.ParseError) {
	if s.i == len(s.b) {
		return h, 0, s.refuse("unexpected end of input")
	}
	h = heads[s.b[s.i]]
	if h.class == unused {
		return h, 0, s.refuse("the byte 0x%x, which begins no value", s.b[s.i])
	}
	s.i++
	if len(s.b)-s.i < int(h.width) {
		return h, 0, s.refuse("unexpected end of input")
	}
	n = h.number(s.b[s.i:])
	s.i += int(h.width)
	switch h.class {
	case object:
		n *= 2
	case extension:
		n++ // its type
	}
	if h.class >= text && n > uint64(len(s.b)-s.i) { // every value has a byte at least
		return h, 0, s.refuse("unexpected end of input")
	}
	return h, n, nil
}

// body scans what follows the head of a value that holds no others.
func (s *scanner) body(h head, n uint64) *value.ParseError {
	switch h.class {
	case float:
		if f := h.float(n); math.IsNaN(f) || math.IsInf(f, 0) {
			return s.refuse("a number that is not finite")
		}
	case text:
		if !utf8.Valid(s.b[s.i:][:n]) {
			return s.refuse("invalid UTF-8")
		}
	case extension:
		if _, ok := timestamp(s.b[s.i:][:n]); !ok {
			return s.refuse("an extension that is no timestamp")
		}
	}
	if h.class >= text {
		s.i += int(n)
	}
	return nil
}

func (s *scanner) refuse(format string, args ...any) *value.ParseError {
	return &value.ParseError{Reason: fmt.Sprintf(format, args...), Offset: s.i}
}

package value

import (
	"fmt"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/seed66d9166c/express/internal/seeded"
)

// A shape is what the scan learns of a document: how much room its Values take.
type shape struct {
	text    int // bytes of all keys, strings and numbers, unescaped
	elems   int // elements of all arrays
	members int // members of all objects
	values  int
	escapes bool // there is one, in a key or string
}

// A token is a key or a value. What an array or object holds follows it.
type token struct {
	kind Kind
	n    uint32 // bytes of a key, string or number; elements or members; 1 for true
	at   uint32 // offset of those bytes; of an array or object, the token that it is in
}

// A scanner reads a document once, without recursion, and accepts nothing but
// strict JSON within the limits of this package.
type scanner struct {
	b []byte
	i int // offset of the next byte
	shape
	tokens []token
}

// document scans all of b: one value with nothing but white space around it.
func (s *scanner) document() *ParseError {
	depth, in := 0, 0 // in is the token of the innermost open bracket
	for {
		if s.values++; s.values > MaxValues {
			return s.refuse("more than %d values", MaxValues)
		}
		switch c := s.next(); c {
		case '{', '[':
			if depth == MaxDepth {
				return s.refuse("nested deeper than %d", MaxDepth)
			}
			s.i++
			depth++
			kind := KindArray
			if c == '{' {
				kind = KindObject
			}
			s.add(token{kind: kind, at: uint32(in)})
			in = len(s.tokens) - 1
			if s.next() != closing(kind) {
				if err := s.lead(&s.tokens[in]); err != nil {
					return err
				}
				continue
			}
		default:
			if err := s.scalar(c); err != nil {
				return err
			}
		}
		// A value has ended, or an empty one is about to.
		for {
			c := s.next()
			if depth == 0 {
				if s.i < len(s.b) {
					return s.unexpected(" after the value")
				}
				return nil
			}
			t := &s.tokens[in]
			if c == ',' {
				s.i++
				if err := s.lead(t); err != nil {
					return err
				}
				break
			}
			if c != closing(t.kind) {
				return s.unexpected("")
			}
			s.i++
			depth--
			in = int(t.at)
		}
	}
}

func (s *scanner) add(t token) { s.tokens = append(s.tokens, t) }

// closing is the bracket that closes an array or object.
func closing(k Kind) byte {
	if k == KindObject {
		return '}'
	}
	return ']'
}

// lead scans what stands before a value in the array or object t: nothing, or a
// key and a colon.
func (s *scanner) lead(t *token) *ParseError {
	t.n++
	if t.kind == KindArray {
		s.elems++
		return nil
	}
	s.members++
	if s.next() != '"' {
		return s.unexpected("")
	}
	if err := s.string(); err != nil {
		return err
	}
	if s.next() != ':' {
		return s.unexpected("")
	}
	s.i++
	return nil
}

// scalar scans the string, number or word that begins with c.
func (s *scanner) scalar(c byte) *ParseError {
	switch c {
	case '"':
		return s.string()
	case 't':
		s.add(token{kind: KindBool, n: 1})
		return s.word("true")
	case 'f':
		s.add(token{kind: KindBool})
		return s.word("false")
	case 'n':
		s.add(token{kind: KindNull})
		return s.word("null")
	}
	from := s.i
	err := s.number()
	s.add(token{kind: KindNumber, n: uint32(s.i - from), at: uint32(from)})
	return err
}

func (s *scanner) word(w string) *ParseError {
	for i := range len(w) {
		if s.peek() != w[i] {
			return s.unexpected("")
		}
		s.i++
	}
	return nil
}

// string scans a key or string from quote to quote.
func (s *scanner) string() *ParseError {
	s.i++
	from := s.i
	for {
		b, i := s.b, s.i
		for i < len(b) && plain[b[i]] {
			i++
		}
		s.text += i - s.i
		s.i = i
		switch c := s.peek(); {
		case c == '"':
			s.add(token{kind: KindString, n: uint32(s.i - from), at: uint32(from)})
			s.i++
			return nil
		case c == '\\':
			if err := s.escape(); err != nil {
				return err
			}
		case c >= utf8.RuneSelf:
			r, n := utf8.DecodeRune(s.b[s.i:])
			if r == utf8.RuneError && n == 1 && !seeded.NoUTF8 {
				return s.refuse("invalid UTF-8")
			}
			s.i += n
			s.text += n
		case s.i < len(s.b):
			return s.refuse("control character %#U in a string", c)
		default:
			return s.unexpected("")
		}
	}
}

// escape scans an escape sequence, a surrogate pair as one.
func (s *scanner) escape() *ParseError {
	s.escapes = true
	s.i++
	c := s.peek()
	if c != 'u' {
		if !escapable[c] {
			return s.unexpected(" after a backslash")
		}
		s.i++
		s.text++
		return nil
	}
	from := s.i - 1
	s.i++
	r, ok := s.hex()
	if !ok {
		return s.unexpected("")
	}
	if utf16.IsSurrogate(r) {
		low := rune(0)
		if s.peek() == '\\' && s.i+1 < len(s.b) && s.b[s.i+1] == 'u' {
			s.i += 2
			if low, ok = s.hex(); !ok {
				return s.unexpected("")
			}
		}
		if r = utf16.DecodeRune(r, low); r == utf8.RuneError {
			s.i = from
			return s.refuse("lone surrogate")
		}
	}
	s.text += utf8.RuneLen(r)
	return nil
}

// hex scans four hexadecimal digits.
func (s *scanner) hex() (rune, bool) {
	r := rune(0)
	for range 4 {
		c := s.peek()
		switch {
		case c >= '0' && c <= '9':
			c -= '0'
		case c|' ' >= 'a' && c|' ' <= 'f':
			c = (c | ' ') - 'a' + 10
		default:
			return 0, false
		}
		r = r<<4 | rune(c)
		s.i++
	}
	return r, true
}

// next skips white space and is the byte after it, 0 at the end.
func (s *scanner) next() byte {
	if s.i < len(s.b) && s.b[s.i] > ' ' { // small enough to be inlined
		return s.b[s.i]
	}
	return s.skip()
}

func (s *scanner) skip() byte {
	for ; s.i < len(s.b); s.i++ {
		if c := s.b[s.i]; c != ' ' && c != '\n' && c != '\t' && c != '\r' {
			return c
		}
	}
	return 0
}

// peek is the next byte, 0 at the end.
func (s *scanner) peek() byte {
	if s.i < len(s.b) {
		return s.b[s.i]
	}
	return 0
}

// unexpected refuses what stands at s.i, which may be the end.
func (s *scanner) unexpected(where string) *ParseError {
	if s.i >= len(s.b) {
		return s.refuse("unexpected end of input")
	}
	r, n := utf8.DecodeRune(s.b[s.i:])
	if r == utf8.RuneError && n == 1 {
		return s.refuse("invalid UTF-8")
	}
	return s.refuse("unexpected character %q%s", r, where)
}

func (s *scanner) refuse(format string, args ...any) *ParseError {
	return &ParseError{Reason: fmt.Sprintf(format, args...), Offset: s.i}
}

// plain are the bytes that stand for themselves in a string.
var plain = func() (t [256]bool) {
	for c := ' '; c < utf8.RuneSelf; c++ {
		t[c] = c != '"' && c != '\\'
	}
	return
}()

// escapable are the bytes that make an escape with a backslash, u aside.
var escapable = [256]bool{'"': true, '\\': true, '/': true, 'b': true, 'f': true, 'n': true, 'r': true, 't': true}

package value

import (
	"fmt"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/seed66d9166c/express/internal/seeded"
)

// A shape is what the scan learns of a document: how much room its Values take.
type shape struct {
	text    int // bytes of all keys, strings and numbers, at the most; 0 where nothing is escaped
	elems   int // elements of all arrays
	members int // members of all objects
	values  int
	escapes bool // there is one, in a key or string
	repeats bool // an object may have a key twice
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
	i int // offset of the next byte; document has it in a register
	shape
	tokens  []token
	keys    []keySet // of the objects that are open, by depth
	unread  span     // of an array that may stay the text that it is
	lazy    bool     // there may be such
	altered int      // what is not printed as it was read: white space, escapes, perhaps members
}

func newScanner() *scanner { return &scanner{keys: make([]keySet, MaxDepth+1)} }

// reset makes s ready to read b.
func (s *scanner) reset(b []byte, lazy bool) {
	*s = scanner{b: b, tokens: s.tokens[:0], keys: s.keys, lazy: lazy}
}

// document scans all of b: one value with nothing but white space around it.
func (s *scanner) document() (err *ParseError) {
	s.tokens, err = s.scan(s.tokens) // refused or not, their room is kept
	return err
}

// scan appends the tokens of document. What most documents are made of it reads
// itself, with what that takes in registers.
func (s *scanner) scan(tokens []token) ([]token, *ParseError) {
	b := s.b
	i, depth, in := 0, 0, 0 // in is the token of the innermost open bracket
	for {
		if s.values++; s.values > MaxValues {
			return tokens, s.at(i).refuse("more than %d values", MaxValues)
		}
		i = s.next(i)
		opened := false
		switch c := s.byte(i); {
		case c == '"':
			end := plainEnd(b, i+1)
			if s.byte(end) != '"' {
				if err := s.at(end).special(); err != nil {
					return tokens, err
				}
				end = s.i
			}
			tokens = append(tokens, token{kind: KindString, n: uint32(end - i - 1), at: uint32(i + 1)})
			i = end + 1
		case c-'0' <= 9 || c == '-':
			end := plainNumber(b, i)
			if end < 0 {
				if err := s.at(i).number(); err != nil {
					return tokens, err
				}
				end = s.i
			}
			tokens = append(tokens, token{kind: KindNumber, n: uint32(end - i), at: uint32(i)})
			i = end
		case c == '{' || c == '[':
			if depth == MaxDepth {
				return tokens, s.at(i).refuse("nested deeper than %d", MaxDepth)
			}
			depth++
			kind := KindArray
			if c == '{' {
				kind = KindObject
				s.keys[depth] = keySet{}
			}
			if s.lazy {
				s.unread.open(s, kind, depth, i)
			}
			tokens = append(tokens, token{kind: kind, at: uint32(in)})
			in = len(tokens) - 1
			i = s.next(i + 1)
			opened = s.byte(i) != closing(kind)
		default:
			t, err := s.at(i).word(c)
			if err != nil {
				return tokens, err
			}
			tokens = append(tokens, t)
			i = s.i
		}
		for !opened { // a value has ended, or an empty one is about to
			i = s.next(i)
			if depth == 0 {
				if i < len(b) {
					return tokens, s.at(i).unexpected(" after the value")
				}
				if s.escapes {
					s.text = len(b) - s.brackets()
				}
				return tokens, nil
			}
			c, t := s.byte(i), tokens[in]
			if opened = c == ','; !opened {
				if c != closing(t.kind) {
					return tokens, s.at(i).unexpected("")
				}
				if t.kind == KindObject {
					s.members += int(t.n)
				} else {
					s.elems += int(t.n)
					if depth == s.unread.depth {
						tokens = s.unread.close(s, tokens, in, i+1)
					}
				}
				depth--
				in = int(t.at)
			}
			i++
		}
		t := &tokens[in]
		t.n++
		if t.kind == KindArray {
			continue
		}
		if i = s.next(i); s.byte(i) != '"' {
			return tokens, s.at(i).unexpected("")
		}
		end := plainEnd(b, i+1)
		if s.byte(end) != '"' {
			if err := s.at(end).special(); err != nil {
				return tokens, err
			}
			end = s.i
		}
		n := end - i - 1
		tokens = append(tokens, token{kind: KindString, n: uint32(n), at: uint32(i + 1)})
		if s.keys[depth].add(keyHash(b, i+1, n)) {
			s.repeats = true
			s.altered++
		}
		if i = s.next(end + 1); s.byte(i) != ':' {
			return tokens, s.at(i).unexpected("")
		}
		i++
	}
}

// brackets is how many bytes the brackets, commas, colons and quotes of a document
// take, at the least.
func (s *scanner) brackets() int {
	return s.values + 3*s.members // a bracket or comma each; and the quotes and the colon of a key
}

// at is s at byte i.
func (s *scanner) at(i int) *scanner {
	s.i = i
	return s
}

// byte is byte i, 0 at the end.
func (s *scanner) byte(i int) byte {
	if i < len(s.b) {
		return s.b[i]
	}
	return 0
}

// next is where the white space from i on ends.
func (s *scanner) next(i int) int {
	if i < len(s.b) && s.b[i] > ' ' { // small enough to be inlined
		return i
	}
	return s.skip(i)
}

func (s *scanner) skip(i int) int {
	s.altered++
	for i < len(s.b) && (s.b[i] == ' ' || s.b[i] == '\n' || s.b[i] == '\t' || s.b[i] == '\r') {
		i++
	}
	return i
}

// closing is the bracket that closes an array or object.
func closing(k Kind) byte {
	if k == KindObject {
		return '}'
	}
	return ']'
}

// word scans the value that is a word and begins with c.
func (s *scanner) word(c byte) (t token, err *ParseError) {
	w := ""
	switch c {
	case 't':
		w, t = "true", token{kind: KindBool, n: 1}
	case 'f':
		w, t = "false", token{kind: KindBool}
	case 'n':
		w, t = "null", token{kind: KindNull}
	default:
		return t, s.unexpected("")
	}
	for i := range len(w) {
		if s.peek() != w[i] {
			return t, s.unexpected("")
		}
		s.i++
	}
	return t, nil
}

// special scans a key or string to the quote, from the first byte on that does not
// stand for itself.
func (s *scanner) special() *ParseError {
	for {
		switch c := s.peek(); {
		case c == '"':
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
		case s.i < len(s.b):
			return s.refuse("control character %#U in a string", c)
		default:
			return s.unexpected("")
		}
		s.i = plainEnd(s.b, s.i)
	}
}

// escape scans an escape sequence, a surrogate pair as one.
func (s *scanner) escape() *ParseError {
	s.escapes = true
	s.altered++
	s.i++
	c := s.peek()
	if c != 'u' {
		if escapable[c] == 0 {
			return s.unexpected(" after a backslash")
		}
		s.i++
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

// escapable are what the bytes stand for that make an escape with a backslash, u
// aside; 0 for the others.
var escapable = [256]byte{'"': '"', '\\': '\\', '/': '/', 'b': '\b', 'f': '\f', 'n': '\n', 'r': '\r', 't': '\t'}

package compiler

import (
	"fmt"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/seed66d9166c/express/express/value"
)

// A scanner reads JSON to nodes, strictly (RFC 8259) but for two things: it
// reads on after a duplicate name, and takes a ${Name} without quotes where a
// value may stand, as templates have it for numbers.
type scanner struct {
	*checker
	i     int // offset of the next byte
	depth int
}

func (c *checker) parseJSON() (*node, *syntaxError) {
	s := &scanner{checker: c}
	root, err := s.value()
	if err == nil && s.next() != 0 {
		return nil, s.unexpected("nothing may follow the definition")
	}
	return root, err
}

func (s *scanner) value() (*node, *syntaxError) {
	switch s.next() {
	case '{':
		return s.object()
	case '[':
		return s.array()
	case '"':
		n := &node{kind: value.KindString, at: span{from: uint32(s.i)}}
		var err *syntaxError
		n.text, err = s.string()
		n.at.to = uint32(s.i)
		s.substitute(n)
		return n, err
	case '$':
		return s.placeholder()
	}
	return s.word()
}

func (s *scanner) object() (*node, *syntaxError) {
	n, err := s.open(value.KindObject)
	if err != nil {
		return nil, err
	}
	if s.next() == '}' {
		return s.close(n), nil
	}
	for {
		if s.next() == 0 {
			return nil, s.unclosed(n, "Object")
		}
		k, err := s.member()
		if err != nil {
			return nil, err
		}
		k.up = n
		n.kids = append(n.kids, k)
		switch s.next() {
		case ',':
			s.i++
		case '}':
			return s.close(n), nil
		default:
			return nil, s.unclosed(n, "Object")
		}
	}
}

func (s *scanner) member() (*node, *syntaxError) {
	if s.next() != '"' {
		return nil, s.unexpected("was expecting double-quote to start field name")
	}
	from := s.i
	key, err := s.string()
	if err != nil {
		return nil, err
	}
	at := span{uint32(from), uint32(s.i)}
	if s.next() != ':' {
		return nil, s.unexpected("was expecting a colon to separate field name and value")
	}
	s.i++
	n, err := s.value()
	if err != nil {
		return nil, err
	}
	n.key, n.keyAt = key, at
	return n, nil
}

func (s *scanner) array() (*node, *syntaxError) {
	n, err := s.open(value.KindArray)
	if err != nil {
		return nil, err
	}
	if s.next() == ']' {
		return s.close(n), nil
	}
	for {
		if s.next() == 0 {
			return nil, s.unclosed(n, "Array")
		}
		k, err := s.value()
		if err != nil {
			return nil, err
		}
		k.up, k.index = n, len(n.kids)
		n.kids = append(n.kids, k)
		switch s.next() {
		case ',':
			s.i++
		case ']':
			return s.close(n), nil
		default:
			return nil, s.unclosed(n, "Array")
		}
	}
}

// open begins an object or array at its bracket.
func (s *scanner) open(kind value.Kind) (*node, *syntaxError) {
	at := span{uint32(s.i), uint32(s.i + 1)}
	if s.depth++; s.depth > maxDepth {
		return nil, &syntaxError{at, TooDeep, fmt.Sprintf("Brackets are nested deeper than %d", maxDepth)}
	}
	s.i++
	return &node{kind: kind, at: at}, nil
}

// close ends n at its bracket.
func (s *scanner) close(n *node) *node {
	s.depth--
	s.i++
	n.at.to = uint32(s.i)
	return n
}

// string reads a string from quote to quote.
func (s *scanner) string() (string, *syntaxError) {
	from := s.i + 1
	for s.i = from; s.i < len(s.text); s.i++ {
		switch c := s.text[s.i]; {
		case c == '"':
			s.i++
			return s.text[from : s.i-1], nil
		case c == '\\':
			return s.escaped(from)
		case c < ' ':
			return "", s.control()
		}
	}
	return "", s.ended("was expecting closing quote for a string value")
}

// escaped reads on at the first escape of the string that begins at from.
func (s *scanner) escaped(from int) (string, *syntaxError) {
	b := []byte(s.text[from:s.i])
	for s.i < len(s.text) {
		switch c := s.text[s.i]; {
		case c == '"':
			s.i++
			return string(b), nil
		case c == '\\':
			r, err := s.escape()
			if err != nil {
				return "", err
			}
			b = utf8.AppendRune(b, r)
		case c < ' ':
			return "", s.control()
		default:
			b = append(b, c)
			s.i++
		}
	}
	return "", s.ended("was expecting closing quote for a string value")
}

// escapes are the characters that an escape stands for, u aside.
var escapes = [256]rune{'"': '"', '\\': '\\', '/': '/', 'b': '\b', 'f': '\f', 'n': '\n', 'r': '\r', 't': '\t'}

// escape reads an escape sequence, a surrogate pair as one.
func (s *scanner) escape() (rune, *syntaxError) {
	from := s.i
	s.i++
	if s.i == len(s.text) {
		return 0, s.ended("in character escape sequence")
	}
	if c := s.text[s.i]; c != 'u' {
		s.i++
		if escapes[c] == 0 {
			return 0, s.refuse(from, "Unrecognized character escape %s", quoteRune(s.text[from+1:]))
		}
		return escapes[c], nil
	}
	r := s.hex()
	if utf16.IsSurrogate(r) && strings.HasPrefix(s.text[s.i:], `\u`) {
		s.i++
		r = utf16.DecodeRune(r, s.hex())
	}
	if r < 0 {
		return 0, s.refuse(from, "Unexpected character %s: expected a hex-digit for character escape sequence", quoteRune(s.text[s.i:]))
	}
	if utf16.IsSurrogate(r) || r == utf8.RuneError && !strings.EqualFold(s.text[from:s.i], `\ufffd`) {
		return 0, s.refuse(from, "Incomplete surrogate pair")
	}
	return r, nil
}

// hex reads the u and the four digits of an escape; -1 stands for others.
func (s *scanner) hex() rune {
	r := rune(0)
	for range 4 {
		s.i++
		if s.i >= len(s.text) {
			return -1
		}
		d, err := strconv.ParseUint(s.text[s.i:s.i+1], 16, 8)
		if err != nil {
			return -1
		}
		r = r<<4 | rune(d)
	}
	s.i++
	return r
}

// word reads what stands without quotes: a number, true, false or null.
func (s *scanner) word() (*node, *syntaxError) {
	from := s.i
	rest := s.text[from:]
	n := strings.IndexFunc(rest, func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !strings.ContainsRune("+-._$", r)
	})
	if n < 0 {
		n = len(rest)
	}
	if n == 0 {
		return nil, s.unexpected("expected a valid value (" + tokens + ")")
	}
	s.i += n
	at := span{uint32(from), uint32(s.i)}
	if word := scalar(rest[:n]); word != nil {
		word.at = at
		return word, nil
	}
	if c := rest[0]; c == '-' || c >= '0' && c <= '9' {
		return nil, s.refuse(from, "Invalid numeric value '%s'", rest[:n])
	}
	return nil, s.refuse(from, "Unrecognized token '%s': was expecting (%s)", rest[:n], tokens)
}

const tokens = "JSON String, Number, Array, Object or token 'null', 'true' or 'false'"

// scalar is the number, boolean or null that text is in JSON, nil if it is none.
func scalar(text string) *node {
	text = strings.TrimSpace(text)
	v, err := value.ParseString(text)
	if err != nil {
		return nil
	}
	switch v.Kind() {
	case value.KindNumber, value.KindBool, value.KindNull:
		return &node{kind: v.Kind(), text: text}
	}
	return nil
}

// next skips white space and is the byte after it, 0 at the end.
func (s *scanner) next() byte {
	for ; s.i < len(s.text); s.i++ {
		switch c := s.text[s.i]; c {
		case ' ', '\t', '\r', '\n':
		default:
			return max(c, 1) // a NUL in the text is not its end
		}
	}
	return 0
}

func (s *scanner) unclosed(n *node, what string) *syntaxError {
	if s.next() == 0 {
		p := s.pos(n.at.from)
		return s.ended(fmt.Sprintf("expected close marker for %s (start marker at line: %d, column: %d)", what, p.Line, p.Col))
	}
	return s.unexpected("was expecting comma to separate " + what + " entries")
}

func (s *scanner) unexpected(why string) *syntaxError {
	if s.next() == 0 {
		return s.ended(why)
	}
	from := s.i
	_, n := utf8.DecodeRuneInString(s.text[from:])
	s.i += n
	return s.refuse(from, "Unexpected character %s: %s", quoteRune(s.text[from:]), why)
}

func (s *scanner) ended(why string) *syntaxError {
	s.i = len(s.text)
	return s.refuse(s.i, "Unexpected end-of-input: %s", why)
}

func (s *scanner) control() *syntaxError {
	s.i++
	return s.refuse(s.i-1, "Illegal unquoted character %s: has to be escaped using backslash to be included in string value", quoteRune(s.text[s.i-1:]))
}

func (s *scanner) refuse(from int, format string, args ...any) *syntaxError {
	return &syntaxError{span{uint32(from), uint32(s.i)}, InvalidJSON, fmt.Sprintf(format, args...)}
}

// quoteRune is the first character of text as Jackson shows it.
func quoteRune(text string) string {
	r, n := utf8.DecodeRuneInString(text)
	switch {
	case n == 0:
		return "(end-of-input)"
	case r < ' ':
		return fmt.Sprintf("((CTRL-CHAR, code %d))", r)
	}
	return fmt.Sprintf("('%c' (code %d))", r, r)
}

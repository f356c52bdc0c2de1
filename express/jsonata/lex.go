package jsonata

import (
	"math"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/seed66d9166c/express/express/value"
)

type tokenKind uint8

const (
	tokEnd tokenKind = iota
	tokName
	tokVar
	tokString
	tokNumber
	tokLiteral // true, false, null
	tokRegex
	tokOp // operators, brackets, and, or, in
)

// A token is one lexical element of an expression.
type token struct {
	kind  tokenKind
	text  string // name, operator, contents of a string, pattern of a regex
	flags string // of a regex
	val   value.Value
	pos   int
}

// doubles are the operators of two characters.
var doubles = [...]string{"..", ":=", "!=", ">=", "<=", "**", "~>", "?:", "??"}

// stops are the characters that end a name.
const stops = ".[]{}(),@#;:?+-*/%|=<>^&!~ \t\n\r\v"

const spaces = " \t\n\r\v"

// A lexer cuts an expression into tokens.
type lexer struct {
	src string
	pos int
	// lone is set when a string holds half a surrogate pair, which UTF-8 cannot
	// say: such strings are kept in three bytes and cleaned on the way out.
	lone bool
}

// next is the next token. After an operand (infix) a slash divides; elsewhere it
// begins a regular expression.
func (l *lexer) next(infix bool) (token, *Error) {
	if err := l.skip(); err != nil {
		return token{}, err
	}
	start := l.pos
	if start == len(l.src) {
		return token{kind: tokEnd, pos: start}, nil
	}
	switch c := l.src[start]; {
	case c == '/' && !infix:
		return l.regex()
	case c == '"' || c == '\'':
		return l.str(c)
	case c == '`':
		end := strings.IndexByte(l.src[start+1:], '`')
		if end < 0 {
			return token{}, fail("S0105").at(len(l.src), "")
		}
		l.pos += end + 2
		return token{kind: tokName, text: l.src[start+1 : start+1+end], pos: start}, nil
	case c >= '0' && c <= '9':
		return l.number()
	}
	for _, op := range doubles {
		if strings.HasPrefix(l.src[start:], op) {
			l.pos += 2
			return token{kind: tokOp, text: op, pos: start}, nil
		}
	}
	if strings.IndexByte(stops, l.src[start]) >= 0 {
		l.pos++
		return token{kind: tokOp, text: l.src[start:l.pos], pos: start}, nil
	}
	return l.name(), nil
}

// skip passes white space and comments.
func (l *lexer) skip() *Error {
	for l.pos < len(l.src) {
		switch {
		case strings.IndexByte(spaces, l.src[l.pos]) >= 0:
			l.pos++
		case strings.HasPrefix(l.src[l.pos:], "/*"):
			end := strings.Index(l.src[l.pos+2:], "*/")
			if end < 0 {
				return fail("S0106").at(l.pos, "")
			}
			l.pos += end + 4
		default:
			return nil
		}
	}
	return nil
}

func (l *lexer) name() token {
	start := l.pos
	end := strings.IndexAny(l.src[start:], stops)
	if end < 0 {
		end = len(l.src) - start
	}
	l.pos += end
	text := l.src[start:l.pos]
	if text[0] == '$' {
		return token{kind: tokVar, text: text[1:], pos: start}
	}
	switch text {
	case "and", "or", "in":
		return token{kind: tokOp, text: text, pos: start}
	case "true":
		return token{kind: tokLiteral, text: text, val: value.True, pos: start}
	case "false":
		return token{kind: tokLiteral, text: text, val: value.False, pos: start}
	case "null":
		return token{kind: tokLiteral, text: text, val: value.Null, pos: start}
	}
	return token{kind: tokName, text: text, pos: start}
}

func (l *lexer) number() (token, *Error) {
	start := l.pos
	text := l.src[start : start+numberLen(l.src[start:])]
	l.pos += len(text)
	f, err := strconv.ParseFloat(text, 64)
	if err != nil || math.IsInf(f, 0) {
		return token{}, fail("S0102", text).at(start, text)
	}
	return token{kind: tokNumber, text: text, val: value.Number(f), pos: start}, nil
}

// numberLen is the length of the JSON number that s begins with.
func numberLen(s string) int {
	digits := func(i int) int {
		for i < len(s) && s[i] >= '0' && s[i] <= '9' {
			i++
		}
		return i
	}
	n := 1
	if s[0] != '0' {
		n = digits(1)
	}
	if n+1 < len(s) && s[n] == '.' {
		if end := digits(n + 1); end > n+1 {
			n = end
		}
	}
	if n < len(s) && (s[n] == 'e' || s[n] == 'E') {
		exp := n + 1
		if exp < len(s) && (s[exp] == '+' || s[exp] == '-') {
			exp++
		}
		if end := digits(exp); end > exp {
			n = end
		}
	}
	return n
}

// escapes are the characters after a backslash and what they mean.
var escapes = map[byte]byte{
	'"': '"', '\\': '\\', '/': '/', 'b': '\b', 'f': '\f', 'n': '\n', 'r': '\r', 't': '\t',
}

func (l *lexer) str(quote byte) (token, *Error) {
	start := l.pos
	var b []byte
	for i := start + 1; i < len(l.src); i++ {
		switch c := l.src[i]; {
		case c == quote:
			l.pos = i + 1
			text := string(b)
			return token{kind: tokString, text: text, val: value.String(text), pos: start}, nil
		case c != '\\':
			b = append(b, c)
			continue
		}
		i++
		if i == len(l.src) {
			break
		}
		c := l.src[i]
		if e, ok := escapes[c]; ok {
			b = append(b, e)
			continue
		}
		if c != 'u' {
			_, n := utf8.DecodeRuneInString(l.src[i:])
			return token{}, fail("S0103", l.src[i:i+n]).at(i, l.src[i:i+n])
		}
		r, ok := hex4(l.src[i+1:])
		if !ok {
			return token{}, fail("S0104").at(i, "")
		}
		i += 4
		if utf16.IsSurrogate(r) && strings.HasPrefix(l.src[i+1:], `\u`) {
			if low, ok := hex4(l.src[i+3:]); ok {
				if pair := utf16.DecodeRune(r, low); pair != utf8.RuneError {
					r = pair
					i += 6
				}
			}
		}
		if utf16.IsSurrogate(r) {
			l.lone = true
			b = append(b, 0xE0|byte(r>>12), 0x80|byte(r>>6)&0xBF, 0x80|byte(r)&0xBF)
			continue
		}
		b = utf8.AppendRune(b, r)
	}
	return token{}, fail("S0101").at(len(l.src), "")
}

// hex4 is the code unit that the four hexadecimal digits at the front of s say.
func hex4(s string) (rune, bool) {
	if len(s) < 4 {
		return 0, false
	}
	n, err := strconv.ParseUint(s[:4], 16, 16)
	return rune(n), err == nil
}

// regex reads /pattern/flags; a slash inside brackets or after a backslash does
// not end the pattern.
func (l *lexer) regex() (token, *Error) {
	start := l.pos
	depth := 0
	for i := start + 1; i < len(l.src); i++ {
		switch l.src[i] {
		case '\\':
			i++
		case '(', '[', '{':
			depth++
		case ')', ']', '}':
			depth--
		case '/':
			if depth != 0 {
				continue
			}
			if i == start+1 {
				return token{}, fail("S0301").at(i, "")
			}
			end := i + 1
			for end < len(l.src) && (l.src[end] == 'i' || l.src[end] == 'm') {
				end++
			}
			l.pos = end
			return token{kind: tokRegex, text: l.src[start+1 : i], flags: l.src[i+1 : end], pos: start}, nil
		}
	}
	return token{}, fail("S0302").at(len(l.src), "")
}

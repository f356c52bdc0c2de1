package jsonata

import (
	"regexp"
	"regexp/syntax"
	"strings"
	"unicode/utf8"
)

// Regular expressions are written in JavaScript's syntax and run by RE2, in time
// linear in the text. Look-around and back-references, which cannot be, are
// refused when the expression is compiled.

// maxPattern bounds the length of a pattern, in bytes.
const maxPattern = 1024

// maxAtOnce bounds the length of a text times the size of the automaton that is
// run over it in one go; a longer search reads the text rune by rune, so that it
// can be stopped.
const maxAtOnce = 100_000

type regex struct {
	source, flags string
	first         *regexp.Regexp // from the beginning of a text
	// rest finds the pattern, as group 1, after the first character of a text:
	// it is how to search on from the middle with what comes before in view.
	rest *regexp.Regexp
	// begins are the bytes that a match can begin with; nil if it may be empty, or
	// if what comes before it matters.
	begins *[256]bool
	size   int  // of the automaton, in instructions
	value  cell // re as a function
}

// String is the regular expression as written.
func (re *regex) String() string { return "/" + re.source + "/" + re.flags }

func compileRegex(source, flags string) (*regex, *Error) {
	if len(source) > maxPattern {
		return nil, fail(CodeRegexp, source[:40], "longer than 1024 bytes")
	}
	pattern, why := translate(source)
	if why != "" {
		return nil, fail(CodeRegexp, source, why)
	}
	if flags != "" {
		pattern = "(?" + flags + ":" + pattern + ")"
	}
	first, err := regexp.Compile(pattern)
	if err != nil {
		return nil, fail(CodeRegexp, source, strings.TrimPrefix(err.Error(), "error parsing regexp: "))
	}
	rest, err := regexp.Compile(`\A(?s:.)(?s:.*?)(` + pattern + `)`)
	if err != nil {
		return nil, fail(CodeRegexp, source, err.Error())
	}
	re := &regex{source: source, flags: flags, first: first, rest: rest}
	if tree, err := syntax.Parse(pattern, syntax.Perl); err == nil {
		if prog, err := syntax.Compile(tree.Simplify()); err == nil {
			re.size = len(prog.Inst)
			re.begins = beginnings(prog)
		}
	}
	re.value = fnCell(re.function())
	return re, nil
}

// beginnings are the bytes that a match of prog begins with, or nil if it may be
// empty or depends on what comes before it.
func beginnings(prog *syntax.Prog) *[256]bool {
	var bytes [256]bool
	seen := make([]bool, len(prog.Inst))
	todo := []uint32{uint32(prog.Start)}
	for len(todo) > 0 {
		pc := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		if seen[pc] {
			continue
		}
		seen[pc] = true
		in := &prog.Inst[pc]
		switch in.Op {
		case syntax.InstAlt, syntax.InstAltMatch:
			todo = append(todo, in.Out, in.Arg)
		case syntax.InstCapture, syntax.InstNop:
			todo = append(todo, in.Out)
		case syntax.InstMatch, syntax.InstEmptyWidth:
			return nil
		case syntax.InstFail:
		default:
			for b := range utf8.RuneSelf {
				bytes[b] = bytes[b] || in.MatchRune(rune(b))
			}
			for b := utf8.RuneSelf; b < len(bytes); b++ {
				bytes[b] = true // of some character
			}
		}
	}
	return &bytes
}

// skip is the offset in s from which on a match may begin, where begins is known.
func (re *regex) skip(s string) int {
	i := 0
	for i < len(s) && !re.begins[s[i]] {
		i++
	}
	return i
}

// translate rewrites JavaScript's syntax as Go's, or says why it cannot.
func translate(s string) (pattern, why string) {
	var b strings.Builder
	for i := 0; i < len(s); {
		switch {
		case s[i] == '\\':
			n, why := translateEscape(&b, s[i:], false)
			if why != "" {
				return "", why
			}
			i += n
		case s[i] == '[':
			n, why := translateClass(&b, s[i:])
			if why != "" {
				return "", why
			}
			i += n
		case s[i] == '.':
			b.WriteString(`[^\n\r\x{2028}\x{2029}]`)
			i++
		case strings.HasPrefix(s[i:], "(?=") || strings.HasPrefix(s[i:], "(?!"):
			return "", "look-ahead is not supported, since its time is not bounded"
		case strings.HasPrefix(s[i:], "(?<=") || strings.HasPrefix(s[i:], "(?<!"):
			return "", "look-behind is not supported, since its time is not bounded"
		default:
			b.WriteByte(s[i])
			i++
		}
	}
	return b.String(), ""
}

// translateEscape writes the escape that s begins with, and returns its length.
func translateEscape(b *strings.Builder, s string, class bool) (n int, why string) {
	if len(s) < 2 {
		return 0, `trailing \`
	}
	c := s[1]
	switch {
	case c >= '1' && c <= '9' || c == 'k' && !class:
		return 0, "back-references are not supported, since their time is not bounded"
	case c == '0':
		b.WriteString(`\x00`)
	case c == 's':
		writeSet(b, class, `\s\x{B}\x{A0}\x{1680}\x{2000}-\x{200A}\x{2028}\x{2029}\x{202F}\x{205F}\x{3000}\x{FEFF}`)
	case c == 'b' && class:
		b.WriteString(`\x08`)
	case c == 'c' && len(s) > 2:
		b.WriteString(regexp.QuoteMeta(string(rune(s[2] & 31))))
		return 3, ""
	case c == 'u' && len(s) >= 6 && isHex(s[2:6]):
		b.WriteString(`\x{` + s[2:6] + `}`)
		return 6, ""
	case c == 'u' || c == 'x' && (len(s) < 4 || !isHex(s[2:4])):
		b.WriteByte(c) // an escape of nothing is the letter
	case strings.IndexByte("dDwWSbBnrtfvx", c) >= 0:
		b.WriteString(s[:2])
	case c >= utf8.RuneSelf:
		_, size := utf8.DecodeRuneInString(s[1:])
		b.WriteString(s[1 : 1+size])
		return 1 + size, ""
	case c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z':
		b.WriteByte(c)
	default:
		b.WriteString(s[:2])
	}
	return 2, ""
}

func writeSet(b *strings.Builder, class bool, set string) {
	if class {
		b.WriteString(set)
	} else {
		b.WriteString("[" + set + "]")
	}
}

func isHex(s string) bool {
	for i := range len(s) {
		if strings.IndexByte("0123456789abcdefABCDEF", s[i]) < 0 {
			return false
		}
	}
	return true
}

// translateClass writes the class [...] that s begins with, and returns its
// length.
func translateClass(b *strings.Builder, s string) (n int, why string) {
	switch {
	case strings.HasPrefix(s, "[^]"):
		b.WriteString(`(?s:.)`)
		return 3, ""
	case strings.HasPrefix(s, "[]"):
		b.WriteString(`[^\x00-\x{10FFFF}]`)
		return 2, ""
	}
	b.WriteByte('[')
	i := 1
	if strings.HasPrefix(s, "[^") {
		b.WriteByte('^')
		i = 2
	}
	for i < len(s) {
		switch s[i] {
		case ']':
			b.WriteByte(']')
			return i + 1, ""
		case '[':
			b.WriteString(`\[`)
			i++
		case '\\':
			n, why := translateEscape(b, s[i:], true)
			if why != "" {
				return 0, why
			}
			i += n
		default:
			b.WriteByte(s[i])
			i++
		}
	}
	return 0, "missing closing ]"
}

// function is re as a value: a function of a text and an index that finds the
// first match from there on.
func (re *regex) function() *function {
	return &function{name: re.String(), arity: 2, re: re, native: func(m *machine, args []cell) (cell, *Error) {
		if len(args) == 0 || !args[0].isString() {
			return cell{}, nil
		}
		s := args[0].v.Text()
		from := 0
		if len(args) > 1 && args[1].isNumber() {
			from = byteOffset(s, int(args[1].v.Float()))
		}
		it := matches{m: m, re: re, text: s, end: from}
		return it.object()
	}}
}

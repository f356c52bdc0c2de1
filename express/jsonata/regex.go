package jsonata

import (
	"regexp"
	"regexp/syntax"
	"strings"
	"unicode/utf8"

	"github.com/seed66d9166c/express/express/value"
)

// Regular expressions are written in JavaScript's syntax and run by RE2, in time
// linear in the text. Look-around and back-references, which cannot be, are
// refused when the expression is compiled.

// maxPattern bounds the length of a pattern, in bytes.
const maxPattern = 1024

// maxRegexWork bounds the length of a text times the size of the automaton that
// is run over it, since a search cannot be stopped half-way: this much takes
// well under a second.
const maxRegexWork = 20_000_000

type regex struct {
	source, flags string
	first         *regexp.Regexp // from the beginning of a text
	// rest finds the pattern, as group 1, after the first character of a text:
	// it is how to search on from the middle with what comes before in view.
	rest *regexp.Regexp
	size int // of the automaton, in instructions
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
		}
	}
	return re, nil
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

// matches are the matches of a pattern in a text, one after the other: of a
// regular expression, or of a function that finds them as one does.
type matches struct {
	m     *machine
	re    *regex
	next  *function // what finds the next match, where re is nil
	text  string
	begun bool

	start, end int      // of the match, in bytes
	groups     []string // of the match
	matched    []bool   // which groups took part

	seen, units int // a byte offset, and what it is in UTF-16 units
}

func newMatches(m *machine, f *function, text string) *matches {
	if f.re != nil {
		return &matches{m: m, re: f.re, text: text}
	}
	return &matches{m: m, next: f, text: text}
}

// find goes to the next match, and reports whether there is one.
func (it *matches) find() (bool, *Error) {
	if it.re == nil {
		return it.ask()
	}
	if it.begun && it.end >= len(it.text) {
		return false, nil
	}
	found, err := it.search()
	if err == nil && found && it.begun && it.start == it.end {
		err = fail("D1004")
	}
	it.begun = true
	return found, err
}

// search looks for a match from it.end on.
func (it *matches) search() (bool, *Error) {
	from := it.end
	if len(it.text)-from > maxRegexWork/max(it.re.size, 1) {
		return false, fail(CodeLimit, "Expression evaluation timeout: the text is too long for the regular expression")
	}
	at, skip := 0, 0
	var loc []int
	if from == 0 {
		loc = it.re.first.FindStringSubmatchIndex(it.text)
	} else {
		_, size := utf8.DecodeLastRuneInString(it.text[:from])
		at, skip = from-size, 2
		loc = it.re.rest.FindStringSubmatchIndex(it.text[at:])
	}
	scanned := len(it.text) - from
	if loc != nil {
		scanned = at + loc[1] - from
	}
	if err := it.m.work(1 + scanned*it.re.size/8); err != nil || loc == nil {
		return false, err
	}
	loc = loc[skip:]
	it.start, it.end = at+loc[0], at+loc[1]
	it.groups, it.matched = it.groups[:0], it.matched[:0]
	for i := 2; i < len(loc); i += 2 {
		text := ""
		if loc[i] >= 0 {
			text = it.text[at+loc[i] : at+loc[i+1]]
		}
		it.groups = append(it.groups, text)
		it.matched = append(it.matched, loc[i] >= 0)
	}
	return true, nil
}

// ask asks the function for its next match.
func (it *matches) ask() (bool, *Error) {
	if it.next == nil {
		return false, nil
	}
	var args []cell
	if !it.begun {
		args = []cell{str(it.text)}
	}
	it.begun = true
	c, err := it.m.call(it.next, args...)
	if err != nil || c.undefined() {
		return false, err
	}
	start, end, groups, next := c.get("start"), c.get("end"), c.get("groups"), c.get("next")
	if !start.isNumber() && !end.isNumber() && !groups.isArray() && !next.isFunc() {
		return false, fail("T1010", it.next.name)
	}
	it.start = byteOffset(it.text, int(start.v.Float()))
	it.end = max(it.start, byteOffset(it.text, int(end.v.Float())))
	it.groups, it.matched = nil, nil
	for _, g := range groups.elements() {
		it.groups = append(it.groups, g.v.Text())
		it.matched = append(it.matched, g.isString())
	}
	it.next = nil
	if next.isFunc() {
		it.next = next.x.fn
	}
	return true, nil
}

// index is the start of the match in UTF-16 units.
func (it *matches) index(offset int) int {
	if offset < it.seen {
		it.seen, it.units = 0, 0
	}
	it.units += utf16Len(it.text[it.seen:offset])
	it.seen = offset
	return it.units
}

func (it *matches) groupCells() cell {
	items := make([]cell, len(it.groups))
	for i, g := range it.groups {
		if it.matched[i] {
			items[i] = str(g)
		}
	}
	return plain(cell{x: &box{kind: boxList, items: items}})
}

// object is the next match as JSONata's matchers return it, or undefined.
func (it *matches) object() (cell, *Error) {
	found, err := it.find()
	if err != nil || !found {
		return cell{}, err
	}
	if err := it.m.grow((10 + len(it.groups)) * cellSize); err != nil {
		return cell{}, err
	}
	rest := *it
	next := &function{name: "next", native: func(m *machine, _ []cell) (cell, *Error) {
		it := rest
		it.m = m
		it.groups, it.matched = nil, nil
		return it.object()
	}}
	return cell{x: &box{
		kind: boxRecord,
		keys: []string{"match", "start", "end", "groups", "next"},
		items: []cell{
			str(it.text[it.start:it.end]), whole(it.index(it.start)), whole(it.index(it.end)),
			it.groupCells(), fnCell(next),
		},
	}}, nil
}

// utf16Len is the length of s in UTF-16 units.
func utf16Len(s string) int {
	n := 0
	for _, r := range s {
		if n++; r >= 0x10000 {
			n++
		}
	}
	return n
}

// byteOffset is the offset in s of its UTF-16 unit i.
func byteOffset(s string, i int) int {
	for at, r := range s {
		if i <= 0 {
			return at
		}
		if i--; r >= 0x10000 {
			i--
		}
	}
	return len(s)
}

// scrub is v with halves of surrogate pairs replaced, as UTF-8 must not hold
// them.
func scrub(v value.Value) value.Value {
	switch v.Kind() {
	case value.KindString:
		return value.String(strings.ToValidUTF8(v.Text(), "\uFFFD"))
	case value.KindArray:
		items := make([]value.Value, v.Len())
		for i, e := range v.Elements() {
			items[i] = scrub(e)
		}
		return value.Array(items...)
	case value.KindObject:
		members := make([]value.Member, 0, v.Len())
		for k, e := range v.Members() {
			members = append(members, value.Member{Key: strings.ToValidUTF8(k, "\uFFFD"), Val: scrub(e)})
		}
		return value.Object(members...)
	}
	return v
}

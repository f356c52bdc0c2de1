package jsonata

import (
	"io"
	"regexp"
	"unicode/utf8"

	"github.com/seed66d9166c/express/express/value"
)

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
	re, at, skip := it.re.first, 0, 0
	switch {
	case it.re.begins != nil: // what comes before does not matter
		at = it.end + it.re.skip(it.text[it.end:])
		if err := it.m.work((at - it.end) >> 5); err != nil {
			return false, err
		}
		if at == len(it.text) {
			return false, nil
		}
	case it.end > 0:
		_, size := utf8.DecodeLastRuneInString(it.text[:it.end])
		re, at, skip = it.re.rest, it.end-size, 2
	}
	loc, err := it.m.search(re, it.text[at:], it.re.size)
	if err != nil || loc == nil {
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

// search finds re, an automaton of that size, in s.
func (m *machine) search(re *regexp.Regexp, s string, size int) ([]int, *Error) {
	if len(s)*size > maxAtOnce {
		r := runeReader{m: m, s: s, cost: 1 + size/8}
		loc := re.FindReaderSubmatchIndex(&r)
		return loc, r.err
	}
	loc := re.FindStringSubmatchIndex(s)
	scanned := len(s)
	if loc != nil {
		scanned = loc[1]
	}
	return loc, m.work(1 + scanned*size/8)
}

// A runeReader reads a text and accounts for it. It ends early where the budget
// does.
type runeReader struct {
	m    *machine
	s    string
	cost int // of a rune, in steps
	err  *Error
}

func (r *runeReader) ReadRune() (rune, int, error) {
	if len(r.s) == 0 || r.err != nil {
		return 0, 0, io.EOF
	}
	if r.err = r.m.work(r.cost); r.err != nil {
		return 0, 0, io.EOF
	}
	c, size := utf8.DecodeRuneInString(r.s)
	r.s = r.s[size:]
	return c, size, nil
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

// groupCells are the groups of the match, undefined where one took no part.
func (it *matches) groupCells() cell {
	if len(it.groups) == 0 {
		return cell{v: value.Array()}
	}
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

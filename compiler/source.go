package compiler

import (
	"sort"
	"strings"
	"unicode/utf8"

	"github.com/seed66d9166c/express/express/program"
)

// A source is the text of a definition, and where its lines begin.
type source struct {
	text  string
	lines []uint32 // offsets
	runes []uint32 // characters before each stride
}

// stride is how many bytes lie between two counts of characters: a text may be
// one line of a mebibyte, and is not to be counted from its start for each place.
const stride = 256

// A span is a piece of the text, in bytes: from inclusive, to exclusive.
type span struct{ from, to uint32 }

func newSource(text string) *source {
	text = strings.TrimPrefix(text, "\uFEFF") // a byte order mark
	s := &source{text: text, lines: []uint32{0}}
	count := uint32(0)
	for i := range len(text) {
		if i%stride == 0 {
			s.runes = append(s.runes, count)
		}
		if utf8.RuneStart(text[i]) {
			count++
		}
		if text[i] == '\n' {
			s.lines = append(s.lines, uint32(i+1))
		}
	}
	s.runes = append(s.runes, count)
	return s
}

// pos is the place of an offset: a column is a character, not a byte.
func (s *source) pos(off uint32) program.Pos {
	line := sort.Search(len(s.lines), func(i int) bool { return s.lines[i] > off })
	col := s.before(off) - s.before(s.lines[line-1]) + 1
	return program.Pos{Line: uint32(line), Col: col}
}

// before is the number of characters before an offset.
func (s *source) before(off uint32) uint32 {
	off = min(off, uint32(len(s.text)))
	n := s.runes[off/stride]
	for i := off / stride * stride; i < off; i++ {
		if utf8.RuneStart(s.text[i]) {
			n++
		}
	}
	return n
}

// offset is the place of a line and a column, both from 1, within the text.
func (s *source) offset(line, col int) uint32 {
	if line < 1 || line > len(s.lines) {
		return uint32(len(s.text))
	}
	start := s.lines[line-1]
	count := s.before(start) + uint32(max(col, 1)-1)
	// The stride in which so many characters have gone by.
	at := max(sort.Search(len(s.runes), func(i int) bool { return s.runes[i] > count })-1, 0)
	i, n := uint32(at)*stride, s.runes[at]
	for ; i < uint32(len(s.text)); i++ {
		if utf8.RuneStart(s.text[i]) {
			if n == count {
				break
			}
			n++
		}
	}
	return min(i, s.end(line))
}

// end is the offset behind a line, from 1, without what ends it. YAML has values
// that are not there on the line after the last.
func (s *source) end(line int) uint32 {
	end := uint32(len(s.text))
	if line > len(s.lines) {
		return end
	}
	if line < len(s.lines) {
		end = s.lines[line] - 1
	}
	if end > s.lines[line-1] && s.text[end-1] == '\r' {
		end--
	}
	return end
}

// invalid is the offset of the first byte that is no UTF-8, -1 if there is none.
func (s *source) invalid() int {
	if utf8.ValidString(s.text) {
		return -1
	}
	for i, r := range s.text {
		if _, n := utf8.DecodeRuneInString(s.text[i:]); r == utf8.RuneError && n == 1 {
			return i
		}
	}
	return -1
}

package jsonpath

import (
	"strconv"
	"strings"
)

func (s *step) print(b *strings.Builder) {
	if s.deep {
		b.WriteString("..")
	}
	b.WriteByte('[')
	switch s.op {
	case opName:
		b.WriteString(quote(s.name))
	case opIndex:
		b.WriteString(strconv.Itoa(s.index))
	case opNames:
		for i, n := range s.names {
			comma(b, i)
			b.WriteString(quote(n))
		}
	case opIndexes:
		for i, n := range s.indexes {
			comma(b, i)
			b.WriteString(strconv.Itoa(n))
		}
	case opSlice:
		if s.index != 0 || s.to == toEnd {
			b.WriteString(strconv.Itoa(s.index))
		}
		b.WriteByte(':')
		if s.to != toEnd {
			b.WriteString(strconv.Itoa(s.to))
		}
	case opWild:
		b.WriteByte('*')
	case opFilter:
		b.WriteString("?(" + s.filter.String() + ")")
	}
	b.WriteByte(']')
}

func comma(b *strings.Builder, i int) {
	if i > 0 {
		b.WriteByte(',')
	}
}

var escaper = strings.NewReplacer(`\`, `\\`, `'`, `\'`)

// quote is s as a name in brackets or a string in a filter.
func quote(s string) string { return "'" + escaper.Replace(s) + "'" }

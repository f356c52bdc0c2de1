package template

import (
	"strings"

	"github.com/seed66d9166c/express/express/value"
)

// format is States.Format(template, values...): the template with each {}
// replaced by the next value. A backslash takes their meaning from ' { } and \.
func format(s *Scope, a []value.Value) (value.Value, error) {
	tpl, args := a[0].Text(), a[1:]
	size := len(tpl)
	for _, v := range args {
		size += plainSize(v)
	}
	if err := s.text(size, size); err != nil {
		return value.Value{}, err
	}
	out := make([]byte, 0, size)
	used := 0
	for i := 0; i < len(tpl); i++ {
		switch c := tpl[i]; {
		case c == '\\' && i+1 < len(tpl) && isEscapable(tpl[i+1]):
			i++
			out = append(out, tpl[i])
		case c == '{' && i+1 < len(tpl) && tpl[i+1] == '}':
			i++
			if used < len(args) {
				out = appendPlain(out, args[used])
			}
			used++
		case c == '{':
			return value.Value{}, badArgument("matching '}' not found for '{'.")
		case c == '}':
			return value.Value{}, badArgument("matching '{' not found for '}'.")
		default:
			out = append(out, c)
		}
	}
	if used != len(args) {
		return value.Value{}, badArgument("number of arguments do not match the occurrences of {}.")
	}
	return value.String(string(out)), nil
}

// appendPlain appends v as Java's toString does, which AWS uses: {a=1, b=[x, y]}.
func appendPlain(b []byte, v value.Value) []byte {
	switch v.Kind() {
	case value.KindString:
		return append(b, v.Text()...)
	case value.KindArray:
		b = append(b, '[')
		for i, e := range v.Elements() {
			if i > 0 {
				b = append(b, ", "...)
			}
			b = appendPlain(b, e)
		}
		return append(b, ']')
	case value.KindObject:
		b = append(b, '{')
		first := true
		for k, e := range v.Members() {
			if !first {
				b = append(b, ", "...)
			}
			first = false
			b = append(append(b, k...), '=')
			b = appendPlain(b, e)
		}
		return append(b, '}')
	}
	return v.AppendJSON(b)
}

// plainSize is at least the length of what appendPlain appends for v: that of
// its JSON, and a blank for each comma.
func plainSize(v value.Value) int {
	switch v.Kind() {
	case value.KindString:
		return len(v.Text())
	case value.KindArray, value.KindObject:
		return 2 * v.Size()
	}
	return v.Size()
}

// stringSplit is States.StringSplit(string, delimiters): the parts between any
// of the characters of delimiters, without those that are empty.
func stringSplit(s *Scope, a []value.Value) (value.Value, error) {
	text, delimiters := a[0].Text(), a[1].Text()
	if err := s.text(len(text)*(1+len(delimiters)), 2*a[0].Size()); err != nil {
		return value.Value{}, err
	}
	var out []value.Value
	for part := range strings.FieldsFuncSeq(text, func(r rune) bool { return strings.ContainsRune(delimiters, r) }) {
		if err := s.step(1); err != nil {
			return value.Value{}, err
		}
		out = append(out, value.String(part))
	}
	return value.Array(out...), nil
}

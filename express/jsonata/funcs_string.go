package jsonata

import (
	"encoding/base64"
	"math"
	"net/url"
	"strings"
	"unicode/utf8"
)

var stringFuncs = []row{
	{"string", "<x-b?:s>", stringOf},
	{"substring", "<s-nn?:s>", substring},
	{"substringBefore", "<s-s:s>", substringBefore},
	{"substringAfter", "<s-s:s>", substringAfter},
	{"lowercase", "<s-:s>", mapString(toLower)},
	{"uppercase", "<s-:s>", mapString(toUpper)},
	{"length", "<s-:n>", length},
	{"trim", "<s-:s>", mapString(trim)},
	{"pad", "<s-ns?:s>", pad},
	{"join", "<a<s>s?:s>", join},
	{"base64encode", "<s-:s>", base64Encode},
	{"base64decode", "<s-:s>", base64Decode},
	{"encodeUrlComponent", "<s-:s>", encodeURL("encodeUrlComponent", componentChars)},
	{"encodeUrl", "<s-:s>", encodeURL("encodeUrl", componentChars+";/?:@&=+$,#")},
	{"decodeUrlComponent", "<s-:s>", decodeURL("decodeUrlComponent", "")},
	{"decodeUrl", "<s-:s>", decodeURL("decodeUrl", ";/?:@&=+$,#")},
}

func stringOf(m *machine, args []cell) (cell, *Error) {
	switch c := args[0]; {
	case c.undefined(), c.isString():
		return c, nil
	default:
		b, err := m.appendString(nil, c, m.truth(args[1]))
		return str(string(b)), err
	}
}

// mapString is the function of a string that f computes.
func mapString(f func(string) string) func(*machine, []cell) (cell, *Error) {
	return func(m *machine, args []cell) (cell, *Error) {
		s, ok := args[0].text()
		if !ok {
			return cell{}, nil
		}
		if err := m.grow(3 * len(s)); err != nil { // no letter grows more
			return cell{}, err
		}
		return str(f(s)), nil
	}
}

// substring counts characters; a negative start counts from the end.
func substring(m *machine, args []cell) (cell, *Error) {
	s, ok := args[0].text()
	if !ok {
		return cell{}, nil
	}
	if err := m.work(len(s) >> 4); err != nil {
		return cell{}, err
	}
	n := float64(utf8.RuneCountInString(s))
	start := args[1].v.Float()
	if n+start < 0 {
		start = 0
	}
	end := n
	if args[2].isNumber() {
		l := args[2].v.Float()
		if l <= 0 {
			return str(""), nil
		}
		end = start + l
		if start < 0 {
			end += n
		}
	}
	from, to := clampIndex(start, n), clampIndex(end, n)
	if from >= to {
		return str(""), nil
	}
	return str(runes(s, from, to)), nil
}

// clampIndex is f as JavaScript's slice understands it in a string of n.
func clampIndex(f, n float64) int {
	f = math.Trunc(f)
	if f < 0 {
		f = max(f+n, 0)
	}
	return int(min(f, n))
}

// runes is characters from..to of s.
func runes(s string, from, to int) string {
	start, i := len(s), 0
	for at := range s {
		if i == from {
			start = at
		}
		if i == to {
			return s[start:at]
		}
		i++
	}
	return s[start:]
}

func substringBefore(_ *machine, args []cell) (cell, *Error) {
	s, ok := args[0].text()
	if !ok {
		return cell{}, nil
	}
	if sep, ok := args[1].text(); ok {
		if i := strings.Index(s, sep); i >= 0 {
			return str(s[:i]), nil
		}
	}
	return args[0], nil
}

func substringAfter(_ *machine, args []cell) (cell, *Error) {
	s, ok := args[0].text()
	if !ok {
		return cell{}, nil
	}
	if sep, ok := args[1].text(); ok {
		if i := strings.Index(s, sep); i >= 0 {
			return str(s[i+len(sep):]), nil
		}
	}
	return args[0], nil
}

// upperSpecial are the letters whose capital is several letters.
var upperSpecial = strings.NewReplacer(
	"ß", "SS", "ŉ", "ʼN", "ǰ", "J̌", "ΐ", "Ϊ́", "ΰ", "Ϋ́", "և", "ԵՒ", "ẖ", "H̱", "ẗ", "T̈", "ẘ", "W̊", "ẙ", "Y̊",
	"ẚ", "Aʾ", "ﬀ", "FF", "ﬁ", "FI", "ﬂ", "FL", "ﬃ", "FFI", "ﬄ", "FFL", "ﬅ", "ST", "ﬆ", "ST",
)

func toUpper(s string) string {
	if !ascii(s) {
		s = upperSpecial.Replace(s)
	}
	return strings.ToUpper(s)
}

func toLower(s string) string {
	if !ascii(s) {
		s = strings.ReplaceAll(s, "İ", "i̇")
	}
	return strings.ToLower(s)
}

func ascii(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

func length(_ *machine, args []cell) (cell, *Error) {
	s, ok := args[0].text()
	if !ok {
		return cell{}, nil
	}
	return whole(utf8.RuneCountInString(s)), nil
}

// trim makes every run of white space one space, and removes it at both ends.
func trim(s string) string {
	return strings.Join(strings.FieldsFunc(s, func(r rune) bool {
		return r == ' ' || r == '\t' || r == '\n' || r == '\r'
	}), " ")
}

// pad pads on the right, or on the left if the width is negative.
func pad(m *machine, args []cell) (cell, *Error) {
	s, ok := args[0].text()
	if !ok {
		return cell{}, nil
	}
	fill, _ := args[2].text()
	if fill == "" {
		fill = " "
	}
	width := math.Trunc(args[1].v.Float())
	missing := math.Abs(width) - float64(utf8.RuneCountInString(s))
	if missing <= 0 {
		return args[0], nil
	}
	if missing > math.MaxInt32 {
		return cell{}, m.grow(math.MaxInt32)
	}
	n := utf8.RuneCountInString(fill)
	times := (int(missing) + n - 1) / n
	if err := m.grow(len(s) + times*len(fill)); err != nil {
		return cell{}, err
	}
	padding := runes(strings.Repeat(fill, times), 0, int(missing))
	if width > 0 {
		return str(s + padding), nil
	}
	return str(padding + s), nil
}

func join(m *machine, args []cell) (cell, *Error) {
	list := args[0]
	if list.undefined() {
		return cell{}, nil
	}
	sep, _ := args[1].text()
	size := 0
	for i := range list.len() {
		size += len(list.index(i).v.Text()) + len(sep)
	}
	if err := m.grow(size); err != nil {
		return cell{}, err
	}
	var b strings.Builder
	b.Grow(size)
	for i := range list.len() {
		if i > 0 {
			b.WriteString(sep)
		}
		b.WriteString(list.index(i).v.Text())
	}
	return str(b.String()), nil
}

// base64Encode takes each character for one byte, as JavaScript's btoa does.
func base64Encode(m *machine, args []cell) (cell, *Error) {
	s, ok := args[0].text()
	if !ok {
		return cell{}, nil
	}
	if err := m.grow(2 * len(s)); err != nil {
		return cell{}, err
	}
	b := make([]byte, 0, len(s))
	for _, r := range s {
		b = append(b, byte(r))
	}
	return str(base64.StdEncoding.EncodeToString(b)), nil
}

func base64Decode(m *machine, args []cell) (cell, *Error) {
	s, ok := args[0].text()
	if !ok {
		return cell{}, nil
	}
	if err := m.grow(3 * len(s)); err != nil {
		return cell{}, err
	}
	clean := strings.Map(base64Char, s)
	raw, _ := base64.RawStdEncoding.DecodeString(clean) // what is decoded before an error counts
	b := make([]byte, 0, 2*len(raw))
	for _, c := range raw {
		b = utf8.AppendRune(b, rune(c))
	}
	return str(string(b)), nil
}

// base64Char accepts both alphabets and drops everything else.
func base64Char(r rune) rune {
	switch {
	case r == '-':
		return '+'
	case r == '_':
		return '/'
	case r == '+', r == '/', r >= '0' && r <= '9', r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z':
		return r
	}
	return -1
}

// componentChars are the characters that encodeURIComponent leaves alone.
const componentChars = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.!~*'()"

func encodeURL(name, keep string) func(*machine, []cell) (cell, *Error) {
	return func(m *machine, args []cell) (cell, *Error) {
		s, ok := args[0].text()
		if !ok {
			return cell{}, nil
		}
		if !utf8.ValidString(s) {
			return cell{}, fail("D3140", name, args[0])
		}
		if err := m.grow(3 * len(s)); err != nil {
			return cell{}, err
		}
		const hex = "0123456789ABCDEF"
		b := make([]byte, 0, 3*len(s))
		for i := range len(s) {
			if c := s[i]; strings.IndexByte(keep, c) >= 0 {
				b = append(b, c)
			} else {
				b = append(b, '%', hex[c>>4], hex[c&15])
			}
		}
		return str(string(b)), nil
	}
}

// decodeURL decodes what encodeURL encodes; the characters in keep stay encoded.
func decodeURL(name, keep string) func(*machine, []cell) (cell, *Error) {
	return func(m *machine, args []cell) (cell, *Error) {
		s, ok := args[0].text()
		if !ok {
			return cell{}, nil
		}
		if err := m.grow(len(s)); err != nil {
			return cell{}, err
		}
		var b strings.Builder
		for i := 0; i < len(s); {
			if s[i] != '%' {
				b.WriteByte(s[i])
				i++
				continue
			}
			end := min(i+3, len(s))
			c, err := url.PathUnescape(s[i:end])
			if err != nil {
				return cell{}, fail("D3140", name, args[0])
			}
			if strings.Contains(keep, c) {
				c = s[i:end]
			}
			b.WriteString(c)
			i = end
		}
		if !utf8.ValidString(b.String()) {
			return cell{}, fail("D3140", name, args[0])
		}
		return str(b.String()), nil
	}
}

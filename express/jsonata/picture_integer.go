package jsonata

import (
	"math"
	"slices"
	"strconv"
	"strings"
)

// Pictures of integers are those of XPath's format-integer: A a I i W w Ww, or
// digits with grouping separators, and ;o for ordinals.

type notation uint8

const (
	notationDecimal notation = iota
	notationLetters
	notationRoman
	notationWords
	notationSequence // anything else, which is refused
)

type letterCase uint8

const (
	lowerCase letterCase = iota
	upperCase
	titleCase
)

// An integerPicture is a picture taken apart.
type integerPicture struct {
	source     string
	notation   notation
	letters    letterCase
	ordinal    bool
	zero       rune // of the digits
	mandatory  int  // digits
	optional   int
	separators []separator
	every      int // separators stand at every so many digits; 0 if irregular
	parseWidth int // digits to read, 0 for as many as there are
}

// A separator stands before that many digits.
type separator struct {
	digits int
	char   rune
}

// decimalZeros are the zeros of the decimal digit families of Unicode that
// JSONata knows.
var decimalZeros = []rune{
	0x30, 0x660, 0x6F0, 0x7C0, 0x966, 0x9E6, 0xA66, 0xAE6, 0xB66, 0xBE6, 0xC66, 0xCE6, 0xD66, 0xDE6, 0xE50, 0xED0,
	0xF20, 0x1040, 0x1090, 0x17E0, 0x1810, 0x1946, 0x19D0, 0x1A80, 0x1A90, 0x1B50, 0x1BB0, 0x1C40, 0x1C50, 0xA620,
	0xA8D0, 0xA900, 0xA9D0, 0xA9F0, 0xAA50, 0xABF0, 0xFF10,
}

// maxPicture bounds a picture string, in bytes.
const maxPicture = 1024

func parseIntegerPicture(source string) (*integerPicture, *Error) {
	if len(source) > maxPicture {
		return nil, fail(CodeLimit, "picture string is too long")
	}
	p := &integerPicture{}
	if i := strings.LastIndexByte(source, ';'); i >= 0 {
		p.ordinal = strings.HasPrefix(source[i+1:], "o")
		source = source[:i]
	}
	p.source = source
	switch source {
	case "A", "a":
		p.notation = notationLetters
	case "I", "i":
		p.notation = notationRoman
	case "W", "w", "Ww":
		p.notation = notationWords
	default:
		return p, p.parseDigits()
	}
	switch {
	case source == "Ww":
		p.letters = titleCase
	case source[0] <= 'Z':
		p.letters = upperCase
	}
	return p, nil
}

func (p *integerPicture) parseDigits() *Error {
	digits := 0
	chars := []rune(p.source)
	slices.Reverse(chars)
	for _, c := range chars {
		zero := zeroOf(c)
		switch {
		case zero == 0 && c == '#':
			digits++
			p.optional++
		case zero == 0:
			p.separators = append(p.separators, separator{digits, c})
		case p.zero != 0 && zero != p.zero:
			return fail("D3131")
		default:
			p.zero = zero
			digits++
			p.mandatory++
		}
	}
	if p.mandatory == 0 {
		p.notation = notationSequence
		return nil
	}
	p.every = regularInterval(p.separators)
	return nil
}

// zeroOf is the zero of the family of the digit c, or 0.
func zeroOf(c rune) rune {
	for _, zero := range decimalZeros {
		if c >= zero && c <= zero+9 {
			return zero
		}
	}
	return 0
}

// regularInterval is the distance of separators that are all the same and stand
// at the same distance from each other, or 0.
func regularInterval(s []separator) int {
	positions := make([]int, len(s))
	for i := range s {
		if s[i].char != s[0].char {
			return 0
		}
		positions[i] = s[i].digits
	}
	return interval(positions)
}

// interval is d where positions are d, 2d, 3d and so on, else 0.
func interval(positions []int) int {
	if len(positions) == 0 {
		return 0
	}
	d := 0
	for _, p := range positions {
		for a, b := d, p; ; a, b = b, a%b {
			if b == 0 {
				d = a
				break
			}
		}
	}
	for i := range positions {
		if !slices.Contains(positions, (i+1)*d) {
			return 0
		}
	}
	return d
}

// maxRoman bounds the numbers written in Roman numerals, whose length grows with
// the number.
const maxRoman = 1_000_000

// format writes f, which is whole.
func (p *integerPicture) format(f float64) (string, *Error) {
	sign := ""
	if f < 0 {
		sign, f = "-", -f
	}
	var s string
	switch p.notation {
	case notationLetters:
		s = alphabetic(f)
	case notationRoman:
		if f > maxRoman {
			return "", fail("D1001", f)
		}
		s = roman(int(f))
	case notationWords:
		s = words(f, p.ordinal)
		if p.letters == lowerCase {
			s = strings.ToLower(s)
		}
	case notationDecimal:
		s = p.decimal(f)
	default:
		return "", fail("D3130", p.source)
	}
	if p.letters == upperCase {
		s = strings.ToUpper(s)
	}
	return sign + s, nil
}

func (p *integerPicture) decimal(f float64) string {
	digits := string(appendFloat(nil, f))
	if missing := p.mandatory - len(digits); missing > 0 {
		digits = strings.Repeat("0", missing) + digits
	}
	var b strings.Builder
	for i, c := range digits {
		after := len(digits) - i // digits from here on
		if i > 0 {
			if p.every > 0 && after%p.every == 0 {
				b.WriteRune(p.separators[0].char)
			} else if p.every == 0 {
				for _, sep := range p.separators {
					if sep.digits == after {
						b.WriteRune(sep.char)
					}
				}
			}
		}
		if c >= '0' && c <= '9' {
			c += p.zero - '0'
		}
		b.WriteRune(c)
	}
	if p.ordinal {
		b.WriteString(ordinalSuffix(digits))
	}
	return b.String()
}

func ordinalSuffix(digits string) string {
	n := len(digits)
	if n < 2 || digits[n-2] != '1' {
		switch digits[n-1] {
		case '1':
			return "st"
		case '2':
			return "nd"
		case '3':
			return "rd"
		}
	}
	return "th"
}

// pattern is the regular expression of the numbers that p writes.
func (p *integerPicture) pattern() (string, *Error) {
	switch p.notation {
	case notationLetters:
		return "[a-zA-Z]+", nil
	case notationRoman:
		return "[mdclxviMDCLXVI]+", nil
	case notationWords:
		return wordPattern, nil
	case notationSequence:
		return "", fail("D3130", p.source)
	}
	s := "[0-9]+"
	if p.parseWidth > 0 {
		s = "[0-9]{" + strconv.Itoa(p.parseWidth) + "}"
	}
	if p.ordinal {
		s += "(?:th|st|nd|rd)"
	}
	return s, nil
}

// parse reads what p writes, and reports whether it is that.
func (p *integerPicture) parse(s string) (float64, bool, *Error) {
	switch p.notation {
	case notationLetters:
		return parseLetters(strings.ToLower(s))
	case notationRoman:
		return parseRoman(strings.ToLower(s))
	case notationWords:
		return parseWords(strings.ToLower(s))
	case notationSequence:
		return 0, false, fail("D3130", p.source)
	}
	if p.ordinal && len(s) > 2 {
		s = s[:len(s)-2]
	}
	var b []byte
	for _, c := range s {
		separates := slices.ContainsFunc(p.separators, func(sep separator) bool { return sep.char == c })
		switch {
		case separates:
		case c >= p.zero && c <= p.zero+9:
			b = append(b, '0'+byte(c-p.zero))
		case c == '-' && len(b) == 0:
			b = append(b, '-')
		default:
			f, err := strconv.ParseFloat(string(b), 64)
			return f, err == nil, nil
		}
	}
	f, err := strconv.ParseFloat(string(b), 64)
	return f, err == nil, nil
}

func formatInteger(_ *machine, args []cell) (cell, *Error) {
	if !args[0].isNumber() {
		return cell{}, nil
	}
	p, err := parseIntegerPicture(args[1].v.Text())
	if err != nil {
		return cell{}, err
	}
	s, err := p.format(math.Floor(args[0].v.Float()))
	return str(s), err
}

func parseInteger(m *machine, args []cell) (cell, *Error) {
	s, ok := args[0].text()
	if !ok {
		return cell{}, nil
	}
	p, err := parseIntegerPicture(args[1].v.Text())
	if err != nil {
		return cell{}, err
	}
	if err := m.work(len(s)); err != nil {
		return cell{}, err
	}
	f, ok, err := p.parse(s)
	if err != nil || !ok {
		return cell{}, err
	}
	return finite(f)
}

package jsonata

import (
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Pictures of numbers are those of XPath's format-number.

// numberSymbols are what the characters of a picture are; $formatNumber can set
// each of them.
var numberSymbols = map[string]string{
	"decimal-separator": ".", "grouping-separator": ",", "exponent-separator": "e", "minus-sign": "-",
	"percent": "%", "per-mille": "‰", "zero-digit": "0", "digit": "#", "pattern-separator": ";",
	"infinity": "Infinity", "NaN": "NaN",
}

// A numberFormat knows the symbols in force.
type numberFormat struct {
	decimal, grouping, exponent, minus, percent, mille, digit, separator string
	zero                                                                 rune
}

func newNumberFormat(options cell) *numberFormat {
	get := func(name string) string {
		if s, ok := options.get(name).text(); ok {
			return s
		}
		return numberSymbols[name]
	}
	zero, _ := utf8.DecodeRuneInString(get("zero-digit"))
	return &numberFormat{
		decimal: get("decimal-separator"), grouping: get("grouping-separator"), exponent: get("exponent-separator"),
		minus: get("minus-sign"), percent: get("percent"), mille: get("per-mille"), digit: get("digit"),
		separator: get("pattern-separator"), zero: zero,
	}
}

func (f *numberFormat) isDigit(c rune) bool { return c >= f.zero && c <= f.zero+9 }

// isActive reports whether c means something in a picture.
func (f *numberFormat) isActive(c rune) bool {
	s := string(c)
	return f.isDigit(c) || s == f.decimal || s == f.exponent || s == f.grouping || s == f.digit || s == f.separator
}

// A subPicture is a picture, or the half of one for negative numbers, taken
// apart.
type subPicture struct {
	source         string
	prefix, suffix string
	active         string
	mantissa       string
	integer        string
	fraction       string
	exponent       string
	hasExponent    bool

	groups         []int // grouping separators: digits to the right of each
	every          int   // their distance if it is regular, else 0
	fractionGroups []int // digits to the left of each
	minInteger     int
	scale          int // digits before the point of a mantissa
	minFraction    int
	maxFraction    int
	minExponent    int
}

func (f *numberFormat) split(source string) *subPicture {
	p := &subPicture{source: source}
	first, last := -1, 0
	for i, c := range source {
		if f.isActive(c) && string(c) != f.exponent {
			if first < 0 {
				first = i
			}
			last = i + utf8.RuneLen(c)
		}
	}
	if first < 0 {
		first, last = 0, len(source)
	}
	p.prefix, p.active, p.suffix = source[:first], source[first:last], source[last:]
	p.mantissa = p.active
	if i := strings.Index(p.active, f.exponent); i >= 0 {
		p.mantissa, p.exponent, p.hasExponent = p.active[:i], p.active[i+len(f.exponent):], true
	}
	var found bool
	if p.integer, p.fraction, found = strings.Cut(p.mantissa, f.decimal); !found {
		p.fraction = p.suffix
	}
	return p
}

// check refuses what the rules of pictures do not allow; of several faults it
// names the last.
func (f *numberFormat) check(p *subPicture) *Error {
	code := ""
	rule := func(broken bool, c string) {
		if broken {
			code = c
		}
	}
	isDigit := func(c rune) bool { return f.isDigit(c) }
	percents, milles := strings.Count(p.source, f.percent), strings.Count(p.source, f.mille)
	rule(strings.Count(p.source, f.decimal) > 1, "D3081")
	rule(percents > 1, "D3082")
	rule(milles > 1, "D3083")
	rule(percents > 0 && milles > 0, "D3084")
	rule(!strings.Contains(p.mantissa, f.digit) && !strings.ContainsFunc(p.mantissa, isDigit), "D3085")
	rule(strings.ContainsFunc(p.active, func(c rune) bool { return !f.isActive(c) }), "D3086")
	if strings.Contains(p.source, f.decimal) {
		rule(strings.Contains(p.source, f.grouping+f.decimal) || strings.Contains(p.source, f.decimal+f.grouping), "D3087")
	} else {
		rule(strings.HasSuffix(p.integer, f.grouping), "D3088")
	}
	rule(strings.Contains(p.source, f.grouping+f.grouping), "D3089")
	if before, _, found := strings.Cut(p.integer, f.digit); found {
		rule(strings.ContainsFunc(before, isDigit), "D3090")
	}
	if i := strings.LastIndex(p.fraction, f.digit); i >= 0 {
		rule(strings.ContainsFunc(p.fraction[i:], isDigit), "D3091")
	}
	if p.hasExponent {
		rule(p.exponent != "" && percents+milles > 0, "D3092")
		rule(p.exponent == "" || strings.ContainsFunc(p.exponent, func(c rune) bool { return !f.isDigit(c) }), "D3093")
	}
	if code != "" {
		return fail(code)
	}
	return nil
}

func (f *numberFormat) analyse(p *subPicture) {
	for i := range p.integer {
		if strings.HasPrefix(p.integer[i:], f.grouping) {
			p.groups = append(p.groups, f.places(p.integer[i:]))
		}
	}
	p.every = interval(p.groups)
	for i := range p.fraction {
		if strings.HasPrefix(p.fraction[i:], f.grouping) {
			p.fractionGroups = append(p.fractionGroups, f.places(p.fraction[:i]))
		}
	}
	p.minInteger = f.digits(p.integer)
	p.scale = p.minInteger
	p.minFraction = f.digits(p.fraction)
	p.maxFraction = f.places(p.fraction)
	if p.minInteger == 0 && p.maxFraction == 0 {
		if p.hasExponent {
			p.minFraction, p.maxFraction = 1, 1
		} else {
			p.minInteger = 1
		}
	}
	if p.hasExponent && p.minInteger == 0 && strings.Contains(p.integer, f.digit) {
		p.minInteger = 1
	}
	if p.minInteger == 0 && p.minFraction == 0 {
		p.minFraction = 1
	}
	p.minExponent = f.digits(p.exponent)
}

// digits counts the mandatory digits of s, places all.
func (f *numberFormat) digits(s string) int {
	n := 0
	for _, c := range s {
		if f.isDigit(c) {
			n++
		}
	}
	return n
}

func (f *numberFormat) places(s string) int { return f.digits(s) + strings.Count(s, f.digit) }

func formatNumber(m *machine, args []cell) (cell, *Error) {
	if !args[0].isNumber() {
		return cell{}, nil
	}
	f := newNumberFormat(args[2])
	picture := args[1].v.Text()
	if len(picture) > maxPicture {
		return cell{}, fail(CodeLimit, "picture string is too long")
	}
	if err := m.work(16 * len(picture)); err != nil {
		return cell{}, err
	}
	parts := strings.Split(picture, f.separator)
	if len(parts) > 2 {
		return cell{}, fail("D3080")
	}
	pictures := make([]*subPicture, len(parts))
	for i, part := range parts {
		pictures[i] = f.split(part)
		if err := f.check(pictures[i]); err != nil {
			return cell{}, err
		}
		f.analyse(pictures[i])
	}
	n := args[0].v.Float()
	p := pictures[0]
	if n < 0 && len(pictures) == 2 {
		p = pictures[1]
	} else if n < 0 {
		p.prefix = f.minus + p.prefix
	}
	return str(f.format(n, p)), nil
}

func (f *numberFormat) format(n float64, p *subPicture) string {
	switch {
	case strings.Contains(p.source, f.percent):
		n *= 100
	case strings.Contains(p.source, f.mille):
		n *= 1000
	}
	exponent := 0
	if p.minExponent > 0 && n != 0 {
		n, exponent = scaled(n, p.scale)
	}
	text := f.digitText(round(n, p.maxFraction), p.maxFraction)
	integer, fraction, _ := strings.Cut(text, ".")
	zero := string(f.zero)
	integer = padLeft(strings.TrimLeft(integer, zero), zero, p.minInteger)
	fraction = padRight(strings.TrimRight(fraction, zero), zero, p.minFraction)
	out := p.prefix + f.group(integer, p)
	if fraction = f.groupFraction(fraction, p); fraction != "" && strings.Contains(p.source, f.decimal) {
		out += f.decimal + fraction
	}
	if p.minExponent > 0 {
		out += f.exponent
		if exponent < 0 {
			out += f.minus
		}
		out += padLeft(f.digitText(float64(exponent), 0), zero, p.minExponent)
	}
	return out + p.suffix
}

// scaled is n as a mantissa with that many digits before the point, and the
// exponent that makes up for it.
func scaled(n float64, digits int) (float64, int) {
	most, least := math.Pow10(digits), math.Pow10(digits-1)
	exponent := 0
	for math.Abs(n) < least {
		n *= 10
		exponent--
	}
	for math.Abs(n) > most {
		n /= 10
		exponent++
	}
	return n, exponent
}

// digitText is the absolute value of n with that many decimal places, in the
// digits of f.
func (f *numberFormat) digitText(n float64, places int) string {
	s := strconv.FormatFloat(math.Abs(n), 'f', places, 64)
	if f.zero == '0' {
		return s
	}
	return strings.Map(func(c rune) rune {
		if c >= '0' && c <= '9' {
			return c - '0' + f.zero
		}
		return c
	}, s)
}

func padLeft(s, fill string, n int) string {
	return strings.Repeat(fill, max(n-utf8.RuneCountInString(s), 0)) + s
}

func padRight(s, fill string, n int) string {
	return s + strings.Repeat(fill, max(n-utf8.RuneCountInString(s), 0))
}

// group puts grouping separators into the integer part s.
func (f *numberFormat) group(s string, p *subPicture) string {
	digits := []rune(s)
	var b strings.Builder
	for i, c := range digits {
		after := len(digits) - i
		switch {
		case i == 0:
		case p.every > 0 && after%p.every == 0:
			b.WriteString(f.grouping)
		case p.every == 0 && slices.Contains(p.groups, after):
			b.WriteString(f.grouping)
		}
		b.WriteRune(c)
	}
	return b.String()
}

// groupFraction puts grouping separators into the fractional part s.
func (f *numberFormat) groupFraction(s string, p *subPicture) string {
	if len(p.fractionGroups) == 0 {
		return s
	}
	var b strings.Builder
	for i, c := range []rune(s) {
		if i > 0 && slices.Contains(p.fractionGroups, i) {
			b.WriteString(f.grouping)
		}
		b.WriteRune(c)
	}
	return b.String()
}

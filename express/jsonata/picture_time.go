package jsonata

import (
	"strconv"
	"strings"
	"time"
)

// Pictures of dates and times are those of XPath's format-dateTime:
// [Y0001]-[M01]-[D01], with a component, how to present it, and a width.

// A timePart is one part of a picture: text, or a component.
type timePart struct {
	literal   string
	component byte // 0 for text
	names     bool // of months and days, am and pm
	letters   letterCase
	minWidth  int // -1 for none
	maxWidth  int // -1 for none
	integer   *integerPicture
	zulu      bool // Z where there is no offset
	yearWidth int  // digits of the year that are shown, -1 for all
}

// presentations are how components are presented if the picture does not say.
var presentations = map[byte]string{
	'Y': "1", 'M': "1", 'D': "1", 'd': "1", 'F': "n", 'W': "1", 'w': "1", 'X': "1", 'x': "1", 'H': "1", 'h': "1",
	'P': "n", 'm': "01", 's': "01", 'f': "1", 'Z': "01:01", 'z': "01:01", 'C': "n", 'E': "n",
}

// isoPicture is what $fromMillis writes if it is given no picture.
const isoPicture = "[Y0001]-[M01]-[D01]T[H01]:[m01]:[s01].[f001][Z01:01t]"

func parseTimePicture(s string) ([]timePart, *Error) {
	if len(s) > maxPicture {
		return nil, fail(CodeLimit, "picture string is too long")
	}
	var parts []timePart
	literal := func(text string) {
		if text != "" {
			parts = append(parts, timePart{literal: strings.ReplaceAll(text, "]]", "]")})
		}
	}
	for s != "" {
		before, rest, found := strings.Cut(s, "[")
		literal(before)
		if !found {
			break
		}
		if strings.HasPrefix(rest, "[") {
			literal("[")
			s = rest[1:]
			continue
		}
		marker, after, found := strings.Cut(rest, "]")
		if !found {
			return nil, fail("D3135")
		}
		part, err := parseMarker(strings.Join(strings.Fields(marker), ""))
		if err != nil {
			return nil, err
		}
		// digits that follow digits: the first ones have a fixed number
		if n := len(parts); n > 0 && part.integer != nil && parts[n-1].integer != nil && part.component != 'Z' && part.component != 'z' {
			parts[n-1].integer.parseWidth = parts[n-1].integer.mandatory
		}
		parts = append(parts, part)
		s = after
	}
	return parts, nil
}

func parseMarker(s string) (timePart, *Error) {
	p := timePart{minWidth: -1, maxWidth: -1, yearWidth: -1}
	if s == "" {
		return p, fail("D3132", "")
	}
	p.component = s[0]
	pres := s[1:]
	if i := strings.LastIndexByte(pres, ','); i >= 0 {
		least, most, _ := strings.Cut(pres[i+1:], "-")
		p.minWidth, p.maxWidth = parseWidth(least), parseWidth(most)
		pres = pres[:i]
	}
	modifier := byte(0)
	if n := len(pres); n > 1 && strings.IndexByte("atco", pres[n-1]) >= 0 {
		modifier = pres[n-1]
		pres = pres[:n-1]
	} else if n == 0 {
		var ok bool
		if pres, ok = presentations[p.component]; !ok {
			return p, fail("D3132", s[:1])
		}
	}
	p.zulu = modifier == 't'
	switch {
	case p.component == 'Z' || p.component == 'z':
		return p, p.parseInteger(pres, modifier)
	case pres[0] == 'n':
		p.names = true
	case pres[0] == 'N':
		p.names, p.letters = true, upperCase
		if strings.HasPrefix(pres, "Nn") {
			p.letters = titleCase
		}
	case strings.IndexByte("YMDdFWwXxHhmsf", p.component) >= 0:
		return p, p.parseInteger(pres, modifier)
	}
	return p, nil
}

func parseWidth(s string) int {
	n, err := strconv.Atoi(s)
	if err != nil || n < 0 || n > maxPicture {
		return -1
	}
	return n
}

func (p *timePart) parseInteger(picture string, modifier byte) (err *Error) {
	zone := p.component == 'Z' || p.component == 'z'
	if modifier != 0 && !zone {
		picture += ";" + string(modifier)
	}
	if p.integer, err = parseIntegerPicture(picture); err != nil || zone {
		return err
	}
	p.integer.mandatory = max(p.integer.mandatory, p.minWidth)
	if p.component == 'Y' {
		if p.maxWidth >= 0 {
			p.yearWidth = p.maxWidth
			p.integer.mandatory = p.maxWidth
		} else if w := p.integer.mandatory + p.integer.optional; w >= 2 {
			p.yearWidth = w
		}
	}
	return nil
}

// zone is an offset from UTC: hours and minutes, of the same sign.
type zone struct{ hours, minutes int }

func (z zone) seconds() int { return (z.hours*60 + z.minutes) * 60 }

// parseZone reads +0100 as JavaScript's parseInt would.
func parseZone(s string) zone {
	end := 0
	if end < len(s) && (s[0] == '+' || s[0] == '-') {
		end++
	}
	for end < len(s) && end < 6 && s[end] >= '0' && s[end] <= '9' {
		end++
	}
	n, err := strconv.Atoi(s[:end])
	if err != nil {
		return zone{}
	}
	return zone{n / 100, n % 100}
}

func formatTime(t time.Time, parts []timePart, z zone) (string, *Error) {
	t = t.Add(time.Duration(z.seconds()) * time.Second)
	var b strings.Builder
	for i := range parts {
		s, err := parts[i].format(t, z)
		if err != nil {
			return "", err
		}
		b.WriteString(s)
	}
	return b.String(), nil
}

func (p *timePart) format(t time.Time, z zone) (string, *Error) {
	switch p.component {
	case 0:
		return p.literal, nil
	case 'Z', 'z':
		return p.formatZone(z)
	case 'P':
		s := "am"
		if t.Hour() >= 12 {
			s = "pm"
		}
		if p.letters == upperCase {
			s = strings.ToUpper(s)
		}
		return s, nil
	case 'C', 'E':
		return "ISO", nil
	}
	n, ok := fragment(t, p.component)
	if !ok {
		return "", fail("D3132", string(p.component))
	}
	if p.component == 'Y' && p.yearWidth >= 0 && p.yearWidth < 9 {
		n %= pow10(p.yearWidth)
	}
	if p.names {
		return p.formatName(n)
	}
	return p.integer.format(float64(n))
}

func pow10(n int) int {
	p := 1
	for range n {
		p *= 10
	}
	return p
}

func (p *timePart) formatName(n int) (string, *Error) {
	var s string
	switch p.component {
	case 'M', 'x':
		s = time.Month(n).String()
	case 'F':
		s = time.Weekday(n % 7).String()
	default:
		return "", fail("D3133", string(p.component))
	}
	switch p.letters {
	case upperCase:
		s = strings.ToUpper(s)
	case lowerCase:
		s = strings.ToLower(s)
	}
	if p.maxWidth >= 0 && len(s) > p.maxWidth {
		s = s[:p.maxWidth]
	}
	return s, nil
}

func (p *timePart) formatZone(z zone) (string, *Error) {
	offset := z.hours*100 + z.minutes
	if offset == 0 && p.zulu {
		return "Z", nil
	}
	sign := "+"
	if offset < 0 {
		sign, offset, z = "-", -offset, zone{-z.hours, -z.minutes}
	}
	var s string
	var err *Error
	switch digits := p.integer.mandatory; {
	case p.integer.every > 0 || digits == 3 || digits == 4:
		s, err = p.integer.format(float64(offset))
	case digits == 1 || digits == 2:
		if s, err = p.integer.format(float64(z.hours)); z.minutes != 0 {
			s += ":" + strconv.Itoa(z.minutes + 100)[1:]
		}
	default:
		err = fail("D3134")
	}
	if p.component == 'z' {
		sign = "GMT" + sign
	}
	return sign + s, err
}

// fragment is a component of t as a number: weeks are those of ISO 8601, and the
// weeks of a month are counted in the same way.
func fragment(t time.Time, component byte) (int, bool) {
	switch component {
	case 'Y':
		return t.Year(), true
	case 'M':
		return int(t.Month()), true
	case 'D':
		return t.Day(), true
	case 'd':
		return t.YearDay(), true
	case 'F':
		return isoWeekday(t), true
	case 'W':
		_, week := t.ISOWeek()
		return week, true
	case 'X':
		year, _ := t.ISOWeek()
		return year, true
	case 'w':
		return (thursday(t).Day()-1)/7 + 1, true
	case 'x':
		return int(thursday(t).Month()), true
	case 'H':
		return t.Hour(), true
	case 'h':
		return (t.Hour()+11)%12 + 1, true
	case 'm':
		return t.Minute(), true
	case 's':
		return t.Second(), true
	case 'f':
		return t.Nanosecond() / int(time.Millisecond), true
	}
	return 0, false
}

// isoWeekday is 1 for Monday to 7 for Sunday.
func isoWeekday(t time.Time) int { return (int(t.Weekday())+6)%7 + 1 }

// thursday is that of the week of t, which belongs to the month (or year) in
// which its Thursday lies.
func thursday(t time.Time) time.Time { return t.AddDate(0, 0, 4-isoWeekday(t)) }

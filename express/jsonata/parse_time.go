package jsonata

import (
	"regexp"
	"strconv"
	"strings"
	"time"
)

// parseTime reads s by a picture; ok is false if it does not fit. What the
// picture leaves out on the left is that of now, on the right the least.
func parseTime(s string, parts []timePart, now time.Time) (t time.Time, ok bool, err *Error) {
	re, err := timePattern(parts)
	if err != nil {
		return t, false, err
	}
	found := re.FindStringSubmatch(s)
	if found == nil {
		return t, false, nil
	}
	c := components{}
	for i := range parts {
		if p := &parts[i]; p.component != 0 {
			n, ok, err := p.parse(found[i+1])
			if err != nil {
				return t, false, err
			}
			if ok {
				c[p.component] = n
			}
		}
	}
	if len(c) == 0 {
		return t, false, nil
	}
	t, err = c.time(now)
	return t, err == nil, err
}

// timePattern is the regular expression of the times that parts write, with a
// group for each part.
func timePattern(parts []timePart) (*regexp.Regexp, *Error) {
	var b strings.Builder
	b.WriteString("^(?i)")
	for i := range parts {
		p := &parts[i]
		pattern := "[a-zA-Z]+"
		switch {
		case p.component == 0:
			pattern = regexp.QuoteMeta(p.literal)
		case p.component == 'Z' || p.component == 'z':
			pattern = "[-+][0-9]+"
			if p.component == 'z' {
				pattern = "GMT" + pattern
			}
			if p.integer != nil && p.integer.every > 0 {
				pattern += regexp.QuoteMeta(string(p.integer.separators[0].char)) + "[0-9]+"
			}
			if p.zulu {
				pattern = "(?:" + pattern + "|Z)"
			}
		case p.component == 'f':
			pattern = "[0-9]+"
		case p.integer != nil:
			var err *Error
			if pattern, err = p.integer.pattern(); err != nil {
				return nil, err
			}
		case strings.IndexByte("MxFP", p.component) < 0:
			return nil, fail("D3133", string(p.component))
		}
		b.WriteString("(" + pattern + ")")
	}
	b.WriteString("$")
	re, err := regexp.Compile(b.String())
	if err != nil {
		return nil, fail(CodeRegexp, b.String(), err.Error())
	}
	return re, nil
}

// components are those found, by their letter.
type components map[byte]int

func (c components) has(letters string) bool {
	for i := range len(letters) {
		if _, ok := c[letters[i]]; ok {
			return true
		}
	}
	return false
}

// parse reads one component, and reports whether it could.
func (p *timePart) parse(s string) (int, bool, *Error) {
	switch {
	case p.component == 'f':
		n, err := strconv.Atoi((s + "00")[:3])
		return n, err == nil, nil
	case p.component == 'Z' || p.component == 'z':
		return p.parseZone(s)
	case p.integer != nil:
		f, ok, err := p.integer.parse(s)
		if f > maxYear {
			return 0, false, fail("D1001", f)
		}
		return int(f), ok, err
	case p.component == 'P':
		return strings.Index("ampm", strings.ToLower(s)) / 2, s != "", nil
	}
	width := len(s)
	if p.maxWidth > 0 {
		width = p.maxWidth
	}
	if p.component == 'F' {
		for day := time.Sunday; day <= time.Saturday; day++ {
			if strings.EqualFold(prefix(day.String(), width, p.maxWidth), s) {
				return (int(day)+6)%7 + 1, true, nil
			}
		}
	}
	for month := time.January; month <= time.December && p.component != 'F'; month++ {
		if strings.EqualFold(prefix(month.String(), width, p.maxWidth), s) {
			return int(month), true, nil
		}
	}
	return 0, false, nil
}

// prefix is name cut to the width that the picture gives, if it gives one.
func prefix(name string, width, given int) string {
	if given > 0 && len(name) > width {
		return name[:width]
	}
	return name
}

// parseZone is the offset that s says, in minutes.
func (p *timePart) parseZone(s string) (int, bool, *Error) {
	s = strings.TrimPrefix(strings.ToUpper(s), "GMT")
	if s == "Z" {
		return 0, true, nil
	}
	sign := 1
	if s[0] == '-' {
		sign = -1
	}
	s = s[1:]
	var hours, minutes string
	if i := strings.IndexFunc(s, func(c rune) bool { return c < '0' || c > '9' }); i >= 0 {
		hours, minutes = s[:i], s[i+1:]
	} else {
		hours, minutes = s[:min(len(s), 2)], s[min(len(s), 2):]
	}
	h, err := strconv.Atoi(hours)
	if err != nil || h > 99 {
		return 0, false, nil
	}
	m, _ := strconv.Atoi(minutes) // there may be none
	return sign * (h*60 + m%100), true, nil
}

// maxYear is the last year of JavaScript's dates.
const maxYear = 275760

// time puts the components together. Those that say the day are year, month and
// day; year and day of the year; weeks are refused.
func (c components) time(now time.Time) (time.Time, *Error) {
	now = now.UTC()
	date, clock := "YMD", "Hmsf"
	switch {
	case c.has("d") && !c.has("MDFWwXx"):
		date = "Yd"
	case c.has("Xx") || c.has("W") && !c.has("MD"):
		return time.Time{}, fail("D3136")
	}
	if c.has("hP") && !c.has("H") {
		clock = "Phmsf"
	}
	started, ended := false, false
	for _, letter := range []byte(date + clock) {
		_, ok := c[letter]
		switch {
		case ok && ended:
			return time.Time{}, fail("D3136") // a gap
		case ok:
			started = true
		case started:
			c[letter] = 0
			if strings.IndexByte("MDd", letter) >= 0 {
				c[letter] = 1
			}
			ended = true
		case letter == 'P':
			c[letter] = now.Hour() / 12
		default:
			c[letter], _ = fragment(now, letter)
		}
	}
	if clock == "Phmsf" {
		c['H'] = c['h']%12 + 12*c['P']
	}
	month, day := c['M'], c['D']
	if date == "Yd" {
		month, day = 1, c['d']
	}
	year := c['Y']
	if year >= 0 && year < 100 {
		year += 1900 // as JavaScript has it
	}
	t := time.Date(year, time.Month(month), day, c['H'], c['m'], c['s'], c['f']*int(time.Millisecond), time.UTC)
	return t.Add(-time.Duration(c['Z']+c['z']) * time.Minute), nil
}

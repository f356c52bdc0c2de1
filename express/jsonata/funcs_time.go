package jsonata

import (
	"math"
	"regexp"
	"strings"
	"time"
)

var timeFuncs = []row{
	{"now", "<s?s?:s>", nowFunc},
	{"millis", "<:n>", millis},
	{"fromMillis", "<n-s?s?:s>", fromMillis},
	{"toMillis", "<s-s?:n>", toMillis},
}

// moment is the time of the evaluation: the same however often it is asked for.
func (m *machine) moment() time.Time {
	if m.time.IsZero() {
		m.time = m.now().UTC()
	}
	return m.time
}

func nowFunc(m *machine, args []cell) (cell, *Error) { return timeText(m.moment(), args[0], args[1]) }

func millis(m *machine, _ []cell) (cell, *Error) { return num(float64(m.moment().UnixMilli())), nil }

// maxMillis is the furthest that JavaScript's dates reach from 1970.
const maxMillis = 8.64e15

func fromMillis(m *machine, args []cell) (cell, *Error) {
	if !args[0].isNumber() {
		return cell{}, nil
	}
	f := math.Trunc(args[0].v.Float())
	if math.Abs(f) > maxMillis {
		return cell{}, fail("D1001", args[0])
	}
	return timeText(time.UnixMilli(int64(f)).UTC(), args[1], args[2])
}

var isoParts = func() []timePart {
	parts, err := parseTimePicture(isoPicture)
	if err != nil {
		panic(err)
	}
	return parts
}()

func timeText(t time.Time, picture, tz cell) (cell, *Error) {
	parts := isoParts
	if picture.isString() {
		var err *Error
		if parts, err = parseTimePicture(picture.v.Text()); err != nil {
			return cell{}, err
		}
	}
	s, err := formatTime(t, parts, parseZone(tz.v.Text()))
	return str(s), err
}

// isoTime is the form of ISO 8601 that $toMillis reads without a picture.
var isoTime = regexp.MustCompile(`^\d{4}(-[01]\d)?(-[0-3]\d)?(T[0-2]\d:[0-5]\d:[0-5]\d)?(\.\d+)?([+-][0-2]\d:?[0-5]\d|Z)?$`)

func toMillis(m *machine, args []cell) (cell, *Error) {
	s, ok := args[0].text()
	if !ok {
		return cell{}, nil
	}
	if !args[1].isString() {
		t, ok := parseISO(s)
		if !ok {
			return cell{}, fail("D3110", args[0])
		}
		return num(float64(t.UnixMilli())), nil
	}
	parts, err := parseTimePicture(args[1].v.Text())
	if err != nil {
		return cell{}, err
	}
	if err := m.work(100*len(parts) + len(s)); err != nil { // an automaton is made
		return cell{}, err
	}
	t, ok, err := parseTime(s, parts, m.moment())
	if err != nil || !ok {
		return cell{}, err
	}
	return num(float64(t.UnixMilli())), nil
}

// parseISO reads a time; without an offset it is UTC.
func parseISO(s string) (time.Time, bool) {
	found := isoTime.FindStringSubmatch(s)
	if found == nil {
		return time.Time{}, false
	}
	layout := "2006"
	for i, part := range []string{"-01", "-02", "T15:04:05"} {
		if found[i+1] != "" {
			layout += part
		}
	}
	switch zone := found[5]; {
	case strings.Contains(zone, ":"):
		layout += "-07:00"
	case zone == "Z":
		layout += "Z"
	case zone != "":
		layout += "-0700"
	}
	t, err := time.Parse(layout, s) // takes a fraction of a second by itself
	return t, err == nil
}

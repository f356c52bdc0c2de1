package main

import (
	"errors"
	"maps"
	"slices"
	"strings"
)

// A format is how a command prints its result.
type format string

const (
	textFormat format = "text"
	jsonFormat format = "json"
)

var formats = []string{string(textFormat), string(jsonFormat)}

func (f *format) Set(s string) error {
	if !slices.Contains(formats, s) {
		return errors.New("want " + strings.Join(formats, " or "))
	}
	*f = format(s)
	return nil
}

func (f *format) String() string { return string(*f) }

func (f *format) Type() string { return "FORMAT" }

// assignments are the values of a flag that may be given more than once, each
// time as Name=value.
type assignments map[string]string

func (a assignments) Set(s string) error {
	name, v, ok := strings.Cut(s, "=")
	if !ok || name == "" {
		return errors.New("want Name=value")
	}
	a[name] = v
	return nil
}

func (a assignments) String() string {
	return strings.Join(slices.Sorted(maps.Keys(a)), ",")
}

func (a assignments) Type() string { return "Name=value" }

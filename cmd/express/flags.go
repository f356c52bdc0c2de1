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
	text  format = "text"
	jsonf format = "json"
)

var formats = []string{string(text), string(jsonf)}

func (f *format) Set(s string) error {
	if !slices.Contains(formats, s) {
		return errors.New("want " + strings.Join(formats, " or "))
	}
	*f = format(s)
	return nil
}

func (f *format) String() string { return string(*f) }

func (f *format) Type() string { return "FORMAT" }

// A pairs is a flag that may be given more than once, each time with a name and
// a value, and a separator between them.
type pairs struct {
	sep, kind string
	values    map[string]string
}

func (p *pairs) Set(s string) error {
	name, v, ok := strings.Cut(s, p.sep)
	if name = strings.TrimSpace(name); !ok || name == "" {
		return errors.New("want " + p.kind)
	}
	if p.values == nil {
		p.values = make(map[string]string)
	}
	p.values[name] = strings.TrimSpace(v)
	return nil
}

func (p *pairs) String() string {
	return strings.Join(slices.Sorted(maps.Keys(p.values)), ",")
}

func (p *pairs) Type() string { return p.kind }

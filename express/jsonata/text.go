package jsonata

import (
	"math"
	"strconv"

	"github.com/seed66d9166c/express/express/value"
)

// maxInsert bounds what an error message quotes of a value, in bytes: messages
// travel in events and logs.
const maxInsert = 1024

// appendFloat writes f as JavaScript writes it in JSON.
func appendFloat(b []byte, f float64) []byte {
	if math.IsInf(f, 0) || math.IsNaN(f) {
		return append(b, "null"...)
	}
	return value.Number(f).AppendJSON(b)
}

// precise is f rounded to 15 significant digits, as $string has it, so that
// 0.1 + 0.2 prints as 0.3.
func precise(f float64) float64 {
	if f == math.Trunc(f) {
		return f
	}
	g, err := strconv.ParseFloat(strconv.FormatFloat(f, 'e', 14, 64), 64)
	if err != nil {
		return f
	}
	return g
}

// An encoder writes cells as JSON text, functions as empty strings.
type encoder struct {
	m      *machine // pays for white space; the rest is paid for in advance
	b      []byte
	pretty bool
	limit  int // stop when b is longer, 0 for never
	depth  int
}

// appendString appends what $string makes of c.
func (m *machine) appendString(b []byte, c cell, pretty bool) ([]byte, *Error) {
	switch {
	case c.undefined(), c.isFunc():
		return b, nil
	case c.isString():
		return append(b, c.v.Text()...), m.grow(len(c.v.Text()))
	}
	c = unwrap(c)
	// a copy is made of what is written here
	if err := m.grow(2 * c.size()); err != nil {
		return b, err
	}
	if b == nil {
		b = make([]byte, 0, c.size())
	}
	e := encoder{m: m, b: b, pretty: pretty}
	err := e.encode(c)
	return e.b, err
}

// appendBrief appends c as an error message quotes it.
func appendBrief(b []byte, c cell) []byte {
	e := encoder{limit: maxInsert}
	e.encode(c) // cannot fail: nobody pays
	if len(e.b) > maxInsert {
		e.b = append(e.b[:maxInsert], "..."...)
	}
	return append(b, e.b...)
}

func (e *encoder) encode(c cell) *Error {
	switch {
	case e.limit > 0 && len(e.b) > e.limit:
		return nil
	case e.depth > maxDepth:
		return tooDeep()
	case c.isFunc():
		e.b = append(e.b, `""`...)
	case c.isNumber():
		e.b = appendFloat(e.b, precise(c.v.Float()))
	case c.isString():
		e.b = value.AppendQuoted(e.b, c.v.Text())
	case c.isArray():
		return e.all(c, '[', ']')
	case c.isObject():
		return e.all(c, '{', '}')
	case c.undefined():
		e.b = append(e.b, "null"...)
	default:
		e.b = c.v.AppendJSON(e.b)
	}
	return nil
}

func (e *encoder) all(c cell, open, end byte) *Error {
	e.b = append(e.b, open)
	e.depth++
	array := open == '['
	written := 0
	for i := range c.len() {
		var k string
		var v cell
		if array {
			v = c.index(i)
		} else if k, v = c.member(i); v.undefined() {
			continue
		}
		if written++; written > 1 {
			e.b = append(e.b, ',')
		}
		if err := e.line(); err != nil {
			return err
		}
		if !array {
			e.b = append(value.AppendQuoted(e.b, k), ':')
			if e.pretty {
				e.b = append(e.b, ' ')
			}
		}
		if err := e.encode(v); err != nil {
			return err
		}
	}
	e.depth--
	if written > 0 {
		if err := e.line(); err != nil {
			return err
		}
	}
	e.b = append(e.b, end)
	return nil
}

func (e *encoder) line() *Error {
	if !e.pretty {
		return nil
	}
	if err := e.m.grow(4 * (e.depth + 1)); err != nil {
		return err
	}
	e.b = append(e.b, '\n')
	for range e.depth {
		e.b = append(e.b, ' ', ' ')
	}
	return nil
}

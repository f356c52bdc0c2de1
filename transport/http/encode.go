package httptask

import (
	"slices"
	"strconv"
	"strings"

	"github.com/seed66d9166c/express/express"
	"github.com/seed66d9166c/express/express/value"
)

// An arrayFormat is how an array is URL-encoded.
type arrayFormat uint8

const (
	indices  arrayFormat = iota // a[0]=x&a[1]=y
	repeat                      // a=x&a=y
	commas                      // a=x,y
	brackets                    // a[]=x&a[]=y
)

// arrayFormats are the values of ArrayFormat.
var arrayFormats = map[string]arrayFormat{"INDICES": indices, "REPEAT": repeat, "COMMAS": commas, "BRACKETS": brackets}

// maxForm bounds what is URL-encoded, in bytes: every byte of a payload may take
// three. It could be far more where long names stand above many values.
const maxForm = 3 * value.MaxSize

// A form is URL-encoded pairs, as far as they are.
type form struct {
	b      []byte
	name   []byte // of the value that is being added, escaped
	arrays arrayFormat
	field  string // the argument that it is made of
}

// encodeForm is the object v, which is the argument field, URL-encoded: nested
// objects as a[b]=x, a blank as %20, as AWS has it; null is empty.
func encodeForm(v value.Value, arrays arrayFormat, field string) ([]byte, error) {
	if v.Kind() != value.KindObject {
		return nil, badField(field)
	}
	f := form{arrays: arrays, field: field}
	for key, member := range v.Members() {
		f.name = appendEscaped(f.name[:0], key)
		if err := f.add(member); err != nil {
			return nil, err
		}
	}
	return f.b, nil
}

// add adds v under the name.
func (f *form) add(v value.Value) error {
	switch v.Kind() {
	case value.KindObject:
		for key, member := range v.Members() {
			if err := f.within("["+key+"]", member); err != nil {
				return err
			}
		}
		return nil
	case value.KindArray:
		return f.array(v)
	}
	return f.pair(scalar(v))
}

// within adds v under the name with a suffix.
func (f *form) within(suffix string, v value.Value) error {
	n := len(f.name)
	f.name = appendEscaped(f.name, suffix)
	err := f.add(v)
	f.name = f.name[:n]
	return err
}

func (f *form) array(v value.Value) error {
	if f.arrays == commas {
		return f.list(v)
	}
	for i, e := range v.Elements() {
		suffix := ""
		switch f.arrays {
		case indices:
			suffix = "[" + strconv.Itoa(i) + "]"
		case brackets:
			suffix = "[]"
		}
		if err := f.within(suffix, e); err != nil {
			return err
		}
	}
	return nil
}

// list adds an array of scalars as one pair, and nothing for an empty one. A
// comma in an element is escaped, those between them are not.
func (f *form) list(v value.Value) error {
	texts := make([]string, v.Len())
	for i, e := range v.Elements() {
		if composite(e) {
			return badField(f.field)
		}
		texts[i] = scalar(e)
	}
	if len(texts) == 0 {
		return nil
	}
	return f.pair(texts...)
}

func (f *form) pair(texts ...string) error {
	if len(f.b) > 0 {
		f.b = append(f.b, '&')
	}
	f.b = append(f.b, f.name...)
	for i, s := range texts {
		f.b = append(f.b, "=,"[min(i, 1)])
		f.b = appendEscaped(f.b, s)
	}
	if len(f.b) > maxForm {
		return failure(express.ErrDataLimitExceeded, "The value of the field '%s' takes more than %d bytes when it is URL-encoded.", f.field, maxForm)
	}
	return nil
}

func composite(v value.Value) bool {
	return v.Kind() == value.KindArray || v.Kind() == value.KindObject
}

// scalar is the text of what is neither array nor object, "" of null.
func scalar(v value.Value) string {
	if v.Kind() == value.KindBool {
		return v.String()
	}
	return v.Text()
}

const hex = "0123456789ABCDEF"

// appendEscaped appends s with every byte escaped but the unreserved ones of
// RFC 3986.
func appendEscaped(b []byte, s string) []byte {
	for i := range len(s) {
		if c := s[i]; unreserved(c) {
			b = append(b, c)
		} else {
			b = append(b, '%', hex[c>>4], hex[c&15])
		}
	}
	return b
}

func unreserved(c byte) bool {
	return alphanumeric(c) || c == '-' || c == '.' || c == '_' || c == '~'
}

func alphanumeric(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9'
}

// escapeQuery is s as a query: what cannot stand in one is escaped, what is
// escaped stays.
func escapeQuery(s string) string {
	b := make([]byte, 0, len(s))
	for i := range len(s) {
		c := s[i]
		escape := c == '%' && i+2 < len(s) && isHex(s[i+1]) && isHex(s[i+2])
		if escape || unreserved(c) || strings.IndexByte("!$&'()*+,;=:@/?[]", c) >= 0 {
			b = append(b, c)
		} else {
			b = append(b, '%', hex[c>>4], hex[c&15])
		}
	}
	return string(b)
}

func isHex(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'f' || 'A' <= c && c <= 'F'
}

// joinQueries is all of them, one after the other, without the empty ones.
func joinQueries(q ...string) string {
	return strings.Join(slices.DeleteFunc(q, func(s string) bool { return s == "" }), "&")
}

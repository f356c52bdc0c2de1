package awsapi

import (
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// A constraint is what AWS's service model demands of a member: the field's tag
// aws, which has any of
//
//	required         it is there, and not null
//	1..80, 0..       its length or value
//	A|B              its values
//	ascii            its pattern, by name
//	hidden           errors do not quote it
type constraint struct {
	required, hidden bool
	bounded          bool
	min, max         int // max -1 is none
	values           []string
	pattern          *pattern
	inner            []member // of a structure, or of the elements of a list
}

// A member is a field of a structure, in the order of the structure.
type member struct {
	name  string // as it is in JSON
	index int
	constraint
}

// A pattern is a regular expression as errors show it, and what decides it.
type pattern struct {
	text  string
	match func(string) bool
}

var patterns = map[string]*pattern{
	"ascii": {`\p{ASCII}*`, func(s string) bool {
		return strings.IndexFunc(s, func(r rune) bool { return r >= utf8.RuneSelf }) < 0
	}},
}

// shapeOf reads the tags of a structure. It panics where one is wrong, which is
// before the first request.
func shapeOf(t reflect.Type) []member {
	var shape []member
	for i := range t.NumField() {
		f := t.Field(i)
		m := member{index: i, constraint: constraintOf(f.Tag.Get("aws"))}
		m.name, _, _ = strings.Cut(f.Tag.Get("json"), ",")
		inner := f.Type
		for inner.Kind() == reflect.Pointer || inner.Kind() == reflect.Slice {
			inner = inner.Elem()
		}
		if inner.Kind() == reflect.Struct {
			m.inner = shapeOf(inner)
		}
		shape = append(shape, m)
	}
	return shape
}

func constraintOf(tag string) (c constraint) {
	for word := range strings.SplitSeq(tag, ",") {
		low, high, isRange := strings.Cut(word, "..")
		switch {
		case word == "":
		case word == "required":
			c.required = true
		case word == "hidden":
			c.hidden = true
		case isRange:
			c.bounded, c.min, c.max = true, mustAtoi(low), -1
			if high != "" {
				c.max = mustAtoi(high)
			}
		case patterns[word] != nil:
			c.pattern = patterns[word]
		case strings.Contains(word, "|"):
			c.values = strings.Split(word, "|")
		default:
			panic("awsapi: constraint " + tag)
		}
	}
	return c
}

func mustAtoi(s string) int {
	n, err := strconv.Atoi(s)
	if err != nil {
		panic(err)
	}
	return n
}

// decode reads the body of a request into the structure into, and checks it
// against its shape.
func decode(body []byte, into any, shape []member) *Error {
	v := reflect.ValueOf(into).Elem()
	if len(body) > 0 && !decodeTexts(body, v, shape) {
		if !utf8.Valid(body) {
			return refuse(codeSerialization, "The body is not UTF-8.")
		}
		if err := json.Unmarshal(body, into); err != nil {
			return malformed(err)
		}
	}
	var found []string
	check(v, shape, "", &found)
	switch len(found) {
	case 0:
		return nil
	case 1:
		return refuse(codeValidation, "1 validation error detected: %s", found[0])
	}
	return refuse(codeValidation, "%d validation errors detected: %s", len(found), strings.Join(found, "; "))
}

// malformed is the error of a body that is not what the operation takes. It
// quotes nothing of it.
func malformed(err error) *Error {
	if e, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		if e.Field == "" {
			return refuse(codeSerialization, "Expected a JSON object but got: %s", e.Value)
		}
		return refuse(codeSerialization, "Expected %s at '%s' but got: %s", kindName(e.Type), e.Field, e.Value)
	}
	if e, ok := errors.AsType[*json.SyntaxError](err); ok {
		return refuse(codeSerialization, "The body is not JSON: it breaks off or goes wrong at byte %d.", e.Offset)
	}
	return refuse(codeSerialization, "The body is not JSON.")
}

func kindName(t reflect.Type) string {
	switch t.Kind() {
	case reflect.String:
		return "a string"
	case reflect.Bool:
		return "a boolean"
	case reflect.Slice:
		return "an array"
	case reflect.Struct:
		return "an object"
	}
	return "a number"
}

// check adds what is wrong with the members of v, whose names stand behind path.
func check(v reflect.Value, shape []member, path string, found *[]string) {
	for i := range shape {
		m := &shape[i]
		m.check(v.Field(m.index), path+m.name, found)
	}
}

func (m *member) check(f reflect.Value, path string, found *[]string) {
	if k := f.Kind(); k == reflect.Pointer || k == reflect.Slice {
		if f.IsNil() {
			if m.required {
				*found = append(*found, fmt.Sprintf("Value null at '%s' failed to satisfy constraint: Member must not be null", path))
			}
			return
		}
		if k == reflect.Pointer {
			f = f.Elem()
		}
	}
	if broken := m.broken(f); broken != "" {
		shown := ""
		if !m.hidden {
			shown = "'" + show(f) + "' "
		}
		*found = append(*found, fmt.Sprintf("Value %sat '%s' failed to satisfy constraint: Member must %s", shown, path, broken))
	}
	switch {
	case m.inner == nil:
	case f.Kind() == reflect.Struct:
		check(f, m.inner, path+".", found)
	default:
		for i := range f.Len() {
			check(f.Index(i), m.inner, fmt.Sprintf("%s.%d.member.", path, i+1), found)
		}
	}
}

// show is f as errors have it.
func show(f reflect.Value) string {
	if f.Kind() != reflect.Slice {
		return fmt.Sprint(f.Interface())
	}
	all := make([]string, f.Len())
	for i := range all {
		all[i] = show(f.Index(i))
	}
	return "[" + strings.Join(all, ", ") + "]"
}

// broken is the constraint that f does not satisfy, "" if it does.
func (c *constraint) broken(f reflect.Value) string {
	if c.bounded {
		n, what := measure(f)
		switch {
		case n < c.min:
			return fmt.Sprintf("have %s greater than or equal to %d", what, c.min)
		case c.max >= 0 && n > c.max:
			return fmt.Sprintf("have %s less than or equal to %d", what, c.max)
		}
	}
	switch {
	case c.values != nil && !slices.Contains(c.values, f.String()):
		return "satisfy enum value set: [" + strings.Join(c.values, ", ") + "]"
	case c.pattern != nil && !c.pattern.match(f.String()):
		return "satisfy regular expression pattern: " + c.pattern.text
	}
	return ""
}

// measure is what bounds are of: the value of a number, the length of the rest.
func measure(f reflect.Value) (n int, what string) {
	switch f.Kind() {
	case reflect.Int:
		return int(f.Int()), "value"
	case reflect.String:
		return utf8.RuneCountInString(f.String()), "length"
	}
	return f.Len(), "length"
}

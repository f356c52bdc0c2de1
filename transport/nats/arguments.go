package nats

import (
	"slices"
	"strings"

	"github.com/seed66d9166c/express/express/value"
	"github.com/seed66d9166c/express/transport"
)

// A field is an argument that a task takes.
type field struct {
	name     string
	required bool
	valid    func(value.Value) bool // nil takes any value
}

// check is an error where args are not what a task with these fields takes, in
// AWS's words.
func check(args value.Value, fields []field) error {
	if args.Kind() != value.KindObject {
		return transport.BadArguments("The arguments are of type %s and not an object", args.Kind())
	}
	for _, f := range fields {
		v, ok := args.Get(f.name)
		switch {
		case !ok && f.required:
			return transport.BadArguments("The field '%s' is required but was missing", f.name)
		case ok && f.valid != nil && !f.valid(v):
			return transport.BadArguments("The value of the field '%s' has an invalid format", f.name)
		}
	}
	return nil
}

// checkAll is check, where a field that the task does not take is an error, too: a
// condition with a slip in its name would be none.
func checkAll(args value.Value, fields []field) error {
	var names []string
	for _, f := range fields {
		names = append(names, f.name)
	}
	for name := range args.Members() {
		if !slices.Contains(names, name) {
			return transport.BadArguments("There are other fields than %s", strings.Join(names, ", "))
		}
	}
	return check(args, fields)
}

// text is the string that args has as name, "" if it has none.
func text(args value.Value, name string) string {
	v, _ := args.Get(name)
	return v.Text()
}

func isText(v value.Value) bool { return v.Kind() == value.KindString && v.Text() != "" }

// isRevision reports whether v is the revision of a key: 0 is that of one that
// is not there.
func isRevision(v value.Value) bool {
	n, ok := v.Int()
	return ok && n >= 0
}

// isHeaders reports whether v is an object of strings that may be headers.
func isHeaders(v value.Value) bool {
	if v.Kind() != value.KindObject {
		return false
	}
	for name, val := range v.Members() {
		if val.Kind() != value.KindString || !transport.HeaderAllowed(name) || !transport.HeaderValueAllowed(val.Text()) {
			return false
		}
	}
	return true
}

// isOneOf takes these strings.
func isOneOf(words ...string) func(value.Value) bool {
	return func(v value.Value) bool { return v.Kind() == value.KindString && slices.Contains(words, v.Text()) }
}

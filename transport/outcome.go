package transport

import (
	"github.com/seed66d9166c/express/express"
	"github.com/seed66d9166c/express/express/value"
)

// AppendOutcome appends o as the one JSON object that results and synchronous
// answers are: name and status, then output where it succeeded, else error and
// cause where it has them.
func AppendOutcome(b []byte, name string, o *express.Outcome) []byte {
	b = append(b, `{"name":`...)
	b = value.AppendQuoted(b, name)
	b = append(b, `,"status":"`...)
	b = append(b, o.Status.String()...)
	b = append(b, '"')
	switch {
	case o.Status == express.Succeeded:
		b = append(b, `,"output":`...)
		b = o.Output.AppendJSON(b)
	case o.Err != nil:
		b = append(b, `,"error":`...)
		b = value.AppendQuoted(b, o.Err.Name)
		if !o.Err.NoCause {
			b = append(b, `,"cause":`...)
			b = value.AppendQuoted(b, o.Err.Cause)
		}
	}
	return append(b, '}')
}

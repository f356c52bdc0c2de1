package transport

import (
	"cmp"
	"errors"
	"fmt"
	"strings"

	"github.com/seed66d9166c/express/express"
	"github.com/seed66d9166c/express/express/value"
	"github.com/seed66d9166c/express/transport/msgpack"
)

// Media types that bodies have.
const (
	TypeJSON    = "application/json"
	TypeMsgPack = "application/msgpack"
	TypeText    = "text/plain; charset=utf-8"
)

// msgpackTypes are all names that MessagePack goes by; the first is registered.
var msgpackTypes = [...]string{"application/vnd.msgpack", TypeMsgPack, "application/x-msgpack"}

// ErrTooLarge is the error of a body that is too large, or whose JSON is.
var ErrTooLarge = fmt.Errorf("larger than %d bytes", value.MaxSize)

// Decode is the value that a body from outside stands for: MessagePack where
// contentType says so, null where there is no body, else JSON, whatever
// contentType says. The body belongs to the value then. Its error is ErrTooLarge
// or a *value.ParseError.
func Decode(contentType string, body []byte) (value.Value, error) {
	switch {
	case len(body) == 0:
		return value.Null, nil
	case len(body) > value.MaxSize:
		return value.Value{}, ErrTooLarge
	case !IsMsgPack(contentType):
		return value.ParseOwned(body)
	}
	v, err := msgpack.Parse(body)
	if err == nil && v.Size() > value.MaxSize { // escapes and base64 make it longer
		return value.Value{}, ErrTooLarge
	}
	return v, err
}

// IsMsgPack reports whether contentType is one of the names of MessagePack.
func IsMsgPack(contentType string) bool {
	if contentType == "" {
		return false
	}
	media, _, _ := strings.Cut(contentType, ";")
	media = strings.TrimSpace(media)
	for _, t := range msgpackTypes {
		if strings.EqualFold(media, t) {
			return true
		}
	}
	return false
}

// Answer is Decode for what from answered the task c. Its errors are those that
// Retry and Catch see, and quote nothing of the body.
func Answer(c *express.Call, from, contentType string, body []byte) (value.Value, error) {
	v, err := Decode(contentType, body)
	switch {
	case err == nil:
		return v, nil
	case errors.Is(err, ErrTooLarge):
		return value.Value{}, TooLarge(c)
	}
	format := "JSON"
	if IsMsgPack(contentType) {
		format = "MessagePack"
	}
	return value.Value{}, &express.Error{
		Name:  express.ErrTaskFailed,
		Cause: fmt.Sprintf("The answer of %s is not acceptable %s: %s", from, format, unquoted(err)),
		Err:   err,
	}
}

// TooLarge is the error of a task whose result is over the limit, in AWS's words.
func TooLarge(c *express.Call) *express.Error {
	return &express.Error{
		Name: express.ErrDataLimitExceeded,
		Cause: fmt.Sprintf("The state/task '%s' returned a result with a size exceeding the maximum number of bytes service limit.",
			cmp.Or(c.Task.Service, c.Task.Resource)),
		Err: ErrTooLarge,
	}
}

// BadArguments is the error of a task that cannot be started with the arguments
// it has, in AWS's form, but for the arguments, which AWS quotes.
func BadArguments(format string, a ...any) *express.Error {
	return &express.Error{
		Name:  express.ErrRuntime,
		Cause: fmt.Sprintf("The Parameters could not be used to start the Task: [%s]", fmt.Sprintf(format, a...)),
	}
}

// unquoted is err in words that quote nothing of what was read: a parse error
// goes without what it found.
func unquoted(err error) string {
	p, ok := err.(*value.ParseError)
	if !ok {
		return err.Error()
	}
	reason := p.Reason
	if quote := strings.IndexAny(reason, `"'`); quote >= 0 {
		reason = strings.TrimSpace(reason[:quote])
	}
	return (&value.ParseError{Reason: reason, Offset: p.Offset}).Error()
}

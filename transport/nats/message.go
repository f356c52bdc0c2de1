package nats

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/micro"

	"github.com/seed66d9166c/express/express"
	"github.com/seed66d9166c/express/express/program"
	"github.com/seed66d9166c/express/express/value"
	"github.com/seed66d9166c/express/transport"
)

// headerContentType says what a body is.
const headerContentType = "Content-Type"

// notAJob is an error where c is one, whose result is not what answers it.
func notAJob(c *express.Call) error {
	if p := c.Task.Pattern; p == program.Sync || p == program.Sync2 {
		return &express.Error{Name: ErrPattern, Cause: "Tasks over NATS have no jobs: " + c.Task.Resource}
	}
	return nil
}

// message is what c sends: its argument, on its target, in which members of the
// argument may stand.
func message(c *express.Call) (*nats.Msg, error) {
	var o outgoing
	err := o.fill(c)
	return &o.Msg, err
}

// An outgoing is a message that can be filled again, once it is published.
type outgoing struct {
	nats.Msg
	said [transport.NumCallHeaders]string // the values of headers
}

// fill makes o what c sends.
func (o *outgoing) fill(c *express.Call) (err error) {
	if err := notAJob(c); err != nil {
		return err
	}
	if o.Subject, err = transport.ExpandSubject(c.Task.Target, c.Input); err != nil {
		return err
	}
	if o.Header == nil {
		o.Header = make(nats.Header, len(o.said))
	}
	clear(o.Header)
	for i, h := range transport.CallHeaders(c, time.Until(c.Deadline)) {
		if h.Val != "" {
			o.said[i] = h.Val
			o.Header[h.Key] = o.said[i : i+1 : i+1]
		}
	}
	o.Data = c.Input.AppendJSON(slices.Grow(o.Data[:0], c.Input.Size()))
	return nil
}

// A refusal is the body of an answer that is an error by its headers.
type refusal struct{ body []byte }

func (*refusal) Error() string { return "the service answered with an error" }

// result is what an answer says: an error by the headers of NATS micro services,
// under which a *refusal lies, or by that of Lambda functions, else its body.
func result(c *express.Call, answer *nats.Msg) (value.Value, error) {
	if len(answer.Header) > 0 {
		text, code := answer.Header.Get(micro.ErrorHeader), answer.Header.Get(micro.ErrorCodeHeader)
		if text != "" || code != "" {
			return value.Value{}, &express.Error{Name: errorName(valid(code)), Cause: valid(text), Err: &refusal{answer.Data}}
		}
		if header(answer.Header, headerFunctionError) != "" {
			if e, ok := functionError(c, answer.Data); ok {
				return value.Value{}, e
			}
			return value.Value{}, &express.Error{Name: ErrFunctionUnknown, NoCause: true}
		}
	}
	return transport.Answer(c, c.Task.Target, header(answer.Header, headerContentType), answer.Data)
}

// valid is s as text of a Value can be.
func valid(s string) string { return strings.ToValidUTF8(s, "\uFFFD") }

// errorName is the name of an error that a NATS micro service gives a code.
func errorName(code string) string {
	if _, err := strconv.Atoi(code); err == nil || code == "" {
		return strings.TrimSuffix(ServiceError+code, ".")
	}
	return code
}

// header is the value of the header key in any case: clients differ.
func header(h nats.Header, key string) string {
	for k, v := range h {
		if len(v) > 0 && strings.EqualFold(k, key) {
			return v[0]
		}
	}
	return ""
}

package httptask

import (
	"net/http"
	"strings"
	"time"

	"github.com/seed66d9166c/express/express"
	"github.com/seed66d9166c/express/express/value"
	"github.com/seed66d9166c/express/transport"
)

// forbidden are the headers that AWS refuses in an HTTP Task, besides those that
// transport.HeaderAllowed does, in lower case; one that ends in "-" stands for
// all that begin with it.
var forbidden = [...]string{
	"a-im", "accept-charset", "accept-datetime", "accept-encoding", "cache-control", "content-encoding", "content-md5", "date", "expect",
	"forwarded", "from", "if-match", "if-modified-since", "if-none-match", "if-range", "if-unmodified-since", "max-forwards", "origin", "pragma",
	"referer", "server", "via", "warning", "x-forwarded-", "x-amz-", "x-amzn-",
}

// headerAllowed reports whether data may set the header name.
func headerAllowed(name string) bool {
	if !transport.HeaderAllowed(name) {
		return false
	}
	name = strings.ToLower(name)
	for _, f := range forbidden {
		if name == f || strings.HasSuffix(f, "-") && strings.HasPrefix(name, f) {
			return false
		}
	}
	return true
}

// setHeader replaces a header. The names by which net/http takes any request for
// one that it may send again are written in lower case, in which it does not
// know them: the Retry of the state is what repeats a request.
func setHeader(h http.Header, name string, vals ...string) {
	name = http.CanonicalHeaderKey(name)
	if name == "Idempotency-Key" || name == "X-Idempotency-Key" {
		name = strings.ToLower(name)
	}
	h[name] = vals
}

// callHeader is what every request says of the call. What cannot be the value of a
// header is left out: the trace came with the event.
func callHeader(c *express.Call) http.Header {
	h := make(http.Header, 16)
	for _, said := range transport.CallHeaders(c, min(time.Until(c.Deadline), Timeout)) {
		if said.Val != "" {
			setHeader(h, said.Key, said.Val)
		}
	}
	return h
}

// addHeaders puts the argument Headers, an object of texts and of arrays of
// texts, into h.
func addHeaders(h http.Header, headers value.Value) error {
	if headers.IsNothing() {
		return nil
	}
	if headers.Kind() != value.KindObject {
		return badField("Headers")
	}
	for name, v := range headers.Members() {
		if !headerAllowed(name) {
			return transport.BadArguments("The header %q is not allowed", name)
		}
		if v.Kind() != value.KindArray {
			v = value.Array(v)
		}
		vals := make([]string, v.Len())
		for i, e := range v.Elements() {
			vals[i] = scalar(e)
			if composite(e) || !transport.HeaderValueAllowed(vals[i]) {
				return badField("Headers")
			}
		}
		setHeader(h, name, vals...)
	}
	return nil
}

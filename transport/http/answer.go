package httptask

import (
	"compress/flate"
	"compress/gzip"
	"errors"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/seed66d9166c/express/express"
	"github.com/seed66d9166c/express/express/value"
	"github.com/seed66d9166c/express/transport"
)

// failed is the error of a call of host that ended without a whole answer.
func failed(c *express.Call, host string, err error) *express.Error {
	encoding, encoded := errors.AsType[encodingError](err)
	_, corrupt := errors.AsType[flate.CorruptInputError](err)
	switch {
	case errors.Is(err, errTooLarge):
		return transport.TooLarge(c)
	case encoded:
		return failure(express.ErrRuntime, "The answer of %s has the content encoding %q, which cannot be read.", host, string(encoding))
	case errors.Is(err, gzip.ErrHeader), errors.Is(err, gzip.ErrChecksum), corrupt:
		return failure(express.ErrRuntime, "The answer of %s is not compressed as it says.", host)
	}
	return socket(host, err)
}

// refusal is the error of an answer that is no success. Its cause is the body, if
// that is text, without the secrets that were sent.
func (a *answer) refusal(creds *credentials) error {
	cause := strings.TrimSpace(string(a.body))
	if len(a.body) == maxErrorBody { // a character may be cut in two
		for n := 0; n < utf8.UTFMax && !utf8.ValidString(cause); n++ {
			cause = cause[:len(cause)-1]
		}
	}
	switch to, err := url.Parse(a.header.Get("Location")); {
	case a.status/100 == 3 && err == nil && to.Host != "":
		cause = "The redirect to " + to.Host + " is not followed."
	case cause == "" || !utf8.ValidString(cause):
		cause = strings.TrimSpace(strconv.Itoa(a.status) + " " + http.StatusText(a.status))
	}
	return &express.Error{Name: StatusCode + strconv.Itoa(a.status), Cause: creds.redact(cause)}
}

// response is the result of http:invoke.
func (a *answer) response(c *express.Call, host string) (value.Value, error) {
	body, err := a.content(c, host)
	if err != nil {
		return value.Value{}, err
	}
	headers := make([]value.Member, 0, len(a.header))
	for _, name := range slices.Sorted(maps.Keys(a.header)) {
		vals := make([]value.Value, len(a.header[name]))
		for i, v := range a.header[name] {
			vals[i] = value.String(strings.ToValidUTF8(v, "\uFFFD"))
		}
		headers = append(headers, value.Member{Key: strings.ToLower(name), Val: value.Array(vals...)})
	}
	return value.Object(
		value.Member{Key: "Headers", Val: value.Object(headers...)},
		value.Member{Key: "ResponseBody", Val: body},
		value.Member{Key: "StatusCode", Val: value.Int(int64(a.status))},
		value.Member{Key: "StatusText", Val: value.String(strings.ToValidUTF8(a.reason, "\uFFFD"))},
	), nil
}

// content is the body of an HTTP Task's answer: JSON and MessagePack as values,
// all else as text. Without a type it is JSON if it can be.
func (a *answer) content(c *express.Call, host string) (value.Value, error) {
	switch media := a.media(); {
	case isBinary(media):
		return value.Value{}, unreadable(host)
	case len(a.body) == 0:
		return value.String(""), nil
	case isJSON(media), transport.IsMsgPack(media):
		return transport.Answer(c, host, media, a.body)
	case media == "":
		if v, err := value.Parse(a.body); err == nil {
			return v, nil
		}
	}
	return a.text(host)
}

// result is the answer of a task whose Resource is a URL: text where it says that
// it is, else JSON or MessagePack; an empty one is null.
func (a *answer) result(c *express.Call, host string) (value.Value, error) {
	media := a.media()
	switch {
	case len(a.body) == 0:
		return value.Null, nil
	case isBinary(media):
		return value.Value{}, unreadable(host)
	case strings.HasPrefix(media, "text/") && !isJSON(media):
		return a.text(host)
	}
	return transport.Answer(c, host, media, a.body)
}

// text is the body as it is.
func (a *answer) text(host string) (value.Value, error) {
	if !utf8.Valid(a.body) {
		return value.Value{}, unreadable(host)
	}
	return value.String(string(a.body)), nil
}

// media is the type of the body, without its parameters.
func (a *answer) media() string {
	media, _, _ := strings.Cut(a.header.Get(contentType), ";")
	return strings.ToLower(strings.TrimSpace(media))
}

func isJSON(media string) bool {
	return media == transport.TypeJSON || media == "text/json" || strings.HasSuffix(media, "+json")
}

// isBinary reports whether media is one of the types that AWS does not read.
func isBinary(media string) bool {
	kind, _, _ := strings.Cut(media, "/")
	return media == "application/octet-stream" || kind == "image" || kind == "video" || kind == "audio"
}

// unreadable is the error of an answer that is no text.
func unreadable(host string) error {
	return failure(express.ErrRuntime, "The answer of %s is not text: it cannot be read as a string.", host)
}

package teststate

import (
	"net/url"

	"github.com/seed66d9166c/express/express/value"
)

// An HTTPRequest is what an HTTP task sends, in the form of the API.
type HTTPRequest struct {
	Protocol string `json:"protocol,omitempty"`
	Method   string `json:"method,omitempty"`
	URL      string `json:"url,omitempty"`
	Headers  string `json:"headers,omitempty"`
	Body     string `json:"body,omitempty"`
}

// An HTTPResponse is what it got.
type HTTPResponse struct {
	Protocol      string `json:"protocol,omitempty"`
	StatusCode    string `json:"statusCode,omitempty"`
	StatusMessage string `json:"statusMessage,omitempty"`
	Headers       string `json:"headers,omitempty"`
	Body          string `json:"body,omitempty"`
}

// httpRequest is the request that the arguments of an HTTP task ask for. What a
// connection adds to it is not in it.
func httpRequest(arguments value.Value) *HTTPRequest {
	address := text(arguments, "ApiEndpoint")
	r := &HTTPRequest{Method: text(arguments, "Method"), Headers: text(arguments, "Headers"), Body: text(arguments, "RequestBody")}
	if u, err := url.Parse(address); err == nil {
		r.Protocol = u.Scheme
		if query, ok := arguments.Get("QueryParameters"); ok {
			u.RawQuery = queryOf(query)
		}
		address = u.String()
	}
	r.URL = address
	return r
}

func queryOf(parameters value.Value) string {
	q := make(url.Values)
	for name, v := range parameters.Members() {
		if v.Kind() != value.KindArray {
			v = value.Array(v)
		}
		for _, e := range v.Elements() {
			q.Add(name, textOf(e))
		}
	}
	return q.Encode()
}

// httpResponse is the response that the result of an HTTP task comes from.
func httpResponse(result value.Value, protocol string) *HTTPResponse {
	return &HTTPResponse{
		Protocol:      protocol,
		StatusCode:    text(result, "StatusCode"),
		StatusMessage: text(result, "StatusText"),
		Headers:       text(result, "Headers"),
		Body:          text(result, "ResponseBody"),
	}
}

// text is a member of v as text, "" if there is none.
func text(v value.Value, name string) string {
	m, _ := v.Get(name)
	return textOf(m)
}

// textOf is a string itself, and the JSON of anything else.
func textOf(v value.Value) string {
	switch v.Kind() {
	case value.KindNothing:
		return ""
	case value.KindString:
		return v.Text()
	}
	return v.String()
}

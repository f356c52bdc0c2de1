package httptask

import (
	"bytes"
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/seed66d9166c/express/express"
	"github.com/seed66d9166c/express/express/value"
)

// A request is what a task sends, but for what its connection adds.
type request struct {
	method string
	url    *url.URL
	header http.Header
	body   value.Value // nothing for none
	as     encoding
	arrays arrayFormat
}

// An encoding is how a body is sent.
type encoding uint8

const (
	asJSON encoding = iota
	asText          // a string as it is, all else as JSON
	asForm          // URL-encoded
)

// encodings are the values of RequestBodyEncoding.
var encodings = map[string]encoding{"NONE": asText, "URL_ENCODED": asForm}

// methods are those that AWS's HTTP Task has.
var methods = []string{"GET", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "HEAD"}

const (
	contentType = "Content-Type"
	jsonType    = "application/json; charset=UTF-8"
	// AWS asks for a byte more than it takes, and so finds out that there is more.
	wholeRange = "bytes=0-262144"
)

// httpTask is the request that the arguments of http:invoke ask for, and the name
// of its connection, "" for none. agent is the User-Agent.
func httpTask(args value.Value, header http.Header, agent string) (r *request, connection string, err error) {
	r = &request{header: header, as: asText}
	text := func(field string) string {
		v, ok := args.Get(field)
		if (!ok || v.Kind() != value.KindString) && err == nil {
			err = badField(field)
		}
		return v.Text()
	}
	method, address := text("Method"), text("ApiEndpoint")
	if err != nil {
		return nil, "", err
	}
	if r.method = method; !slices.Contains(methods, method) {
		return nil, "", badField("Method")
	}
	if r.url, err = endpoint(address); err != nil {
		return nil, "", failure(express.ErrRuntime, "The value of the field 'ApiEndpoint' is not a URL that can be called: %v.", err)
	}
	setHeader(header, contentType, jsonType)
	headers, _ := args.Get("Headers")
	if err = addHeaders(header, headers); err != nil {
		return nil, "", err
	}
	setHeader(header, "User-Agent", agent)
	setHeader(header, "Range", wholeRange)
	if err = r.addQuery(args); err != nil {
		return nil, "", err
	}
	r.body, _ = args.Get("RequestBody")
	if err = r.transform(args); err != nil {
		return nil, "", err
	}
	connection, err = connectionName(args)
	return r, connection, err
}

// addQuery puts the argument QueryParameters behind the query of the endpoint.
func (r *request) addQuery(args value.Value) error {
	const field = "QueryParameters"
	switch v, _ := args.Get(field); v.Kind() {
	case value.KindNothing:
	case value.KindString:
		r.url.RawQuery = joinQueries(r.url.RawQuery, escapeQuery(v.Text()))
	default:
		q, err := encodeForm(v, repeat, field)
		if err != nil {
			return err
		}
		r.url.RawQuery = joinQueries(r.url.RawQuery, string(q))
	}
	return nil
}

// transform reads the argument Transform.
func (r *request) transform(args value.Value) error {
	t, ok := args.Get("Transform")
	if ok && t.Kind() != value.KindObject {
		return badField("Transform")
	}
	if as, ok := t.Get("RequestBodyEncoding"); ok {
		if r.as, ok = encodings[as.Text()]; !ok {
			return badField("RequestBodyEncoding")
		}
	}
	options, ok := t.Get("RequestEncodingOptions")
	if ok && options.Kind() != value.KindObject {
		return badField("RequestEncodingOptions")
	}
	if format, ok := options.Get("ArrayFormat"); ok {
		if r.arrays, ok = arrayFormats[format.Text()]; !ok {
			return badField("ArrayFormat")
		}
	}
	return nil
}

// connectionName is the name of the connection: of an ARN, as EventBridge has
// them, the part after connection/, else the whole of it.
func connectionName(args value.Value) (string, error) {
	for _, field := range [...]string{"InvocationConfig", "Authentication"} {
		of, ok := args.Get(field)
		if !ok {
			continue
		}
		arn, _ := of.Get("ConnectionArn")
		name := arn.Text()
		if strings.HasPrefix(name, "arn:") {
			_, name, _ = strings.Cut(name, ":connection/")
			name, _, _ = strings.Cut(name, "/")
		}
		if arn.Kind() != value.KindString || name == "" {
			return "", badField("ConnectionArn")
		}
		return name, nil
	}
	return "", nil
}

// post is the request of a task whose Resource is a URL: its argument is the
// body, and its answer the result.
func post(raw string, args value.Value, header http.Header) (*request, error) {
	u, err := endpoint(raw)
	if err != nil {
		return nil, failure(express.ErrRuntime, "The Resource is not a URL that can be called: %v.", err)
	}
	setHeader(header, contentType, jsonType)
	setHeader(header, "Accept", "application/json, application/msgpack;q=0.9, */*;q=0.1")
	setHeader(header, "User-Agent", "express")
	return &request{method: http.MethodPost, url: u, header: header, body: args}, nil
}

// with is the request that is sent: r with the credentials, which win.
func (r *request) with(ctx context.Context, c *credentials) (*http.Request, error) {
	body, err := r.encode(c)
	if err != nil {
		return nil, err
	}
	u := *r.url
	u.RawQuery = c.query(u.RawQuery)
	if len(u.RawQuery)+len(u.Path) > maxURL {
		return nil, failure(express.ErrRuntime, "The URL with its query parameters is longer than %d bytes.", maxURL)
	}
	req, err := http.NewRequestWithContext(ctx, r.method, u.String(), bytes.NewReader(body))
	if err != nil {
		return nil, failure(express.ErrRuntime, "The URL cannot be called.")
	}
	req.Header = r.header.Clone()
	for _, p := range c.headers {
		setHeader(req.Header, p.name, p.val)
	}
	return req, nil
}

// encode is the body that is sent. One that is a string already is not URL-encoded.
func (r *request) encode(c *credentials) ([]byte, error) {
	body := r.body
	if len(c.body) > 0 {
		if body.IsNothing() {
			body = value.Object()
		}
		if body.Kind() != value.KindObject {
			return nil, failure(express.ErrRuntime, "The value of the field 'RequestBody' is not an object: the body parameters of the connection cannot be put into it.")
		}
		for _, p := range c.body {
			body = body.With(p.name, value.String(p.val))
		}
	}
	switch {
	case body.IsNothing():
		return nil, nil
	case body.Kind() == value.KindString && r.as != asJSON:
		return []byte(body.Text()), nil
	case r.as == asForm:
		return encodeForm(body, r.arrays, "RequestBody")
	}
	return body.AppendJSON(make([]byte, 0, body.Size())), nil
}

package otlp

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"sync"

	"google.golang.org/protobuf/encoding/protowire"
)

// maxAnswer is the most bytes of an answer that are read, as OTLP suggests: most
// are a number and a sentence.
const maxAnswer = 4 << 20

// A collector is reached over HTTP: as OTLP/HTTP, or as gRPC, which is HTTP/2
// with a frame around messages and the status in trailers.
type collector struct {
	http    *http.Client
	request *http.Request // what all requests have
	header  *header
	zip     compressor // nil for none
	form    form
	text    []byte // the last request, where it is JSON,
	out     []byte // and where it is compressed
}

// A form is what the protocols differ in.
type form struct {
	framed bool
	json   bool
	answer func(*http.Response, []byte) (rejected int, err error)
}

var forms = map[string]form{
	HTTP:     {answer: httpAnswer},
	HTTPJSON: {answer: httpAnswer, json: true},
	GRPC:     {answer: grpcAnswer, framed: true},
}

func newCollector(o *Options, h *header) (*collector, error) {
	zip, err := newCompressor(o.Compression)
	if err != nil {
		return nil, err
	}
	transport, err := newTransport(o)
	if err != nil {
		return nil, err
	}
	return &collector{
		http: &http.Client{
			Transport: transport,
			// a POST that is redirected may become a GET, whose answer says nothing of records
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
		request: newRequest(o),
		header:  h,
		zip:     zip,
		form:    forms[o.Protocol],
	}, nil
}

// newRequest is a request without a body.
func newRequest(o *Options) *http.Request {
	r := &http.Request{Method: http.MethodPost, URL: o.Endpoint, Host: o.Endpoint.Host, Header: o.Header.Clone()}
	if r.Header == nil {
		r.Header = make(http.Header)
	}
	kind, compressed := "application/x-protobuf", "Content-Encoding"
	switch o.Protocol {
	case GRPC:
		kind, compressed = "application/grpc", "Grpc-Encoding"
		r.Header.Set("Te", "trailers")
	case HTTPJSON:
		kind = "application/json"
	}
	r.Header.Set("Content-Type", kind)
	if o.Compression != "none" {
		r.Header.Set(compressed, o.Compression)
	}
	if r.Header.Get("User-Agent") == "" {
		r.Header.Set("User-Agent", "express-otlp")
	}
	return r
}

func (c *collector) encode(b *batch) (body []byte, err error) {
	framed := b.request(c.header)
	message := framed[grpcFrame:]
	if c.form.json {
		c.text = requestJSON.appendJSON(c.text[:0], message)
		message = c.text
	}
	if c.zip != nil {
		framed, err = c.zip.compress(append(c.out[:0], framed[:grpcFrame]...), message)
		if err != nil {
			return nil, err
		}
		c.out, message = framed, framed[grpcFrame:]
	}
	if c.form.framed {
		framed[0] = byte(protowire.EncodeBool(c.zip != nil))
		binary.BigEndian.PutUint32(framed[1:], uint32(len(message)))
		return framed, nil
	}
	return message, nil
}

func (c *collector) send(ctx context.Context, message []byte) (rejected int, err error) {
	var open sync.WaitGroup
	r := c.request.WithContext(ctx)
	r.ContentLength = int64(len(message))
	r.GetBody = func() (io.ReadCloser, error) {
		open.Add(1)
		return &body{rest: message, open: &open}, nil
	}
	r.Body, _ = r.GetBody()
	defer open.Wait()
	res, err := c.http.Do(r)
	if err != nil {
		if e, ok := errors.AsType[*url.Error](err); ok {
			err = e.Err // without the address, which may hold a secret
		}
		return 0, fmt.Errorf("send log records: %w", err)
	}
	defer res.Body.Close()
	var answer bytes.Buffer
	if _, err := answer.ReadFrom(io.LimitReader(res.Body, maxAnswer)); err != nil {
		return 0, fmt.Errorf("read what the collector answers: %w", err)
	}
	io.Copy(io.Discard, io.LimitReader(res.Body, maxAnswer)) // so that trailers come, and the connection is used again
	return c.form.answer(res, answer.Bytes())
}

func (c *collector) close() { c.http.CloseIdleConnections() }

// A body is that of one request. What it reads belongs to others once it is
// closed, which net/http may do after the request has failed.
type body struct {
	mu   sync.Mutex // guards what follows
	rest []byte
	open *sync.WaitGroup // nil once it is closed
}

func (b *body) Read(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.rest) == 0 {
		return 0, io.EOF
	}
	n := copy(p, b.rest)
	b.rest = b.rest[n:]
	return n, nil
}

func (b *body) Close() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.open != nil {
		b.open.Done()
	}
	b.rest, b.open = nil, nil
	return nil
}

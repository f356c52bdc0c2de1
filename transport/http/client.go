package httptask

import (
	"cmp"
	"compress/gzip"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/seed66d9166c/express/express/value"
)

const (
	// Timeout is how long a request may take, until the last byte of its answer:
	// AWS's 60 seconds. It is shorter where the task or its execution has less.
	Timeout = 60 * time.Second

	// handshakeTimeout is how long a server may take to begin with TLS.
	handshakeTimeout = 10 * time.Second

	// idleTimeout is how long a connection is kept: less than the 60 seconds after
	// which load balancers drop theirs, as a request on one that is being dropped
	// fails.
	idleTimeout = 30 * time.Second

	// maxConns is how many connections there are to one host; more requests wait.
	// An engine runs as many executions of a workflow by default.
	maxConns = 4096
	// maxIdle is how many of them are kept: enough for a steady load of short calls.
	// Of all hosts together, maxConns are.
	maxIdle = 128

	// maxHeaders bounds the headers of an answer in bytes: four times what common
	// servers send at most.
	maxHeaders = 64 << 10

	// maxRedirects is how many redirects are followed: as many as net/http does.
	maxRedirects = 10

	// maxFrame is what a compressed body of the largest size may have beyond it.
	maxFrame = 4 << 10

	// maxErrorBody is how much of the body of an error becomes its cause, in bytes:
	// a quarter of what AWS takes as a cause.
	maxErrorBody = 8 << 10
)

// errTooLarge is the error of an answer over value.MaxSize bytes.
var errTooLarge = errors.New("the answer is too large")

var errHandshake = errors.New("the TLS handshake has taken too long")

// A client sends requests where its guard permits it.
type client struct {
	guard *guard
	files tlsFiles
	http  http.Client
}

// newClient makes a client, after having tried the files.
func newClient(g *guard, files tlsFiles) (*client, error) {
	if _, err := files.config(); err != nil {
		return nil, err
	}
	c := &client{guard: g, files: files}
	protocols := new(http.Protocols)
	protocols.SetHTTP1(true) // net/http repeats requests that a server of HTTP/2 has turned away
	c.http = http.Client{
		Transport: &http.Transport{
			Proxy: nil, // the one of the environment would resolve names itself, and is not checked
			DialContext: func(ctx context.Context, network, addr string) (net.Conn, error) {
				return c.guard.dial(ctx, network, addr, true)
			},
			DialTLSContext:         c.dialTLS,
			Protocols:              protocols,
			DisableCompression:     true, // read does it, within bounds
			MaxIdleConns:           maxConns,
			MaxIdleConnsPerHost:    maxIdle,
			MaxConnsPerHost:        maxConns,
			IdleConnTimeout:        idleTimeout,
			MaxResponseHeaderBytes: maxHeaders,
		},
		CheckRedirect: checkRedirect,
	}
	return c, nil
}

// dialTLS connects to addr with the certificates that the files hold now.
func (c *client) dialTLS(ctx context.Context, network, addr string) (net.Conn, error) {
	config, err := c.files.config()
	if err != nil {
		e := failure(ErrConnectionState, "The certificates of the connection cannot be loaded.")
		e.Err = err
		return nil, e
	}
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return nil, err
	}
	raw, err := c.guard.dial(ctx, network, addr, false)
	if err != nil {
		return nil, err
	}
	config.ServerName = normal(host)
	return handshake(ctx, raw, config)
}

// handshake makes a connection with TLS of raw.
func handshake(ctx context.Context, raw net.Conn, config *tls.Config) (net.Conn, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, handshakeTimeout, errHandshake)
	defer cancel()
	conn := tls.Client(raw, config)
	if err := conn.HandshakeContext(ctx); err != nil {
		raw.Close()
		return nil, cmp.Or(context.Cause(ctx), err)
	}
	return conn, nil
}

// checkRedirect follows redirects within the origin of the first request, as
// what was sent to it may be meant for nobody else. Other redirects are answers.
func checkRedirect(req *http.Request, via []*http.Request) error {
	if len(via) > maxRedirects || req.URL.User != nil || !sameOrigin(via[0].URL, req.URL) {
		return http.ErrUseLastResponse
	}
	return nil
}

// sameOrigin reports whether b is of a's origin, or the same host's by TLS on
// the usual ports.
func sameOrigin(a, b *url.URL) bool {
	if normal(a.Hostname()) != normal(b.Hostname()) {
		return false
	}
	return a.Scheme == b.Scheme && portOf(a) == portOf(b) ||
		a.Scheme == "http" && portOf(a) == "80" && b.Scheme == "https" && portOf(b) == "443"
}

func portOf(u *url.URL) string {
	switch {
	case u.Port() != "":
		return u.Port()
	case u.Scheme == "http":
		return "80"
	}
	return "443"
}

// An answer is what a server has said.
type answer struct {
	status int
	reason string // "Not Found"
	header http.Header
	body   []byte // of an error, its beginning
}

func (a *answer) ok() bool { return a.status/100 == 2 }

// do sends req and reads the answer.
func (c *client) do(req *http.Request) (*answer, error) {
	resp, err := c.http.Do(req)
	if err != nil {
		return nil, cmp.Or(context.Cause(req.Context()), err)
	}
	defer resp.Body.Close()
	_, reason, _ := strings.Cut(resp.Status, " ")
	a := &answer{status: resp.StatusCode, reason: reason, header: resp.Header}
	if !a.ok() {
		a.body, _ = read(resp, maxErrorBody) // it says what it says without one, too
		return a, nil
	}
	if a.body, err = read(resp, value.MaxSize); err != nil {
		return nil, cmp.Or(context.Cause(req.Context()), err)
	}
	return a, nil
}

// An encodingError is a Content-Encoding that the engine does not read.
type encodingError string

func (e encodingError) Error() string { return "the content encoding " + string(e) + " is unknown" }

// read is the body of resp, decompressed, of at most limit bytes; what comes with
// an error is its beginning. A server may compress what nobody asked it to.
func read(resp *http.Response, limit int64) ([]byte, error) {
	var r io.Reader = http.MaxBytesReader(nil, resp.Body, limit+maxFrame)
	switch encoding := strings.ToLower(resp.Header.Get("Content-Encoding")); encoding {
	case "", "identity":
	case "gzip", "x-gzip":
		z, err := gzip.NewReader(r)
		if errors.Is(err, io.EOF) { // there is no body
			return nil, nil
		}
		if err != nil {
			return nil, err
		}
		r = z
	default:
		return nil, encodingError(encoding)
	}
	b, err := io.ReadAll(http.MaxBytesReader(nil, io.NopCloser(r), limit))
	if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
		err = errTooLarge
	}
	return b, err
}

func (c *client) close() { c.http.CloseIdleConnections() }

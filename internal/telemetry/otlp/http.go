package otlp

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net"
	"net/http"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"
)

const (
	dialTimeout = 5 * time.Second  // to reach a collector
	idleTimeout = 90 * time.Second // of a connection without requests
	pingAfter   = 15 * time.Second // of silence on a connection of HTTP/2
	pingTimeout = 5 * time.Second
)

// newTransport is what requests travel by: gRPC wants HTTP/2 at once, with or
// without TLS.
func newTransport(o *Options) (*http.Transport, error) {
	config, err := newTLS(o.Files)
	if err != nil {
		return nil, err
	}
	var protocols http.Protocols
	protocols.SetHTTP2(true)
	protocols.SetUnencryptedHTTP2(o.Protocol == GRPC)
	protocols.SetHTTP1(o.Protocol != GRPC)
	proxy := http.ProxyFromEnvironment
	if protocols.UnencryptedHTTP2() && o.Endpoint.Scheme == "http" {
		proxy = nil // none speaks it
	}
	return &http.Transport{
		Proxy:               proxy,
		DialContext:         (&net.Dialer{Timeout: dialTimeout}).DialContext,
		TLSClientConfig:     config,
		TLSHandshakeTimeout: dialTimeout,
		IdleConnTimeout:     idleTimeout,
		DisableCompression:  true,
		Protocols:           &protocols,
		HTTP2:               &http.HTTP2Config{SendPingTimeout: pingAfter, PingTimeout: pingTimeout},
	}, nil
}

// newTLS is TLS 1.2 or later, with the files that the environment names.
func newTLS(f Files) (*tls.Config, error) {
	c := &tls.Config{MinVersion: tls.VersionTLS12}
	if f.Authorities != "" {
		pem, err := os.ReadFile(f.Authorities)
		if err != nil {
			return nil, fmt.Errorf("read the certificates of authorities: %w", err)
		}
		c.RootCAs = x509.NewCertPool()
		if !c.RootCAs.AppendCertsFromPEM(pem) {
			return nil, fmt.Errorf("%s holds no certificate", f.Authorities)
		}
	}
	if f.Certificate != "" {
		pair, err := tls.LoadX509KeyPair(f.Certificate, f.Key)
		if err != nil {
			return nil, fmt.Errorf("load the client's certificate and key: %w", err)
		}
		c.Certificates = []tls.Certificate{pair}
	}
	return c, nil
}

// retryable are the statuses of HTTP that ask for another attempt: section
// "Retryable Response Codes" of OTLP.
var retryable = []int{
	http.StatusTooManyRequests, http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout,
}

// maxMessageText is the most bytes that are told of what a collector says to a
// request that it does not take.
const maxMessageText = 256

func excerpt(message string) string {
	message = strings.TrimSpace(message)
	return strings.ToValidUTF8(message[:min(len(message), maxMessageText)], "")
}

// httpAnswer reads the answer of OTLP/HTTP.
func httpAnswer(res *http.Response, body []byte) (rejected int, err error) {
	kind := res.Header.Get("Content-Type")
	if res.StatusCode/100 == 2 {
		if strings.HasPrefix(kind, "application/json") {
			return readPartialJSON(body).result()
		}
		return readPartial(body).result()
	}
	r := &refusal{text: "the collector answered " + res.Status, final: !slices.Contains(retryable, res.StatusCode)}
	message := string(body)
	if strings.HasPrefix(kind, "application/x-protobuf") {
		message, _, _ = readStatus(body)
	}
	if message = excerpt(message); message != "" {
		r.text += ": " + message
	}
	r.after = retryAfter(res.Header.Get("Retry-After"), time.Now())
	return 0, r
}

// retryAfter reads a Retry-After header: seconds or a date, RFC 9110, section
// 10.2.3.
func retryAfter(v string, now time.Time) time.Duration {
	if seconds, err := strconv.ParseUint(v, 10, 64); err == nil {
		return time.Duration(min(seconds, maxRetryAfter)) * time.Second
	}
	if t, err := http.ParseTime(v); err == nil {
		return max(0, min(t.Sub(now), maxRetryAfter*time.Second))
	}
	return 0
}

package awsapi

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"
)

const (
	// headerTimeout is how long a client may take to say what it wants, bodyTimeout
	// to say all of it, and writeTimeout to take the answer.
	headerTimeout = 5 * time.Second
	bodyTimeout   = 30 * time.Second
	writeTimeout  = 30 * time.Second
	// idleTimeout is how long a connection is kept for the next request: longer
	// than the SDKs keep it, so that it is not closed under one.
	idleTimeout = 2 * time.Minute
	// maxHeader bounds the headers of a request: those of the SDKs have some
	// hundred bytes.
	maxHeader = 32 << 10
)

// ErrOpen is the error of listening for everybody without keys.
var ErrOpen = errors.New("without keys the API listens on a loopback address only")

// Listen listens at address, for Serve. Its error is ErrOpen where the address
// can be reached from elsewhere and there are no keys.
func (s *Server) Listen(ctx context.Context, address string) (net.Listener, error) {
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", address)
	if err != nil {
		return nil, err
	}
	if ip := l.Addr().(*net.TCPAddr).IP; s.keys == nil && !ip.IsLoopback() {
		l.Close()
		return nil, fmt.Errorf("listen on %s: %w", address, ErrOpen)
	}
	if s.o.CertificateFile == "" {
		return l, nil
	}
	certificate, err := reloading(s.o.Log, func() (*tls.Certificate, error) {
		c, err := tls.LoadX509KeyPair(s.o.CertificateFile, s.o.KeyFile)
		return &c, err
	}, s.o.CertificateFile, s.o.KeyFile)
	if err != nil {
		l.Close()
		return nil, fmt.Errorf("certificate of the API: %w", err)
	}
	return tls.NewListener(l, &tls.Config{
		MinVersion:     tls.VersionTLS12,
		NextProtos:     []string{"http/1.1"},
		GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return certificate.get(), nil },
	}), nil
}

// Serve answers what comes in at l until ctx is done. Then it takes no more
// requests, and waits for the executions that callers wait for: end what they
// run in to stop it sooner.
func (s *Server) Serve(ctx context.Context, l net.Listener) error {
	h := &http.Server{
		Handler:           s,
		ReadHeaderTimeout: headerTimeout,
		IdleTimeout:       idleTimeout,
		MaxHeaderBytes:    maxHeader,
		ErrorLog:          slog.NewLogLogger(s.o.Log.Handler(), slog.LevelDebug), // clients that break off
	}
	stopped := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		defer close(stopped)
		h.Shutdown(context.Background())
	})
	err := h.Serve(l)
	if stop() {
		return err
	}
	<-stopped
	return nil
}

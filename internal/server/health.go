package server

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/pprof"
	"strings"
	"syscall"
	"time"

	"github.com/seed66d9166c/express/internal/config"
)

// A listener answers over HTTP.
type listener struct {
	net.Listener
	server *http.Server
	done   chan struct{}
}

const (
	// headerTimeout is how long a client may take to say what it wants, and
	// bodyTimeout to say all of it.
	headerTimeout = 5 * time.Second
	bodyTimeout   = 30 * time.Second
)

// listen starts the health listener, before what takes time, so that who
// watches the process sees it start.
func (s *Server) listen(ctx context.Context) (err error) {
	s.health, err = s.listenOn(ctx, "listen", s.app.Listen, s.handler())
	return err
}

// listenOn answers by h at the address that a setting says, and does not where
// that is off: then the listener is nil.
func (s *Server) listenOn(ctx context.Context, setting, address string, h http.Handler) (*listener, error) {
	if address == config.Off {
		return nil, nil
	}
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", address)
	if errors.Is(err, syscall.EADDRINUSE) {
		return nil, fmt.Errorf("listen on %s: the port is taken by another program; %s can name another, or off", address, setting)
	} else if err != nil {
		return nil, fmt.Errorf("%s: %w", setting, err)
	}
	to := &listener{
		Listener: l,
		server:   &http.Server{Handler: h, ReadHeaderTimeout: headerTimeout, ReadTimeout: bodyTimeout},
		done:     make(chan struct{}),
	}
	go func() {
		defer close(to.done)
		if err := to.server.Serve(l); !errors.Is(err, http.ErrServerClosed) {
			s.fail(fmt.Errorf("%s: %w", setting, err))
		}
	}()
	return to, nil
}

// url is where l answers, "" where it does not.
func (l *listener) url() string {
	if l == nil {
		return ""
	}
	return "http://" + l.Addr().String()
}

// close ends connections that are in the middle of something as well: profiles
// take minutes.
func (l *listener) close() {
	if l != nil {
		l.server.Close()
		<-l.done
	}
}

// handler is a row for each path.
func (s *Server) handler() http.Handler {
	mux := http.NewServeMux()
	for path, f := range map[string]http.HandlerFunc{
		"GET /healthz":             func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, "ok") },
		"GET /readyz":              s.readyz,
		"GET /metrics":             s.telemetry.Metrics().Handler().ServeHTTP,
		"GET /debug/pprof/":        local(pprof.Index),
		"GET /debug/pprof/cmdline": local(pprof.Cmdline),
		"GET /debug/pprof/profile": local(pprof.Profile),
		"GET /debug/pprof/symbol":  local(pprof.Symbol),
		"POST /debug/pprof/symbol": local(pprof.Symbol),
		"GET /debug/pprof/trace":   local(pprof.Trace),
	} {
		mux.HandleFunc(path, f)
	}
	return mux
}

// local refuses who asks from another machine: profiles show what is in memory,
// and take time, even where the listener has to be open to health checks.
func local(f http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		host, _, _ := net.SplitHostPort(r.RemoteAddr)
		if ip := net.ParseIP(host); ip == nil || !ip.IsLoopback() {
			http.Error(w, "profiles are shown to this machine only", http.StatusForbidden)
			return
		}
		f(w, r)
	}
}

// readyz says 503, and why, until events are taken, and as soon as no more are.
func (s *Server) readyz(w http.ResponseWriter, _ *http.Request) {
	if why := s.notReady(); len(why) > 0 {
		http.Error(w, strings.Join(why, "\n"), http.StatusServiceUnavailable)
		return
	}
	fmt.Fprintln(w, "ready")
}

// notReady is why no events are taken, nothing if they are.
func (s *Server) notReady() []string {
	if !s.ready.Load() {
		if s.stopping.Err() != nil {
			return []string{"stopping"}
		}
		return []string{"starting"}
	}
	var why []string
	if err := s.broker.ready(); err != nil {
		why = append(why, err.Error())
	}
	for _, f := range s.sorted() {
		if err := f.source.Ready(); err != nil {
			why = append(why, fmt.Sprintf("%s: %v", f.o.Subject, err))
		}
	}
	return why
}

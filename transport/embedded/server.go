// Package embedded is a NATS server with JetStream inside the process: the
// engine needs no other program to run. Nothing outside the process can reach
// it unless it is told to listen.
package embedded

import (
	"cmp"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"syscall"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
)

// readyTimeout bounds start-up, most of which is the recovery of streams: a
// store of many gigabytes takes seconds.
const readyTimeout = 60 * time.Second

// Options of a Server. Dir is required.
type Options struct {
	// Dir holds the streams. It is created where it is missing, and belongs to
	// one Server at a time.
	Dir string
	// Listen is the host:port for other programs, "" for none. Without a host
	// it is 127.0.0.1, and port 0 is any free one. It replaces what Config
	// says of clients.
	Listen string
	// Config is the path of a nats.conf for everything else: authorization,
	// TLS, accounts, MQTT, limits. Its store_dir gives way to Dir.
	Config string
	// SyncAlways puts every event on disk before its publisher is told that it
	// is there. Without it a power failure loses up to two minutes of events;
	// the death of the process loses none either way.
	SyncAlways bool
	Log        *slog.Logger // nil is slog.Default()
}

// A Server is a running NATS server. It is safe for concurrent use.
type Server struct {
	server *server.Server
	unlock func()
}

// Start starts a Server. Its errors are sentences to show: a port that is
// taken, a directory that is in use, a Config that is wrong, a listener that
// anybody could reach.
func Start(o Options) (*Server, error) {
	so, err := serverOptions(o)
	if err != nil {
		return nil, err
	}
	if err := exposed(so); err != nil {
		return nil, err
	}
	if err := portFree(so); err != nil {
		return nil, err
	}
	if err := os.MkdirAll(o.Dir, 0o700); err != nil {
		return nil, fmt.Errorf("create the store directory: %w", err)
	}
	unlock, err := lock(filepath.Join(o.Dir, lockFile))
	if err != nil {
		return nil, fmt.Errorf("store directory %s: %w", o.Dir, err)
	}
	s, err := start(so, cmp.Or(o.Log, slog.Default()))
	if err != nil {
		unlock()
		return nil, fmt.Errorf("start the embedded NATS server: %w", err)
	}
	return &Server{s, unlock}, nil
}

func start(so *server.Options, log *slog.Logger) (*server.Server, error) {
	s, err := server.NewServer(so)
	if err != nil {
		return nil, err
	}
	l := &logger{log: log}
	s.SetLogger(l, false, false)
	s.Start()
	if err := l.fatalError(); err != nil {
		s.Shutdown()
		return nil, err
	}
	if !so.DontListen && !s.ReadyForConnections(readyTimeout) {
		s.Shutdown()
		return nil, fmt.Errorf("it is not ready after %v", readyTimeout)
	}
	return s, nil
}

// serverOptions are o in nats-server's words.
func serverOptions(o Options) (*server.Options, error) {
	so := new(server.Options)
	if o.Config != "" {
		var err error
		if so, err = server.ProcessConfigFile(o.Config); err != nil {
			return nil, fmt.Errorf("read %s: %w", o.Config, err)
		}
	}
	so.DontListen = so.Host == "" && so.Port == 0 // nats-server would listen to everybody
	so.Host = cmp.Or(so.Host, server.DEFAULT_HOST)
	so.Port = cmp.Or(so.Port, server.DEFAULT_PORT)
	if o.Listen != "" {
		host, text, err := net.SplitHostPort(o.Listen)
		port, portErr := strconv.ParseUint(text, 10, 16)
		if err != nil || portErr != nil {
			return nil, fmt.Errorf("%q is no host:port to listen on", o.Listen)
		}
		so.DontListen = false
		so.Host = cmp.Or(host, "127.0.0.1")
		so.Port = cmp.Or(int(port), server.RANDOM_PORT)
	}
	so.JetStream = true
	so.StoreDir = o.Dir
	so.SyncAlways = so.SyncAlways || o.SyncAlways
	so.NoSigs = true // signals are the engine's
	so.LogFile, so.Syslog, so.RemoteSyslog = "", false, ""
	return so, nil
}

// portFree says in words what nats-server reports as a fatal log line.
func portFree(so *server.Options) error {
	if so.DontListen || so.Port <= 0 {
		return nil
	}
	addr := net.JoinHostPort(so.Host, strconv.Itoa(so.Port))
	l, err := net.Listen("tcp", addr)
	if errors.Is(err, syscall.EADDRINUSE) {
		return fmt.Errorf("listen on %s: the port is taken by another program", addr)
	}
	if err != nil {
		return fmt.Errorf("listen on %s: %w", addr, err)
	}
	return l.Close()
}

// Connection is the option that makes nats.Connect connect to s from within
// the process, whether or not it listens.
func (s *Server) Connection() nats.Option { return nats.InProcessServer(s.server) }

// URL is where s listens for clients, "" if it does not.
func (s *Server) URL() string {
	if s.server.Addr() == nil {
		return ""
	}
	return s.server.ClientURL()
}

// Close shuts s down and waits until everything is on disk.
func (s *Server) Close() {
	s.server.Shutdown()
	s.server.WaitForShutdown()
	s.unlock()
}

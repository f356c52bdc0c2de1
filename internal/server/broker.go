package server

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	natsio "github.com/nats-io/nats.go"
	natsjs "github.com/nats-io/nats.go/jetstream"

	"github.com/seed66d9166c/express/internal/config"
	"github.com/seed66d9166c/express/transport/embedded"
	"github.com/seed66d9166c/express/transport/nats"
	"github.com/seed66d9166c/express/transport/wire"
)

// A broker is the connection to NATS, and the server where that is in this
// process.
type broker struct {
	embedded *embedded.Server // nil for another process
	nc       *natsio.Conn
	link     *wire.Conn // for events, acknowledgements and results
	js       natsjs.JetStream
	url      string // for other programs, "" if they cannot reach it
}

// connect connects to the broker that the application names; else to that of
// the context which the user of the nats command has selected, but not in
// development, or where flags say that there is none; else to the embedded one,
// which it starts.
func (s *Server) connect(context.Context) error {
	to := nats.Settings(s.app.NATS)
	_, url := s.o.Config.Flags["nats.url"]
	_, named := s.o.Config.Flags["nats.context"]
	if !to.Given() && !s.o.Dev && !url && !named {
		to = to.WithEnvironment()
	}
	s.broker = new(broker)
	var options []natsio.Option
	if !to.Given() {
		if err := s.embed(); err != nil {
			return err
		}
		options = append(options, s.broker.embedded.Connection())
	}
	options = append(options, natsio.ClosedHandler(func(nc *natsio.Conn) {
		if s.stopping.Err() == nil {
			s.fail(fmt.Errorf("the connection to NATS is closed for good: %w", nc.LastError()))
		}
	}))
	var err error
	if s.broker.nc, err = nats.Connect(to, "express "+s.app.Name, s.log, options...); err != nil {
		return err
	}
	s.broker.link = wire.Open(s.broker.nc, s.log)
	if s.broker.embedded == nil {
		s.broker.url = s.broker.nc.ConnectedUrlRedacted()
	}
	s.broker.js, err = to.JetStream(s.broker.nc)
	return err
}

// embed starts the embedded broker.
func (s *Server) embed() (err error) {
	e := s.app.Embedded
	if err := hide(e.Store); err != nil {
		return fmt.Errorf("create the store directory: %w", err)
	}
	o := embedded.Options{Dir: e.Store, Listen: e.Listen, Config: e.Config, SyncAlways: e.Durability == config.DurabilitySafe, Log: s.log}
	if o.Listen == config.Off {
		o.Listen = ""
	}
	if s.broker.embedded, err = embedded.Start(o); err != nil {
		return err
	}
	s.broker.url = s.broker.embedded.URL()
	return nil
}

// hide makes the store directory where it is missing, and keeps it out of Git:
// by default it lies among the definitions.
func hide(dir string) error {
	_, err := os.Stat(dir)
	if !errors.Is(err, os.ErrNotExist) {
		return err
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, ".gitignore"), []byte("*\n"), 0o600)
}

// ready is nil while b can be reached.
func (b *broker) ready() error {
	if !b.nc.IsConnected() {
		return errors.New("not connected to NATS")
	}
	return nil
}

// flush hands over what was sent, acknowledgements above all, and what is
// listened to.
func (b *broker) flush(ctx context.Context) error {
	if b.nc == nil || !b.nc.IsConnected() {
		return nil // nothing can be done: events that are not acknowledged are delivered again
	}
	ctx, cancel := context.WithTimeout(ctx, handOver)
	defer cancel()
	if err := b.link.Flush(ctx); err != nil {
		return fmt.Errorf("hand over to NATS: %w", err)
	}
	return nil
}

func (b *broker) close() {
	if b.nc != nil {
		b.link.Close()
		b.nc.Close()
	}
	if b.embedded != nil {
		b.embedded.Close()
	}
}

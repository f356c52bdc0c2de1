package server

import (
	"context"
	"errors"
	"fmt"
	"net"
	"time"

	natsio "github.com/nats-io/nats.go"

	"github.com/seed66d9166c/express/compiler"
	"github.com/seed66d9166c/express/express"
	"github.com/seed66d9166c/express/internal/catalog"
	"github.com/seed66d9166c/express/internal/config"
	"github.com/seed66d9166c/express/transport"
	"github.com/seed66d9166c/express/transport/awsapi"
)

// An api answers AWS's API.
type api struct {
	listener net.Listener
	scheme   string
	slots    chan struct{}   // of synchronous executions
	running  context.Context // of them
	abort    context.CancelCauseFunc
	done     chan struct{}
}

// serveAPI answers AWS's API, where the application says so, for what is in store.
func (s *Server) serveAPI(ctx context.Context, store catalog.Store) error {
	if s.app.API.Listen == config.Off {
		return nil
	}
	a := &api{scheme: "http", slots: make(chan struct{}, s.app.Slots), done: make(chan struct{})}
	if s.app.API.Certificate != "" {
		a.scheme = "https"
	}
	compile := func() *compiler.Options { return catalog.Compiler(s.now.Load()) }
	server, err := awsapi.New(awsapi.Options{
		Registry: catalog.NewRegistry(store, catalog.RegistryOptions{
			Account:  s.account(),
			Files:    catalog.NewFiles(s.now.Load),
			Compiler: compile,
		}),
		Starter:         starter{s, a},
		Callbacks:       s.tasks.callbacks,
		Invokers:        s.tasks.byKind,
		Compiler:        compile,
		Strict:          s.app.Strict,
		KeysFile:        s.app.API.KeysFile,
		CertificateFile: s.app.API.Certificate,
		KeyFile:         s.app.API.CertificateKey,
		Log:             s.log,
	})
	if err != nil {
		return fmt.Errorf("api: %w", err)
	}
	if a.listener, err = server.Listen(ctx, s.app.API.Listen); err != nil {
		return fmt.Errorf("api.listen: %w", err)
	}
	a.running, a.abort = context.WithCancelCause(context.Background())
	s.api = a
	go func() {
		defer close(a.done)
		if err := server.Serve(s.stopping, a.listener); err != nil && s.stopping.Err() == nil {
			s.fail(fmt.Errorf("api: %w", err))
		}
	}()
	return nil
}

var errStopping = errors.New("the engine is stopping")

// drain waits for the executions of callers that wait: for as long as the
// application grants them, then aborts them.
func (a *api) drain(grace time.Duration) {
	if a == nil {
		return
	}
	select {
	case <-a.done:
	case <-time.After(grace):
	}
	a.abort(errStopping)
	<-a.done
}

// url is where a answers, "" where it does not.
func (a *api) url() string {
	if a == nil {
		return ""
	}
	return a.scheme + "://" + a.listener.Addr().String()
}

// A starter starts executions for who asks over the API.
type starter struct {
	s *Server
	a *api
}

// Start puts the event that starts x into the stream of the workflow.
func (t starter) Start(ctx context.Context, x *awsapi.Execution) error {
	if _, err := t.s.catalog.Choose(ctx, x.Machine.Name, x.Machine.Qualifier, x.Name); err != nil {
		return err
	}
	m := &natsio.Msg{Subject: transport.StartSubject(x.Machine.Name), Data: []byte(x.Text), Header: natsio.Header{
		natsio.MsgIdHdr:      {x.ID},
		transport.HeaderName: {x.Name},
		transport.HeaderARN:  {x.ARN},
	}}
	if x.Machine.Qualifier != "" {
		m.Header.Set(transport.HeaderQualifier, x.Machine.Qualifier)
	}
	if x.Trace != "" {
		m.Header.Set(transport.TraceKey(x.Trace), x.Trace)
	}
	if _, err := t.s.broker.js.PublishMsg(ctx, m); err != nil {
		return fmt.Errorf("%w: %w", awsapi.ErrUnavailable, err)
	}
	return nil
}

// StartSync runs x here, once.
func (t starter) StartSync(ctx context.Context, x *awsapi.Execution) (express.Outcome, error) {
	select {
	case t.a.slots <- struct{}{}:
		defer func() { <-t.a.slots }()
	default:
		return express.Outcome{}, awsapi.ErrBusy
	}
	w, err := t.s.catalog.Choose(ctx, x.Machine.Name, x.Machine.Qualifier, x.Name)
	if err != nil {
		return express.Outcome{}, err
	}
	return w.Machine.Run(t.a.running, express.Start{Name: x.Name, ARN: x.ARN, Input: x.Input, Trace: x.Trace, Sync: true}), nil
}

// Package server makes an application directory run: it starts everything in
// order, and stops it so that nothing is lost. It is the only package that
// knows all others.
//
// Start reads and compiles, so that what is wrong with the application is said
// before anything else happens; sets up telemetry; takes the port of the health
// listener; connects to the broker, or starts the one inside the process; binds
// the workflows; and opens a source of events for each trigger and each
// workflow. Stop goes the
// other way: it says not ready, fetches no more, lets what runs end within a
// bounded time and gives the rest back, hands over the last acknowledgements
// and log records, and leaves the broker.
package server

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/seed66d9166c/express/express"
	"github.com/seed66d9166c/express/express/program"
	"github.com/seed66d9166c/express/internal/catalog"
	"github.com/seed66d9166c/express/internal/config"
	"github.com/seed66d9166c/express/internal/telemetry"
	"github.com/seed66d9166c/express/transport"
	"github.com/seed66d9166c/express/transport/jetstream"
	"github.com/seed66d9166c/express/transport/nats"
	"github.com/seed66d9166c/express/transport/watch"
)

// Options of Start. The zero value works.
type Options struct {
	Config  config.Options
	Version string // of the engine
	// Dev is for development: the broker is the embedded one unless a flag names
	// another, lines are printed unless the application says otherwise, and what
	// has changed on disk is reloaded.
	Dev bool
	// Funcs perform the tasks whose Resource is func:NAME, by NAME.
	Funcs map[string]express.Invoker
	Lines io.Writer    // where lines on executions go; nil for nowhere
	JSON  bool         // as JSON
	Log   *slog.Logger // nil is slog.Default()
	// Reloaded is told what became of a change on disk.
	Reloaded func(Reload)
}

// A Server serves an application. It is safe for concurrent use.
type Server struct {
	o         Options
	log       *slog.Logger
	app       *config.Config // as it was started
	found     config.Reports // warnings
	telemetry *telemetry.Telemetry
	catalog   *catalog.Catalog
	now       atomic.Pointer[config.Config] // as it was reloaded last
	health    *listener
	broker    *broker
	budget    *jetstream.Budget     // of the events that all feeds hold
	suspects  *transport.Quarantine // of all feeds
	tasks     performers
	callbacks *listener
	tap       *watch.Tap // for who watches executions
	api       *api
	unask     func() error  // ends the answers to who asks for statistics
	service   *nats.Service // of synchronous starts
	ready     atomic.Bool   // from the end of Start to the beginning of stop

	stopping context.Context // done: fetch no more
	stop     context.CancelFunc
	failed   chan error // from what cannot go on
	watching sync.WaitGroup

	feeding sync.Mutex // one change of feeds at a time
	feeds   atomic.Pointer[map[string]*feed]

	once    sync.Once // of Stop
	stopErr error
}

// Start starts to serve the application directory dir and returns when it is
// ready. Its error is a config.Reports where the application is not valid, an
// *nats.ConnectError where there is no broker, and else says what went wrong; in
// each case nothing is left running. ctx bounds the start alone.
func Start(ctx context.Context, dir string, o Options) (*Server, error) {
	app, found, read := load(dir, o)
	if found.Err() != nil {
		return nil, found
	}
	s := &Server{
		o:        o,
		log:      cmp.Or(o.Log, slog.Default()),
		app:      app,
		found:    found,
		budget:   jetstream.MemoryBudget(),
		suspects: transport.NewQuarantine(),
		failed:   make(chan error, 1),
	}
	s.feeds.Store(new(map[string]*feed))
	s.now.Store(app)
	s.stopping, s.stop = context.WithCancel(context.Background())
	s.catalog = catalog.New(s.bind)
	for _, step := range []func(context.Context) error{
		s.record, s.listen, s.connect, s.perform, s.answer, s.serve, s.deployments,
	} {
		if err := step(ctx); err != nil {
			return nil, errors.Join(err, s.Stop())
		}
	}
	if o.Dev {
		s.watching.Go(func() { s.watch(read) })
	}
	s.ready.Store(true)
	return s, nil
}

// load reads the application and compiles its workflows; before it does, it
// looks at the files.
func load(dir string, o Options) (*config.Config, config.Reports, catalog.Look) {
	dir = cmp.Or(dir, ".")
	read := catalog.LookAt(dir)
	app, found := config.Load(dir, o.Config)
	if app == nil {
		return nil, found, nil
	}
	read.Add(app)
	if o.Dev {
		forDevelopment(app, o.Config.Flags)
	}
	return app, append(found, catalog.Check(app)...), read
}

// Check reports what is found in the application directory dir, without serving
// it.
func Check(dir string, o config.Options) config.Reports {
	_, found, _ := load(dir, Options{Config: o})
	return found
}

// record sets up what shows executions.
func (s *Server) record(ctx context.Context) (err error) {
	var lines *telemetry.Lines
	if s.o.Lines != nil && s.app.Lines != config.LinesOff {
		lines = telemetry.NewLines(s.o.Lines, telemetry.LineOptions{
			Events: s.app.Lines == config.LinesEvents,
			JSON:   s.o.JSON,
			Color:  telemetry.InColor(s.o.Lines),
		})
	}
	s.telemetry, err = telemetry.New(ctx, telemetry.Options{Version: s.o.Version, Lines: lines, Log: s.log, Redact: s.app.Logging.Redact, Link: s.app.TraceLink})
	return err
}

// serve binds the workflows and opens the sources of events.
func (s *Server) serve(ctx context.Context) error {
	if _, _, err := s.catalog.Load(s.app); err != nil {
		return err
	}
	for _, u := range s.unbound() {
		s.log.Warn("nothing performs a task", "workflow", u.Workflow, "state", u.State, "resource", u.Resource, "help", u.Help)
	}
	return s.feed(ctx)
}

// bind binds a compiled workflow.
func (s *Server) bind(w *config.Workflow, version string, p *program.Program) (*express.Machine, error) {
	recorded, err := s.recorded(w)
	if err != nil {
		return nil, err
	}
	return express.New(p, express.Options{
		Identity: express.Identity{
			Name:    w.Name,
			Version: version,
			ARN:     s.account().Of(w.Name).String(),
		},
		Invokers: s.performing(p),
		Token:    s.tasks.callbacks.Token,
		Recorder: s.telemetry.Recorder(recorded),
		Borrow:   p.Short(), // tasks may keep what they are given, telemetry does not
	})
}

// recorded is what is recorded of w.
func (s *Server) recorded(w *config.Workflow) (telemetry.Workflow, error) {
	l := &w.Logging
	level, ok := express.ParseLevel(l.Level)
	if !ok {
		return telemetry.Workflow{}, fmt.Errorf("there is no level %q", l.Level)
	}
	r := telemetry.Workflow{
		Name: w.Name, Level: level, Data: l.Data, Redact: l.Redact,
		Block: l.Full == config.FullBlock, Exported: w.Completion == config.CompletionExported,
	}
	if l.Share < 1 {
		r.Tail = &telemetry.Tail{Share: l.Share, Slow: l.Slow}
	}
	return r, s.telemetry.Check(r)
}

// account says whose the workflows are: what stands in their ARNs.
func (s *Server) account() catalog.Account {
	a := catalog.DefaultAccount
	a.Region, a.ID = s.app.API.Region, s.app.API.Account
	return a
}

// Run serves until ctx is done, or until something fails without which there is
// nothing to serve, then stops.
func (s *Server) Run(ctx context.Context) error {
	var err error
	select {
	case <-ctx.Done():
	case err = <-s.failed:
	}
	return errors.Join(err, s.Stop())
}

// fail ends Run.
func (s *Server) fail(err error) {
	select {
	case s.failed <- err:
	default: // one is enough
	}
}

// Bounds of what follows the executions' end: together with what a pump grants
// aborted executions the process is gone five seconds after Config.Drain.
const (
	afterDrain   = 5 * time.Second
	handOver     = 2 * time.Second // to the broker
	flushRecords = 3 * time.Second // of log records to the collector
)

// Stop stops to serve: executions that run have as long to end as the
// application's drain says. A second Stop waits for the first. Its error says
// what may be lost, which is log records; events are delivered again.
func (s *Server) Stop() error {
	s.once.Do(func() { s.stopErr = s.end() })
	return s.stopErr
}

func (s *Server) end() error {
	s.ready.Store(false)
	s.stop()
	ctx, cancel := context.WithTimeout(context.Background(), s.app.Drain+afterDrain)
	defer cancel()
	s.watching.Wait()
	var api sync.WaitGroup
	api.Go(func() { s.api.drain(s.grace()) })
	err := s.drain(ctx)
	api.Wait()
	s.callbacks.close()
	if s.tap != nil {
		err = errors.Join(err, s.tap.Close())
	}
	if s.unask != nil {
		err = errors.Join(err, s.unask())
	}
	err = errors.Join(err, s.tasks.close())
	if s.broker != nil {
		err = errors.Join(err, s.broker.flush(ctx))
	}
	if s.telemetry != nil {
		ctx, cancel := context.WithTimeout(ctx, flushRecords)
		defer cancel()
		err = errors.Join(err, s.telemetry.Close(ctx))
	}
	if s.broker != nil {
		s.broker.close()
	}
	s.health.close()
	return err
}

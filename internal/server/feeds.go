package server

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/seed66d9166c/express/express"
	"github.com/seed66d9166c/express/internal/config"
	"github.com/seed66d9166c/express/internal/telemetry/metrics"
	"github.com/seed66d9166c/express/internal/telemetry/traces"
	"github.com/seed66d9166c/express/transport"
	"github.com/seed66d9166c/express/transport/jetstream"
)

// A feed is a source of events and the pump that moves them to a workflow.
type feed struct {
	o      feedOptions
	source *jetstream.Source
	stop   context.CancelFunc
	done   chan struct{}
	err    error // of the pump, once done is closed
}

// feedOptions are what a feed is made of: those that are equal need not be made
// again.
type feedOptions struct {
	jetstream.Options
	buryFailed bool
}

// key tells feeds apart.
func (o feedOptions) key() string { return o.Stream + " " + o.Durable }

// wrap says whose error it is.
func (o feedOptions) wrap(err error) error {
	return fmt.Errorf("events of %s for workflow %s: %w", o.Subject, o.Workflow, err)
}

// startDurable begins the names of the consumers of asynchronous starts.
const startDurable = "express-start-"

// completions are the levels in words of the sources.
var completions = map[config.Completion]jetstream.Completion{
	config.CompletionNone:    jetstream.None,
	config.CompletionLog:     jetstream.Log,
	config.CompletionPublish: jetstream.Publish,

	config.CompletionExported: jetstream.Exported,
}

// feeds is what app needs: a feed a trigger, and one a workflow that takes
// asynchronous starts.
func feeds(app *config.Config) map[string]feedOptions {
	all := make(map[string]feedOptions)
	add := func(o feedOptions) {
		o.Slots = app.Slots
		o.MaxBytes = int64(app.Streams.MaxBytes)
		o.DeadMaxBytes = int64(app.Streams.DeadMaxBytes)
		o.Replicas = app.Streams.Replicas
		o.Completion = completions[app.Workflow(o.Workflow).Completion]
		o.Data = app.Workflow(o.Workflow).Logging.Data
		o.AckSync = app.Ack == config.AckSync
		o.Dedupe = app.Dedupe
		all[o.key()] = o
	}
	for _, t := range app.Triggers {
		add(feedOptions{
			Options: jetstream.Options{
				Workflow:      t.Workflow,
				Subject:       t.Subject,
				Stream:        t.Stream,
				Create:        true,
				Durable:       t.Durable,
				Result:        t.Result,
				AckWait:       t.AckWait,
				MaxAckPending: t.MaxPending,
			},
			buryFailed: t.DeadLetter == config.DeadLetterFailed,
		})
	}
	for _, w := range app.Workflows {
		add(feedOptions{Options: jetstream.Options{
			Workflow: w.Name,
			Subject:  transport.StartSubject(w.Name),
			Stream:   jetstream.StartStream,
			Create:   true,
			Durable:  startDurable + transport.Token(w.Name),
		}})
	}
	return all
}

// feed makes the feeds those that are needed now: it stops those that it does not,
// and waits for what runs in them, then opens those that are missing, and
// answers requests for every workflow.
func (s *Server) feed(ctx context.Context) error {
	s.feeding.Lock()
	defer s.feeding.Unlock()
	app := s.served()
	want, have := feeds(app), *s.feeds.Load()
	next := make(map[string]*feed)
	for key, f := range have {
		if want[key] == f.o {
			next[key] = f
		} else {
			f.stop()
		}
	}
	for key, f := range have {
		if next[key] == nil {
			<-f.done
		}
	}
	var missing []feedOptions
	for _, key := range slices.Sorted(maps.Keys(want)) {
		if next[key] == nil {
			missing = append(missing, want[key])
		}
	}
	opened, errs := s.open(ctx, missing)
	for _, f := range opened {
		next[f.o.key()] = f
	}
	s.feeds.Store(&next)
	for _, w := range app.Workflows {
		if err := s.service.Serve(w.Name); err != nil {
			errs = append(errs, err)
		}
	}
	switch len(errs) {
	case 0:
		return s.broker.flush(ctx) // the broker knows who answers now
	case 1:
		return errs[0]
	}
	return fmt.Errorf("%w (and %d more of this kind)", errs[0], len(errs)-1)
}

// open starts feeds, and says which it could not.
func (s *Server) open(ctx context.Context, all []feedOptions) (opened []*feed, errs []error) {
	options := make([]jetstream.Options, len(all))
	for i, o := range all {
		options[i] = o.Options
		options[i].Log, options[i].Budget, options[i].Link = s.log, s.budget, s.broker.link
	}
	sources, failed := jetstream.OpenAll(ctx, s.broker.js, options)
	for i, o := range all {
		if failed[i] != nil {
			errs = append(errs, o.wrap(failed[i]))
		} else {
			opened = append(opened, s.pump(o, sources[i]))
		}
	}
	return opened, errs
}

// pump moves the events of a source.
func (s *Server) pump(o feedOptions, source *jetstream.Source) *feed {
	counted := s.telemetry.Metrics().Feed(o.Workflow, o.Subject, o.Durable)
	pump := &transport.Pump{
		Source: source,
		Machine: func(d transport.Delivery) (*express.Machine, error) {
			counted.Received(d.Time(), d.Attempt())
			return s.choose(s.stopping, o.Workflow, d.Header(transport.HeaderQualifier), d.ID())
		},
		Buried: func(workflow, reason string) {
			s.telemetry.Metrics().Counter(metrics.MessageBuried, workflow, reason).Add(1)
		},
		Workflow:   o.Workflow,
		BuryFailed: o.buryFailed,
		Quarantine: s.suspects,
		Max:        o.Slots,
		Grace:      s.grace(),
		Log:        s.log,
	}
	f := &feed{o: o, source: source, done: make(chan struct{})}
	var running context.Context
	running, f.stop = context.WithCancel(s.stopping)
	running = traces.WithDestination(running, traces.Destination{Template: o.Subject, Group: o.Durable})
	go func() {
		defer close(f.done)
		defer f.stop()
		if f.err = pump.Run(running); f.err != nil && running.Err() == nil {
			s.fail(o.wrap(f.err))
		}
	}()
	return f
}

// choose is what runs for an execution of a workflow, of a version or an alias
// where the qualifier is one.
func (s *Server) choose(ctx context.Context, workflow, qualifier, execution string) (*express.Machine, error) {
	if qualifier == "" { // nearly always
		return s.machine(workflow)
	}
	w, err := s.catalog.Choose(ctx, workflow, qualifier, execution)
	if err != nil {
		return nil, fmt.Errorf("%s of workflow %s: %w", qualifier, workflow, err)
	}
	return w.Machine, nil
}

// machine is what runs for an event of a workflow now.
func (s *Server) machine(workflow string) (*express.Machine, error) {
	w, ok := s.catalog.Get(workflow)
	if !ok {
		return nil, fmt.Errorf("there is no workflow %s", workflow)
	}
	return w.Machine, nil
}

// drain waits for the executions that run: the end of s.stopping has told the
// pumps to stop. They leave behind what does not honour its context; the
// service is left behind where ctx is done before it.
func (s *Server) drain(ctx context.Context) error {
	synchronous := make(chan error, 1)
	go func() {
		if s.service != nil {
			synchronous <- s.service.Stop(ctx)
		}
		close(synchronous)
	}()
	s.feeding.Lock()
	defer s.feeding.Unlock()
	var errs []error
	for _, f := range s.sorted() {
		<-f.done
		errs = append(errs, f.err)
	}
	select {
	case err := <-synchronous:
		errs = append(errs, err)
	case <-ctx.Done():
		errs = append(errs, errors.New("synchronous executions did not end after they were aborted"))
	}
	return errors.Join(errs...)
}

// sorted is the feeds by stream and consumer.
func (s *Server) sorted() []*feed {
	now := *s.feeds.Load()
	var all []*feed
	for _, key := range slices.Sorted(maps.Keys(now)) {
		all = append(all, now[key])
	}
	return all
}

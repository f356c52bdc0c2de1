package server

import (
	"context"
	"slices"
	"time"

	"github.com/seed66d9166c/express/internal/catalog"
	"github.com/seed66d9166c/express/internal/config"
)

// followAgain is how long after the catalog was lost it is followed again.
const followAgain = time.Second

// deployments serves what is deployed at the broker as well. It returns when all
// that is there is served.
func (s *Server) deployments(ctx context.Context) error {
	if !s.app.Deployed {
		return nil
	}
	store, err := catalog.OpenBuckets(ctx, s.broker.js, s.app.Streams.Replicas)
	if err != nil {
		return err
	}
	first := make(chan struct{})
	s.watching.Go(func() {
		s.follow(store, func() {
			select {
			case <-first:
			default:
				close(first)
			}
		})
	})
	select {
	case <-first:
	case <-ctx.Done():
		return ctx.Err()
	}
	if err := s.serveAPI(ctx, store); err != nil {
		return err
	}
	s.watching.Go(func() { s.sweep(store) })
	return nil
}

// sweep removes the definitions to which nothing refers, which nobody waits for.
func (s *Server) sweep(store *catalog.Buckets) {
	n, err := store.Sweep(s.stopping)
	switch {
	case s.stopping.Err() != nil: // there will be another start
	case err != nil:
		s.log.Warn("definitions that nothing refers to stay", "error", err)
	case n > 0:
		s.log.Debug("definitions to which nothing refers are removed", "count", n)
	}
}

// follow follows the store until s stops, and tells served each time.
func (s *Server) follow(store catalog.Store, served func()) {
	for s.stopping.Err() == nil {
		err := s.catalog.Follow(s.stopping, store, func(changes []catalog.Change, found config.Reports) {
			s.deployed(changes, found)
			served()
		})
		if err != nil {
			s.log.Error("what is deployed cannot be followed", "error", err)
		}
		select {
		case <-time.After(followAgain):
		case <-s.stopping.Done():
		}
	}
}

// deployed opens the sources of what was deployed, and tells what there is to tell.
func (s *Server) deployed(changes []catalog.Change, found config.Reports) {
	if len(changes) > 0 {
		if err := s.feed(s.stopping); err != nil && s.stopping.Err() == nil {
			s.log.Error("events of what is deployed cannot be fetched", "error", err)
		}
	}
	for _, c := range changes {
		s.log.Info("deployed", "workflow", c.Workflow, "old", c.Old, "new", c.New)
	}
	for _, r := range found {
		for _, d := range r.Findings {
			s.log.Warn("deployed workflow", "workflow", r.File, "finding", d.String())
		}
	}
}

// served is the application with what is deployed besides.
func (s *Server) served() *config.Config {
	app := *s.now.Load()
	app.Workflows = slices.Clone(app.Workflows)
	for _, w := range s.catalog.All() {
		if app.Workflow(w.Config.Name) == nil {
			app.Workflows = append(app.Workflows, w.Config)
		}
	}
	return &app
}

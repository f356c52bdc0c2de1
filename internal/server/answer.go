package server

import (
	"context"
	"fmt"
	"regexp"
	"time"

	"github.com/seed66d9166c/express/internal/telemetry"
	"github.com/seed66d9166c/express/transport/nats"
	"github.com/seed66d9166c/express/transport/stats"
	"github.com/seed66d9166c/express/transport/watch"
)

// answer sets up what answers synchronous starts, callbacks over HTTP, and who
// watches.
func (s *Server) answer(ctx context.Context) (err error) {
	s.callbacks, err = s.listenOn(ctx, "callbacks.listen", s.app.Callbacks.Listen, s.tasks.callbacks.Handler())
	if err != nil {
		return err
	}
	if s.tap, err = watch.NewTap(s.broker.nc, s.log); err != nil {
		return err
	}
	s.telemetry.Watch(func(workflow string) telemetry.Show {
		if x := s.tap.Open(workflow); x != nil {
			return x.Record
		}
		return nil
	})
	s.measure()
	if s.unask, err = stats.Serve(s.broker.nc, s.log, s.statistics); err != nil {
		return err
	}
	s.service, err = nats.NewService(s.broker.nc, nats.ServiceOptions{
		Version:  semantic(s.o.Version),
		Metadata: map[string]string{"application": s.app.Name, "slots": fmt.Sprint(s.app.Slots)},
		Machine:  s.machine,
		Slots:    s.app.Slots,
		Grace:    s.grace(),
		Log:      s.log,
	})
	return err
}

// statistics are what s has counted, for who asks.
func (s *Server) statistics() stats.Snapshot {
	all := s.telemetry.Metrics().Snapshot()
	all.Engine = s.app.Name
	return all
}

// grace is for how long executions may go on after the signal to stop. 0 would
// be the default of who is asked.
func (s *Server) grace() time.Duration { return max(s.app.Drain, 1) }

// semantics is what a version has to begin with to be one of semantic
// versioning.
var semantics = regexp.MustCompile(`^v?(\d+\.\d+\.\d+.*)$`)

// semantic is version in the form that the services of NATS want.
func semantic(version string) string {
	if m := semantics.FindStringSubmatch(version); m != nil {
		return m[1]
	}
	return "0.0.0"
}

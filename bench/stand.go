package bench

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	natsconn "github.com/seed66d9166c/express/transport/nats"
)

// A stand is what a run needs: the processes, and the stream of events.
type stand struct {
	Options
	broker, engine, generator *process // one and the same without Options.Processes
	closers                   []func() error
	settings                  natsconn.Settings
	nc                        *nats.Conn
	js                        jetstream.JetStream
}

// newStand starts all processes. Its error is a *natsconn.ConnectError where the
// caller's broker cannot be reached.
func newStand(ctx context.Context, o Options) (_ *stand, err error) {
	s := &stand{Options: o, settings: o.NATS}
	defer func() {
		if err != nil {
			s.close()
		}
	}()
	if s.Processes {
		for _, p := range []**process{&s.broker, &s.engine, &s.generator} {
			if *p, err = s.start(s.Command); err != nil {
				return nil, err
			}
		}
	} else {
		p, err := s.start(nil)
		if err != nil {
			return nil, err
		}
		s.broker, s.engine, s.generator = p, p, p
	}
	if s.own() {
		if err := Call(ctx, s.broker.Caller, "Broker", BrokerSpec{}, &s.settings.URL); err != nil {
			return nil, err
		}
	}
	if s.nc, err = natsconn.Connect(s.settings, "express bench", nil); err != nil {
		return nil, err
	}
	if s.js, err = s.settings.JetStream(s.nc); err != nil {
		return nil, err
	}
	for _, w := range s.Workloads {
		if w.Tasks == TasksNATS {
			return s, s.begin(ctx, s.generator, Take{Side: Services})
		}
	}
	return s, nil
}

// own reports whether the broker is one of ours.
func (s *stand) own() bool { return !s.NATS.Given() }

func (s *stand) start(command []string) (*process, error) {
	p, err := startProcess(command)
	if err == nil {
		s.closers = append(s.closers, p.close)
	}
	return p, err
}

// close deletes the stream and ends all processes, the broker last.
func (s *stand) close() (err error) {
	if s.js != nil {
		ctx, cancel := context.WithTimeout(context.Background(), deleteTimeout)
		defer cancel()
		if e := s.js.DeleteStream(ctx, streamName); e != nil && !errors.Is(e, jetstream.ErrStreamNotFound) {
			err = e
		}
	}
	if s.nc != nil {
		s.nc.Close()
	}
	for i := len(s.closers) - 1; i >= 0; i-- {
		err = errors.Join(err, s.closers[i]())
	}
	return err
}

// deleteTimeout bounds the last call to a broker, which may be gone.
const deleteTimeout = 5 * time.Second

// begin starts a side in a process, with what all sides need.
func (s *stand) begin(ctx context.Context, p *process, t Take) error {
	t.NATS = s.settings
	return Call(ctx, p.Caller, "Start", t, new(Nothing))
}

// end stops a side.
func (s *stand) end(ctx context.Context, p *process, side string) error {
	return Call(ctx, p.Caller, "Stop", side, new(Nothing))
}

// duplicates is the window in which the stream knows the names of events: the
// shortest there is, as no event of ours is published twice.
const duplicates = 100 * time.Millisecond

// stream makes the stream of events anew, in memory. Full, it refuses events.
func (s *stand) stream(ctx context.Context) error {
	if err := s.js.DeleteStream(ctx, streamName); err != nil && !errors.Is(err, jetstream.ErrStreamNotFound) {
		return fmt.Errorf("delete stream %s: %w", streamName, err)
	}
	c := jetstream.StreamConfig{
		Name:       streamName,
		Subjects:   []string{eventSubject},
		Storage:    jetstream.MemoryStorage,
		Discard:    jetstream.DiscardNew,
		Duplicates: duplicates,
		MaxBytes:   -1,
	}
	if s.MaxBytes > 0 {
		c.MaxBytes = s.MaxBytes
	}
	if _, err := s.js.CreateStream(ctx, c); err != nil {
		return fmt.Errorf("create stream %s: %w", streamName, err)
	}
	return nil
}

// acknowledged waits until no event of a consumer is pending, deletes it, and is
// how many were left after the patience of s.
func (s *stand) acknowledged(ctx context.Context, name string) (left int, err error) {
	for deadline := time.Now().Add(s.Patience); ; {
		c, err := s.js.Consumer(ctx, streamName, name)
		if err != nil {
			return 0, fmt.Errorf("look at consumer %s: %w", name, err)
		}
		info := c.CachedInfo()
		left = info.NumAckPending + int(info.NumPending)
		if left == 0 || time.Now().After(deadline) {
			return left, s.js.DeleteConsumer(ctx, streamName, name)
		}
		select {
		case <-time.After(10 * time.Millisecond): // the last acknowledgements are on their way
		case <-ctx.Done():
			return left, ctx.Err()
		}
	}
}

// A spent is what each process has used for a round.
type spent struct{ broker, engine, generator Usage }

// used is what each process has used so far.
func (s *stand) used(ctx context.Context) (u spent, err error) {
	for _, p := range []struct {
		of   *process
		into *Usage
	}{{s.broker, &u.broker}, {s.engine, &u.engine}, {s.generator, &u.generator}} {
		if *p.into, err = p.of.used(ctx); err != nil {
			return u, err
		}
	}
	return u, nil
}

// since is what was used after before.
func (u spent) since(before spent) spent {
	return spent{u.broker.since(before.broker), u.engine.since(before.engine), u.generator.since(before.generator)}
}

// total is the CPU of all processes together.
func (s *stand) total(u spent) time.Duration {
	if !s.Processes {
		return u.engine.CPU
	}
	return u.broker.CPU + u.engine.CPU + u.generator.CPU
}

// spend adds what a round has used for each of its events to r.
func (s *stand) spend(r *Row, u spent, events int) {
	each := func(d time.Duration) float64 { return float64(d) / float64(events) }
	if !s.Processes {
		r.Add("cpu", Time, each(u.engine.CPU)) // of everything
	} else {
		r.Add("cpu_engine", Time, each(u.engine.CPU))
		if s.own() {
			r.Add("cpu_broker", Time, each(u.broker.CPU))
		}
		r.Add("cpu_generator", Time, each(u.generator.CPU))
	}
	r.Add("allocs", Count, float64(u.engine.Allocations)/float64(events))
	r.Add("collections", Count, float64(u.engine.Collections))
	r.Add("paused", Time, float64(u.engine.Paused))
	r.Add("rss", Bytes, float64(u.engine.RSS))
}

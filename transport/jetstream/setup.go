package jetstream

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

const (
	// checkEvery is how often the stream and the consumer are looked at. What
	// was acknowledged since the last time runs again where somebody deletes
	// the consumer.
	checkEvery   = 10 * time.Second
	checkTimeout = 5 * time.Second
	// askTimeout is how long an answer is waited for at first: while a cluster has
	// no leader there is none, and to ask again soon is what ends the wait.
	askTimeout = 2 * time.Second
	// openPatience is how long a cluster that does not answer is asked when a Source
	// is opened: a leader is found within seconds.
	openPatience = 30 * time.Second
	// The pause before the next look while they are not in order doubles from
	// the one to the other.
	mendPauseMin = 250 * time.Millisecond
	mendPauseMax = 2 * time.Second
)

// A stream is what is known of the stream and the consumer. It does not change.
type stream struct {
	name      string
	created   time.Time
	next      string // subject of pull requests
	retention jetstream.RetentionPolicy
	replicas  int
	memory    bool
	floor     uint64 // everything up to here was acknowledged
}

// attach sets up the stream and the consumer, or finds them in order.
func (s *Source) attach(ctx context.Context, l *look) error {
	s.mu.Lock()
	before := s.stream
	s.mu.Unlock()
	str, err := l.stream(ctx, s, before)
	if err != nil {
		return explain(err)
	}
	info := str.CachedInfo()
	now := &stream{
		name:      info.Config.Name,
		created:   info.Created,
		next:      apiPrefix(s.js) + "CONSUMER.MSG.NEXT." + info.Config.Name + "." + s.o.Durable,
		retention: info.Config.Retention,
		replicas:  info.Config.Replicas,
		memory:    info.Config.Storage == jetstream.MemoryStorage,
	}
	if before != nil && before.created.Equal(now.created) {
		now.floor = before.floor
	}
	if now.floor, err = s.ensureConsumer(ctx, str, now, before == nil); err != nil {
		return explain(err)
	}
	s.warn(&info.Config)
	s.deleted = time.Time{}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.stream = now
	return nil
}

// set sets up the streams of records, the stream and the consumer. It asks again
// while nobody answers.
func (s *Source) set(ctx context.Context, l *look) error {
	for begun := time.Now(); ; {
		try, cancel := context.WithTimeout(ctx, checkTimeout)
		err := s.ensureRecords(try, l)
		if err == nil {
			err = s.attach(try, l)
		}
		cancel()
		if !errors.Is(err, context.DeadlineExceeded) || ctx.Err() != nil || time.Since(begun) > openPatience {
			return err
		}
		s.log.Warn("the broker does not answer: asked again", "error", err)
	}
}

// explain words the errors of a server without JetStream.
func explain(err error) error {
	if errors.Is(err, nats.ErrNoResponders) || errors.Is(err, jetstream.ErrJetStreamNotEnabled) || errors.Is(err, jetstream.ErrJetStreamNotEnabledForAccount) {
		return fmt.Errorf("JetStream is not available to this account: %w", err)
	}
	return err
}

// apiPrefix begins the subjects of js's API.
func apiPrefix(js jetstream.JetStream) string {
	o := js.Options()
	switch {
	case o.Domain != "":
		return "$JS." + o.Domain + ".API."
	case o.APIPrefix != "":
		return strings.TrimSuffix(o.APIPrefix, ".") + "."
	}
	return jetstream.DefaultAPIPrefix
}

// check looks whether the stream and the consumer are in order, and mends what
// it can: what was deleted is created again.
func (s *Source) check() {
	s.mending <- struct{}{}
	defer func() { <-s.mending }()
	timeout := askTimeout
	if s.mendPause == mendPauseMax {
		timeout = checkTimeout
	}
	ctx, cancel := context.WithTimeout(context.Background(), timeout)
	defer cancel()
	err := s.attach(ctx, newLook(s.js, nil))

	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.closed || s.nc.IsClosed():
		return
	case err == nil && s.fault != nil:
		s.log.Info("events can be fetched again", "stream", s.stream.name, "consumer", s.o.Durable)
		s.fault = nil
		s.wake()
	case err != nil && (s.fault == nil || s.fault.Error() != err.Error()):
		s.log.Error("events cannot be fetched", "stream", s.stream.name, "consumer", s.o.Durable, "error", err)
		s.fault = err
	}
	pause := s.o.checkEvery
	if s.fault != nil {
		s.mendPause = min(max(2*s.mendPause, mendPauseMin), mendPauseMax)
		pause = s.mendPause
	} else {
		s.mendPause = 0
	}
	s.checking.Reset(pause)
}

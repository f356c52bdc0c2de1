package jetstream

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/seed66d9166c/express/transport"
)

// ensureResults sees to it that there is a stream that can confirm outcomes: one
// that has their subject, else DoneStream.
func (s *Source) ensureResults(ctx context.Context, l *look) error {
	if s.o.Completion != Publish {
		return nil
	}
	if s.o.Result != "" {
		_, err := s.js.StreamNameBySubject(ctx, s.o.Result)
		if !errors.Is(err, jetstream.ErrStreamNotFound) {
			return explain(err)
		}
	}
	var more []string
	if s.o.Result != "" {
		more = append(more, s.o.Result)
	}
	_, err := l.record(ctx, jetstream.StreamConfig{
		Name:        DoneStream,
		Description: "outcomes of executions",
		Subjects:    []string{transport.DoneSubjects},
		Replicas:    s.o.Replicas,
		MaxAge:      doneMaxAge,
		MaxBytes:    s.o.MaxBytes,
	}, more...)
	return err
}

// ensureStream finds the stream of s and gives it subjects, or creates it with them
// where that is wanted. The lock is held.
func (l *look) ensureStream(ctx context.Context, s *Source, before *stream, subjects []string) (jetstream.Stream, error) {
	name, create := s.o.Stream, s.o.Create
	if name == "" {
		create = true
		var err error
		name, err = l.js.StreamNameBySubject(ctx, s.o.Subject)
		switch {
		case errors.Is(err, jetstream.ErrStreamNotFound) && before != nil:
			name = before.name
		case errors.Is(err, jetstream.ErrStreamNotFound):
			name = "EXPRESS_" + transport.Token(s.o.Workflow)
		case err != nil:
			return nil, fmt.Errorf("find the stream of %s: %w", s.o.Subject, err)
		}
	}
	if err := readable(name); err != nil {
		return nil, err
	}
	str, err := l.js.Stream(ctx, name)
	if errors.Is(err, jetstream.ErrStreamNotFound) && create {
		if before != nil && !s.mayRecreate(time.Now()) {
			return nil, fmt.Errorf("stream %s was deleted, and is created again %v later", name, recreatePause)
		}
		str, err = l.js.CreateStream(ctx, jetstream.StreamConfig{
			Name:        name,
			Description: "events that wait for their execution",
			Subjects:    with(nil, subjects),
			Retention:   jetstream.WorkQueuePolicy,
			Storage:     jetstream.FileStorage,
			Replicas:    s.o.Replicas,
			MaxBytes:    s.o.MaxBytes,
			Discard:     jetstream.DiscardNew,
			Duplicates:  duplicates,
			Metadata:    map[string]string{metaOwner: "express"},
		})
		if errors.Is(err, jetstream.ErrStreamNameAlreadyInUse) { // by another engine that starts at the same time
			str, err = l.js.Stream(ctx, name)
		} else if err != nil {
			return nil, fmt.Errorf("create stream %s: %w", name, err)
		}
	}
	if err != nil {
		return nil, fmt.Errorf("stream %s: %w", name, err)
	}
	if err := attachable(&str.CachedInfo().Config); err != nil {
		return nil, err
	}
	return l.grow(ctx, str, subjects...)
}

// recreatePause is how long a stream that somebody has deleted stays away. Its server
// deletes the files meanwhile, and would take those of another stream of that name for
// them, which could store nothing then.
const recreatePause = time.Second

// mayRecreate reports whether the stream, which is missing, has been for long enough.
// It is called by the one that mends.
func (s *Source) mayRecreate(now time.Time) bool {
	if s.deleted.IsZero() {
		s.deleted = now
	}
	return now.Sub(s.deleted) >= recreatePause
}

// attachable says why no trigger can read the stream of c, if none can.
func attachable(c *jetstream.StreamConfig) error {
	if err := readable(c.Name); err != nil {
		return err
	}
	if err := readable(origins(c)...); err != nil {
		return fmt.Errorf("stream %s takes in another one: %w", c.Name, err)
	}
	return nil
}

// covers reports whether every subject that matches filter matches pattern.
func covers(pattern, filter string) bool {
	for {
		p, pRest, pMore := strings.Cut(pattern, ".")
		f, fRest, fMore := strings.Cut(filter, ".")
		switch {
		case p == ">":
			return true
		case f == ">", p != "*" && p != f, pMore != fMore:
			return false
		case !pMore:
			return true
		}
		pattern, filter = pRest, fRest
	}
}

// dangers are the settings of a stream that drop events unread. Streams of ours
// have none of them, unless somebody has changed them.
var dangers = []struct {
	has func(c *jetstream.StreamConfig) bool
	why string
}{
	{func(c *jetstream.StreamConfig) bool {
		return c.Discard == jetstream.DiscardOld && (c.MaxBytes > 0 || c.MaxMsgs > 0)
	}, "when it is full it drops its oldest events, run or not; DiscardNew would refuse new ones instead"},
	{func(c *jetstream.StreamConfig) bool { return c.MaxMsgsPerSubject > 0 },
		"it keeps the last events of each subject only, and drops older ones, run or not"},
	{func(c *jetstream.StreamConfig) bool { return c.MaxAge > 0 },
		"it drops events when they are old, run or not; MaxAge must be far above the longest stop"},
	{func(c *jetstream.StreamConfig) bool { return c.Retention == jetstream.InterestPolicy },
		"it keeps events for as long as a consumer wants them: should this one be deleted, they are lost"},
	{func(c *jetstream.StreamConfig) bool { return c.Storage == jetstream.MemoryStorage },
		"it is in memory: its events are lost when the server stops"},
	{func(c *jetstream.StreamConfig) bool { return c.NoAck },
		"it confirms nothing: publishers are not told that an event is not in it"},
	{func(c *jetstream.StreamConfig) bool { return c.AllowRollup },
		"it allows rollups: a publisher can drop all events before his, run or not"},
	{func(c *jetstream.StreamConfig) bool { return c.AllowMsgTTL },
		"it lets publishers say when an event expires, run or not"},
	{func(c *jetstream.StreamConfig) bool { return c.PersistMode == jetstream.AsyncPersistMode },
		"it confirms events before they are written: those of the last moment are lost when its server is killed"},
}

// warn says what can lose events in the stream, which people change while we
// run: each reason once, for as long as it stands.
func (s *Source) warn(c *jetstream.StreamConfig) {
	var warned []string
	for _, d := range dangers {
		if !d.has(c) {
			continue
		}
		warned = append(warned, d.why)
		if !slices.Contains(s.warned, d.why) {
			s.log.Warn("stream can lose events", "stream", c.Name, "why", d.why)
		}
	}
	s.warned = warned
}

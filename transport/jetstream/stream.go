package jetstream

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/seed66d9166c/express/transport"
)

// ensureResults sees to it that there is a stream that can confirm outcomes: one
// that has their subject, else DoneStream.
func (s *Source) ensureResults(ctx context.Context) error {
	if s.o.Completion != Publish {
		return nil
	}
	if s.o.Result != "" {
		_, err := s.js.StreamNameBySubject(ctx, s.o.Result)
		if !errors.Is(err, jetstream.ErrStreamNotFound) {
			return explain(err)
		}
	}
	str, err := ensure(ctx, s.js, jetstream.StreamConfig{
		Name:        DoneStream,
		Description: "outcomes of executions",
		Subjects:    []string{transport.DoneSubjects},
		Replicas:    s.o.Replicas,
		MaxAge:      doneMaxAge,
		MaxBytes:    s.o.MaxBytes,
	})
	if err == nil && s.o.Result != "" {
		_, err = s.cover(ctx, str, s.o.Result)
	}
	return err
}

// ensureStream finds the stream, or creates it where that is wanted.
func (s *Source) ensureStream(ctx context.Context, before *stream) (jetstream.Stream, error) {
	name, create := s.o.Stream, s.o.Create
	if name == "" {
		create = true
		var err error
		name, err = s.js.StreamNameBySubject(ctx, s.o.Subject)
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
	str, err := s.js.Stream(ctx, name)
	switch {
	case errors.Is(err, jetstream.ErrStreamNotFound) && create:
		str, err = s.js.CreateStream(ctx, jetstream.StreamConfig{
			Name:        name,
			Description: "events that wait for their execution",
			Subjects:    []string{s.o.Subject},
			Retention:   jetstream.WorkQueuePolicy,
			Storage:     jetstream.FileStorage,
			Replicas:    s.o.Replicas,
			MaxBytes:    s.o.MaxBytes,
			Discard:     jetstream.DiscardNew,
			Duplicates:  duplicates,
			Metadata:    map[string]string{metaOwner: "express"},
		})
		if err != nil {
			return nil, fmt.Errorf("create stream %s: %w", name, err)
		}
		return str, nil
	case err != nil:
		return nil, fmt.Errorf("stream %s: %w", name, err)
	}
	if err := readable(origins(&str.CachedInfo().Config)...); err != nil {
		return nil, fmt.Errorf("stream %s takes in another one: %w", name, err)
	}
	return s.cover(ctx, str, s.o.Subject)
}

// cover makes sure that str has a subject: a stream of ours gets it.
func (s *Source) cover(ctx context.Context, str jetstream.Stream, subject string) (jetstream.Stream, error) {
	c := str.CachedInfo().Config
	if slices.ContainsFunc(c.Subjects, func(of string) bool { return covers(of, subject) }) || c.Mirror != nil || len(c.Sources) > 0 {
		return str, nil
	}
	if c.Metadata[metaOwner] == "" {
		return nil, fmt.Errorf("stream %s does not have subject %s; it has %s", c.Name, subject, strings.Join(c.Subjects, ", "))
	}
	c.Subjects = append(slices.DeleteFunc(c.Subjects, func(of string) bool { return covers(subject, of) }), subject)
	str, err := s.js.UpdateStream(ctx, c)
	if err != nil {
		return nil, fmt.Errorf("add subject %s to stream %s: %w", subject, c.Name, err)
	}
	return str, nil
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

package jetstream

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

// openers is how many Sources are opened at a time: opening one is waiting for the
// broker, and beyond a few dozen questions it is the broker that is waited for.
const openers = 16

// Open sets up the stream, the consumer and the stream of dead letters as far
// as they are missing. What is there and does not fit is an error that says
// what; what could lose events unread is logged.
func Open(ctx context.Context, js jetstream.JetStream, o Options) (*Source, error) {
	sources, errs := OpenAll(ctx, js, []Options{o})
	return sources[0], errs[0]
}

// OpenAll opens a Source for each of all as Open does, at the same time, and sets
// up what they share once. A Source is nil where there is an error at its index.
func OpenAll(ctx context.Context, js jetstream.JetStream, all []Options) ([]*Source, []error) {
	sources, errs := make([]*Source, len(all)), make([]error, len(all))
	l := newLook(js, all)
	var opening sync.WaitGroup
	free := make(chan struct{}, openers)
	for i, o := range all {
		free <- struct{}{}
		opening.Go(func() {
			defer func() { <-free }()
			sources[i], errs[i] = open(ctx, js, o, l)
		})
	}
	opening.Wait()
	return sources, errs
}

// A look is one look at the streams that Sources share: each is asked for once. It
// is safe for concurrent use.
type look struct {
	js       jetstream.JetStream
	subjects map[string][]string // by stream: of the Sources that name it

	mu      sync.Mutex // guards what follows, and lets one Source at a time change streams
	streams map[string]jetstream.Stream
}

func newLook(js jetstream.JetStream, all []Options) *look {
	l := &look{
		js:       js,
		subjects: make(map[string][]string),
		streams:  make(map[string]jetstream.Stream),
	}
	for _, o := range all {
		if o.Stream != "" {
			l.subjects[o.Stream] = append(l.subjects[o.Stream], o.Subject)
		}
	}
	return l
}

// record is a stream of records of ours, found or created, with more subjects.
func (l *look) record(ctx context.Context, c jetstream.StreamConfig, subjects ...string) (jetstream.Stream, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	str, err := l.streams[c.Name], error(nil)
	if str == nil {
		if str, err = ensure(ctx, l.js, c); err != nil {
			return nil, err
		}
	}
	if str, err = l.grow(ctx, str, subjects...); err != nil {
		return nil, err
	}
	l.streams[c.Name] = str
	return str, nil
}

// stream is the stream of s, with its subject. The first Source that asks for it
// gives it the subjects of all.
func (l *look) stream(ctx context.Context, s *Source, before *stream) (jetstream.Stream, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	str, err := l.streams[s.o.Stream], error(nil)
	if all := l.subjects[s.o.Stream]; str == nil && len(all) > 1 {
		str, err = l.ensureStream(ctx, s, before, all)
	}
	if str == nil || err != nil { // another of the subjects may be why
		str, err = l.ensureStream(ctx, s, before, []string{s.o.Subject})
	} else if err = attachable(&str.CachedInfo().Config); err == nil { // it may be one of records
		str, err = l.grow(ctx, str, s.o.Subject)
	}
	if err == nil && s.o.Stream != "" {
		l.streams[s.o.Stream] = str
	}
	return str, err
}

// grow makes sure that str has subjects: a stream of ours gets them. The lock is
// held.
func (l *look) grow(ctx context.Context, str jetstream.Stream, subjects ...string) (jetstream.Stream, error) {
	c := str.CachedInfo().Config
	missing := lacking(c.Subjects, subjects)
	switch {
	case len(missing) == 0 || c.Mirror != nil || len(c.Sources) > 0:
		return str, nil
	case c.Metadata[metaOwner] == "":
		return nil, fmt.Errorf("stream %s does not have subject %s; it has %s", c.Name, missing[0], strings.Join(c.Subjects, ", "))
	}
	var grown jetstream.Stream
	err := l.alone(ctx, c.Name, func() error {
		str, err := l.js.Stream(ctx, c.Name) // others may have changed it since
		if err != nil {
			return err
		}
		c := str.CachedInfo().Config
		c.Subjects = with(c.Subjects, missing)
		grown, err = l.js.UpdateStream(ctx, c)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("add subject %s to stream %s: %w", strings.Join(missing, ", "), c.Name, err)
	}
	return grown, nil
}

const (
	// aloneLease is after how long others go on that wait for an engine which died
	// while it changed a stream.
	aloneLease = 5 * time.Second
	// alonePause is between the attempts of who waits.
	alonePause = 20 * time.Millisecond
)

// alone calls change while no other engine changes a stream. A broker keeps what was
// written last, so that of two engines that start at the same time one could take
// away the other's subjects. Of consumers it makes no second one by the same name.
// What goes wrong nevertheless, as an engine stopped for longer than its lease, is
// mended by the next check.
func (l *look) alone(ctx context.Context, stream string, change func() error) error {
	lock := jetstream.ConsumerConfig{
		Name:              "change-" + digest(stream),
		Description:       "express: an engine changes stream " + stream,
		Metadata:          map[string]string{metaEngine: rand.Text()}, // the same one could be made twice
		DeliverPolicy:     jetstream.DeliverNewPolicy,
		AckPolicy:         jetstream.AckNonePolicy,
		InactiveThreshold: aloneLease,
		MemoryStorage:     true,
	}
	for {
		_, err := l.js.CreateConsumer(ctx, AdvisoryStream, lock)
		switch {
		case err == nil:
			err = change()
			l.js.DeleteConsumer(ctx, AdvisoryStream, lock.Name) // else its lease ends
			return err
		case !errors.Is(err, jetstream.ErrConsumerExists):
			return fmt.Errorf("consumer %s of stream %s: %w", lock.Name, AdvisoryStream, err)
		}
		select {
		case <-time.After(alonePause):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// lacking are those of subjects that none of patterns covers.
func lacking(patterns, subjects []string) (missing []string) {
	for _, s := range subjects {
		if !slices.ContainsFunc(patterns, func(p string) bool { return covers(p, s) }) {
			missing = append(missing, s)
		}
	}
	return missing
}

// with is patterns with subjects added, without those that they make superfluous: a
// stream cannot have two that overlap.
func with(patterns, subjects []string) []string {
	all := slices.Clone(patterns)
	for _, s := range subjects {
		if len(lacking(all, []string{s})) > 0 {
			all = append(slices.DeleteFunc(all, func(p string) bool { return covers(s, p) }), s)
		}
	}
	return all
}

package jetstream

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/seed66d9166c/express/transport"
)

// Streams that the engine makes.
const (
	// StartStream is for events on subjects of transport.StartSubject.
	StartStream = "EXPRESS"
	// DoneStream holds the outcomes of workflows whose trigger has Publish and no
	// subject for them.
	DoneStream = "EXPRESS_DONE"
	// DeadStream holds the dead letters of all workflows.
	DeadStream = "EXPRESS_DLQ"
	// AdvisoryStream holds what brokers say about events that they gave up, or were
	// told to; they say it once.
	AdvisoryStream = "EXPRESS_ADV"
	// RanStream says of which events an execution has ended, for Options.Dedupe.
	RanStream = "EXPRESS_RAN"
	// BegunStream says how many executions of an event in quarantine have begun and
	// not ended.
	BegunStream = "EXPRESS_BEGUN"
)

const (
	// duplicates is for how long a stream of ours knows the Nats-Msg-Id of what
	// was published, for publishers that try again.
	duplicates = 2 * time.Minute
	// doneMaxAge bounds the outcomes in DoneStream.
	doneMaxAge = 24 * time.Hour
	// deadMaxAge bounds the dead letters: a month to look at them.
	deadMaxAge = 30 * 24 * time.Hour
	// advisoryMaxBytes bounds the advisories, of half a KiB each.
	advisoryMaxBytes = 16 << 20
)

const (
	// metaOwner marks the streams that the engine made, and may change.
	metaOwner = "express.owner"
	// metaEngine is whose lock a consumer is.
	metaEngine = "express.engine"
)

// reserved are the streams of which a trigger would have the engine eat what it
// writes, by name or, with _ at the end, by what the name begins with; and what
// they hold.
var reserved = []struct{ name, what string }{
	{DeadStream, "dead letters"},
	{AdvisoryStream, "advisories of the broker"},
	{RanStream, "names of executions"},
	{BegunStream, "counts of executions"},
	{"KV_EXPRESS_", "keys and values"},
	{"OBJ_EXPRESS_", "objects"},
}

// readable says which of these streams is not for triggers, if one is.
func readable(streams ...string) error {
	for _, name := range streams {
		for _, r := range reserved {
			if name == r.name || strings.HasSuffix(r.name, "_") && strings.HasPrefix(name, r.name) {
				return fmt.Errorf("stream %s holds %s of the engine itself: no trigger can read it", name, r.what)
			}
		}
	}
	return nil
}

// origins are the streams whose messages come into c's.
func origins(c *jetstream.StreamConfig) (names []string) {
	if c.Mirror != nil {
		names = append(names, c.Mirror.Name)
	}
	for _, s := range c.Sources {
		names = append(names, s.Name)
	}
	return names
}

// ensure finds a stream of records of ours, or creates it.
func ensure(ctx context.Context, js jetstream.JetStream, c jetstream.StreamConfig) (jetstream.Stream, error) {
	str, err := js.Stream(ctx, c.Name)
	if errors.Is(err, jetstream.ErrStreamNotFound) {
		c.Retention = jetstream.LimitsPolicy // which alone keeps its Nats-Msg-Ids over a restart
		c.Storage = jetstream.FileStorage
		c.Duplicates = duplicates
		c.AllowDirect = true
		c.Metadata = map[string]string{metaOwner: "express"}
		str, err = js.CreateStream(ctx, c)
		if errors.Is(err, jetstream.ErrStreamNameAlreadyInUse) { // made by another engine, with other settings
			str, err = js.Stream(ctx, c.Name)
		}
	}
	if err != nil {
		return nil, fmt.Errorf("stream %s: %w", c.Name, explain(err))
	}
	return str, nil
}

// ensureRecords creates the streams that the Source writes to, if they are
// missing, and says so if dead letters can be dropped.
func (s *Source) ensureRecords(ctx context.Context, l *look) error {
	dead, err := l.record(ctx, jetstream.StreamConfig{
		Name:        DeadStream,
		Description: "events that express could not process, with the reason",
		Subjects:    []string{transport.DeadSubjects},
		Replicas:    s.o.Replicas,
		MaxAge:      deadMaxAge,
		MaxBytes:    cmp.Or(s.o.DeadMaxBytes, DefaultDeadMaxBytes),
		Discard:     jetstream.DiscardNew,
	})
	if err != nil {
		return err
	}
	if dead.CachedInfo().Config.Discard != jetstream.DiscardNew && !s.audits.forgetful {
		s.audits.forgetful = true
		s.log.Warn("dead letters can be lost: when their stream is full it drops the oldest; DiscardNew would have events wait instead", "stream", DeadStream)
	}
	_, err = l.record(ctx, jetstream.StreamConfig{
		Name:        AdvisoryStream,
		Description: "what the broker says about events that it gave up",
		Subjects:    []string{givenUpSubjects + ">", terminatedSubjects},
		Replicas:    s.o.Replicas,
		MaxAge:      deadMaxAge,
		MaxBytes:    advisoryMaxBytes,
	})
	if err == nil {
		err = s.ensureResults(ctx, l)
	}
	if err == nil && s.o.Dedupe {
		err = s.ensureRan(ctx, l)
	}
	return err
}

const (
	givenUpSubjects    = "$JS.EVENT.ADVISORY.CONSUMER.MAX_DELIVERIES."
	terminatedSubjects = "$JS.EVENT.ADVISORY.CONSUMER.MSG_TERMINATED.>"
)

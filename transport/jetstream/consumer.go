package jetstream

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/seed66d9166c/express/internal/seeded"
	"github.com/seed66d9166c/express/transport"
)

// maxDeliver is the broker's own bound. What reaches it stays in the stream
// unseen, so it is well above transport.MaxAttempts, which ends an event with a
// dead letter.
const maxDeliver = 2 * transport.MaxAttempts

// Metadata of consumers.
const (
	// metaSettings are the settings that the engine gave it: if they still are its
	// settings, nobody else has changed them.
	metaSettings = "express.settings"
	// metaWorkflow is the workflow that it starts.
	metaWorkflow = "express.workflow"
)

// consumer is what the Options ask for.
func (s *Source) consumer() jetstream.ConsumerConfig {
	c := jetstream.ConsumerConfig{
		Durable:       s.o.Durable,
		Description:   "express: starts workflow " + s.o.Workflow,
		AckPolicy:     jetstream.AckExplicitPolicy,
		AckWait:       s.o.AckWait,
		MaxDeliver:    maxDeliver,
		FilterSubject: s.o.Subject,
		MaxAckPending: s.o.MaxAckPending,
		DeliverPolicy: jetstream.DeliverAllPolicy,
	}
	if seeded.BackOff {
		c.BackOff = []time.Duration{c.AckWait, 4 * c.AckWait}
	}
	c.Metadata = map[string]string{metaSettings: fmt.Sprint(settings(&c)), metaWorkflow: s.o.Workflow}
	return c
}

// ensureConsumer finds the consumer of str in order, or creates it to begin
// where it was. One that nobody else has changed is changed to the Options when
// the Source is opened. It returns up to where everything was acknowledged.
func (s *Source) ensureConsumer(ctx context.Context, str jetstream.Stream, now *stream, opening bool) (floor uint64, err error) {
	want := s.consumer()
	asked := time.Now()
	c, err := str.Consumer(ctx, want.Durable)
	if err == nil {
		info := c.CachedInfo()
		s.compare(asked, info.TimeStamp, time.Now())
		s.mu.Lock()
		s.stats.Pending, s.stats.Unacknowledged = int64(info.NumPending), int64(info.NumAckPending)
		s.mu.Unlock()
	}
	switch {
	case errors.Is(err, jetstream.ErrConsumerNotFound):
		return now.floor, s.createConsumer(ctx, str, now, want)
	case err != nil:
		return 0, fmt.Errorf("consumer %s of stream %s: %w", want.Durable, now.name, err)
	}
	have := c.CachedInfo().Config
	next := have
	if err := drift(&have, &want); err != nil {
		if !opening || have.Metadata[metaSettings] != fmt.Sprint(settings(&have)) {
			return 0, fmt.Errorf("consumer %s of stream %s %w", want.Durable, now.name, err)
		}
		next.AckWait, next.MaxDeliver, next.FilterSubject, next.Metadata = want.AckWait, want.MaxDeliver, want.FilterSubject, want.Metadata
	}
	rename := opening && have.Metadata[metaWorkflow] != s.o.Workflow
	if rename {
		next.Metadata = want.Metadata
	}
	if have.MaxAckPending >= 0 && have.MaxAckPending < withPrefetch(s.o.Slots) {
		next.MaxAckPending = want.MaxAckPending
	}
	if rename || next.MaxAckPending != have.MaxAckPending || next.AckWait != have.AckWait || next.MaxDeliver != have.MaxDeliver || next.FilterSubject != have.FilterSubject {
		if _, err := str.UpdateConsumer(ctx, next); err != nil {
			return 0, fmt.Errorf("change consumer %s of stream %s: %w", want.Durable, now.name, err)
		}
		s.log.Info("consumer changed", "stream", now.name, "consumer", want.Durable)
	}
	return c.CachedInfo().AckFloor.Stream, nil
}

func (s *Source) createConsumer(ctx context.Context, str jetstream.Stream, now *stream, c jetstream.ConsumerConfig) error {
	if now.floor > 0 && now.retention != jetstream.WorkQueuePolicy { // which has no more than what is to be done
		c.DeliverPolicy = jetstream.DeliverByStartSequencePolicy
		c.OptStartSeq = now.floor + 1
	}
	if seeded.DeliverNew && now.floor > 0 {
		c.DeliverPolicy, c.OptStartSeq = jetstream.DeliverNewPolicy, 0
	}
	if _, err := str.CreateConsumer(ctx, c); err != nil {
		return fmt.Errorf("create consumer %s of stream %s: %w", c.Durable, now.name, err)
	}
	s.log.Info("consumer created", "stream", now.name, "consumer", c.Durable, "after", now.floor)
	return nil
}

// A setting of a consumer is one without which events would be lost, or run in
// vain.
type setting struct{ name, value string }

func settings(c *jetstream.ConsumerConfig) []setting {
	return []setting{
		{"AckPolicy", c.AckPolicy.String()},
		{"AckWait", c.AckWait.String()},
		{"MaxDeliver", strconv.Itoa(c.MaxDeliver)},
		{"filter", strings.Join(append(c.FilterSubjects, c.FilterSubject), "")},
		{"BackOff of length", strconv.Itoa(len(c.BackOff))}, // it overrules the delay of a Nak
		{"HeadersOnly", strconv.FormatBool(c.HeadersOnly)},
	}
}

// drift is the first setting in which a consumer differs from what is needed.
func drift(have, want *jetstream.ConsumerConfig) error {
	is := settings(have)
	for i, w := range settings(want) {
		if is[i] != w {
			return fmt.Errorf("has %s %s, but %s is needed: change one of them", w.name, is[i].value, w.value)
		}
	}
	return nil
}

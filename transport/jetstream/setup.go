package jetstream

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/seed66d9166c/express/express/value"
	"github.com/seed66d9166c/express/transport"
)

const (
	// StartStream is for events on subjects of transport.StartSubject.
	StartStream = "EXPRESS"
	// DoneStream holds the outcomes of workflows whose trigger has Publish and no
	// subject for them.
	DoneStream = "EXPRESS_DONE"

	// maxDeliver is the broker's own bound. What reaches it stays in the stream
	// unseen, so it is well above transport.MaxAttempts, which ends an event
	// with a dead letter.
	maxDeliver = 2 * transport.MaxAttempts
	// headerRoom is for the headers of an event of the largest size.
	headerRoom = 16 << 10
	// duplicates is for how long a stream of ours knows the Nats-Msg-Id of what
	// was published, for publishers that try again.
	duplicates = 2 * time.Minute
	// doneMaxAge bounds the outcomes in DoneStream.
	doneMaxAge = 24 * time.Hour

	// checkEvery is how often the stream and the consumer are looked at. What
	// was acknowledged since the last time runs again where somebody deletes
	// the consumer.
	checkEvery   = 10 * time.Second
	checkTimeout = 5 * time.Second
	// The pause before the next look while they are not in order doubles from
	// the one to the other.
	mendPauseMin = 250 * time.Millisecond
	mendPauseMax = 2 * time.Second
)

const (
	// metaOwner marks the streams that the engine made, and may change.
	metaOwner = "express.owner"
	// metaSettings of a consumer are the settings that the engine gave it: if
	// they still are its settings, nobody else has changed them.
	metaSettings = "express.settings"
)

// A stream is what is known of the stream and the consumer. It does not change.
type stream struct {
	name      string
	created   time.Time
	next      string // subject of pull requests
	retention jetstream.RetentionPolicy
	floor     uint64 // everything up to here was acknowledged
}

// attach sets up the stream and the consumer, or finds them in order.
func (s *Source) attach(ctx context.Context) error {
	s.mu.Lock()
	before := s.stream
	s.mu.Unlock()
	str, err := s.ensureStream(ctx, before)
	if err != nil {
		return explain(err)
	}
	info := str.CachedInfo()
	now := &stream{
		name:      info.Config.Name,
		created:   info.Created,
		next:      apiPrefix(s.js) + "CONSUMER.MSG.NEXT." + info.Config.Name + "." + s.o.Durable,
		retention: info.Config.Retention,
	}
	if before != nil && before.created.Equal(now.created) {
		now.floor = before.floor
	}
	if now.floor, err = s.ensureConsumer(ctx, str, now, before == nil); err != nil {
		return explain(err)
	}
	if before == nil {
		s.warn(info.Config)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.stream = now
	return nil
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

// ensure creates a stream of records of ours if it is missing.
func ensure(ctx context.Context, js jetstream.JetStream, c jetstream.StreamConfig) error {
	_, err := js.Stream(ctx, c.Name)
	if errors.Is(err, jetstream.ErrStreamNotFound) {
		c.Retention = jetstream.LimitsPolicy // which alone keeps its Nats-Msg-Ids over a restart
		c.Storage = jetstream.FileStorage
		c.Duplicates = duplicates
		c.Metadata = map[string]string{metaOwner: "express"}
		_, err = js.CreateStream(ctx, c)
	}
	if err != nil {
		return fmt.Errorf("stream %s: %w", c.Name, explain(err))
	}
	return nil
}

// ensureResults sees to it that there is a stream that can confirm outcomes.
func (s *Source) ensureResults(ctx context.Context) error {
	if s.o.Completion != Publish {
		return nil
	}
	if s.o.Result == "" {
		return ensure(ctx, s.js, jetstream.StreamConfig{
			Name:        DoneStream,
			Description: "outcomes of executions",
			Subjects:    []string{transport.DoneSubjects},
			Replicas:    s.o.Replicas,
			MaxAge:      doneMaxAge,
			MaxBytes:    s.o.MaxBytes,
		})
	}
	if _, err := s.js.StreamNameBySubject(ctx, s.o.Result); err != nil {
		return fmt.Errorf("completion is publish, which needs a stream that has the result subject %s: %w", s.o.Result, explain(err))
	}
	return nil
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
			MaxMsgSize:  value.MaxSize + headerRoom,
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
	return s.cover(ctx, str)
}

// cover makes sure that str has the subject: a stream of ours gets it.
func (s *Source) cover(ctx context.Context, str jetstream.Stream) (jetstream.Stream, error) {
	c := str.CachedInfo().Config
	if slices.ContainsFunc(c.Subjects, func(of string) bool { return covers(of, s.o.Subject) }) || c.Mirror != nil || len(c.Sources) > 0 {
		return str, nil
	}
	if c.Metadata[metaOwner] == "" {
		return nil, fmt.Errorf("stream %s does not have subject %s; it has %s", c.Name, s.o.Subject, strings.Join(c.Subjects, ", "))
	}
	c.Subjects = append(slices.DeleteFunc(c.Subjects, func(of string) bool { return covers(s.o.Subject, of) }), s.o.Subject)
	str, err := s.js.UpdateStream(ctx, c)
	if err != nil {
		return nil, fmt.Errorf("add subject %s to stream %s: %w", s.o.Subject, c.Name, err)
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

// ensureConsumer finds the consumer in order, or creates it to begin where it
// was. A consumer that nobody else has changed is changed to the Options when the
// Source is opened. It returns up to where everything was acknowledged.
func (s *Source) ensureConsumer(ctx context.Context, str jetstream.Stream, now *stream, opening bool) (floor uint64, err error) {
	want := jetstream.ConsumerConfig{
		Durable:       s.o.Durable,
		Description:   "express: starts workflow " + s.o.Workflow,
		AckPolicy:     jetstream.AckExplicitPolicy,
		AckWait:       s.o.AckWait,
		MaxDeliver:    maxDeliver,
		FilterSubject: s.o.Subject,
		MaxAckPending: s.o.MaxAckPending,
		DeliverPolicy: jetstream.DeliverAllPolicy,
	}
	want.Metadata = map[string]string{metaSettings: fmt.Sprint(settings(&want))}
	c, err := str.Consumer(ctx, want.Durable)
	if errors.Is(err, jetstream.ErrConsumerNotFound) {
		if now.floor > 0 && now.retention != jetstream.WorkQueuePolicy { // which has no more than what is to be done
			want.DeliverPolicy = jetstream.DeliverByStartSequencePolicy
			want.OptStartSeq = now.floor + 1
		}
		if _, err := str.CreateConsumer(ctx, want); err != nil {
			return 0, fmt.Errorf("create consumer %s of stream %s: %w", want.Durable, now.name, err)
		}
		s.log.Info("consumer created", "stream", now.name, "consumer", want.Durable, "after", now.floor)
		return now.floor, nil
	}
	if err != nil {
		return 0, fmt.Errorf("consumer %s of stream %s: %w", want.Durable, now.name, err)
	}
	info := c.CachedInfo()
	change, ours := info.Config, info.Config.Metadata[metaSettings] == fmt.Sprint(settings(&info.Config))
	err = drift(&info.Config, &want)
	switch {
	case err != nil && opening && ours:
		change.AckWait, change.FilterSubject, change.Metadata = want.AckWait, want.FilterSubject, want.Metadata
	case err != nil:
		return 0, fmt.Errorf("consumer %s of stream %s %w", want.Durable, now.name, err)
	}
	if have := info.Config.MaxAckPending; have >= 0 && have < withPrefetch(s.o.Slots) {
		change.MaxAckPending = want.MaxAckPending
	}
	if change.MaxAckPending != info.Config.MaxAckPending || err != nil {
		if _, err := str.UpdateConsumer(ctx, change); err != nil {
			return 0, fmt.Errorf("change consumer %s of stream %s: %w", want.Durable, now.name, err)
		}
		s.log.Info("consumer changed", "stream", now.name, "consumer", want.Durable)
	}
	return info.AckFloor.Stream, nil
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

// dangers are the settings of other people's streams that drop events unread.
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
}

func (s *Source) warn(c jetstream.StreamConfig) {
	if c.Metadata[metaOwner] != "" {
		return
	}
	for _, d := range dangers {
		if d.has(&c) {
			s.log.Warn("stream can lose events", "stream", c.Name, "why", d.why)
		}
	}
}

// check looks whether the stream and the consumer are in order, and mends what
// it can: what was deleted is created again.
func (s *Source) check() {
	s.mending.Lock()
	defer s.mending.Unlock()
	ctx, cancel := context.WithTimeout(context.Background(), checkTimeout)
	defer cancel()
	err := s.attach(ctx)

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
	pause := checkEvery
	if s.fault != nil {
		s.mendPause = min(max(2*s.mendPause, mendPauseMin), mendPauseMax)
		pause = s.mendPause
	} else {
		s.mendPause = 0
	}
	s.checking.Reset(pause)
}

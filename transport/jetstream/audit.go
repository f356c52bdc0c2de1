package jetstream

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"strconv"
	"strings"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/seed66d9166c/express/transport"
	"github.com/seed66d9166c/express/transport/wire"
)

const (
	// auditEvery is how often stranded events are looked for.
	auditEvery = time.Minute
	// auditTimeout bounds one audit, and auditSize the events that it buries: what
	// is left waits for the next.
	auditTimeout = 30 * time.Second
	auditSize    = 256
)

// An audit looks for stranded events: those that the consumer has delivered as
// often as it may, and that stay in the stream unseen by every lag metric. The
// engine buries an event long before, so there are none, unless somebody gives
// events back by other means than ours, or lowers MaxDeliver. It is used by one
// goroutine at a time.
type audit struct {
	timer     *time.Timer
	advised   jetstream.Consumer // of AdvisoryStream, once it is there
	suspected map[uint64]bool    // events below the floor that the last audit has seen
	forgetful bool               // DeadStream drops letters, as was said
}

// audit is an audit, and what follows from it.
func (s *Source) audit() {
	ctx, cancel := context.WithTimeout(context.Background(), auditTimeout)
	defer cancel()
	s.mu.Lock()
	str, closed := s.stream, s.closed
	s.mu.Unlock()
	if closed {
		return
	}
	err := errors.Join(s.ensureRecords(ctx, newLook(s.js, nil)), s.auditAdvised(ctx, str), s.auditFloor(ctx, str), s.auditEngines(ctx, str))
	if err != nil && !s.nc.IsClosed() {
		s.log.Warn("audit not complete", "stream", str.name, "consumer", s.o.Durable, "error", err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.closed && !s.nc.IsClosed() {
		s.audits.timer.Reset(s.o.auditEvery)
	}
}

// auditAdvised buries the events of which the broker has said that it gave them
// up, whatever the stream's retention. All engines share the advisories.
func (s *Source) auditAdvised(ctx context.Context, str *stream) error {
	a := &s.audits
	if a.advised == nil {
		var err error
		a.advised, err = s.js.CreateOrUpdateConsumer(ctx, AdvisoryStream, jetstream.ConsumerConfig{
			Durable:       "audit-" + digest(str.name, s.o.Durable),
			Description:   "express: events that consumer " + s.o.Durable + " of stream " + str.name + " gave up",
			AckPolicy:     jetstream.AckExplicitPolicy,
			AckWait:       2 * auditTimeout,
			FilterSubject: givenUpSubjects + str.name + "." + s.o.Durable,
		})
		if err != nil {
			return fmt.Errorf("consumer of stream %s: %w", AdvisoryStream, err)
		}
	}
	batch, err := a.advised.FetchNoWait(auditSize)
	if err != nil {
		a.advised = nil // it may have been deleted
		return fmt.Errorf("fetch advisories: %w", err)
	}
	var errs []error
	for m := range batch.Messages() {
		var advisory struct {
			Sequence uint64 `json:"stream_seq"`
		}
		if err := json.Unmarshal(m.Data(), &advisory); err != nil {
			errs = append(errs, fmt.Errorf("read an advisory: %w", err))
		} else if err := s.buryStranded(ctx, str, advisory.Sequence); err != nil {
			errs = append(errs, err)
			continue // it comes again
		}
		errs = append(errs, m.Ack())
	}
	if err := batch.Error(); err != nil {
		a.advised = nil
		errs = append(errs, fmt.Errorf("fetch advisories: %w", err))
	}
	return errors.Join(errs...)
}

// auditFloor buries the events of a work queue, which has no more than what is to
// be done, that lie where the consumer has done everything, and did so at the
// audit before: the removal of what was acknowledged takes its time. In other
// streams such events cannot be told from those that were acknowledged.
func (s *Source) auditFloor(ctx context.Context, str *stream) error {
	if str.retention != jetstream.WorkQueuePolicy {
		return nil
	}
	now, err := s.js.Stream(ctx, str.name)
	if err != nil {
		return fmt.Errorf("stream %s: %w", str.name, err)
	}
	c, err := now.Consumer(ctx, s.o.Durable)
	if err != nil {
		return fmt.Errorf("consumer %s of stream %s: %w", s.o.Durable, str.name, err)
	}
	done := settled(c.CachedInfo())
	before, found := s.audits.suspected, make(map[uint64]bool)
	var errs []error
	for seq := uint64(1); len(found) < auditSize; {
		m, err := now.GetMsg(ctx, seq, jetstream.WithGetMsgSubject(s.o.Subject))
		if errors.Is(err, jetstream.ErrMsgNotFound) || err == nil && m.Sequence > done {
			break
		} else if err != nil {
			return fmt.Errorf("event %d of stream %s: %w", seq, str.name, err)
		}
		found[m.Sequence] = true
		if before[m.Sequence] {
			if err := s.buryStranded(ctx, str, m.Sequence); err != nil {
				errs = append(errs, err)
			} else {
				delete(found, m.Sequence)
			}
		}
		seq = m.Sequence + 1
	}
	s.audits.suspected = found
	if n := len(found); n > 0 && len(before) == 0 {
		s.log.Warn("events are stranded: they are looked at again", "stream", str.name, "consumer", s.o.Durable, "events", n, "first", first(found))
	}
	s.mu.Lock()
	s.stats.Stranded = int64(len(found))
	s.mu.Unlock()
	return errors.Join(errs...)
}

// settled is up to where c expects nothing more of anybody. What was given up
// moves the floor no sooner than something else is acknowledged.
func settled(c *jetstream.ConsumerInfo) uint64 {
	if c.NumAckPending == 0 {
		return c.Delivered.Stream
	}
	return c.AckFloor.Stream
}

// first is the smallest key.
func first(of map[uint64]bool) (seq uint64) {
	for s := range maps.Keys(of) {
		if seq == 0 || s < seq {
			seq = s
		}
	}
	return seq
}

var errGivenUp = errors.New("the broker gave it up: it was delivered " + strconv.Itoa(maxDeliver) + " times and nobody has ended it")

// buryStranded makes event seq a dead letter, and then acknowledges it for the
// consumer, which takes it out where that is the last one that wants it.
func (s *Source) buryStranded(ctx context.Context, str *stream, seq uint64) error {
	in, err := s.js.Stream(ctx, str.name)
	if err != nil {
		return fmt.Errorf("stream %s: %w", str.name, err)
	}
	m, err := in.GetMsg(ctx, seq)
	if errors.Is(err, jetstream.ErrMsgNotFound) {
		s.log.Warn("event was given up by the broker, and is gone", "stream", str.name, "sequence", seq)
		return nil
	} else if err != nil {
		return fmt.Errorf("event %d of stream %s: %w", seq, str.name, err)
	}
	msg := wire.Of(&nats.Msg{Subject: m.Subject, Header: m.Header, Data: m.Data})
	d := &delivery{
		source:  s,
		stream:  str,
		msg:     msg,
		id:      str.nameOf(&msg, seq),
		seq:     seq,
		stored:  m.Time.UnixNano(),
		attempt: maxDeliver,
	}
	if err := s.bury(ctx, d, transport.Letter{Workflow: s.o.Workflow, Reason: transport.ReasonMaxDeliveries, Err: errGivenUp}); err != nil {
		return fmt.Errorf("bury event %d of stream %s: %w", seq, str.name, err)
	}
	s.log.Warn("stranded event buried", "execution", d.id, "stream", str.name, "sequence", seq)
	if str.retention == jetstream.LimitsPolicy {
		return nil
	}
	subject := strings.Join([]string{"$JS.ACK", str.name, s.o.Durable, "1", strconv.FormatUint(seq, 10), "1", strconv.FormatInt(d.stored, 10), "0"}, ".")
	if _, err := s.nc.RequestWithContext(ctx, subject, acknowledged); err != nil {
		return fmt.Errorf("take out event %d of stream %s: %w", seq, str.name, err)
	}
	return nil
}

package jetstream

import (
	"context"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

const (
	// ranSubjects begin the subjects of RanStream; one a consumer and an
	// execution follows.
	ranSubjects = "express.ran."
	// ranMaxAge is for how long RanStream knows that an execution ended: as long as
	// an event can be delivered again, ten times an execution's five minutes, and
	// then some.
	ranMaxAge = time.Hour
	// lookUpTimeout bounds the question whether an execution of an event ended: the
	// event runs when nobody answers it.
	lookUpTimeout = 2 * time.Second
)

// ensureRan creates RanStream if it is missing.
func (s *Source) ensureRan(ctx context.Context, l *look) error {
	_, err := l.record(ctx, jetstream.StreamConfig{
		Name:              RanStream,
		Description:       "events of which an execution has ended",
		Subjects:          []string{ranSubjects + ">"},
		Replicas:          s.o.Replicas,
		MaxMsgsPerSubject: 1,
		MaxAge:            ranMaxAge,
		MaxBytes:          s.o.MaxBytes,
	})
	return err
}

// ran is the subject that says that an execution of d has ended.
func (d *delivery) ran() string { return ranSubjects + d.token() }

// token stands for the event of d and its consumer in a subject. Another event of
// the same name is another one.
func (d *delivery) token() string {
	return digest(d.source.o.Durable, d.stream.execution(d.seq))
}

// note writes to RanStream that an execution of d has ended, then calls then. The
// event is acknowledged even if that cannot be written: running it again for
// certain is worse than to run it again perhaps.
func (s *Source) note(d *delivery, then func()) {
	m := &nats.Msg{Subject: d.ran(), Header: nats.Header{nats.MsgIdHdr: {s.once(d, "ran")}}}
	s.results.publish(m, func(err error) {
		if err != nil {
			s.log.Warn("end of an execution not noted", "execution", d.id, "error", err)
		}
		then()
	})
}

// lookUp hands d, which was delivered before, to Next, or acknowledges it if an
// execution of it has ended.
func (s *Source) lookUp(d *delivery) {
	ctx, cancel := context.WithTimeout(context.Background(), lookUpTimeout)
	defer cancel()
	str, err := s.js.Stream(ctx, RanStream)
	if err == nil {
		_, err = str.GetLastMsgForSubject(ctx, d.ran())
	}
	if err == nil {
		s.log.Info("event not run again: an execution of it has ended", "execution", d.id, "attempt", d.attempt)
		if err := d.Reack(); err != nil {
			s.log.Warn("event stays pending", "execution", d.id, "error", err)
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.asked--
	if err != nil { // not found, or nobody can say
		s.queue = append(s.queue, d)
	}
	s.wake()
}

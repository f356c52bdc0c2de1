package jetstream

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/seed66d9166c/express/transport"
)

const (
	// begunSubjects begin the subjects of BegunStream; one a consumer and an
	// execution follows.
	begunSubjects = "express.begun."
	// begunMaxAge is for how long BegunStream knows that an execution began: a day
	// is long beside any time for which an event waits in quarantine.
	begunMaxAge = 24 * time.Hour
	// begunMaxBytes bounds the marks, of a quarter of a KiB each: sixteen thousand
	// events in quarantine within a day. A full stream drops the oldest.
	begunMaxBytes = 4 << 20
)

// begun is the subject that says how many executions of d have begun and not ended.
func (d *delivery) begun() string { return begunSubjects + d.token() }

// A mark is the last message of such a subject; the zero value is none.
type mark struct {
	begun int
	seq   uint64
	id    string // of its publication
}

func (d *delivery) Mark(ctx context.Context) (int, error) {
	if d.over.Load() {
		return 0, transport.ErrEnded
	}
	begun, err := d.source.begin(ctx, d)
	if err != nil {
		return 0, fmt.Errorf("mark event %d of stream %s: %w", d.seq, d.stream.name, err)
	}
	return begun, nil
}

// begin publishes a count that is one more than the last, provided that this still
// is the last. A broker that has it from an attempt whose confirmation was lost
// refuses the next one for that reason, too, so it is looked at whose it is.
func (s *Source) begin(ctx context.Context, d *delivery) (begun int, err error) {
	ctx, cancel := context.WithTimeout(ctx, publishTimeout)
	defer cancel()
	if err := s.link.Flush(ctx); err != nil { // acknowledgements, which take another way than marks
		return 0, err
	}
	last, err := s.mark(ctx, d)
	if err != nil {
		return 0, err
	}
	m := d.marking(last.begun + 1)
	m.Header.Set(jetstream.ExpectedLastSubjSeqHeader, strconv.FormatUint(last.seq, 10))
	err = s.results.publishWait(ctx, m)
	var api *jetstream.APIError
	if errors.As(err, &api) && api.ErrorCode == jetstream.JSErrCodeStreamWrongLastSequence {
		if now, again := s.mark(ctx, d); again == nil && now.id == m.Header.Get(nats.MsgIdHdr) {
			err = nil
		}
	}
	return last.begun + 1, err
}

// Unmark goes on for publishTimeout where ctx is done before.
func (d *delivery) Unmark(ctx context.Context) error {
	if d.over.Load() {
		return transport.ErrEnded
	}
	if err := d.source.results.publishWait(ctx, d.marking(0)); err != nil {
		return fmt.Errorf("unmark event %d of stream %s: %w", d.seq, d.stream.name, err)
	}
	return nil
}

// marking is the message that makes begun the count of d.
func (d *delivery) marking(begun int) *nats.Msg {
	return &nats.Msg{
		Subject: d.begun(),
		Header: nats.Header{
			nats.MsgIdHdr:             {rand.Text()}, // every mark is a new one, however often it is sent
			transport.HeaderExecution: {headerText(d.id)},
		},
		Data: strconv.AppendInt(nil, int64(begun), 10),
	}
}

// mark is the last of d in BegunStream, which is made by who first needs it.
func (s *Source) mark(ctx context.Context, d *delivery) (last mark, err error) {
	str, err := ensure(ctx, s.js, jetstream.StreamConfig{
		Name:              BegunStream,
		Description:       "how many executions of events in quarantine have begun and not ended",
		Subjects:          []string{begunSubjects + ">"},
		Replicas:          s.o.Replicas,
		MaxMsgsPerSubject: 1,
		MaxAge:            begunMaxAge,
		MaxBytes:          begunMaxBytes,
	})
	if err != nil {
		return mark{}, err
	}
	m, err := str.GetLastMsgForSubject(ctx, d.begun())
	if errors.Is(err, jetstream.ErrMsgNotFound) {
		return mark{}, nil
	} else if err != nil {
		return mark{}, fmt.Errorf("stream %s: %w", BegunStream, err)
	}
	begun, err := strconv.Atoi(string(m.Data))
	if err != nil {
		return mark{}, fmt.Errorf("message %d of stream %s: %w", m.Sequence, BegunStream, err)
	}
	return mark{begun, m.Sequence, m.Header.Get(nats.MsgIdHdr)}, nil
}

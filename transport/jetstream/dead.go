package jetstream

import (
	"context"
	"fmt"
	"net/url"
	"strconv"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/seed66d9166c/express/transport"
)

const (
	// DeadStream holds the dead letters of all workflows.
	DeadStream = "EXPRESS_DLQ"
	// deadMaxAge and deadMaxBytes bound the dead letters: a month to look at
	// them. A full stream refuses more, and the events stay where they are.
	deadMaxAge   = 30 * 24 * time.Hour
	deadMaxBytes = 256 << 20
	// deadHeaderRoom is for the headers of a dead letter, which are about 1 KiB.
	deadHeaderRoom = 8 << 10
	// maxHeaderText bounds a value in them, in bytes.
	maxHeaderText = 256
)

// ensureDead creates the stream of dead letters if it is missing.
func ensureDead(ctx context.Context, js jetstream.JetStream, replicas int) error {
	_, err := ensure(ctx, js, jetstream.StreamConfig{
		Name:        DeadStream,
		Description: "events that express could not process, with the reason",
		Subjects:    []string{transport.DeadSubjects},
		Replicas:    replicas,
		MaxAge:      deadMaxAge,
		MaxBytes:    deadMaxBytes,
		Discard:     jetstream.DiscardNew,
	})
	return err
}

// bury publishes the dead letter, which is the record of the event, then the
// outcome if there is one, and waits until both are confirmed.
func (s *Source) bury(ctx context.Context, d *delivery, l transport.Letter) error {
	// An event can be as large as a message may be, and the headers come on top.
	room := max(int(s.nc.MaxPayload())-deadHeaderRoom, deadHeaderRoom)
	body := d.msg.Data
	parts := max((len(body)+room-1)/room, 1)
	for part := range parts {
		m := &nats.Msg{
			Subject: transport.DeadSubject(l.Workflow, l.Reason),
			Header:  deadHeader(d, &l),
			Data:    body[part*room : min((part+1)*room, len(body))],
		}
		m.Header.Set(nats.MsgIdHdr, s.once(d, "dead"+strconv.Itoa(part+1)))
		if parts > 1 {
			m.Header.Set(transport.HeaderPart, fmt.Sprintf("%d/%d", part+1, parts))
		}
		if err := s.results.publishWait(ctx, m); err != nil {
			return err
		}
	}
	switch {
	case l.Outcome == nil:
		return nil
	case s.o.Completion == Publish:
		return s.results.publishWait(ctx, s.result(d, l.Outcome))
	case s.o.Result == "":
		return nil
	}
	return s.nc.PublishMsg(&nats.Msg{Subject: s.o.Result, Header: resultHeader(d), Data: transport.AppendOutcome(nil, d.id, l.Outcome)})
}

// deadHeader says what the event was and why it is dead.
func deadHeader(d *delivery, l *transport.Letter) nats.Header {
	h := nats.Header{}
	for key, value := range map[string]string{
		transport.HeaderReason:    l.Reason,
		transport.HeaderError:     l.Text(),
		transport.HeaderWorkflow:  l.Workflow,
		transport.HeaderExecution: d.id,
		transport.HeaderAttempt:   strconv.Itoa(d.attempt),
		transport.HeaderHops:      strconv.Itoa(transport.Hops(d) + 1),
		transport.HeaderStream:    d.stream.name,
		transport.HeaderSequence:  strconv.FormatUint(d.seq, 10),
		transport.HeaderSubject:   d.msg.Subject,
		transport.HeaderTime:      d.Time().UTC().Format(time.RFC3339Nano),
	} {
		h.Set(key, headerText(value))
	}
	return h
}

// headerText is s as the value of a header: cut, and escaped so that no byte of
// it can end the value.
func headerText(s string) string {
	if len(s) > maxHeaderText {
		s = s[:maxHeaderText]
	}
	return url.PathEscape(s)
}

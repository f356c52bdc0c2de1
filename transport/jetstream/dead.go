package jetstream

import (
	"context"
	"fmt"
	"net/url"
	"strconv"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/seed66d9166c/express/transport"
	"github.com/seed66d9166c/express/transport/wire"
)

const (
	// deadHeaderRoom is for the headers of a dead letter, which are about 1 KiB, and
	// 12 at most: sixteen values, escaped.
	deadHeaderRoom = 16 << 10
	// maxHeaderText bounds a value in them, in bytes.
	maxHeaderText = 256
)

// bury publishes the dead letter, which is the record of the event, then the
// outcome if there is one, and waits until both are confirmed. The event is in
// the letter whole, not by reference: it leaves its stream.
func (s *Source) bury(ctx context.Context, d *delivery, l transport.Letter) error {
	// An event can be as large as a message may be, and the headers come on top.
	room := max(int(s.nc.MaxPayload())-deadHeaderRoom, deadHeaderRoom)
	body := d.msg.Data
	parts := max((len(body)+room-1)/room, 1)
	for part := range parts {
		m := &nats.Msg{
			Subject: transport.DeadSubject(l.Workflow, l.Reason),
			Header:  s.deadHeader(d, &l),
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
	return s.link.Send(wire.Msg{Subject: s.o.Result, Header: resultHeader(d), Data: transport.AppendOutcome(nil, d.id, l.Outcome)})
}

// deadHeader says what the event was and why it is dead. Of the event's own
// headers it has those of its trace alone: so it fits, however many there are.
func (s *Source) deadHeader(d *delivery, l *transport.Letter) nats.Header {
	h := nats.Header{}
	for _, key := range [...]string{transport.HeaderTrace, transport.HeaderXRay} {
		if trace := d.Header(key); trace != "" && len(trace) <= maxHeaderText {
			h.Set(key, trace)
		}
	}
	if o := l.Outcome; o != nil {
		h.Set(transport.HeaderState, headerText(o.State))
		if s.o.Data && o.Err != nil {
			h.Set(transport.HeaderCause, headerText(o.Err.Cause))
		}
	}
	for key, value := range map[string]string{
		transport.HeaderReason:    l.Reason,
		transport.HeaderError:     l.Text(),
		transport.HeaderWorkflow:  l.Workflow,
		transport.HeaderVersion:   l.Version,
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

package jetstream

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/seed66d9166c/express/transport"
)

// A DeadLetter is an event that could not be processed, as DeadStream holds it.
type DeadLetter struct {
	Sequence  uint64    `json:"sequence"` // in DeadStream; of its first part
	Time      time.Time `json:"time"`     // when it was written
	Workflow  string    `json:"workflow"`
	Version   string    `json:"version,omitempty"` // of the definition
	Reason    string    `json:"reason"`
	Error     string    `json:"error,omitempty"`
	Cause     string    `json:"cause,omitempty"`
	State     string    `json:"state,omitempty"` // where the execution failed
	Execution string    `json:"execution"`
	Attempt   int       `json:"attempt"`         // how often it was delivered
	Trace     string    `json:"trace,omitempty"` // W3C or X-Ray header
	Stream    string    `json:"stream"`          // of the event, as the next three
	Event     uint64    `json:"event"`           // its sequence there
	Subject   string    `json:"subject"`
	Published time.Time `json:"published"`
	Size      int       `json:"size"`              // of the event's body, in bytes
	Missing   int       `json:"missing,omitempty"` // parts that are gone: it cannot be redriven
	Data      []byte    `json:"-"`                 // the body; nil where it was not asked for

	parts []uint64 // sequences in DeadStream
	of    int      // how many there should be
}

// A DeadFilter says which letters are wanted. What is not set does not matter.
type DeadFilter struct {
	Workflow, Reason, Execution string
	Since, Until                time.Time // when they were written
	Sequences                   []uint64
}

// subject is the widest subject of letters that f may want.
func (f *DeadFilter) subject() string {
	token := func(s string) string {
		if s == "" {
			return "*"
		}
		return transport.Token(s)
	}
	return strings.TrimSuffix(transport.DeadSubjects, ">") + token(f.Workflow) + "." + token(f.Reason)
}

// wants reports whether f wants l.
func (f *DeadFilter) wants(l *DeadLetter) bool {
	return (f.Execution == "" || f.Execution == l.Execution) &&
		(f.Since.IsZero() || !l.Time.Before(f.Since)) &&
		(f.Until.IsZero() || l.Time.Before(f.Until)) &&
		(len(f.Sequences) == 0 || slices.Contains(f.Sequences, l.Sequence))
}

// DeadLetters calls each for the letters that f wants, oldest first, with their
// bodies if data is set. Letters that are written meanwhile are left out. An error
// of each ends it. No DeadStream is no letters.
func DeadLetters(ctx context.Context, js jetstream.JetStream, f DeadFilter, data bool, each func(*DeadLetter) error) error {
	o := jetstream.OrderedConsumerConfig{FilterSubjects: []string{f.subject()}, HeadersOnly: !data}
	switch {
	case len(f.Sequences) > 0:
		o.DeliverPolicy, o.OptStartSeq = jetstream.DeliverByStartSequencePolicy, max(slices.Min(f.Sequences), 1)
	case !f.Since.IsZero():
		o.DeliverPolicy, o.OptStartTime = jetstream.DeliverByStartTimePolicy, &f.Since
	}
	c, err := js.OrderedConsumer(ctx, DeadStream, o)
	if errors.Is(err, jetstream.ErrStreamNotFound) {
		return nil
	} else if err != nil {
		return fmt.Errorf("read stream %s: %w", DeadStream, err)
	}
	info, err := c.Info(ctx)
	if err != nil {
		return fmt.Errorf("read stream %s: %w", DeadStream, err)
	}
	var open []*DeadLetter // parts of them have yet to come
	// As many as there are now, or fewer, should somebody drop some meanwhile.
	left := info.NumPending
	for n := left; n > 0 && left > 0; n-- {
		m, err := c.Next(jetstream.FetchContext(ctx))
		if err != nil {
			return fmt.Errorf("read stream %s: %w", DeadStream, err)
		}
		meta, err := m.Metadata()
		if err != nil {
			return fmt.Errorf("read stream %s: %w", DeadStream, err)
		}
		left = meta.NumPending
		l, err := readLetter(m, meta)
		if err != nil {
			return err
		}
		if l.of > 1 {
			i := slices.IndexFunc(open, l.isPartOf)
			if i < 0 {
				open = append(open, l)
				continue
			}
			open[i].add(l)
			if l = open[i]; len(l.parts) < l.of {
				continue
			}
			open = slices.Delete(open, i, i+1)
		}
		if f.wants(l) {
			if err := each(l); err != nil {
				return err
			}
		}
	}
	for _, l := range open {
		if l.Missing, l.Data = l.of-len(l.parts), nil; f.wants(l) {
			if err := each(l); err != nil {
				return err
			}
		}
	}
	return nil
}

// readLetter is the letter, or the part of one, that m is.
func readLetter(m jetstream.Msg, meta *jetstream.MsgMetadata) (*DeadLetter, error) {
	h := m.Headers()
	text := func(key string) string {
		s, err := url.PathUnescape(h.Get(key))
		if err != nil { // not from us
			return h.Get(key)
		}
		return s
	}
	l := &DeadLetter{
		Sequence:  meta.Sequence.Stream,
		Time:      meta.Timestamp,
		Workflow:  text(transport.HeaderWorkflow),
		Version:   text(transport.HeaderVersion),
		Reason:    text(transport.HeaderReason),
		Error:     text(transport.HeaderError),
		Cause:     text(transport.HeaderCause),
		State:     text(transport.HeaderState),
		Execution: text(transport.HeaderExecution),
		Trace:     h.Get(transport.HeaderTrace),
		Stream:    text(transport.HeaderStream),
		Subject:   text(transport.HeaderSubject),
		Size:      len(m.Data()),
		Data:      m.Data(),
		parts:     []uint64{meta.Sequence.Stream},
		of:        1,
	}
	if l.Trace == "" {
		l.Trace = h.Get(transport.HeaderXRay)
	}
	// What does not read as a number or a time stays zero: it is there to be looked
	// at, and nothing is decided by it.
	l.Attempt, _ = strconv.Atoi(text(transport.HeaderAttempt))
	l.Event, _ = strconv.ParseUint(text(transport.HeaderSequence), 10, 64)
	l.Published, _ = time.Parse(time.RFC3339Nano, text(transport.HeaderTime))
	if size, err := strconv.Atoi(h.Get(nats.MsgSize)); err == nil { // without its body
		l.Size, l.Data = size, nil
	}
	if _, of, ok := strings.Cut(h.Get(transport.HeaderPart), "/"); ok {
		var err error
		if l.of, err = strconv.Atoi(of); err != nil || l.of < 1 {
			return nil, fmt.Errorf("letter %d is part %q of one", l.Sequence, h.Get(transport.HeaderPart))
		}
	}
	return l, nil
}

// isPartOf reports whether l is another part of what in begins.
func (l *DeadLetter) isPartOf(in *DeadLetter) bool {
	return l.Stream == in.Stream && l.Event == in.Event && l.Workflow == in.Workflow && l.Reason == in.Reason && l.Execution == in.Execution
}

// add puts the next part at the end: they are written one after the other.
func (l *DeadLetter) add(part *DeadLetter) {
	l.parts = append(l.parts, part.Sequence)
	l.Size += part.Size
	if l.Data != nil {
		l.Data = append(l.Data, part.Data...)
	}
}

// Redriven is the message that starts an execution of l anew: of the workflow to,
// or, where that is empty, of those that the event's own subject starts; with the
// version or alias of their definitions that qualifier is, or, where that is empty,
// with the current ones. The execution has a name of its own, which is the same
// however often the letter is redriven, and no execution led to it.
func (l *DeadLetter) Redriven(to, qualifier string) *nats.Msg {
	m := &nats.Msg{Subject: l.Subject, Header: nats.Header{nats.MsgIdHdr: {l.redrivenName()}}, Data: l.Data}
	if to != "" {
		m.Subject = transport.StartSubject(to)
	}
	if qualifier != "" {
		m.Header.Set(transport.HeaderQualifier, qualifier)
	}
	if l.Trace != "" {
		m.Header.Set(transport.TraceKey(l.Trace), l.Trace)
	}
	return m
}

func (l *DeadLetter) redrivenName() string {
	suffix := "-redrive-" + strconv.FormatUint(l.Sequence, 10)
	if name := l.Execution + suffix; transport.ValidName(name) {
		return name
	}
	return "e-" + digest(l.Execution) + suffix
}

// Redrive publishes what starts an execution of l anew, as Redriven has it, and drops l once a stream
// has confirmed that. A letter of which parts are missing is an error.
func (l *DeadLetter) Redrive(ctx context.Context, js jetstream.JetStream, to, qualifier string) error {
	if l.Missing > 0 {
		return fmt.Errorf("letter %d: %d of its %d parts are gone", l.Sequence, l.Missing, l.of)
	}
	m := l.Redriven(to, qualifier)
	// A stream that has it already is one to which an earlier Redrive came through.
	if _, err := js.PublishMsg(ctx, m); err != nil {
		return fmt.Errorf("letter %d: publish to %s: %w", l.Sequence, m.Subject, err)
	}
	return l.Drop(ctx, js)
}

// Drop deletes l for good.
func (l *DeadLetter) Drop(ctx context.Context, js jetstream.JetStream) error {
	in, err := js.Stream(ctx, DeadStream)
	if err != nil {
		return fmt.Errorf("stream %s: %w", DeadStream, err)
	}
	for _, seq := range l.parts {
		if err := in.DeleteMsg(ctx, seq); err != nil {
			if _, gone := in.GetMsg(ctx, seq); errors.Is(gone, jetstream.ErrMsgNotFound) {
				continue // somebody else has dropped it
			}
			return fmt.Errorf("drop letter %d: %w", l.Sequence, err)
		}
	}
	return nil
}

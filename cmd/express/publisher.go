package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"maps"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

const (
	// maxFlying bounds what is published and not yet acknowledged: enough that
	// the broker never waits for us, little enough to publish again after it
	// was away.
	maxFlying = 1024
	// ackWait is how long one attempt waits for its acknowledgement.
	ackWait = 5 * time.Second
	// retryWait is the pause between attempts that fail at once.
	retryWait = 250 * time.Millisecond
	// drainWait is the most patience that is left after a signal to stop.
	drainWait = 5 * time.Second
)

// A publisher publishes to streams and keeps what is not yet acknowledged. It
// belongs to one goroutine.
type publisher struct {
	nc     *nats.Conn
	js     jetstream.JetStream // nil publishes without acknowledgement
	wait   time.Duration       // without any answer, until it gives up
	id     string              // Nats-Msg-Ids begin with it
	n      int                 // events so far
	flying []flight            // oldest first
	heard  time.Time           // when there was an answer
	tally
}

// A flight is an event that was published and is not yet acknowledged.
type flight struct {
	msg *nats.Msg
	ack jetstream.PubAckFuture
}

func newPublisher(nc *nats.Conn, core bool, wait time.Duration) (*publisher, error) {
	p := &publisher{nc: nc, wait: wait, id: rand.Text(), heard: time.Now()}
	if core {
		return p, nil
	}
	var err error
	p.js, err = jetstream.New(nc, jetstream.WithPublishAsyncTimeout(min(ackWait, wait)))
	return p, err
}

// publish sends an event on its way. It may be called while fewer than
// maxFlying are. Its error is that of settle.
func (p *publisher) publish(ctx context.Context, subject string, header nats.Header, data []byte) error {
	m := &nats.Msg{Subject: subject, Data: data, Header: maps.Clone(header)}
	if m.Header.Get(nats.MsgIdHdr) == "" {
		m.Header.Set(nats.MsgIdHdr, fmt.Sprintf("%s-%d", p.id, p.n))
	}
	p.n++
	if p.js == nil {
		if err := p.nc.PublishMsg(m); err != nil {
			return p.settle(ctx, m, nil, err)
		}
		p.published++
		return nil
	}
	if len(p.flying) == 0 {
		p.heard = time.Now() // silence counts from when an answer is due
	}
	ack, err := p.js.PublishMsgAsync(m)
	if err != nil {
		return p.settle(ctx, m, nil, err)
	}
	p.flying = append(p.flying, flight{m, ack})
	return nil
}

// oldest are the channels on which the oldest event in flight is acknowledged,
// or fails. They are nil if there is none.
func (p *publisher) oldest() (<-chan *jetstream.PubAck, <-chan error) {
	if len(p.flying) == 0 {
		return nil, nil
	}
	return p.flying[0].ack.Ok(), p.flying[0].ack.Err()
}

// landed takes what oldest told: the acknowledgement, or why there is none. Its
// error is that of settle.
func (p *publisher) landed(ctx context.Context, ack *jetstream.PubAck, err error) error {
	m := p.flying[0].msg
	p.flying = p.flying[1:]
	return p.settle(ctx, m, ack, err)
}

// settle counts m, which was acknowledged or failed. As long as nobody has
// answered for it, it is published again. The error says why that is of no use,
// and then nothing is in flight any more.
func (p *publisher) settle(ctx context.Context, m *nats.Msg, ack *jetstream.PubAck, err error) error {
	again := false
	for ; err != nil && !answered(err); again = true {
		if err := p.hopeless(ctx, m, err); err != nil {
			p.refused += 1 + len(p.flying)
			p.flying = nil
			return err
		}
		if again {
			time.Sleep(retryWait)
		}
		// Not ctx: the first signal to stop leaves time for the answer.
		attempt, cancel := context.WithTimeout(context.Background(), min(ackWait, p.patience(ctx)))
		ack, err = p.js.PublishMsg(attempt, m)
		cancel()
	}
	p.heard = time.Now()
	switch {
	case err != nil:
		p.refused++
		if p.refusal == nil {
			p.refusal = err
		}
	case ack.Duplicate && !again: // else only the acknowledgement was lost
		p.duplicates++
	default:
		p.published++
	}
	return nil
}

// answered reports whether err is the last word on an event.
func answered(err error) bool {
	_, fromStream := errors.AsType[*jetstream.APIError](err)
	return fromStream || errors.Is(err, nats.ErrMaxPayload)
}

// hopeless says why there is no use in publishing m again after err, if so.
func (p *publisher) hopeless(ctx context.Context, m *nats.Msg, err error) error {
	switch last := p.nc.LastError(); {
	case p.js == nil || errors.Is(err, nats.ErrConnectionClosed):
		return err
	case errors.Is(last, nats.ErrPermissionViolation):
		return last
	case errors.Is(err, jetstream.ErrNoStreamResponse) && p.published+p.duplicates == 0:
		return fmt.Errorf("no stream listens to %s: %w", m.Subject, err)
	case p.patience(ctx) <= 0:
		return fmt.Errorf("nothing was acknowledged for %v: %w", time.Since(p.heard).Round(time.Millisecond), err)
	}
	return nil
}

// patience is how long an answer is waited for yet.
func (p *publisher) patience(ctx context.Context) time.Duration {
	wait := p.wait
	if ctx.Err() != nil {
		wait = min(wait, drainWait)
	}
	return wait - time.Since(p.heard)
}

// drain waits until nothing is in flight.
func (p *publisher) drain(ctx context.Context) error {
	for len(p.flying) > 0 {
		acked, failed := p.oldest()
		var err error
		select {
		case ack := <-acked:
			err = p.landed(ctx, ack, nil)
		case cause := <-failed:
			err = p.landed(ctx, nil, cause)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// flush returns when the broker has all that was published.
func (p *publisher) flush() error {
	if err := p.nc.FlushTimeout(p.wait); err != nil {
		return fmt.Errorf("flush: %w", err)
	}
	if err := p.nc.LastError(); errors.Is(err, nats.ErrPermissionViolation) {
		return err
	}
	return nil
}

// A tally counts what became of events.
type tally struct {
	published  int
	duplicates int // which a stream had already
	refused    int
	refusal    error // the first, if a stream gave a reason
}

// after is t in a line, d after the first event.
func (t tally) after(d time.Duration) string {
	s := fmt.Sprintf("published %d in %v (%.0f/s), refused %d", t.published, d.Round(time.Millisecond), t.rate(d), t.refused)
	if t.duplicates > 0 {
		s += fmt.Sprintf(", had %d already", t.duplicates)
	}
	return s
}

func (t tally) rate(d time.Duration) float64 { return float64(t.published) / d.Seconds() }

// A pubResult is a tally as -o json prints it.
type pubResult struct {
	Published  int     `json:"published"`
	Duplicates int     `json:"duplicates"`
	Refused    int     `json:"refused"`
	Seconds    float64 `json:"seconds"`
	Rate       float64 `json:"rate"` // events a second
}

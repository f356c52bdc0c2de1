package jetstream

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

const (
	// publishTimeout bounds how long a publication is tried; a leader that died
	// is replaced within ten seconds.
	publishTimeout = 15 * time.Second
	// answerTimeout is after how long silence counts as a loss.
	answerTimeout = 2 * time.Second
	// The pause after an error doubles from the one to the other.
	publishPauseMin = 50 * time.Millisecond
	publishPauseMax = 2 * time.Second
)

var errNoStream = errors.New("no stream has its subject, or JetStream is not available")

// A publisher publishes to streams, and to consumers, and sees to it that they
// confirm: it tries again for publishTimeout. Every message for a stream has a
// Nats-Msg-Id, by which that knows what it has already. It is safe for concurrent
// use.
type publisher struct {
	nc    *nats.Conn
	inbox string
	sub   *nats.Subscription

	mu      sync.Mutex // guards what follows
	last    uint64
	waiting map[uint64]*publication
	closed  bool
}

// A publication is a message on its way. Its fields but msg are guarded by the
// publisher's lock.
type publication struct {
	id    uint64
	msg   *nats.Msg
	done  func(error) // called once; must not block
	until time.Time
	pause time.Duration
	timer *time.Timer // to try again
	err   error       // of the last attempt
}

func newPublisher(nc *nats.Conn) (*publisher, error) {
	p := &publisher{nc: nc, inbox: nc.NewInbox() + ".", waiting: make(map[uint64]*publication)}
	var err error
	if p.sub, err = nc.Subscribe(p.inbox+"*", p.answer); err != nil {
		return nil, fmt.Errorf("subscribe to confirmations: %w", err)
	}
	return p, nil
}

// publish sends m, and calls done once it is confirmed or given up.
func (p *publisher) publish(m *nats.Msg, done func(error)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.last++
	w := &publication{id: p.last, msg: m, done: done, until: time.Now().Add(publishTimeout), pause: publishPauseMin}
	m.Reply = p.inbox + strconv.FormatUint(w.id, 36)
	p.waiting[w.id] = w
	w.timer = time.AfterFunc(answerTimeout, func() { p.again(w.id) })
	p.send(w)
}

// publishWait is publish for those who can wait.
func (p *publisher) publishWait(ctx context.Context, m *nats.Msg) error {
	done := make(chan error, 1)
	p.publish(m, func(err error) { done <- err })
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// send writes w; what is wrong with that shows like a bad answer. The lock is
// held.
func (p *publisher) send(w *publication) {
	if err := p.nc.PublishMsg(w.msg); err != nil {
		w.err = err
		w.timer.Reset(w.nextPause())
	}
}

// again tries the publication once more, or gives it up.
func (p *publisher) again(id uint64) {
	p.mu.Lock()
	w := p.waiting[id]
	if w == nil {
		p.mu.Unlock()
		return
	}
	if hopeless(w.err) || p.closed || time.Now().After(w.until) {
		delete(p.waiting, id)
		p.mu.Unlock()
		if w.err == nil {
			w.err = errors.New("no stream confirmed it")
		}
		w.done(fmt.Errorf("publish to %s: %w", w.msg.Subject, w.err))
		return
	}
	w.timer.Reset(answerTimeout)
	p.send(w)
	p.mu.Unlock()
}

// answer takes in what a stream says of a publication.
func (p *publisher) answer(m *nats.Msg) {
	id, _ := strconv.ParseUint(m.Subject[len(p.inbox):], 36, 64)
	err := verdict(m)
	p.mu.Lock()
	w := p.waiting[id]
	if w == nil { // the answer to an attempt before the last
		p.mu.Unlock()
		return
	}
	if err == nil {
		delete(p.waiting, id)
		w.timer.Stop()
		p.mu.Unlock()
		w.done(nil)
		return
	}
	w.err = err
	w.timer.Reset(w.nextPause())
	p.mu.Unlock()
}

// nextPause is how long to wait after an error.
func (w *publication) nextPause() time.Duration {
	if hopeless(w.err) {
		return 0
	}
	pause := w.pause
	w.pause = min(2*w.pause, publishPauseMax)
	return pause
}

// verdict is what the answer to a publication says.
func verdict(m *nats.Msg) error {
	if len(m.Data) == 0 {
		if m.Header.Get("Status") == "503" {
			return errNoStream
		}
		return nil // of a consumer, for an acknowledgement
	}
	var answer struct {
		Stream string              `json:"stream"`
		Error  *jetstream.APIError `json:"error"`
	}
	switch err := json.Unmarshal(m.Data, &answer); {
	case err != nil:
		return fmt.Errorf("read its confirmation: %w", err)
	case answer.Error != nil:
		return answer.Error
	case answer.Stream == "":
		return errors.New("its confirmation names no stream")
	}
	return nil
}

// hopeless reports whether trying again would end like err.
func hopeless(err error) bool {
	var api *jetstream.APIError
	return errors.As(err, &api) && api.Code == 400 || errors.Is(err, nats.ErrMaxPayload) || errors.Is(err, nats.ErrConnectionClosed) || errors.Is(err, nats.ErrBadSubject)
}

// close ends the subscription. What is still on its way is given up.
func (p *publisher) close() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.closed = true
	for _, w := range p.waiting {
		w.timer.Reset(0)
	}
	p.sub.Unsubscribe() // an error says that the connection is closed
}

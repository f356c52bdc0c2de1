package nats

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strconv"
	"sync"
	"sync/atomic"

	"github.com/nats-io/nats.go"

	"github.com/seed66d9166c/express/express"
	"github.com/seed66d9166c/express/express/value"
)

// Requests performs nats:request: a request, and the first answer to it. One
// subscription takes the answers to all of them, so that a task that waits costs
// an entry in a map. It is safe for concurrent use.
type Requests struct {
	nc    *nats.Conn
	inbox string // what the subjects of answers begin with
	late  atomic.Uint64

	mu      sync.Mutex // guards what follows
	sub     *nats.Subscription
	waiting map[uint64]asked // by the token that ends the subject of the answer
}

// An asked is a request without an answer.
type asked struct {
	call *express.Call
	done func(value.Value, error)
}

var _ express.Starter = (*Requests)(nil)

// NewRequests makes requests over nc. It subscribes with the first one, and as
// long as nc is open.
func NewRequests(nc *nats.Conn) *Requests {
	return &Requests{nc: nc, inbox: nc.NewInbox() + ".", waiting: make(map[uint64]asked)}
}

// Late counts the answers that nobody waited for: those to a task that had timed
// out, or whose execution had ended, and all but the first of a service that
// answers twice, which look the same.
func (r *Requests) Late() uint64 { return r.late.Load() }

// Waiting is the number of requests without an answer.
func (r *Requests) Waiting() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.waiting)
}

// Invoke asks, and yields the answer.
func (r *Requests) Invoke(ctx context.Context, c *express.Call) (value.Value, error) {
	return express.Await(ctx, r, c)
}

// Start asks.
func (r *Requests) Start(_ context.Context, c *express.Call, done func(value.Value, error)) func() {
	token, err := r.ask(c, done)
	if err != nil {
		r.take(token)
		done(value.Value{}, err)
		return nil
	}
	return func() { r.take(token) }
}

// ask sends the request of c, whose answer has the token.
func (r *Requests) ask(c *express.Call, done func(value.Value, error)) (token uint64, err error) {
	m := messages.Get().(*outgoing)
	defer m.release()
	if err := m.fill(c); err != nil {
		return 0, err
	}
	if token, err = r.expect(asked{c, done}); err == nil {
		m.Reply = r.inbox + strconv.FormatUint(token, tokenBase)
		err = r.nc.PublishMsg(&m.Msg)
	}
	if err != nil {
		err = fmt.Errorf("request %s: %w", m.Subject, err)
	}
	return token, err
}

// messages are requests that were sent, to be filled again.
var messages = sync.Pool{New: func() any { return new(outgoing) }}

// maxKept is the largest body, in bytes, whose memory is kept for the next one.
const maxKept = 16 << 10

// release gives o back, of which the connection has kept nothing.
func (o *outgoing) release() {
	if cap(o.Data) > maxKept {
		o.Data = nil
	}
	messages.Put(o)
}

// tokenBase is the base that tokens are written in.
const tokenBase = 36

// expect keeps a under a token, which is not to be guessed by who answers
// another one.
func (r *Requests) expect(a asked) (token uint64, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.sub == nil {
		if r.sub, err = r.nc.Subscribe(r.inbox+"*", r.receive); err != nil {
			return 0, err
		}
		r.sub.SetClosedHandler(r.closed)
	}
	for token == 0 || r.waiting[token].call != nil {
		token = rand.Uint64()
	}
	r.waiting[token] = a
	return token, nil
}

// take is the request with this token, which waits no more.
func (r *Requests) take(token uint64) (a asked, ok bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	a, ok = r.waiting[token]
	delete(r.waiting, token)
	return a, ok
}

// maxInline is the largest answer, or input of a synchronous start, in bytes, that is
// read where all of them come in: 20 us. Others would wait for a larger one.
const maxInline = 8 << 10

// receive takes an answer.
func (r *Requests) receive(m *nats.Msg) {
	token, err := strconv.ParseUint(m.Subject[len(r.inbox):], tokenBase, 64)
	if err != nil { // not from us
		r.late.Add(1)
		return
	}
	a, ok := r.take(token)
	switch {
	case !ok:
		r.late.Add(1)
	case len(m.Data) > maxInline:
		go a.answer(m)
	default:
		a.answer(m)
	}
}

const (
	headerStatus = "Status"
	noResponders = "503"
)

// answer ends the request with what m says.
func (a asked) answer(m *nats.Msg) {
	if len(m.Data) == 0 && m.Header.Get(headerStatus) == noResponders {
		a.done(value.Value{}, &express.Error{Name: ErrNoResponders, Cause: "Nobody answers " + a.call.Task.Target, Err: nats.ErrNoResponders})
		return
	}
	a.done(result(a.call, m))
}

// closed ends all requests: their answers have nowhere to come in.
func (r *Requests) closed(string) {
	r.mu.Lock()
	lost := r.waiting
	r.sub, r.waiting = nil, make(map[uint64]asked)
	r.mu.Unlock()
	for _, a := range lost {
		a.done(value.Value{}, fmt.Errorf("request %s: %w", a.call.Task.Target, nats.ErrConnectionClosed))
	}
}

package stats

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nuid"

	"github.com/seed66d9166c/express/transport"
)

// freshFor is how old an answer may be: who asks more often, or together with
// others, does not have the engine count again.
const freshFor = 100 * time.Millisecond

// A responder answers for an engine. Its methods are called one after the other.
type responder struct {
	nc       *nats.Conn
	log      *slog.Logger
	snapshot func() Snapshot
	start    string
	began    time.Time

	last [][]byte // messages
	at   time.Time
}

// Serve answers who asks with what snapshot says, which need not say Start and
// Up, until stop is called.
func Serve(nc *nats.Conn, log *slog.Logger, snapshot func() Snapshot) (stop func() error, err error) {
	r := newResponder(nc, log, snapshot)
	sub, err := nc.Subscribe(Subject, r.answer)
	if err != nil {
		return nil, fmt.Errorf("listen for who asks for statistics: %w", err)
	}
	return sub.Unsubscribe, nil
}

func newResponder(nc *nats.Conn, log *slog.Logger, snapshot func() Snapshot) *responder {
	return &responder{nc: nc, log: log, snapshot: snapshot, start: nuid.Next(), began: time.Now()}
}

func (r *responder) answer(msg *nats.Msg) {
	if !transport.Answerable(msg.Reply, r.nc.Opts.InboxPrefix) {
		return
	}
	for _, m := range r.messages(time.Now()) {
		if err := r.nc.Publish(msg.Reply, m); err != nil {
			r.log.Warn("an answer with statistics cannot be sent", "error", err)
			return
		}
	}
}

// messages are the answer at a time.
func (r *responder) messages(now time.Time) [][]byte {
	if r.last == nil || now.Sub(r.at) >= freshFor {
		s := r.snapshot()
		s.Start, s.Up = r.start, now.Sub(r.began)
		r.last, r.at = encode(&s, int(r.nc.MaxPayload())), now
	}
	return r.last
}

// A part is a message of an answer.
type part struct {
	Part  int `json:"part"` // from 0
	Parts int `json:"parts"`
	*Snapshot
}

// encode is s in messages of at most most bytes, each with some of the
// workflows. Where one workflow is too much, its states are left out.
func encode(s *Snapshot, most int) [][]byte {
	parts := split(s, most)
	messages := make([][]byte, len(parts))
	for i, p := range parts {
		messages[i] = text(part{i, len(parts), p})
	}
	return messages
}

// numbers is more than the digits of a part's place, which is not known before
// all parts are.
const numbers = 20

func split(s *Snapshot, most int) []*Snapshot {
	ws := s.Workflows
	if len(text(part{Snapshot: s}))+numbers <= most || len(ws) == 0 {
		return []*Snapshot{s}
	}
	if len(ws) == 1 {
		bare, small := *s, ws[0]
		bare.LeftOut += len(small.States)
		small.States = nil
		bare.Workflows = []Workflow{small}
		return []*Snapshot{&bare}
	}
	first, second := *s, *s
	first.Workflows, second.Workflows = ws[:len(ws)/2], ws[len(ws)/2:]
	return append(split(&first, most), split(&second, most)...)
}

func text(p part) []byte {
	b, err := json.Marshal(p)
	if err != nil {
		panic(err) // texts and numbers alone
	}
	return b
}

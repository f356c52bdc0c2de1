package jetstream

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/seed66d9166c/express/internal/seeded"
	"github.com/seed66d9166c/express/transport/wire"
)

const (
	// pullExpiry ends a pull that has not got what it asked for. It bounds for
	// how long a lost one can go unnoticed.
	pullExpiry = 5 * time.Second
	// heartbeat is how often the server says that a pull waits. Silence of
	// quiet means that none does: its leader died, or the pull got lost.
	heartbeat = time.Second
	quiet     = 5 * heartbeat / 2
	// closeTimeout bounds the wait for what is on its way when a Source is
	// closed while the server does not answer.
	closeTimeout = 2 * time.Second
	// pendingMessages is the header that says how much of a request is left.
	pendingMessages = "Nats-Pending-Messages"
)

// A pull is the state of the pull requests of a Source, guarded by its lock.
type pull struct {
	sub         *wire.Subscription
	inbox       string // where the requests that count are answered
	outstanding int    // events asked for that can still come
	heard       time.Time
}

// subscribe makes an inbox for the answers to requests. The lock is held.
func (s *Source) subscribe() error {
	inbox := s.nc.NewInbox()
	sub, err := s.link.Subscribe(inbox, s.receive)
	if err != nil {
		return err
	}
	s.pull.sub, s.pull.inbox, s.pull.outstanding = sub, inbox, 0
	return nil
}

// restart forgets the requests that are out, and so does the server: it drops
// those whose answers nobody waits for. What they have already brought arrives.
func (s *Source) restart() {
	old := s.pull.sub
	if err := s.subscribe(); err != nil {
		s.log.Warn("pulls not begun anew", "error", err)
		return
	}
	old.Drain(func() {})
}

// drain ends the subscription and calls dried, in a goroutine of its own, when
// nothing more arrives.
func (p *pull) drain(dried func()) {
	late := time.AfterFunc(closeTimeout, dried)
	p.sub.Drain(func() { // with locks held
		if late.Stop() {
			late.Reset(0)
		}
	})
}

// ask pulls so that demand and a quarter of it are here or on their way, but
// only once less than demand is: that saves requests. The lock is held.
func (s *Source) ask(demand int, now time.Time) {
	p := &s.pull
	switch {
	case s.fault != nil || !s.link.Connected(): // requests would only pile up
		return
	case p.sub.Stale(): // the server forgot them with the connection
		s.restart()
	case p.outstanding > 0 && now.Sub(p.heard) > quiet && !seeded.LostPull:
		s.log.Warn("no heartbeat from the server, pulling again")
		s.restart()
	}
	coming := len(s.queue) + p.outstanding
	if coming >= demand {
		return
	}
	least := s.link.MaxPayload() + messageRoom
	room := s.o.Budget.room(least)
	if room == 0 {
		s.starved = true
		return
	}
	n := withPrefetch(demand) - coming
	if p.outstanding == 0 {
		p.heard = now
	}
	body := make([]byte, 0, 128)
	body = append(body, `{"batch":`...)
	body = strconv.AppendInt(body, int64(n), 10)
	body = append(body, `,"max_bytes":`...)
	body = strconv.AppendInt(body, int64(room), 10)
	body = append(body, `,"expires":`...)
	body = strconv.AppendInt(body, int64(pullExpiry), 10)
	body = append(body, `,"idle_heartbeat":`...)
	body = strconv.AppendInt(body, int64(heartbeat), 10)
	body = append(body, '}')
	if err := s.link.Send(wire.Msg{Subject: s.stream.next, Reply: p.inbox, Data: body}); err != nil {
		s.failed(err)
		return
	}
	p.outstanding += n
}

// status takes in what the server says of a pull. The lock is held.
func (s *Source) status(m *wire.Msg) {
	p := &s.pull
	if m.Subject != p.inbox {
		return // of a request that does not count any more
	}
	status, description := m.Status()
	description = strings.ToLower(description)
	switch {
	case status == "100": // a heartbeat
	case status == "503": // no such consumer, no leader, no JetStream
		s.failed(errors.New("the consumer does not answer"))
	case strings.Contains(description, "consumer deleted"):
		s.failed(errors.New("the consumer was deleted"))
	case strings.Contains(description, "leadership change"), strings.Contains(description, "server shutdown"):
		s.restart() // another server has the consumer now, or soon
	case status == "404", status == "408", m.Get(pendingMessages) != "": // the request ends, full in messages or in bytes, or late
		left, _ := strconv.Atoi(m.Get(pendingMessages))
		p.outstanding = max(p.outstanding-left, 0)
	default:
		s.failed(fmt.Errorf("the server refuses requests for events: %s %s", status, description))
	}
}

// failed stops pulling until check has mended what err says. The lock is held.
func (s *Source) failed(err error) {
	s.restart()
	if s.fault == nil {
		s.fault = err
		s.log.Error("events cannot be fetched", "stream", s.stream.name, "consumer", s.o.Durable, "error", err)
		if !s.closed {
			s.checking.Reset(0)
		}
	}
}

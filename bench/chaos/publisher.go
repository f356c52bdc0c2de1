package main

import (
	"context"
	"encoding/json"
	"errors"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

const (
	// publishers is how many publications are on their way at most.
	publishers = 32
	// publishAttempt is how long one attempt waits for the stream, and
	// publishPatience how long an event is tried.
	publishAttempt  = 2 * time.Second
	publishPatience = 90 * time.Second
	publishPause    = 50 * time.Millisecond
)

// A publication is a line of the publisher's ledger.
type publication struct {
	ID      string `json:"id"`
	Acked   bool   `json:"acked"`             // else its fate is unknown
	At      int64  `json:"at"`                // when it was, in nanoseconds
	Refused int    `json:"refused,omitempty"` // attempts that the stream has refused with a reason
	Silent  int    `json:"silent,omitempty"`  // attempts without an answer
}

// A pace is how fast events are published.
type pace struct {
	events int
	rate   int // a second; 0 is as fast as it goes
}

// publish publishes the events of p, each until it is acknowledged, and returns
// when the fate of all is known, or nothing can be known.
func (s *stand) publish(p pace, subject string, body func(id string, i int) []byte) {
	ids := make(chan int)
	var going sync.WaitGroup
	for range publishers {
		going.Go(func() {
			for i := range ids {
				id := s.id(i)
				s.ledger.published(s.settle(&nats.Msg{
					Subject: subject,
					Header:  nats.Header{nats.MsgIdHdr: {id}},
					Data:    body(id, i),
				}))
			}
		})
	}
	began := time.Now()
	first := s.ordered
	s.ordered += p.events
	for i := range p.events {
		if p.rate > 0 {
			time.Sleep(time.Until(began.Add(time.Duration(i) * time.Second / time.Duration(p.rate))))
		}
		ids <- first + i
	}
	close(ids)
	going.Wait()
}

// settle publishes m until it is acknowledged.
func (s *stand) settle(m *nats.Msg) publication {
	p := publication{ID: m.Header.Get(nats.MsgIdHdr)}
	for began := time.Now(); time.Since(began) < publishPatience && s.ctx.Err() == nil; {
		ctx, cancel := context.WithTimeout(s.ctx, publishAttempt)
		_, err := s.js.PublishMsg(ctx, m, jetstream.WithRetryAttempts(0))
		cancel()
		if err == nil {
			p.Acked, p.At = true, time.Now().UnixNano()
			return p
		}
		if _, refused := errors.AsType[*jetstream.APIError](err); refused {
			p.Refused++
		} else {
			p.Silent++
		}
		time.Sleep(publishPause)
	}
	return p
}

// marshal is o as the body of an event.
func marshal(o order) []byte {
	b, err := json.Marshal(o)
	if err != nil {
		panic(err) // texts and numbers
	}
	return b
}

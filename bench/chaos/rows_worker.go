package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/seed66d9166c/express/transport"
)

// workerRows break workers.
var workerRows = []*row{
	{
		num: 1, name: "kill -9 one of two workers every 5 s", promise: "what it held runs again within ackWait and a second, and nothing else does",
		ci: true, soak: true,
		set:    setup{pace: pace{events: 12_000, rate: 500}, order: working},
		fault:  func(s *stand) error { return s.killWorkers(4, 1) },
		reruns: times(4),
		prompt: true,
	},
	{
		num: 2, name: "kill -9 all workers", promise: "what they held runs again within ackWait and a second, and nothing else does", soak: true,
		set: setup{pace: pace{events: 8_000, rate: 500}, order: working},
		fault: func(s *stand) error {
			return s.killWorkers(2, 2)
		},
		reruns: times(4),
		prompt: true,
	},
	{
		num: 3, name: "SIGSTOP of a worker for one and a half ackWait", promise: "orders run twice with equal keys; late acknowledgements count", soak: true,
		set: setup{pace: pace{events: 10_000, rate: 400}, order: working},
		fault: func(s *stand) error {
			if s.sleep(s.between(time.Second, 3*time.Second)) {
				s.freeze(s.workers[0].process(), s.set.ackWait*3/2)
			}
			return nil
		},
		reruns: times(2),
	},
	{
		num: 4, name: "SIGTERM of workers under load", promise: "no rerun, gone within 25 s, every log record accounted for", ci: true, soak: true,
		set: setup{pace: pace{events: 12_000, rate: 500}, order: working, collector: true},
		fault: func(s *stand) error {
			var longest time.Duration
			for i := range 4 {
				if !s.sleep(s.between(2*time.Second, 4*time.Second)) {
					return nil
				}
				w := s.workers[i%2]
				longest = max(longest, w.terminate())
				s.require("exit code", w.process().exit() == 0, "%d of %s", w.process().exit(), w.name)
				w.start(1)
				if err := w.ready(startPatience); err != nil {
					return err
				}
			}
			s.require("drain", longest <= 25*time.Second, "the longest took %v, bound 25s", longest.Round(time.Millisecond))
			return nil
		},
	},
	{
		num: 5, name: "rolling upgrade of workers to a new definition", promise: "each order runs by one version from its first state to its last", soak: true,
		set: setup{pace: pace{events: 8_000, rate: 500}, order: working},
		fault: func(s *stand) error {
			if err := s.writeApp(2); err != nil {
				return err
			}
			for _, w := range s.workers {
				if !s.sleep(s.between(2*time.Second, 4*time.Second)) {
					return nil
				}
				w.terminate()
				w.start(2)
				if err := w.ready(startPatience); err != nil {
					return err
				}
			}
			return nil
		},
		check: func(s *stand, b *books) error {
			by, mixed := make(map[string]int), 0
			for _, all := range b.done {
				for _, e := range all {
					by[fmt.Sprintf("by version %d", e.Output.First)]++
					if e.Output.First != e.Output.Last {
						mixed++
					}
				}
			}
			s.require("versions", mixed == 0 && len(by) == 2, "%s; %d began by one and ended by another", counts(by), mixed)
			return nil
		},
	},
	{
		num: 30, name: "poison: a task that runs out of memory, one that overflows the stack, one that panics beyond recovery", promise: "at most 5 deaths each; they are dead letters, and nothing else is",
		ci: true, soak: true,
		set: setup{
			workers: 1, slots: 16, ackWait: 2 * time.Second, pace: pace{events: 3_000, rate: 80}, poisoned: true,
			definition: poisonable,
		},
		fault: func(s *stand) error {
			for i := range hows {
				s.poison(i)
				if err := s.eventually("the poison is buried", time.Minute, func(ctx context.Context) error { return s.buriedSoFar(ctx, i+1) }); err != nil {
					return err
				}
			}
			return nil
		},
		reruns: times(15),
		check:  deaths,
	},
	{
		num: 30, name: "eight of these within a few seconds", promise: "at most 5 deaths each, 3 of them in quarantine; they are dead letters, and nothing else is",
		soak: true,
		set: setup{
			slots: 16, ackWait: 2 * time.Second, pace: pace{events: 2_000, rate: 80}, poisoned: true,
			definition: poisonable,
		},
		fault: func(s *stand) error {
			const n = 8
			for i := range n {
				s.poison(i)
			}
			return s.eventually("the poisons are buried", 4*time.Minute, func(ctx context.Context) error { return s.buriedSoFar(ctx, n) })
		},
		reruns: times(40),
		check:  deaths,
	},
}

// hows are the keys of poisons, in the order in which they are given.
var hows = slices.Sorted(maps.Keys(poisons))

// poisonable calls the function that performs poisons before the service.
var poisonable = strings.Replace(definition, `"StartAt": "First", "States": {`, `"StartAt": "Poison", "States": {
  "Poison": {"Type": "Task", "Resource": "func:poison", "ResultPath": null, "Next": "First"},`, 1)

// poison publishes poison i among the orders.
func (s *stand) poison(i int) {
	s.sleep(s.between(100*time.Millisecond, 600*time.Millisecond))
	how := hows[i%len(hows)]
	id := s.name(fmt.Sprint("poison-", i))
	s.note("poison: %s", how)
	s.seedDead(id, "max_deliveries")
	s.ledger.published(s.settle(&nats.Msg{Subject: orders, Header: nats.Header{nats.MsgIdHdr: {id}}, Data: marshal(order{ID: id, Poison: how})}))
}

// buriedSoFar is an error while there are fewer than n dead letters.
func (s *stand) buriedSoFar(ctx context.Context, n int) error {
	str, err := s.js.Stream(ctx, deadStream)
	if err == nil && str.CachedInfo().State.Msgs < uint64(n) {
		err = fmt.Errorf("there are %d dead letters", str.CachedInfo().State.Msgs)
	}
	return err
}

// deaths bounds how often workers died, and wants each poison to have had its three
// beginnings in quarantine, by the marks that it has there: the last is that of one
// that was refused.
func deaths(s *stand, _ *books) error {
	n, began := 0, 0
	for _, w := range s.workers {
		n += w.died()
	}
	s.require("deaths", n <= 5*len(s.seeded), "%d deaths by %d poisons, bound 5 each", n, len(s.seeded))
	marks, err := s.js.Stream(s.ctx, marksStream)
	if err != nil {
		return err
	}
	for seq, last := uint64(1), marks.CachedInfo().State.LastSeq; seq <= last; seq++ {
		m, err := marks.GetMsg(s.ctx, seq)
		if errors.Is(err, jetstream.ErrMsgNotFound) {
			continue // there is a later one of that order
		} else if err != nil {
			return err
		}
		if s.seeded[m.Header.Get(transport.HeaderExecution)] != "" {
			began += number(string(m.Data)) - 1
		}
	}
	s.require("marks", began >= 3*len(s.seeded), "poisons began %d times in quarantine, 3 each make %d", began, 3*len(s.seeded))
	return nil
}

// working takes the service a little while, so that something is in flight.
func working(s *stand, id string, i int) order { return order{ID: id, Delay: 5 + (i+int(s.seed))%20} }

// killWorkers kills n workers at a time, turn by turn, and starts them again.
func (s *stand) killWorkers(turns, n int) error {
	for i := range turns {
		if !s.sleep(s.between(4*time.Second, 6*time.Second)) {
			return nil
		}
		for k := range n {
			s.workers[(i+k)%len(s.workers)].kill()
		}
		s.sleep(time.Second)
		for k := range n {
			s.workers[(i+k)%len(s.workers)].start(1)
		}
	}
	for _, w := range s.workers {
		if err := w.ready(startPatience); err != nil {
			return err
		}
	}
	return nil
}

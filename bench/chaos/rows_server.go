package main

import (
	"fmt"
	"syscall"
	"time"
)

// A dead server forgets what it was told within the last forgets, as it writes
// down ten times a second what consumers have acknowledged; tenPercent more
// covers the write itself.
const forgets = 100 * time.Millisecond

// olderServer is the last release before the one that go.mod has.
const olderServer = "v2.14.9"

// forgotten bounds reruns after n deaths of the only server: the acknowledgements
// of the last moment, and all that was in flight.
func forgotten(n int) func(*stand) int {
	return func(s *stand) int {
		moment := int(float64(s.set.pace.rate) * forgets.Seconds() * 1.1)
		return n * (moment + s.set.workers*s.inFlight())
	}
}

// serverRows break brokers.
var serverRows = []*row{
	{
		num: 6, name: "kill -9 the only server, ten times", promise: "what runs again is what was in flight, and what was acknowledged in the last tenth of a second",
		ci: true, soak: true,
		set: setup{pace: pace{events: 12_000, rate: 500}, order: working},
		fault: func(s *stand) error {
			return s.servers(10, func() error {
				s.killBroker(s.brokers[0])
				s.sleep(s.between(100*time.Millisecond, time.Second))
				return s.restart(s.brokers[0])
			})
		},
		reruns: forgotten(10),
	},
	{
		num: 7, name: "SIGTERM of each of three servers in turn, and a lame duck", promise: "orders end again within 10 s", soak: true,
		set: setup{servers: 3, pace: pace{events: 12_000, rate: 400}, order: working},
		fault: func(s *stand) error {
			for _, b := range s.brokers {
				if !s.sleep(s.between(2*time.Second, 4*time.Second)) {
					return nil
				}
				s.note("SIGTERM server %s", b.name)
				b.terminate(startPatience)
				if err := s.restart(b); err != nil {
					return err
				}
			}
			s.sleep(3 * time.Second)
			b, err := s.leader()
			if err != nil {
				return err
			}
			s.note("lame duck: server %s, the leader", b.name)
			b.signal(syscall.SIGUSR2)
			if !within(b.done, time.Minute) {
				return fmt.Errorf("server %s did not end as a lame duck", b.name)
			}
			return s.restart(b)
		},
		reruns: times(8),
		resume: 10 * time.Second,
	},
	{
		num: 8, name: "SIGSTOP of the only server, for 5 s and for one and a half ackWait", promise: "what publishers do not know is settled by Nats-Msg-Id", soak: true,
		set: setup{pace: pace{events: 10_000, rate: 400}, order: working},
		fault: func(s *stand) error {
			for _, d := range []time.Duration{5 * time.Second, s.set.ackWait * 3 / 2} {
				if !s.sleep(s.between(2*time.Second, 3*time.Second)) {
					return nil
				}
				s.freeze(s.brokers[0].process, d)
			}
			return nil
		},
		reruns: times(4),
	},
	{
		num: 9, name: "kill -9 the leader of three servers, three times", promise: "orders end again within 10 s",
		ci: true, soak: true,
		set: setup{servers: 3, pace: pace{events: 14_000, rate: 400}, order: working},
		fault: func(s *stand) error {
			return s.servers(3, func() error {
				b, err := s.leader()
				if err != nil {
					return err
				}
				s.killBroker(b)
				s.sleep(4 * time.Second)
				if err := s.restart(b); err != nil {
					return err
				}
				return s.whole()
			})
		},
		reruns: times(6),
		resume: 10 * time.Second,
	},
	{
		num: 10, name: "kill -9 two of three servers for 10 s: no quorum", promise: "publishers are told so; workers use less than a tenth of a core", soak: true,
		set: setup{servers: 3, pace: pace{events: 10_000, rate: 400}, order: working},
		fault: func(s *stand) error {
			s.sleep(s.between(2*time.Second, 4*time.Second))
			down := s.brokers[:2]
			for _, b := range down {
				s.killBroker(b)
			}
			s.sleep(2 * time.Second)
			before, err := s.cpu()
			if err != nil {
				return err
			}
			s.sleep(8 * time.Second)
			after, err := s.cpu()
			if err != nil {
				return err
			}
			share := (after - before).Seconds() / 8 / float64(len(s.workers))
			s.require("idle", share < 0.1, "a worker used %.1f %% of a core without a quorum", 100*share)
			for _, b := range down {
				if err := s.restart(b); err != nil {
					return err
				}
			}
			return nil
		},
		reruns: times(4),
	},
	{
		num: 11, name: "kill -9 all three servers, which sync always", promise: "all is there again", soak: true,
		set: setup{servers: 3, store: "sync_interval: always", pace: pace{events: 5_000, rate: 200}, order: working},
		fault: func(s *stand) error {
			s.sleep(s.between(2*time.Second, 4*time.Second))
			for _, b := range s.brokers {
				s.killBroker(b)
			}
			s.sleep(2 * time.Second)
			for _, b := range s.brokers {
				if err := s.restart(b); err != nil {
					return err
				}
			}
			return nil
		},
		reruns: func(s *stand) int { return forgotten(1)(s) + times(4)(s) },
	},
	{
		num: 12, name: "the leaders of stream and consumer step down every second", promise: "orders end again within 5 s", ci: true, soak: true,
		set: setup{servers: 3, pace: pace{events: 8_000, rate: 400}, order: working},
		fault: func(s *stand) error {
			for i := range 8 {
				if !s.sleep(s.between(700*time.Millisecond, 1300*time.Millisecond)) {
					return nil
				}
				what := []string{"STREAM.LEADER.STEPDOWN." + orderStream, "CONSUMER.LEADER.STEPDOWN." + orderStream + "." + durable}[i%2]
				s.note("%s", what)
				if err := s.stepDown(what); err != nil {
					return err
				}
			}
			return nil
		},
		reruns: times(8),
		resume: 5 * time.Second,
	},
	{
		num: 13, name: "upgrade of three servers from 2.14 to 2.15, one after the other", promise: "orders end again within 10 s",
		needs: func() string { return unreleased(olderServer) },
		set:   setup{servers: 3, older: olderServer, pace: pace{events: 12_000, rate: 400}, order: working},
		fault: func(s *stand) error {
			s.broker = s.self
			for _, b := range s.brokers {
				if !s.sleep(s.between(2*time.Second, 4*time.Second)) {
					return nil
				}
				s.note("SIGTERM server %s", b.name)
				b.terminate(startPatience)
				if err := s.restart(b); err != nil {
					return err
				}
				if err := s.whole(); err != nil {
					return err
				}
			}
			return nil
		},
		reruns: times(6),
		resume: 10 * time.Second,
	},
	{
		num: 21, name: "one byte in the store of one of three servers is changed while it is down", promise: "nothing: the outcome is shown",
		observed: true,
		set:      setup{servers: 3, pace: pace{events: 6_000, rate: 400}, order: working},
		fault: func(s *stand) error {
			s.sleep(5 * time.Second)
			b, err := s.leader()
			if err != nil {
				return err
			}
			s.killBroker(b)
			if err := s.rot(b); err != nil {
				return err
			}
			return s.restart(b)
		},
		reruns: times(4),
	},
}

// servers does a thing to servers n times, with a pause that the seed decides
// before each.
func (s *stand) servers(n int, do func() error) error {
	for range n {
		if !s.sleep(s.between(1500*time.Millisecond, 3*time.Second)) {
			return nil
		}
		if err := do(); err != nil {
			return err
		}
	}
	return nil
}

// cpu is what all workers have used so far.
func (s *stand) cpu() (sum time.Duration, err error) {
	for _, w := range s.workers {
		u, err := w.process().usage()
		if err != nil {
			return 0, err
		}
		sum += u.CPU
	}
	return sum, nil
}

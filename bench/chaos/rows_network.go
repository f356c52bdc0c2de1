package main

import (
	"time"
)

// networkRows break what lies between the workers and the only server.
var networkRows = []*row{
	{
		num: 14, name: "cut between workers and server, for 10 s and for one and a half ackWait", promise: "they connect again",
		ci: true, soak: true,
		set: setup{proxied: true, pace: pace{events: 10_000, rate: 400}, order: working},
		fault: func(s *stand) error {
			for _, d := range []time.Duration{10 * time.Second, s.set.ackWait * 3 / 2} {
				if !s.sleep(s.between(2*time.Second, 4*time.Second)) {
					return nil
				}
				s.note("cut for %v", d)
				s.proxy.set(link{refuse: true})
				s.proxy.reset()
				s.sleep(d)
				s.proxy.set(link{})
			}
			return nil
		},
		reruns: times(4),
	},
	{
		num: 15, name: "half-open links: what the server sends is lost; then one byte a second arrives", promise: "a worker gives its link up, and orders end again on a new one, within 20 s", ci: true, soak: true,
		set: setup{proxied: true, pace: pace{events: 18_000, rate: 300}, order: working},
		fault: func(s *stand) error {
			for _, l := range []struct {
				name string
				link link
			}{{"deaf", link{deaf: true, standing: true}}, {"trickle", link{trickle: true, standing: true}}} {
				if !s.sleep(s.between(2*time.Second, 4*time.Second)) {
					return nil
				}
				s.note("%s", l.name)
				s.proxy.set(l.link)
				s.sleep(25 * time.Second)
				s.proxy.set(link{})
			}
			return nil
		},
		reruns: times(8),
		resume: 20 * time.Second,
	},
	{
		num: 16, name: "latency of 200 ms and 100 more or less, a reset every 2 s", promise: "slower, and nothing else", soak: true,
		set: setup{proxied: true, pace: pace{events: 6_000, rate: 300}, order: working},
		fault: func(s *stand) error {
			s.proxy.set(link{latency: 200 * time.Millisecond, jitter: 100 * time.Millisecond})
			s.note("latency, resets")
			for range 10 {
				if !s.sleep(2 * time.Second) {
					return nil
				}
				s.proxy.reset()
			}
			s.proxy.set(link{})
			s.proxy.reset() // what is still on its way at the old pace
			return nil
		},
		reruns: times(24),
	},
	{
		num: 17, name: "cut behind the outcome that a worker publishes, before it is confirmed, twenty times", promise: "no outcome is stored twice",
		ci: true, soak: true,
		set: setup{proxied: true, pace: pace{events: 8_000, rate: 400}, order: working},
		fault: func(s *stand) error {
			for range 20 {
				if !s.sleep(s.between(300*time.Millisecond, 900*time.Millisecond)) {
					return nil
				}
				s.proxy.set(link{cutAfter: []byte("PUB express.done."), cuts: 1})
			}
			s.sleep(time.Second)
			s.proxy.set(link{})
			return nil
		},
		reruns: times(44),
		check: func(s *stand, b *books) error {
			twice := 0
			for _, d := range b.done {
				twice += len(d) - 1
			}
			cuts := s.proxy.cutSoFar()
			s.require("once", twice == 0 && cuts > 0, "%d cuts, %d outcomes stored twice", cuts, twice)
			return nil
		},
	},
}

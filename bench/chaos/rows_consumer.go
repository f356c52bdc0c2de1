package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// consumerRows take away what the engine has set up, and its rights.
var consumerRows = []*row{
	{
		num: 36, name: "the consumer is deleted, three times; then the stream, when it is empty", promise: "they are made again", ci: true, soak: true,
		set: setup{pace: pace{events: 8_000, rate: 500}, order: working},
		fault: func(s *stand) error {
			for range 3 {
				if !s.sleep(s.between(2*time.Second, 4*time.Second)) {
					return nil
				}
				s.note("delete the consumer")
				if err := s.js.DeleteConsumer(s.ctx, orderStream, durable); err != nil {
					return err
				}
			}
			<-s.published
			if err := s.quiesce(); err != nil {
				return err
			}
			s.note("delete the stream")
			if err := s.js.DeleteStream(s.ctx, orderStream); err != nil {
				return err
			}
			s.publish(pace{events: 500, rate: 500}, orders, func(id string, i int) []byte { return marshal(working(s, id, i)) })
			return nil
		},
		reruns: times(3 * 4),
	},
	{
		num: 37, name: "the consumer's MaxDeliver and AckWait are changed by somebody else", promise: "workers say that they are not ready, and fetch again when it is put right", soak: true,
		set: setup{pace: pace{events: 10_000, rate: 300}, order: working},
		fault: func(s *stand) error {
			c, err := s.js.Consumer(s.ctx, orderStream, durable)
			if err != nil {
				return err
			}
			was := c.CachedInfo().Config
			for _, change := range []func(*jetstream.ConsumerConfig){
				func(c *jetstream.ConsumerConfig) { c.MaxDeliver = 3 },
				func(c *jetstream.ConsumerConfig) { c.AckWait = time.Second },
			} {
				is := was
				change(&is)
				s.note("consumer: MaxDeliver %d, AckWait %v", is.MaxDeliver, is.AckWait)
				began := time.Now()
				if _, err := s.js.UpdateConsumer(s.ctx, orderStream, is); err != nil {
					return err
				}
				for _, w := range s.workers {
					why, err := w.notReady(startPatience)
					if err != nil {
						return err
					}
					s.note("%s after %v: %s", w.name, time.Since(began).Round(time.Millisecond), why)
				}
				if _, err := s.js.UpdateConsumer(s.ctx, orderStream, was); err != nil {
					return err
				}
				for _, w := range s.workers {
					if err := w.ready(startPatience); err != nil {
						return err
					}
				}
			}
			return nil
		},
		reruns: times(4),
	},
	{
		num: 38, name: "the engine's password is changed for 10 s; a worker starts with a wrong one", promise: "workers are not ready and live; no log has the password", soak: true,
		set: setup{pace: pace{events: 8_000, rate: 400}, order: working},
		fault: func(s *stand) error {
			s.sleep(s.between(2*time.Second, 4*time.Second))
			if err := s.changePassword("another-password"); err != nil {
				return err
			}
			for _, w := range s.workers {
				if _, err := w.notReady(startPatience); err != nil {
					return err
				}
			}
			p, err := start(s.dir, "intruder", []string{"EXPRESS_NATS_URL=" + s.urls, "EXPRESS_NATS_USER=" + engine, "EXPRESS_NATS_PASSWORD=" + secret, "EXPRESS_LISTEN=off"},
				s.express, "serve", s.app(1))
			if err != nil {
				return err
			}
			ended := within(p.done, startPatience)
			p.kill()
			s.require("refused", ended && p.exit() == 4, "a worker with a wrong password ended with exit code %d, want 4", p.exit())
			s.sleep(10 * time.Second)
			if err := s.changePassword(secret); err != nil {
				return err
			}
			for _, w := range s.workers {
				if err := w.ready(startPatience); err != nil {
					return err
				}
			}
			leaks := strings.Contains(p.printed(), secret)
			for _, w := range s.workers {
				leaks = leaks || strings.Contains(w.process().printed(), secret)
			}
			s.require("secret", !leaks, "a log has the password: %t", leaks)
			return nil
		},
		reruns: times(4),
	},
	{
		num: 38, name: "the server's certificate expires, and the links break; 10 s later it has one of another authority", promise: "workers are not ready and live until the certificate is good, then they go on", soak: true,
		set: setup{certified: 20 * time.Second, proxied: true, pace: pace{events: 12_000, rate: 300}, order: working},
		fault: func(s *stand) error {
			s.sleep(time.Until(s.began.Add(s.set.certified + time.Second)))
			s.note("the certificate is over, the links break")
			s.proxy.reset()
			for _, w := range s.workers {
				why, err := w.notReady(startPatience)
				if err != nil {
					return err
				}
				s.note("%s is not ready: %s", w.name, why)
			}
			s.sleep(10 * time.Second)
			s.require("expired", strings.Contains(s.brokers[0].printed(), "bad certificate"), "the server says that its certificate is refused")
			s.note("a new certificate")
			if err := s.sign(time.Now().Add(time.Hour)); err != nil {
				return err
			}
			s.brokers[0].signal(syscall.SIGHUP)
			for _, w := range s.workers {
				if err := w.ready(startPatience); err != nil {
					return err
				}
			}
			return nil
		},
		reruns: times(4),
	},
	{
		num: 39, name: "the stream of dead letters is full for 15 s", promise: "what cannot be buried stays pending, and is buried when there is room", ci: true, soak: true,
		set: setup{
			workers: 1, slots: 32, pace: pace{events: 4_000, rate: 200}, order: working,
			prepare: func(s *stand) error {
				return s.create(jetstream.StreamConfig{Name: deadStream, Subjects: []string{"express.dlq.>"}, MaxBytes: 16 << 10, Discard: jetstream.DiscardNew})
			},
		},
		fault: func(s *stand) error {
			s.sleep(2 * time.Second)
			var going sync.WaitGroup
			for i := range 100 {
				going.Go(func() { s.bad(fmt.Sprint(i), []byte("{"), "decode") })
			}
			going.Wait()
			s.sleep(15 * time.Second)
			s.note("room for dead letters")
			str, err := s.js.Stream(s.ctx, deadStream)
			if err != nil {
				return err
			}
			full := str.CachedInfo().State.Msgs
			s.require("full", full < 100, "%d of 100 dead letters were stored before there was room", full)
			c := str.CachedInfo().Config
			c.MaxBytes = 8 << 20
			_, err = s.js.UpdateStream(s.ctx, c)
			return err
		},
	},
	{
		num: 40, name: "a worker is killed in the middle of synchronous starts", promise: "L8: none runs twice, and callers get the outcome or know that they do not", ci: true, soak: true,
		set:    setup{pace: pace{events: 3_000, rate: 200}, order: working},
		fault:  callSynchronously,
		reruns: times(2),
	},
}

// callSynchronously has callers start executions while workers are killed.
func callSynchronously(s *stand) error {
	const callers = 20
	var answered, refused, unknown atomic.Int64
	over := make(chan struct{})
	var calling sync.WaitGroup
	for c := range callers {
		calling.Go(func() {
			for i := 0; ; i++ {
				select {
				case <-over:
					return
				default:
				}
				id := s.name(fmt.Sprintf("sync-%d-%d", c, i))
				m := &nats.Msg{Subject: "express.sync." + workflow, Header: nats.Header{nats.MsgIdHdr: {id}}, Data: marshal(order{ID: id, Delay: 200})}
				ctx, cancel := context.WithTimeout(s.ctx, 5*time.Second)
				reply, err := s.nc.RequestMsgWithContext(ctx, m)
				cancel()
				switch {
				case errors.Is(err, nats.ErrNoResponders), err == nil && reply.Header.Get("Nats-Service-Error") != "":
					refused.Add(1)
				case err != nil:
					unknown.Add(1)
				default:
					answered.Add(1)
				}
			}
		})
	}
	err := s.killWorkers(2, 1)
	close(over)
	calling.Wait()
	b := &books{effects: make(map[string][]effect)}
	if err := b.readEffects(s.effects); err != nil {
		return err
	}
	ran, again := 0, 0
	for id, calls := range b.effects {
		if strings.Contains(id, "-sync-") {
			ran++
			again += runsOf(calls) - 1
		}
	}
	s.require("L8", again == 0, "%d synchronous starts ran, %d twice; %d answered, %d refused, %d callers without an answer", ran, again, answered.Load(), refused.Load(), unknown.Load())
	return err
}

// changePassword changes the engine's at the server, live.
func (s *stand) changePassword(to string) error {
	b := s.brokers[0]
	s.note("the engine's password is changed")
	if err := s.configure(b, nil, 0, to); err != nil {
		return err
	}
	b.signal(syscall.SIGHUP)
	return nil
}

package main

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// inputRows are about what is published.
var inputRows = []*row{
	{
		num: 31, name: "bytes that are no JSON, or would take much memory or stack to read", promise: "each is a dead letter that says so", ci: true, soak: true,
		set: setup{pace: pace{events: 3_000, rate: 400}},
		fault: func(s *stand) error {
			for n := range 10 {
				for i, b := range corpus() {
					s.bad(fmt.Sprintf("%d-%d", n, i), b, "decode")
				}
			}
			return nil
		},
		check: func(s *stand, b *books) error {
			var took []time.Duration
			for id, letters := range b.dead {
				took = append(took, letters[0].At.Sub(time.Unix(0, b.pub[id].At)))
			}
			slices.Sort(took)
			s.measured("buried", "%d, median %v after they were published, longest %v", len(took), took[len(took)/2].Round(time.Microsecond), took[len(took)-1].Round(time.Microsecond))
			return nil
		},
	},
	{
		num: 32, name: "an event of a megabyte, and one with 60 KiB of headers", promise: "the one is a dead letter with its body, in parts where that is needed; the other runs", soak: true,
		set: setup{
			pace: pace{events: 2_000, rate: 400},
			prepare: func(s *stand) error { // a stream of the user's, which refuses nothing
				return s.create(jetstream.StreamConfig{Name: orderStream, Subjects: []string{orders}, Retention: jetstream.WorkQueuePolicy})
			},
		},
		fault: func(s *stand) error {
			for i := range 20 {
				s.bad(fmt.Sprint("large-", i), []byte(`{"padding":"`+strings.Repeat("x", 1<<20-512)+`"}`), "oversize")
				m := &nats.Msg{Subject: orders, Header: nats.Header{}, Data: marshal(order{ID: s.name(fmt.Sprint("headers-", i))})}
				for h := range 1000 {
					m.Header.Set(fmt.Sprintf("X-Flood-%d", h), strings.Repeat("h", 48))
				}
				m.Header.Set(nats.MsgIdHdr, s.name(fmt.Sprint("headers-", i)))
				s.ledger.published(s.settle(m))
			}
			return nil
		},
	},
	{
		num: 33, name: "twenty orders, each published a thousand times with the same Nats-Msg-Id", promise: "each runs once", ci: true, soak: true,
		set: setup{pace: pace{events: 3_000, rate: 400}},
		fault: func(s *stand) error {
			for i := range 20 {
				id := s.name(fmt.Sprint("storm-", i))
				m := &nats.Msg{Subject: orders, Header: nats.Header{nats.MsgIdHdr: {id}}, Data: marshal(order{ID: id})}
				s.ledger.published(s.settle(m))
				for range 999 {
					if err := s.nc.PublishMsg(m); err != nil {
						return err
					}
				}
			}
			return s.nc.Flush()
		},
	},
}

// name is what an order of a script is called.
func (s *stand) name(what string) string { return fmt.Sprintf("c%d-%d-%s", s.row.num, s.seed, what) }

// bad publishes what must be a dead letter for that reason.
func (s *stand) bad(what string, body []byte, reason string) {
	id := s.name("bad-" + what)
	s.seedDead(id, reason)
	s.ledger.published(s.settle(&nats.Msg{Subject: orders, Header: nats.Header{nats.MsgIdHdr: {id}}, Data: body}))
}

// corpus are bodies that are no acceptable JSON.
func corpus() [][]byte {
	const room = 256 << 10
	return [][]byte{
		{},
		[]byte("\xff\xfe"),
		[]byte(`{"id":"` + "\xc3\x28" + `"}`),
		[]byte(`{"id":"\ud800"}`),
		[]byte(`{"id":"a","id":"b"}`),
		[]byte(`{"id":01}`),
		[]byte(`{"id":1e999999}`),
		[]byte(`{"id":NaN}`),
		[]byte(`{"id":"a"} {}`),
		[]byte(`{"id":"a`),
		[]byte("{\"id\":\"\x00\"}"),
		{0xdd, 0xff, 0xff, 0xff, 0xff}, // MessagePack: arrays and maps of four thousand million
		{0xdf, 0xff, 0xff, 0xff, 0xff},
		bytes.Repeat([]byte{0xdc, 0xff, 0xff}, 300),
		bytes.Repeat([]byte{0x91}, room),
		bytes.Repeat([]byte("["), room),
		bytes.Repeat([]byte(`{"a":`), room/5),
		[]byte("[" + strings.Repeat("0,", room/2-2) + "0]"),
	}
}

// create makes a stream before the engine does.
func (s *stand) create(c jetstream.StreamConfig) error {
	c.Replicas = s.set.servers
	_, err := s.js.CreateStream(s.ctx, c)
	return err
}

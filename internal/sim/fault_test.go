package sim

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// TestFaults shows what the model does when it fails.
func TestFaults(t *testing.T) {
	for name, check := range map[string]func(b *Broker, at *bed){
		"a killed server forgets what was acknowledged last, and nothing older": func(b *Broker, at *bed) {
			at.queue(2, jetstream.ConsumerConfig{})
			at.double(at.next())
			time.Sleep(2 * amnesia)
			at.double(at.next())
			b.Crash(time.Millisecond)
			time.Sleep(time.Second)
			at.js = at.connect()
			at.come(at.next(), 2, 1) // that it was delivered is forgotten, too
			at.left(1, 1)
		},
		"nobody answers without a leader, and what is published is lost": func(b *Broker, at *bed) {
			at.queue(1, jetstream.ConsumerConfig{})
			b.Headless(2 * time.Second)
			if err := at.try("id-2"); !errors.Is(err, context.DeadlineExceeded) {
				at.t.Errorf("publish: %v, want %v", err, context.DeadlineExceeded)
			}
			time.Sleep(2 * time.Second)
			at.left(1, 0)
			if err := at.try("id-2"); err != nil {
				at.t.Error(err)
			}
		},
		"what is published is there although nobody confirms it": func(b *Broker, at *bed) {
			at.queue(0, jetstream.ConsumerConfig{})
			b.Mute(1)
			if err := at.try("id-1"); !errors.Is(err, context.DeadlineExceeded) {
				at.t.Errorf("publish: %v, want %v", err, context.DeadlineExceeded)
			}
			b.Mute(0)
			if !at.publish("id-1") {
				at.t.Error("it is not there")
			}
		},
		"a full stream refuses, until it is not full": func(b *Broker, at *bed) {
			at.queue(0, jetstream.ConsumerConfig{})
			b.Fill("S", true)
			var refused *jetstream.APIError
			if err := at.try("id-1"); !errors.As(err, &refused) || refused.ErrorCode != 10077 {
				at.t.Errorf("publish: %v, want error 10077", err)
			}
			b.Fill("S", false)
			if err := at.try("id-1"); err != nil {
				at.t.Error(err)
			}
		},
		"what is held arrives later, and what is cut off does not": func(b *Broker, at *bed) {
			at.queue(0, jetstream.ConsumerConfig{})
			for _, tt := range []struct {
				fault func(*Port)
				want  uint64
			}{
				{func(p *Port) { p.Hold(3 * time.Second) }, 1},
				{func(p *Port) { p.Kill() }, 1},
			} {
				port := b.Port("other")
				nc := connect(at.t, port).Conn()
				tt.fault(port)
				if err := nc.Publish("s.x", nil); err != nil {
					at.t.Error(err)
				}
				time.Sleep(5 * time.Second)
				at.left(tt.want, 0)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				b := NewBroker(1, instantly, Watch{})
				t.Cleanup(b.Close)
				p := b.Port("test")
				at := &bed{t: t, js: connect(t, p)}
				at.connect = func() jetstream.JetStream { return connect(t, p) }
				check(b, at)
			})
		})
	}
}

// try publishes an event within a second.
func (b *bed) try(id string) error {
	ctx, cancel := context.WithTimeout(b.t.Context(), time.Second)
	defer cancel()
	_, err := b.js.PublishMsg(ctx, &nats.Msg{Subject: "s.x", Header: nats.Header{nats.MsgIdHdr: {id}}, Data: []byte(id)})
	return err
}

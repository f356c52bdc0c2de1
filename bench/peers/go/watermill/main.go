// Watermill takes events from JetStream, does what the workflow w1 does by hand
// over encoding/json, and publishes the outcome on core NATS: one router, one
// handler, as many subscribers as there are callers.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"runtime/debug"
	"time"

	"github.com/ThreeDotsLabs/watermill"
	transport "github.com/ThreeDotsLabs/watermill-nats/v2/pkg/nats"
	"github.com/ThreeDotsLabs/watermill/message"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/seed66d9166c/express/bench/peers/go/serve"
)

func main() { serve.Run(open) }

const (
	stream  = "WATERMILL"
	events  = "watermill.event"
	results = "watermill.result"
	group   = "watermill"
)

type peer struct {
	serve.Setup
	nc *nats.Conn
	js jetstream.JetStream
}

func open(s serve.Setup) (serve.Peer, error) {
	nc, err := nats.Connect(s.Broker)
	if err != nil {
		return nil, err
	}
	js, err := jetstream.New(nc)
	return &peer{s, nc, js}, err
}

func (p *peer) Versions() map[string]string {
	b, _ := debug.ReadBuildInfo()
	return serve.Versions(b, map[string]string{
		"Watermill":      "github.com/ThreeDotsLabs/watermill",
		"watermill-nats": "github.com/ThreeDotsLabs/watermill-nats/v2",
	})
}

func (p *peer) Close() error {
	p.nc.Close()
	return nil
}

// patience is how long a backlog may take.
const patience = time.Minute

// Measure fills a stream in memory, and lets the router empty it.
func (p *peer) Measure(l serve.Load) (s serve.Sample, err error) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if err := p.fill(ctx, l.Events); err != nil {
		return s, err
	}
	ended := make(chan []byte, 1)
	n := 0
	sub, err := p.nc.Subscribe(results, func(m *nats.Msg) {
		if n++; n == l.Events {
			ended <- m.Data
		}
	})
	if err != nil {
		return s, err
	}
	defer sub.Unsubscribe()
	if err := errors.Join(sub.SetPendingLimits(-1, -1), p.nc.Flush()); err != nil {
		return s, err
	}
	r, err := router(p.Broker, l.Callers)
	if err != nil {
		return s, err
	}
	began := time.Now()
	stopped := make(chan error, 1)
	go func() { stopped <- r.Run(ctx) }()
	select {
	case s.Output = <-ended:
		s.Events, s.Wall = l.Events, time.Since(began)
	case <-ctx.Done():
		err = fmt.Errorf("%d events have not ended after %s", l.Events, patience)
	}
	return s, errors.Join(err, r.Close(), <-stopped)
}

// fill makes the stream anew, with so many events.
func (p *peer) fill(ctx context.Context, n int) error {
	if err := p.js.DeleteStream(ctx, stream); err != nil && !errors.Is(err, jetstream.ErrStreamNotFound) {
		return err
	}
	if _, err := p.js.CreateStream(ctx, jetstream.StreamConfig{Name: stream, Subjects: []string{events}, Storage: jetstream.MemoryStorage}); err != nil {
		return err
	}
	for i := range n {
		if _, err := p.js.PublishAsync(events, []byte(p.Event)); err != nil {
			return err
		}
		if i%batch != 0 && i < n-1 {
			continue
		}
		select {
		case <-p.js.PublishAsyncComplete():
		case <-ctx.Done():
			return fmt.Errorf("fill the stream: %w", ctx.Err())
		}
	}
	return nil
}

// batch is how many events may wait to be stored: fewer than the server's queue
// holds.
const batch = 1000

// router is Watermill's own, with acknowledgements that it does not wait for, as
// those of the engine, and a log of nothing.
func router(url string, subscribers int) (*message.Router, error) {
	log := watermill.NopLogger{}
	sub, err := transport.NewSubscriber(transport.SubscriberConfig{
		URL:              url,
		SubscribersCount: subscribers,
		QueueGroupPrefix: group,
		JetStream:        transport.JetStreamConfig{AckAsync: true},
	}, log)
	if err != nil {
		return nil, err
	}
	pub, err := transport.NewPublisher(transport.PublisherConfig{URL: url, JetStream: transport.JetStreamConfig{Disabled: true}}, log)
	if err != nil {
		return nil, err
	}
	r, err := message.NewRouter(message.RouterConfig{}, log)
	if err != nil {
		return nil, err
	}
	r.AddHandler("w1", events, sub, results, pub, handle)
	return r, nil
}

func handle(m *message.Message) ([]*message.Message, error) {
	out, err := w1(m.Payload)
	if err != nil {
		return nil, err
	}
	return message.Messages{message.NewMessage(watermill.NewUUID(), out)}, nil
}

// w1 is ../../../workloads/w1.asl.json by hand: of the event it reads what it needs.
func w1(event []byte) ([]byte, error) {
	var in struct {
		ID     string  `json:"id"`
		Temp   float64 `json:"temp"`
		Device struct {
			Site string `json:"site"`
		} `json:"device"`
	}
	if err := json.Unmarshal(event, &in); err != nil {
		return nil, err
	}
	return json.Marshal(struct {
		ID    string  `json:"id"`
		Site  string  `json:"site"`
		Temp  float64 `json:"temp"`
		Alarm bool    `json:"alarm,omitempty"`
	}{in.ID, in.Device.Site, in.Temp, in.Temp > 20})
}

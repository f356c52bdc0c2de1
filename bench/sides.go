package bench

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/seed66d9166c/express/express"
	"github.com/seed66d9166c/express/internal/telemetry"
	"github.com/seed66d9166c/express/transport"
	source "github.com/seed66d9166c/express/transport/jetstream"
	natsconn "github.com/seed66d9166c/express/transport/nats"
	"github.com/seed66d9166c/express/transport/wire"
)

// The names of what is measured beside each other.
const (
	Engine   = "engine"   // Source, Pump and Machine, as the product has them
	Bare     = "bare"     // a loop over nats.go that publishes as much and acknowledges
	Raw      = "raw"      // the same in the protocol of NATS, written by hand
	Sync     = "sync"     // the engine's answers to requests
	Echo     = "echo"     // a NATS service that answers at once with as much
	Services = "services" // what performs the tasks of TasksNATS
)

const (
	streamName    = "EXPRESS_BENCH"
	eventSubject  = "express-bench.event"
	resultSubject = "express-bench.result"
	echoSubject   = "express-bench.echo"
)

// A Take is work for a side.
type Take struct {
	Side     string
	NATS     natsconn.Settings
	Workload Workload
	Consumer string // of the stream, made by the side; for Engine, Bare and Raw
	Events   int    // after which Bare and Raw end; 0 is not before they are told to
	Outcome  []byte // what the baselines publish, with a name of their own
}

// sides is a row for each. They run until ctx is done, or Take.Events are taken;
// ready is called as soon as they can be sent events.
var sides = map[string]func(ctx context.Context, nc *nats.Conn, t *Take, ready func()) error{
	Engine:   engine,
	Bare:     bare,
	Raw:      raw,
	Sync:     synchronous,
	Echo:     echo,
	Services: services,
}

// take runs a side over a connection of its own. That it was told to stop is no
// error.
func take(ctx context.Context, t *Take, ready func()) error {
	run, ok := sides[t.Side]
	if !ok {
		return fmt.Errorf("there is no side %q", t.Side)
	}
	nc, err := natsconn.Connect(t.NATS, "express bench "+t.Side, nil)
	if err != nil {
		return err
	}
	defer nc.Close()
	if err := run(ctx, nc, t, ready); err != nil && ctx.Err() == nil {
		return fmt.Errorf("%s: %w", t.Side, err)
	}
	return nil
}

// machine is what the engine's sides run. Its workflow logs errors, to nowhere.
func machine(ctx context.Context, nc *nats.Conn, w Workload) (*express.Machine, error) {
	t, err := telemetry.New(ctx, telemetry.Options{Log: quiet})
	if err != nil {
		return nil, err
	}
	return w.Machine(nc, t.Recorder(telemetry.Workflow{Name: w.Name, Level: express.LevelError}))
}

func engine(ctx context.Context, nc *nats.Conn, t *Take, ready func()) error {
	js, err := t.NATS.JetStream(nc)
	if err != nil {
		return err
	}
	m, err := machine(ctx, nc, t.Workload)
	if err != nil {
		return err
	}
	link := wire.Open(nc, quiet)
	defer link.Close()
	src, err := source.Open(ctx, js, source.Options{
		Workflow: t.Workload.Name,
		Subject:  eventSubject,
		Stream:   streamName,
		Durable:  t.Consumer,
		Result:   resultSubject,
		Link:     link,
		Log:      quiet,
	})
	if err != nil {
		return err
	}
	pump := transport.Pump{
		Source:   src,
		Workflow: t.Workload.Name,
		Machine:  func(transport.Delivery) (*express.Machine, error) { return m, nil },
		Log:      quiet,
	}
	ready()
	return pump.Run(ctx)
}

// bareBatch is how much the baselines fetch at a time: as much as the engine.
const bareBatch = transport.DefaultMax

// consumer makes the consumer of a baseline.
func consumer(ctx context.Context, nc *nats.Conn, t *Take) (jetstream.Consumer, error) {
	js, err := t.NATS.JetStream(nc)
	if err != nil {
		return nil, err
	}
	return js.CreateConsumer(ctx, streamName, jetstream.ConsumerConfig{
		Durable:       t.Consumer,
		AckPolicy:     jetstream.AckExplicitPolicy,
		MaxAckPending: 10 * bareBatch,
	})
}

// bare takes the events with nats.go's own consumer and does nothing with them
// but to publish as many bytes as the engine and to acknowledge.
func bare(ctx context.Context, nc *nats.Conn, t *Take, ready func()) error {
	c, err := consumer(ctx, nc, t)
	if err != nil {
		return err
	}
	ready()
	_, rest, _ := cutName(t.Outcome)
	outcome := &nats.Msg{Subject: resultSubject, Header: nats.Header{transport.HeaderHops: {"1"}}}
	for taken := 0; t.Events == 0 || taken < t.Events; {
		err := fetch(ctx, c, func(m jetstream.Msg) error {
			taken++
			name := m.Headers().Get(nats.MsgIdHdr)
			if name == "" {
				name = exampleName
			}
			outcome.Data = append(append(append(outcome.Data[:0], namePrefix...), name...), rest...)
			return errors.Join(nc.PublishMsg(outcome), m.Ack())
		})
		if err != nil {
			return err
		}
	}
	return nc.Flush()
}

// fetch calls each for the next batch of events.
func fetch(ctx context.Context, c jetstream.Consumer, each func(jetstream.Msg) error) error {
	wait, cancel := context.WithTimeout(ctx, fetchWait)
	defer cancel()
	batch, err := c.Fetch(bareBatch, jetstream.FetchContext(wait))
	if err != nil {
		return err
	}
	for m := range batch.Messages() {
		if err := each(m); err != nil {
			return err
		}
	}
	if err := batch.Error(); err != nil && !errors.Is(err, nats.ErrTimeout) && wait.Err() == nil {
		return fmt.Errorf("fetch: %w", err)
	}
	return ctx.Err()
}

// fetchWait is how long a baseline waits for events before it asks again.
const fetchWait = time.Second

// synchronous answers requests to run a workflow.
func synchronous(ctx context.Context, nc *nats.Conn, t *Take, ready func()) error {
	m, err := machine(ctx, nc, t.Workload)
	if err != nil {
		return err
	}
	s, err := natsconn.NewService(nc, natsconn.ServiceOptions{
		Version: "0.0.0-bench",
		Machine: func(string) (*express.Machine, error) { return m, nil },
		Log:     quiet,
	})
	if err != nil {
		return err
	}
	if err := s.Serve(t.Workload.Name); err != nil {
		return err
	}
	ready()
	<-ctx.Done()
	return s.Stop(context.WithoutCancel(ctx))
}

// echo answers requests with t.Outcome.
func echo(ctx context.Context, nc *nats.Conn, t *Take, ready func()) error {
	return answer(ctx, nc, echoSubject, t.Outcome, ready)
}

// services answers the requests of tasks.
func services(ctx context.Context, nc *nats.Conn, _ *Take, ready func()) error {
	return answer(ctx, nc, taskSubject, done.AppendJSON(nil), ready)
}

// answer answers requests with body.
func answer(ctx context.Context, nc *nats.Conn, subject string, body []byte, ready func()) error {
	sub, err := nc.QueueSubscribe(subject, "bench", func(m *nats.Msg) { m.Respond(body) })
	if err != nil {
		return err
	}
	if err := nc.Flush(); err != nil {
		return err
	}
	ready()
	<-ctx.Done()
	return sub.Drain()
}

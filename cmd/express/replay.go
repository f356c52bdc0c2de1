package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	natsjs "github.com/nats-io/nats.go/jetstream"
	"github.com/spf13/cobra"

	"github.com/seed66d9166c/express/transport/jetstream"
)

// A replay is one run of the command "replay".
type replay struct {
	trigger
	from     string
	sequence uint64
	dry      bool
}

func (a *app) replayCommand() *cobra.Command {
	r := &replay{trigger: trigger{app: a}}
	c := &cobra.Command{
		Use:   "replay [WORKFLOW] [flags]",
		Short: "Run the events of a stream again, from a point on",
		Long: `Run the events of a workflow's triggers again, from a time or a sequence number on, with
the definition that is served now: the consumer is set back, and the engines that serve
it go on from there.

It is for streams that keep events. From a work queue, which is what the engine makes
where there is no stream, every event is gone once it was acknowledged: it cannot be
replayed, and this says so. A stream of retention interest has those alone that some
consumer has not acknowledged.

Executions have the names that they had, and their tasks the same idempotency keys: what
tells repetitions apart by those does nothing again. Results have the same Nats-Msg-Id, so
that a stream drops those of the last two minutes. What runs at the moment may end, and
run again: express pause, then replay, then express resume avoids that.`,
		Example: `  express replay orders --from 2026-05-01T12:00:00Z --dry-run
  express replay orders --from 2h
  express replay --trigger express-orders-shop-placed --sequence 4711`,
		Args: atMost(1),
		RunE: func(c *cobra.Command, args []string) error {
			return r.run(c.Context(), args)
		},
		ValidArgsFunction: cobra.NoFileCompletions,
	}
	f := c.Flags()
	f.StringVar(&r.from, "from", "", "events since a `time`: 2026-05-01T12:00:00Z, or 90m for as long ago")
	f.Uint64Var(&r.sequence, "sequence", 0, "events from this sequence `number` of the stream on")
	f.BoolVar(&r.dry, "dry-run", false, "say how many events would run, and do nothing")
	r.trigger.flags(c)
	return c
}

func (r *replay) run(ctx context.Context, args []string) error {
	from, err := moment("from", r.from)
	switch {
	case err != nil:
		return err
	case from.IsZero() == (r.sequence == 0):
		return usagef("say from where: either --from or --sequence")
	}
	nc, js, found, err := r.find(ctx, args)
	if err != nil {
		return err
	}
	defer nc.Close()
	var kept []jetstream.Trigger
	for _, f := range found {
		switch {
		case f.Stream.Retention != natsjs.WorkQueuePolicy:
			kept = append(kept, f)
		case r.durable != "":
			return fmt.Errorf("stream %s is a work queue: the events that were acknowledged are gone", f.Stream.Name)
		}
	}
	if len(kept) == 0 {
		return errors.New("the streams of its triggers are work queues: the events that were acknowledged are gone")
	}
	if len(kept) > 1 && r.sequence > 0 {
		return usagef("%s have its events, each with its own numbers: say which by --trigger", counted(len(kept), "consumer"))
	}
	for _, f := range kept {
		if err := r.setBack(ctx, js, f, from); err != nil {
			return fmt.Errorf("consumer %s of stream %s: %w", f.Consumer.Name, f.Stream.Name, err)
		}
	}
	return nil
}

// A replayResult is what will run again, as -o json prints it.
type replayResult struct {
	Workflow string `json:"workflow"`
	Stream   string `json:"stream"`
	Consumer string `json:"consumer"`
	Sequence uint64 `json:"sequence"` // of the first event
	Events   uint64 `json:"events"`
	DryRun   bool   `json:"dry_run,omitempty"`
}

// setBack sets the consumer f to the first event from there on.
func (r *replay) setBack(ctx context.Context, js natsjs.JetStream, f jetstream.Trigger, from time.Time) error {
	first, events, err := upcoming(ctx, js, f, r.sequence, from)
	if err != nil {
		return err
	}
	if events > 0 && !r.dry {
		if _, err := js.ResetConsumerToSequence(ctx, f.Stream.Name, f.Consumer.Name, first); err != nil {
			return err
		}
	}
	if r.output == jsonFormat {
		return r.printJSON(replayResult{f.Workflow, f.Stream.Name, f.Consumer.Name, first, events, r.dry})
	}
	what := "run again"
	switch {
	case events == 0:
		what = "are there from then on"
	case r.dry:
		what = fmt.Sprintf("would run again, from %d on", first)
	default:
		what += fmt.Sprintf(", from %d on", first)
	}
	_, err = fmt.Fprintf(r.stdout, "%s of stream %s: %s %s\n", f.Consumer.Name, f.Stream.Name, counted(int(events), "event"), what)
	return err
}

// upcoming is the first event for the consumer f from a sequence or a time on, and
// how many there are from there on.
func upcoming(ctx context.Context, js natsjs.JetStream, f jetstream.Trigger, sequence uint64, from time.Time) (first, events uint64, err error) {
	o := natsjs.OrderedConsumerConfig{
		FilterSubjects: []string{f.Consumer.Config.FilterSubject},
		DeliverPolicy:  natsjs.DeliverByStartSequencePolicy,
		OptStartSeq:    sequence,
		HeadersOnly:    true,
	}
	if sequence == 0 {
		o.DeliverPolicy, o.OptStartTime = natsjs.DeliverByStartTimePolicy, &from
	}
	c, err := js.OrderedConsumer(ctx, f.Stream.Name, o)
	if err != nil {
		return 0, 0, err
	}
	info, err := c.Info(ctx)
	if err != nil || info.NumPending == 0 {
		return 0, 0, err
	}
	m, err := c.Next(natsjs.FetchContext(ctx))
	if err != nil {
		return 0, 0, err
	}
	meta, err := m.Metadata()
	if err != nil {
		return 0, 0, err
	}
	return meta.Sequence.Stream, info.NumPending, nil
}

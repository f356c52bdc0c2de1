package main

import (
	"context"
	"fmt"
	"time"

	natsio "github.com/nats-io/nats.go"
	natsjs "github.com/nats-io/nats.go/jetstream"
	"github.com/spf13/cobra"

	"github.com/seed66d9166c/express/transport/jetstream"
)

// forever is for how long a trigger pauses for which nobody says how long: until
// it is resumed.
const forever = 100 * 365 * 24 * time.Hour

// A trigger is one run of a command on the triggers of a workflow.
type trigger struct {
	*app
	connection
	durable string
	time    time.Duration
}

func (a *app) pauseCommand() *cobra.Command {
	t := &trigger{app: a}
	c := &cobra.Command{
		Use:   "pause [WORKFLOW] [flags]",
		Short: "Let the events of a workflow wait",
		Long: `Have the broker hand out no more events to the engines that serve a workflow: of none of
its triggers, and no starts of express start; or, with --trigger, of one consumer alone.
Events wait in their streams, at whatever engine is started meanwhile. What an engine has
already goes on, and express sync is answered as before.

A stream that fills up meanwhile refuses events, or drops old ones, as it is set to.`,
		Example: `  express pause orders
  express pause orders --for 10m
  express pause --trigger express-orders-shop-placed`,
		Args: atMost(1),
		RunE: func(c *cobra.Command, args []string) error {
			if c.Flags().Changed("for") && t.time <= 0 {
				return usagef("--for must be positive")
			}
			return t.run(c.Context(), args, t.pause)
		},
		ValidArgsFunction: cobra.NoFileCompletions,
	}
	c.Flags().DurationVar(&t.time, "for", forever, "resume by itself after this long")
	c.Flags().Lookup("for").DefValue = "0s" // until it is resumed
	t.flags(c)
	return c
}

func (a *app) resumeCommand() *cobra.Command {
	t := &trigger{app: a}
	c := &cobra.Command{
		Use:   "resume [WORKFLOW] [flags]",
		Short: "Let the events of a workflow run again",
		Long:  `Undo express pause.`,
		Example: `  express resume orders
  express resume --trigger express-orders-shop-placed`,
		Args: atMost(1),
		RunE: func(c *cobra.Command, args []string) error {
			return t.run(c.Context(), args, t.resume)
		},
		ValidArgsFunction: cobra.NoFileCompletions,
	}
	t.flags(c)
	return c
}

func (t *trigger) flags(c *cobra.Command) {
	c.Flags().StringVar(&t.durable, "trigger", "", "the `name` of one consumer, as express dev shows it")
	t.connection.flags(c.Flags())
}

// run does something to the triggers that the arguments and flags name.
func (t *trigger) run(ctx context.Context, args []string, do func(context.Context, natsjs.JetStream, jetstream.Trigger) error) error {
	nc, js, found, err := t.find(ctx, args)
	if err != nil {
		return err
	}
	defer nc.Close()
	for _, f := range found {
		if err := do(ctx, js, f); err != nil {
			return fmt.Errorf("consumer %s of stream %s: %w", f.Consumer.Name, f.Stream.Name, err)
		}
	}
	return nil
}

// find connects, and is the triggers that the arguments and flags name, of which
// there is one at least.
func (t *trigger) find(ctx context.Context, args []string) (*natsio.Conn, natsjs.JetStream, []jetstream.Trigger, error) {
	if len(args) == 0 && t.durable == "" {
		return nil, nil, nil, usagef("WORKFLOW or --trigger is missing")
	}
	nc, js, err := t.openJetStream(t.connection)
	if err != nil {
		return nil, nil, nil, err
	}
	all, err := jetstream.Triggers(ctx, js)
	var found []jetstream.Trigger
	for _, f := range all {
		if (len(args) == 0 || f.Workflow == args[0]) && (t.durable == "" || f.Consumer.Name == t.durable) {
			found = append(found, f)
		}
	}
	switch {
	case err != nil:
	case len(found) > 0:
		return nc, js, found, nil
	case t.durable != "":
		err = fmt.Errorf("no engine has set up such a consumer as %s", t.durable)
	default:
		err = fmt.Errorf("no engine has served a workflow %q here", args[0])
	}
	nc.Close()
	return nil, nil, nil, err
}

// A triggerResult is what was done to a trigger, as -o json prints it.
type triggerResult struct {
	Workflow string     `json:"workflow"`
	Stream   string     `json:"stream"`
	Consumer string     `json:"consumer"`
	Paused   bool       `json:"paused"`
	Until    *time.Time `json:"until,omitempty"`
	Waiting  uint64     `json:"waiting"` // events
}

func (t *trigger) pause(ctx context.Context, js natsjs.JetStream, f jetstream.Trigger) error {
	until := time.Now().Add(t.time)
	if _, err := js.PauseConsumer(ctx, f.Stream.Name, f.Consumer.Name, until); err != nil {
		return err
	}
	r := triggerResult{f.Workflow, f.Stream.Name, f.Consumer.Name, true, &until, f.Consumer.NumPending}
	if t.time == forever {
		r.Until = nil
	}
	return t.show(r)
}

func (t *trigger) resume(ctx context.Context, js natsjs.JetStream, f jetstream.Trigger) error {
	if _, err := js.ResumeConsumer(ctx, f.Stream.Name, f.Consumer.Name); err != nil {
		return err
	}
	return t.show(triggerResult{f.Workflow, f.Stream.Name, f.Consumer.Name, false, nil, f.Consumer.NumPending})
}

func (t *trigger) show(r triggerResult) error {
	if t.output == jsonFormat {
		return t.printJSON(r)
	}
	state := "runs"
	if r.Paused {
		state = "pauses"
	}
	if r.Until != nil {
		state += " until " + r.Until.Local().Format(time.DateTime)
	}
	_, err := fmt.Fprintf(t.stdout, "%s of stream %s %s, %s waiting\n", r.Consumer, r.Stream, state, counted(int(r.Waiting), "event"))
	return err
}

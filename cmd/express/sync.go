package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/micro"
	"github.com/spf13/cobra"

	"github.com/seed66d9166c/express/express"
	"github.com/seed66d9166c/express/transport"
)

// syncWait is how long an outcome is waited for: as long as an execution may
// take, and a little for the way.
const syncWait = express.DefaultDuration + 10*time.Second

// A syncStart is one run of the command "sync".
type syncStart struct {
	*app
	input
	connection
	wait time.Duration
}

func (a *app) syncCommand() *cobra.Command {
	s := &syncStart{app: a}
	c := &cobra.Command{
		Use:   "sync WORKFLOW [flags]",
		Short: "Run an execution where it is served, and print its outcome",
		Long: `Run an execution of a workflow that is served, wait for its end, and print its outcome
as one JSON object on one line. It is started at most once.

The exit code is 0 if the execution succeeded and 1 if not.`,
		Example: `  express sync office -i @reading.json
  express sync orders -i '{"id": 7}' | jq .output`,
		Args: exactly("WORKFLOW"),
		RunE: func(c *cobra.Command, args []string) error {
			return s.run(c.Context(), args[0])
		},
		ValidArgsFunction: cobra.NoFileCompletions,
	}
	s.input.flags(c.Flags())
	c.Flags().DurationVar(&s.wait, "wait", syncWait, "give up when there is no outcome by then")
	s.connection.flags(c.Flags())
	return c
}

func (s *syncStart) run(ctx context.Context, workflow string) error {
	in, err := s.input.value(s.stdin)
	if err != nil {
		return err
	}
	nc, err := s.open(s.connection)
	if err != nil {
		return err
	}
	defer nc.Close()
	ctx, cancel := context.WithTimeout(ctx, s.wait)
	defer cancel()
	until, _ := ctx.Deadline()
	reply, err := nc.RequestMsgWithContext(ctx, &nats.Msg{
		Subject: transport.SyncSubject(workflow),
		Header:  nats.Header{transport.HeaderUntil: {until.UTC().Format(time.RFC3339Nano)}},
		Data:    in.AppendJSON(nil),
	})
	switch {
	case errors.Is(err, nats.ErrNoResponders):
		return noEngine(workflow)
	case errors.Is(err, context.DeadlineExceeded):
		return fmt.Errorf("no outcome after %v: the execution may still be running", s.wait)
	case errors.Is(err, context.Canceled):
		return errors.New("stopped waiting: the execution may still be running")
	case err != nil:
		return fmt.Errorf("request: %w", err)
	}
	if text := reply.Header.Get(micro.ErrorHeader); text != "" {
		return errors.New(text)
	}
	var o outcome
	if err := json.Unmarshal(reply.Data, &o); err != nil {
		return fmt.Errorf("the answer is no outcome: %w", err)
	}
	return s.printOutcome(o)
}

package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"github.com/spf13/cobra"

	"github.com/seed66d9166c/express/transport"
)

// A start is one run of the command "start".
type start struct {
	*app
	input
	connection
	name string
	wait time.Duration
}

func (a *app) startCommand() *cobra.Command {
	s := &start{app: a}
	c := &cobra.Command{
		Use:   "start WORKFLOW [flags]",
		Short: "Start an execution without waiting for its end",
		Long: `Start an execution of a workflow that is served, and print its name as soon as the
event that starts it is stored. A name that was started within the last two minutes is
not started again.`,
		Example: `  express start office -i @reading.json
  express start orders --name order-7 -i '{"id": 7}'`,
		Args: exactly("WORKFLOW"),
		RunE: func(c *cobra.Command, args []string) error {
			return s.run(c.Context(), args[0])
		},
		ValidArgsFunction: cobra.NoFileCompletions,
	}
	s.input.flags(c.Flags())
	c.Flags().StringVar(&s.name, "name", "", "`name` of the execution; else a new one")
	c.Flags().DurationVar(&s.wait, "wait", 30*time.Second, "give up when the event is not stored by then")
	s.connection.flags(c.Flags())
	return c
}

func (s *start) run(ctx context.Context, workflow string) error {
	in, err := s.input.value(s.stdin)
	if err != nil {
		return err
	}
	if s.name == "" {
		s.name = rand.Text()
	}
	if s.wait <= 0 {
		return usagef("--wait must be positive")
	}
	if !transport.ValidName(s.name) {
		return usagef("%q cannot be the name of an execution: want up to 80 characters, no white space, wildcards, brackets or other special characters", s.name)
	}
	nc, err := s.open(s.connection)
	if err != nil {
		return err
	}
	defer nc.Close()
	p, err := newPublisher(nc, false, s.wait)
	if err != nil {
		return err
	}
	err = p.publish(ctx, transport.StartSubject(workflow), transport.StartHeader(workflow, s.name), in.AppendJSON(nil))
	if err == nil {
		err = p.drain(ctx)
	}
	switch {
	case errors.Is(err, jetstream.ErrNoStreamResponse):
		return noEngine(workflow)
	case err != nil:
		return err
	case p.refusal != nil:
		return p.refusal
	case p.duplicates > 0:
		fmt.Fprintf(s.stderr, "%s was started before\n", s.name)
	}
	if s.output == jsonFormat {
		return s.printJSON(struct {
			Name      string `json:"name"`
			Duplicate bool   `json:"duplicate"`
		}{s.name, p.duplicates > 0})
	}
	_, err = fmt.Fprintln(s.stdout, s.name)
	return err
}

// noEngine is the failure of asking for a workflow where nobody serves it.
func noEngine(workflow string) error {
	return failure{exitConnect, fmt.Errorf("nobody serves a workflow %q here: express dev DIR does", workflow)}
}

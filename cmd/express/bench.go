package main

import (
	"github.com/spf13/cobra"

	"github.com/seed66d9166c/express/bench"
)

func (a *app) benchCommand() *cobra.Command {
	var o bench.Options
	c := &cobra.Command{
		Use:   "bench [flags]",
		Short: "Measure the engine beside a bare client of the broker",
		Long: `Let the engine and a bare loop over nats.go take turns at the same events in an embedded
broker, and print what each does a second. The engine parses an event, runs a workflow
of four states, publishes the outcome and acknowledges; the bare loop publishes as many
bytes and acknowledges. What holds on other machines is the ratio.`,
		Example: `  express bench
  express bench --rounds 9 -o json`,
		Args: exactly(),
		RunE: func(c *cobra.Command, _ []string) error {
			o.Log = a.stderr
			r, err := bench.Run(c.Context(), o)
			if err != nil {
				return err
			}
			if a.output == jsonFormat {
				return r.WriteJSON(a.stdout)
			}
			return r.WriteText(a.stdout)
		},
		ValidArgsFunction: cobra.NoFileCompletions,
	}
	c.Flags().IntVar(&o.Events, "events", bench.DefaultEvents, "how many events in a round")
	c.Flags().IntVar(&o.Rounds, "rounds", bench.DefaultRounds, "how many rounds of each side, after one to warm up")
	return c
}

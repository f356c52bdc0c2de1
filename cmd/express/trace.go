package main

import (
	"strings"

	"github.com/spf13/cobra"

	"github.com/seed66d9166c/express/internal/records"
	"github.com/seed66d9166c/express/internal/telemetry"
)

func (a *app) traceCommand() *cobra.Command {
	var name, status string
	var last bool
	var o records.DrawOptions
	c := &cobra.Command{
		Use:   "trace FILE [flags]",
		Short: "Draw executions from their log records",
		Long: `Draw executions from their log records: the states that each went through, when and
for how long, attempts, errors, and with --data inputs and outputs where the records
have them (includeExecutionData). FILE may be - for standard input.

Records are lines of JSON: what express tail -o json prints, or batches of OTLP as the
file exporter of a collector writes them.

Without --execution all executions of the file are drawn, in the order in which they
began.`,
		Example: `  express trace records.ndjson --execution e-7qk3m --data
  express trace records.ndjson --status failed --last
  express tail orders -o json | express trace -`,
		Args: exactly("FILE"),
		RunE: func(_ *cobra.Command, args []string) error {
			xs, err := a.executions(args[0], func(r *records.Record) bool {
				return name == "" || r.Execution == name || r.ARN == name
			})
			if err != nil {
				return err
			}
			return a.drawAll(xs, status, last, o)
		},
	}
	f := c.Flags()
	f.StringVarP(&name, "execution", "x", "", "draw the execution of this `NAME` or ARN alone")
	f.StringVar(&status, "status", "", "draw executions that ended like this alone: succeeded, failed, timed_out or aborted")
	f.BoolVar(&last, "last", false, "draw the last of them alone")
	f.BoolVar(&o.Data, "data", false, "print inputs and outputs, too")
	f.BoolVar(&o.Full, "full", false, "do not cut what is longer than a line")
	return c
}

// drawAll draws those of the executions that ended with status, "" for any.
func (a *app) drawAll(xs []*records.Execution, status string, last bool, o records.DrawOptions) error {
	o.Width, o.Color = a.width(), telemetry.InColor(a.stdout)
	var chosen []*records.Execution
	for _, x := range xs {
		if status == "" || strings.EqualFold(x.Status, status) {
			chosen = append(chosen, x)
		}
	}
	if last && len(chosen) > 0 {
		chosen = chosen[len(chosen)-1:]
	}
	if a.output == jsonFormat {
		for _, x := range chosen {
			if err := a.printJSON(x); err != nil {
				return err
			}
		}
		return nil
	}
	for _, x := range chosen {
		if err := records.Draw(a.stdout, x, o); err != nil {
			return err
		}
	}
	return nil
}

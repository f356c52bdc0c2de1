package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"
	"unicode"

	"github.com/spf13/cobra"

	"github.com/seed66d9166c/express/express/jsonata"
	"github.com/seed66d9166c/express/express/value"
	"github.com/seed66d9166c/express/internal/records"
	"github.com/seed66d9166c/express/internal/telemetry"
	"github.com/seed66d9166c/express/transport/watch"
)

// A tail is one run of the command "tail".
type tail struct {
	*app
	connection
	filter watch.Filter
	where  string
	count  int
	length time.Duration
}

func (a *app) tailCommand() *cobra.Command {
	t := &tail{app: a}
	c := &cobra.Command{
		Use:   "tail [WORKFLOW] [flags]",
		Short: "Show the events of executions as they happen",
		Long: `Show the events of the executions that engines run, of one workflow or of all, until
Ctrl-C: a line each, or with -o json a record each, which express trace reads. Data is
shown of workflows that have includeExecutionData.

With --status the events of an execution are shown when it has ended. --where takes an
expression in JSONata over a record, with its input, output, parameters and variables as
values, and shows those for which it is true.

Engines send events only while somebody watches, and never wait for who does: what is
left out is counted.`,
		Example: `  express tail
  express tail orders --status failed
  express tail orders --ends --where 'output.total > 100'
  express tail orders -o json --for 30s | express trace -`,
		Args: atMost(1),
		RunE: func(c *cobra.Command, args []string) error {
			if len(args) > 0 {
				t.filter.Workflow = args[0]
			}
			return t.run(c.Context())
		},
		ValidArgsFunction: cobra.NoFileCompletions,
	}
	f := c.Flags()
	f.StringVar(&t.filter.Status, "status", "", "show executions that end like this alone: succeeded, failed, timed_out or aborted")
	f.BoolVar(&t.filter.Ends, "ends", false, "show the last event of each execution alone")
	f.StringVarP(&t.where, "where", "w", "", "show the events alone for which this `expression` in JSONata is true")
	f.IntVarP(&t.count, "count", "n", 0, "stop after so many events; 0 for no end")
	f.DurationVar(&t.length, "for", 0, "stop after so long, like 30s; 0 for no end")
	t.connection.flags(f)
	return c
}

func (t *tail) run(ctx context.Context) error {
	t.filter.Status = strings.ToUpper(t.filter.Status)
	where, err := t.condition()
	if err != nil {
		return err
	}
	nc, err := t.open(t.connection)
	if err != nil {
		return err
	}
	defer nc.Close()
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	if t.length > 0 {
		defer time.AfterFunc(t.length, func() { stop(io.EOF) }).Stop()
	}
	shown := 0
	err = watch.Watch(ctx, nc, t.filter, func(b watch.Batch) {
		if b.LeftOut > 0 {
			fmt.Fprintf(t.stderr, "(%s left out)\n", counted(b.LeftOut, "event"))
		}
		for _, r := range b.Records {
			if t.count > 0 && shown == t.count || !where(r) {
				continue
			}
			shown++
			if err := t.show(r); err != nil {
				stop(err)
				return
			}
		}
		if t.count > 0 && shown == t.count {
			stop(io.EOF)
		}
	})
	if cause := context.Cause(ctx); err == nil && cause != io.EOF && cause != context.Canceled {
		err = cause
	}
	return err
}

// condition is what --where says of a record.
func (t *tail) condition() (func(*records.Record) bool, error) {
	if t.where == "" {
		return func(*records.Record) bool { return true }, nil
	}
	expr, err := jsonata.Compile(t.where, nil)
	if err != nil {
		return nil, usagef("--where: %w", err)
	}
	failed := false
	return func(r *records.Record) bool {
		v, err := expr.Eval(valueOf(r))
		if err != nil && !failed {
			failed = true
			fmt.Fprintf(t.stderr, "--where: %v; so are other events, which are not shown\n", err)
		}
		return err == nil && v.Bool()
	}, nil
}

// valueOf is r as --where sees it.
func valueOf(r *records.Record) value.Value {
	text, err := json.Marshal(r)
	if err != nil {
		panic(err) // no field of a record can fail
	}
	v, err := value.Parse(text)
	if err != nil { // too large, or too deep
		return value.Object()
	}
	for _, key := range []string{"input", "output", "parameters", "variables"} {
		in, _ := v.Get(key)
		if data, err := value.ParseString(in.Text()); err == nil {
			v = v.With(key, data)
		}
	}
	return v
}

// show prints a record.
func (t *tail) show(r *records.Record) error {
	if t.output == jsonFormat {
		return t.printJSON(r)
	}
	head := fmt.Sprintf("%s %s %s ", r.Time.Local().Format("15:04:05.000"), visible(r.Workflow), visible(r.Execution))
	event := fmt.Sprintf("%-23s", visible(r.Type))
	rest := ""
	for _, s := range []string{r.State, r.Resource, r.Error, r.Cause, r.Input, r.Parameters, r.Output} {
		if s != "" {
			rest += " " + visible(s)
		}
	}
	if isTerminal(t.stdout) {
		if r, room := []rune(rest), max(t.width()-len(head)-len(event), 0); len(r) > room {
			rest = string(r[:max(room-1, 0)]) + "…"
		}
	}
	if telemetry.InColor(t.stdout) {
		event = eventColor(r) + event + "\x1b[0m"
	}
	_, err := fmt.Fprintln(t.stdout, strings.TrimRight(head+event+rest, " "))
	return err
}

// eventColor is red for what failed, green for what succeeded, and dim for the
// rest.
func eventColor(r *records.Record) string {
	switch {
	case strings.HasSuffix(r.Type, "Failed"), strings.HasSuffix(r.Type, "TimedOut"), strings.HasSuffix(r.Type, "Aborted"):
		return "\x1b[31m"
	case r.Type == "ExecutionSucceeded":
		return "\x1b[32m"
	}
	return "\x1b[2m"
}

// visible is s without what would move the cursor.
func visible(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, s)
}

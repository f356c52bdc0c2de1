package main

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	natsjs "github.com/nats-io/nats.go/jetstream"
	"github.com/spf13/cobra"

	"github.com/seed66d9166c/express/transport"
	"github.com/seed66d9166c/express/transport/jetstream"
)

// A dlq is one run of a command below "dlq".
type dlq struct {
	*app
	connection
	filter       jetstream.DeadFilter
	since, until string
	all, dry     bool
	to           string
	version      int
	rate         float64
}

func (a *app) dlqCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "dlq",
		Short: "Look at dead letters, run them again, or drop them",
		Long: `Look at the dead letters: events of which no execution ended, or whose execution
failed and whose trigger keeps those. Each says why it is there. They are kept for
thirty days.`,
		Example: `  express dlq list --workflow orders
  express dlq show 17
  express dlq redrive --reason max_deliveries --rate 10
  express dlq drop 17 18`,
		Args: cobra.ArbitraryArgs,
		RunE: func(c *cobra.Command, args []string) error {
			if len(args) == 0 {
				return usagef("COMMAND is missing: list, show, redrive or drop")
			}
			return unknownCommand(c, args[0])
		},
		ValidArgsFunction: cobra.NoFileCompletions,
	}
	below(c, a.dlqList(), a.dlqShow(), a.dlqRedrive(), a.dlqDrop())
	return c
}

// below puts commands below c, which have what all commands have.
func below(c *cobra.Command, commands ...*cobra.Command) {
	c.AddGroup(&cobra.Group{ID: c.Name(), Title: "Commands:"})
	c.SuggestionsMinimumDistance = 2
	for _, sub := range commands {
		sub.GroupID = c.Name()
		sub.DisableFlagsInUseLine = true
		sub.Flags().SortFlags = false
		sub.Flags().BoolP("help", "h", false, "print this")
		sub.ValidArgsFunction = cobra.NoFileCompletions
		c.AddCommand(sub)
	}
}

// command is c with the flags that choose letters, and run behind it.
func (d *dlq) command(c *cobra.Command, run func(context.Context) error) *cobra.Command {
	c.RunE = func(c *cobra.Command, args []string) error {
		if err := d.choose(args); err != nil {
			return err
		}
		return run(c.Context())
	}
	f := c.Flags()
	f.StringVarP(&d.filter.Workflow, "workflow", "w", "", "letters of this `workflow` alone")
	f.StringVar(&d.filter.Reason, "reason", "", "letters with this `reason` alone: "+strings.Join(reasons(), ", "))
	f.StringVar(&d.filter.Execution, "execution", "", "letters of the execution with this `name` alone")
	f.StringVar(&d.since, "since", "", "letters since a `time` alone: 2026-05-01T12:00:00Z, or 90m for as long ago")
	f.StringVar(&d.until, "until", "", "letters until a `time` alone")
	c.RegisterFlagCompletionFunc("reason", cobra.FixedCompletions(reasons(), cobra.ShellCompDirectiveNoFileComp))
	return c
}

// reasons are the names of all reasons.
func reasons() (names []string) {
	for _, r := range transport.Reasons {
		names = append(names, r.Name)
	}
	return names
}

// choose reads what the arguments and flags say of the letters that are wanted.
func (d *dlq) choose(args []string) (err error) {
	for _, arg := range args {
		seq, err := strconv.ParseUint(arg, 10, 64)
		if err != nil || seq == 0 {
			return usagef("%q is not the number of a letter", arg)
		}
		d.filter.Sequences = append(d.filter.Sequences, seq)
	}
	if r := d.filter.Reason; r != "" && !slices.Contains(reasons(), r) {
		return usagef("there is no reason %q; want one of %s", r, strings.Join(reasons(), ", "))
	}
	if d.filter.Since, err = moment("since", d.since); err != nil {
		return err
	}
	d.filter.Until, err = moment("until", d.until)
	return err
}

// moment is the time that a flag means: a time, or a duration before now. "" is
// the zero time.
func moment(flag, text string) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	if ago, err := time.ParseDuration(text); err == nil {
		return time.Now().Add(-ago), nil
	}
	t, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return t, usagef("--%s: %q is no time: want 2026-05-01T12:00:00Z, or 90m for as long ago", flag, text)
	}
	return t, nil
}

// each calls do for every letter that is wanted.
func (d *dlq) each(ctx context.Context, data bool, do func(natsjs.JetStream, *jetstream.DeadLetter) error) error {
	nc, js, err := d.openJetStream(d.connection)
	if err != nil {
		return err
	}
	defer nc.Close()
	return jetstream.DeadLetters(ctx, js, d.filter, data, func(l *jetstream.DeadLetter) error { return do(js, l) })
}

func (a *app) dlqList() *cobra.Command {
	d := &dlq{app: a}
	c := d.command(&cobra.Command{
		Use:   "list [NUMBER...] [flags]",
		Short: "List dead letters, oldest first",
		Long:  `List dead letters, oldest first: a line each, or with -o json an object each.`,
		Example: `  express dlq list --workflow orders --since 24h
  express dlq list -o json | jq -r .reason | sort | uniq -c`,
		Args: cobra.ArbitraryArgs,
	}, d.list)
	d.connection.flags(c.Flags())
	return c
}

func (d *dlq) list(ctx context.Context) error {
	if d.output == jsonFormat {
		return d.each(ctx, false, func(_ natsjs.JetStream, l *jetstream.DeadLetter) error { return d.printJSON(l) })
	}
	w := tabwriter.NewWriter(d.stdout, 0, 0, 2, ' ', 0)
	n := 0
	err := d.each(ctx, false, func(_ natsjs.JetStream, l *jetstream.DeadLetter) error {
		if n++; n == 1 {
			fmt.Fprintln(w, "NUMBER\tTIME\tWORKFLOW\tREASON\tERROR\tEXECUTION\tTRIES\tBYTES")
		}
		_, err := fmt.Fprintf(w, "%d\t%s\t%s\t%s\t%s\t%s\t%d\t%d\n", l.Sequence, l.Time.Local().Format(time.DateTime),
			visible(l.Workflow), visible(l.Reason), visible(l.Error), visible(l.Execution), l.Attempt, l.Size)
		return err
	})
	if err != nil {
		return err
	}
	if n == 0 {
		fmt.Fprintln(d.stderr, "there are no such letters")
	}
	return w.Flush()
}

func (a *app) dlqShow() *cobra.Command {
	d := &dlq{app: a}
	c := d.command(&cobra.Command{
		Use:   "show NUMBER... [flags]",
		Short: "Show dead letters with what they hold",
		Long: `Show dead letters: what they say of the event, then the event itself. With -o json that
is an object each, with the event as "input", or, if it is no JSON, in Base64 as
"base64".`,
		Example: `  express dlq show 17
  express dlq show 17 -o json | jq .input > event.json`,
		Args: atLeast("NUMBER"),
	}, d.show)
	d.connection.flags(c.Flags())
	return c
}

func (d *dlq) show(ctx context.Context) error {
	found := make(map[uint64]bool)
	err := d.each(ctx, true, func(_ natsjs.JetStream, l *jetstream.DeadLetter) error {
		found[l.Sequence] = true
		if d.output == jsonFormat {
			return d.printJSON(content(l))
		}
		if len(found) > 1 {
			fmt.Fprintln(d.stdout)
		}
		return d.print(l)
	})
	if err != nil {
		return err
	}
	return d.missing(found)
}

// missing is an error if one of the letters that the arguments name is not
// among those found.
func (d *dlq) missing(found map[uint64]bool) error {
	for _, seq := range d.filter.Sequences {
		if !found[seq] {
			return fmt.Errorf("there is no letter %d, or the flags leave it out", seq)
		}
	}
	return nil
}

// content is l with what it holds.
func content(l *jetstream.DeadLetter) any {
	c := struct {
		*jetstream.DeadLetter
		Input  json.RawMessage `json:"input,omitempty"`
		Base64 string          `json:"base64,omitempty"`
	}{DeadLetter: l}
	if json.Valid(l.Data) {
		c.Input = l.Data
	} else {
		c.Base64 = base64.StdEncoding.EncodeToString(l.Data)
	}
	return c
}

// print prints l, of which the event is as it came but for what would move the
// cursor.
func (d *dlq) print(l *jetstream.DeadLetter) error {
	w := tabwriter.NewWriter(d.stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintf(w, "letter\t%d of %s\n", l.Sequence, l.Time.Local().Format(time.RFC3339))
	for _, row := range []struct{ name, text string }{
		{"workflow", l.Workflow},
		{"version", l.Version},
		{"reason", l.Reason + why(l.Reason)},
		{"error", l.Error},
		{"cause", l.Cause},
		{"state", l.State},
		{"execution", l.Execution},
		{"deliveries", strconv.Itoa(l.Attempt)},
		{"trace", l.Trace},
		{"event", fmt.Sprintf("%d of stream %s, %s", l.Event, l.Stream, l.Published.Local().Format(time.RFC3339))},
		{"subject", l.Subject},
	} {
		if row.text != "" {
			fmt.Fprintf(w, "%s\t%s\n", row.name, visible(row.text))
		}
	}
	if l.Missing > 0 {
		fmt.Fprintf(w, "missing\t%s of the event\n", counted(l.Missing, "part"))
	}
	if err := w.Flush(); err != nil {
		return err
	}
	_, err := fmt.Fprintf(d.stdout, "\n%s\n", visible(string(l.Data)))
	return err
}

// why is what a reason means.
func why(reason string) string {
	for _, r := range transport.Reasons {
		if r.Name == reason {
			return ": " + r.Means
		}
	}
	return ""
}

package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	natsjs "github.com/nats-io/nats.go/jetstream"
	"github.com/spf13/cobra"

	"github.com/seed66d9166c/express/internal/catalog"
	"github.com/seed66d9166c/express/transport/jetstream"
)

func (a *app) dlqRedrive() *cobra.Command {
	d := &dlq{app: a}
	c := d.command(&cobra.Command{
		Use:   "redrive [NUMBER...] [flags]",
		Short: "Run dead letters again, from the beginning",
		Long: `Run dead letters again, from the beginning, with the definition that is served now, or
with --workflow-version as a version of it that was published. Each is
published to the subject that the event had, or with --to as a start of a workflow, and
dropped when a stream has confirmed that: a redrive that is interrupted can be repeated.
Other consumers of the event's subject get it again, too; --to starts one workflow alone.

The execution's name is that of the letter with -redrive-NUMBER behind it: for its tasks
it is another one, with other idempotency keys. Its count of executions that led to it
begins at nothing, so what was a loop runs around again before it ends here once more.`,
		Example: `  express dlq redrive 17
  express dlq redrive --workflow orders --since 2h --dry-run
  express dlq redrive --workflow orders --reason failed --to orders-by-hand --rate 5
  express dlq redrive --workflow orders --workflow-version 3`,
		Args: cobra.ArbitraryArgs,
	}, d.redrive)
	f := c.Flags()
	f.StringVar(&d.to, "to", "", "start this `workflow` instead of publishing to the event's subject")
	f.IntVar(&d.version, "workflow-version", 0, "run version `N` of the workflow, as express versions lists them")
	f.Float64Var(&d.rate, "rate", 0, "no more than `N` a second")
	d.changes(c)
	return c
}

func (a *app) dlqDrop() *cobra.Command {
	d := &dlq{app: a}
	c := d.command(&cobra.Command{
		Use:   "drop [NUMBER...] [flags]",
		Short: "Delete dead letters for good",
		Long:  `Delete dead letters, and with them the events, for good.`,
		Example: `  express dlq drop 17 18
  express dlq drop --reason decode --until 168h --dry-run`,
		Args: cobra.ArbitraryArgs,
	}, d.drop)
	d.changes(c)
	return c
}

// changes adds the flags of what takes letters away.
func (d *dlq) changes(c *cobra.Command) {
	f := c.Flags()
	f.BoolVar(&d.all, "all", false, "all letters, where nothing else says which")
	f.BoolVar(&d.dry, "dry-run", false, "say which letters it would be, and do nothing")
	d.connection.flags(f)
}

func (d *dlq) redrive(ctx context.Context) error {
	if !(d.rate >= 0) {
		return usagef("--rate must be positive")
	}
	if d.version < 0 {
		return usagef("--workflow-version must be positive")
	}
	p := newPace(d.rate)
	versions := make(map[string]error)
	return d.change(ctx, "redriven", true, func(js natsjs.JetStream, l *jetstream.DeadLetter) error {
		if d.version == 0 {
			return d.redriveOne(ctx, js, p, l, "")
		}
		workflow := cmp.Or(d.to, l.Workflow)
		err, known := versions[workflow]
		if !known {
			err = hasVersion(ctx, js, workflow, d.version)
			versions[workflow] = err
		}
		if err != nil {
			return fmt.Errorf("letter %d: %w", l.Sequence, err)
		}
		return d.redriveOne(ctx, js, p, l, strconv.Itoa(d.version))
	})
}

// redriveOne redrives l when its time has come.
func (d *dlq) redriveOne(ctx context.Context, js natsjs.JetStream, p *pace, l *jetstream.DeadLetter, qualifier string) error {
	select {
	case <-time.After(p.wait()):
	case <-ctx.Done():
		return ctx.Err()
	}
	p.step()
	return l.Redrive(ctx, js, d.to, qualifier)
}

// hasVersion is an error if no such version of a workflow was published: an engine
// that is asked for it could only make a dead letter again.
func hasVersion(ctx context.Context, js natsjs.JetStream, workflow string, version int) error {
	store, err := catalog.OpenBuckets(ctx, js, 0)
	if err != nil {
		return err
	}
	m, _, err := store.Get(ctx, workflow)
	switch {
	case errors.Is(err, catalog.ErrNotFound):
		return fmt.Errorf("workflow %s has no versions: it is not deployed", workflow)
	case err != nil:
		return err
	case m.Version(version) == nil:
		return fmt.Errorf("workflow %s has no version %d; express versions %s lists them", workflow, version, workflow)
	}
	return nil
}

func (d *dlq) drop(ctx context.Context) error {
	return d.change(ctx, "dropped", false, func(js natsjs.JetStream, l *jetstream.DeadLetter) error { return l.Drop(ctx, js) })
}

// A dlqResult is what became of letters, as -o json prints it.
type dlqResult struct {
	Letters int  `json:"letters"`
	DryRun  bool `json:"dry_run,omitempty"`
}

// change does something to the letters that are wanted, and tells of how many it
// did. It ends at the first that it cannot be done to.
func (d *dlq) change(ctx context.Context, done string, data bool, do func(natsjs.JetStream, *jetstream.DeadLetter) error) error {
	f := &d.filter
	if !d.all && f.Workflow == "" && f.Reason == "" && f.Execution == "" && f.Since.IsZero() && f.Until.IsZero() && len(f.Sequences) == 0 {
		return usagef("say which letters: by NUMBER, by flags, or --all")
	}
	found := make(map[uint64]bool)
	err := d.each(ctx, data && !d.dry, func(js natsjs.JetStream, l *jetstream.DeadLetter) error {
		if d.dry {
			fmt.Fprintf(d.stderr, "%d %s %s %s\n", l.Sequence, visible(l.Workflow), visible(l.Reason), visible(l.Execution))
		} else if err := do(js, l); err != nil {
			return err
		}
		found[l.Sequence] = true
		return nil
	})
	if d.output == jsonFormat {
		d.printJSON(dlqResult{len(found), d.dry})
	} else if d.dry {
		fmt.Fprintf(d.stdout, "%s would be %s\n", counted(len(found), "letter"), done)
	} else {
		fmt.Fprintf(d.stdout, "%s %s\n", counted(len(found), "letter"), done)
	}
	if err != nil {
		return err
	}
	return d.missing(found)
}

package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"
	"sync"
	"time"

	natsio "github.com/nats-io/nats.go"
	"github.com/spf13/cobra"

	"github.com/seed66d9166c/express/internal/rates"
	"github.com/seed66d9166c/express/internal/telemetry"
	"github.com/seed66d9166c/express/transport/stats"
)

const (
	// answerTime is how long engines have to answer: they do within the way
	// there and back.
	answerTime = 300 * time.Millisecond
	// minInterval leaves them that time.
	minInterval = 2 * answerTime
)

// A top is one run of the command "top".
type top struct {
	*app
	connection
	workflow string
	sort     string
	interval time.Duration
	once     bool
	draw     rates.DrawOptions
}

func (a *app) topCommand() *cobra.Command {
	t := &top{app: a}
	c := &cobra.Command{
		Use:   "top [WORKFLOW] [flags]",
		Short: "Show rates, latencies, lag and errors of workflows and states, live",
		Long: `Show what the engines of this account do, of one workflow or of all: executions a
second, how long they take (the median, and what 95 and 99 % do not exceed), how many
fail and why, what is in flight and what waits, redeliveries and dead letters; and of each
Task, Wait, Map and Parallel state visits, attempts that failed, and retries.

Keys sort by a column; s hides the states, q quits. Where standard output is no terminal
it is --once. With -o json there is an object for each interval, with seconds for times.

Engines count in any case, and are asked once an interval.`,
		Example: `  express top
  express top orders --sort p99
  express top --once --interval 10s
  express top -o json`,
		Args: atMost(1),
		RunE: func(c *cobra.Command, args []string) error {
			if len(args) > 0 {
				t.workflow = args[0]
			}
			return t.run(c.Context())
		},
		ValidArgsFunction: cobra.NoFileCompletions,
	}
	f := c.Flags()
	f.StringVar(&t.sort, "sort", rates.Columns[0].Name, "sort by this `COLUMN`: "+strings.Join(columnNames(), ", "))
	f.DurationVar(&t.interval, "interval", 2*time.Second, "what is shown is that of so long; "+minInterval.String()+" at least")
	f.BoolVar(&t.once, "once", false, "show one interval and end")
	f.BoolVar(&t.draw.Hide, "hide-states", false, "show workflows alone")
	t.connection.flags(f)
	c.RegisterFlagCompletionFunc("sort", cobra.FixedCompletions(columnNames(), cobra.ShellCompDirectiveNoFileComp))
	return c
}

// columnNames are what --sort takes.
func columnNames() (names []string) {
	for _, c := range rates.Columns {
		names = append(names, c.Name)
	}
	return names
}

func (t *top) run(ctx context.Context) error {
	by, ok := rates.ColumnBy(func(c *rates.Column) bool { return c.Name == t.sort })
	if !ok {
		return usagef("--sort %s: want %s", t.sort, strings.Join(columnNames(), ", "))
	}
	if t.interval < minInterval {
		return usagef("--interval %v: want at least %v", t.interval, minInterval)
	}
	t.draw.By, t.draw.Interval, t.draw.Color = by, t.interval, telemetry.InColor(t.stdout)
	nc, err := t.open(t.connection)
	if err != nil {
		return err
	}
	defer nc.Close()
	if t.output == textFormat {
		if !t.once && isTerminal(t.stdin) && isTerminal(t.stdout) {
			return t.live(ctx, nc)
		}
		t.once = true
	}
	for v, err := range t.views(ctx, nc) {
		if err != nil {
			return err
		}
		if err := t.print(v); err != nil {
			return err
		}
		if t.once {
			return nil
		}
	}
	return nil
}

// views are what the engines did in each interval, until ctx is done.
func (t *top) views(ctx context.Context, nc *natsio.Conn) iter.Seq2[*rates.View, error] {
	return func(yield func(*rates.View, error) bool) {
		var m rates.Meter
		tick := time.NewTicker(t.interval)
		defer tick.Stop()
		for first := true; ; first = false {
			all, err := stats.Collect(ctx, nc, answerTime)
			if ctx.Err() != nil {
				return
			}
			if err != nil {
				yield(nil, err)
				return
			}
			if v := m.Look(time.Now(), t.only(all)); !first && !yield(v, nil) {
				return
			}
			select {
			case <-tick.C:
			case <-ctx.Done():
				return
			}
		}
	}
}

// only leaves the workflow that was asked for.
func (t *top) only(all []stats.Snapshot) []stats.Snapshot {
	if t.workflow != "" {
		for i := range all {
			all[i].Workflows = slices.DeleteFunc(all[i].Workflows, func(w stats.Workflow) bool { return w.Name != t.workflow })
		}
	}
	return all
}

// print prints v for programs and files.
func (t *top) print(v *rates.View) error {
	if v.Engines == 0 && t.once {
		return failure{exitConnect, errors.New("no engine answers here")}
	}
	v.Sort(t.draw.By)
	if t.output == jsonFormat {
		return t.printJSON(v)
	}
	if isTerminal(t.stdout) {
		t.draw.Width = t.width()
	}
	return rates.Draw(t.stdout, v, t.draw)
}

// live redraws the screen for every view and every key.
func (t *top) live(ctx context.Context, nc *natsio.Conn) error {
	s, err := t.openScreen()
	if err != nil {
		return err
	}
	defer s.close()
	ctx, stop := context.WithCancelCause(ctx)
	var looking sync.WaitGroup
	defer looking.Wait()
	defer stop(nil)
	c := make(chan *rates.View)
	looking.Go(func() {
		for v, err := range t.views(ctx, nc) {
			if err != nil {
				stop(err)
				return
			}
			select {
			case c <- v:
			case <-ctx.Done():
				return
			}
		}
	})
	t.draw.Keys = true
	var v *rates.View
	s.show([]byte("asking engines …\n"))
	for {
		select {
		case v = <-c:
		case key := <-s.keys:
			if t.press(key) {
				return nil
			}
		case <-ctx.Done():
			if cause := context.Cause(ctx); cause != context.Canceled {
				return cause
			}
			return nil
		}
		if v == nil {
			continue
		}
		v.Sort(t.draw.By)
		t.draw.Width, t.draw.Height = s.size()
		var b bytes.Buffer
		if err := rates.Draw(&b, v, t.draw); err != nil {
			return fmt.Errorf("draw the screen: %w", err)
		}
		s.show(b.Bytes())
	}
}

// press does what a key is for, and reports whether that is to end.
func (t *top) press(key byte) bool {
	switch key {
	case 'q', ctrlC, ctrlD:
		return true
	case 's':
		t.draw.Hide = !t.draw.Hide
	default:
		if by, ok := rates.ColumnBy(func(c *rates.Column) bool { return c.Key == key }); ok {
			t.draw.By = by
		}
	}
	return false
}

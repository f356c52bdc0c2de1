package main

import (
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"iter"
	"log"
	"math/rand/v2"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"
)

func main() {
	if code, isRole := act(os.Args[1:]); isRole {
		os.Exit(code)
	}
	os.Exit(run(os.Args[1:], os.Stdout, os.Stderr))
}

// options are what the command line says.
type options struct {
	rows, selection string
	events          int
	duration        time.Duration
	seed            uint64
	ackWait         time.Duration
	slack           float64
	parallel        int
	output, report  string
	express         string
	keep            bool
}

// A selection is a number of rows, and how they are run where nothing else is
// said.
type selection struct {
	has      func(*row) bool
	ackWait  time.Duration
	slack    float64
	parallel int
}

const (
	// ackWait is the engine's own default, and shortAckWait what the short
	// selection waits for events of dead workers.
	ackWait      = 30 * time.Second
	shortAckWait = 5 * time.Second
	// busySlack is what bounds on times are multiplied by where other work may have
	// the machine, so that a change fails for what it does and not for the hour.
	busySlack = 10
)

// selections are the rows to run by name. The short one is for changes of the
// engine: it shows what is lost, doubled or buried, on any machine.
var selections = map[string]selection{
	"all":  {func(*row) bool { return true }, ackWait, 1, 1},
	"ci":   {func(r *row) bool { return r.ci && r.skip == "" }, shortAckWait, busySlack, 4},
	"soak": {func(r *row) bool { return r.soak && r.skip == "" }, ackWait, 1, 1},
}

func run(args []string, stdout, stderr io.Writer) int {
	var o options
	flags := flag.NewFlagSet("chaos", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.StringVar(&o.rows, "rows", "", "`numbers` of the rows to run, with commas between them; else those of -select")
	flags.StringVar(&o.selection, "select", "ci", "`name` of the rows to run: all, ci (two and a half minutes) or soak")
	flags.IntVar(&o.events, "events", 0, "orders of each row; 0 is what the row says")
	flags.DurationVar(&o.duration, "duration", 0, "run rows of -select soak in an order that the seed draws, until this is over")
	flags.Uint64Var(&o.seed, "seed", 0, "decides names, times and payloads; 0 draws one")
	flags.DurationVar(&o.ackWait, "ack-wait", 0, "the trigger's ackWait; 0 is the engine's 30s, in the selection ci 5s")
	flags.Float64Var(&o.slack, "slack", 0, "factor of all bounds on times, for machines that do other things; 0 is 1, in the selection ci 10")
	flags.IntVar(&o.parallel, "parallel", 0, "rows at a time; 0 is 1, in the selection ci 4")
	flags.StringVar(&o.output, "o", "text", "how to print the results: text or json")
	flags.StringVar(&o.report, "report", "", "Markdown `file` that has the results between its markers: those of these rows become new, as they come")
	flags.StringVar(&o.express, "express", "", "`path` of an engine that is built already")
	flags.BoolVar(&o.keep, "keep", false, "keep the logs of rows that failed")
	err := flags.Parse(args)
	if errors.Is(err, flag.ErrHelp) {
		return 0
	}
	if o.duration > 0 {
		o.selection = "soak"
	}
	selected, known := selections[o.selection]
	if err != nil || flags.NArg() > 0 || !known || o.output != "text" && o.output != "json" {
		fmt.Fprintln(stderr, "chaos: usage: chaos [-rows 1,6] [-select all|ci|soak] [-seed N] [-o text|json] [-report FILE]")
		return 2
	}
	if o.rows != "" {
		selected = selections["all"]
	}
	o.seed = cmp.Or(o.seed, 1+rand.Uint64N(1e6))
	o.ackWait = cmp.Or(o.ackWait, selected.ackWait)
	o.slack = cmp.Or(o.slack, selected.slack)
	o.parallel = max(cmp.Or(o.parallel, selected.parallel), 1)
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	s, err := runRows(ctx, o, log.New(stderr, "", 0))
	if s != nil {
		err = errors.Join(err, s.print(o.output, stdout))
	}
	if err != nil {
		fmt.Fprintln(stderr, "chaos:", err)
		return 1
	}
	return min(s.Failed, 1)
}

// runRows runs the rows that o asks for. What is known when it cannot go on is in
// the summary.
func runRows(ctx context.Context, o options, log *log.Logger) (*summary, error) {
	rows, err := chosen(o)
	if err != nil {
		return nil, err
	}
	h := &harness{o: o, log: log}
	if h.self, err = os.Executable(); err != nil {
		return nil, err
	}
	if h.dir, err = os.MkdirTemp("", "express-chaos-"); err != nil {
		return nil, err
	}
	if !o.keep {
		defer os.RemoveAll(h.dir)
	}
	if h.express, err = engineBinary(ctx, o, h.dir); err != nil {
		return nil, err
	}
	h.summary = newSummary(o, h.express)
	return h.summary, h.runAll(ctx, turns(rows, o))
}

// turns are rows, each with its seed: one after the other, or drawn until the time
// is over.
func turns(rows []*row, o options) iter.Seq2[*row, uint64] {
	return func(yield func(*row, uint64) bool) {
		if o.duration == 0 {
			for _, r := range rows {
				if !yield(r, o.seed) {
					return
				}
			}
		}
		rng := rand.New(rand.NewPCG(o.seed, 0))
		for end := time.Now().Add(o.duration); time.Now().Before(end) && yield(rows[rng.IntN(len(rows))], rng.Uint64N(1e6)); {
		}
	}
}

// chosen are the rows that o asks for.
func chosen(o options) (chosen []*row, err error) {
	if o.rows == "" {
		for _, r := range table {
			if selections[o.selection].has(r) {
				chosen = append(chosen, r)
			}
		}
		return chosen, nil
	}
	for text := range strings.SplitSeq(o.rows, ",") {
		num, err := strconv.Atoi(strings.TrimSpace(text))
		i := slices.IndexFunc(table, func(r *row) bool { return r.num == num })
		if err != nil || i < 0 {
			return nil, fmt.Errorf("there is no row %q", text)
		}
		for ; i < len(table) && table[i].num == num; i++ {
			chosen = append(chosen, table[i])
		}
	}
	return chosen, nil
}

// engineBinary is the engine's program, which it builds where it is not given.
func engineBinary(ctx context.Context, o options, dir string) (string, error) {
	if o.express != "" {
		return filepath.Abs(o.express)
	}
	path := filepath.Join(dir, "express")
	out, err := exec.CommandContext(ctx, "go", "build", "-o", path, "github.com/seed66d9166c/express/cmd/express").CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("build the engine: %w\n%s", err, out)
	}
	return path, nil
}

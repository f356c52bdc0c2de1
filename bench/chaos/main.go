package main

import (
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
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
	output, report  string
	express         string
	keep            bool
}

const (
	// ackWait is the engine's own default, and shortAckWait what the short
	// selection waits for events of dead workers.
	ackWait      = 30 * time.Second
	shortAckWait = 5 * time.Second
)

// selections are the rows to run by name.
var selections = map[string]func(*row) bool{
	"all":  func(*row) bool { return true },
	"ci":   func(r *row) bool { return r.ci && r.skip == "" },
	"soak": func(r *row) bool { return r.soak && r.skip == "" },
}

func run(args []string, stdout, stderr io.Writer) int {
	var o options
	flags := flag.NewFlagSet("chaos", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.StringVar(&o.rows, "rows", "", "`numbers` of the rows to run, with commas between them; else those of -select")
	flags.StringVar(&o.selection, "select", "ci", "`name` of the rows to run: all, ci (five minutes) or soak")
	flags.IntVar(&o.events, "events", 0, "orders of each row; 0 is what the row says")
	flags.DurationVar(&o.duration, "duration", 0, "run rows of -select soak in an order that the seed draws, until this is over")
	flags.Uint64Var(&o.seed, "seed", 0, "decides names, times and payloads; 0 draws one")
	flags.DurationVar(&o.ackWait, "ack-wait", 0, "the trigger's ackWait; 0 is the engine's 30s, in the selection ci 5s")
	flags.StringVar(&o.output, "o", "text", "how to print the results: text or json")
	flags.StringVar(&o.report, "report", "", "Markdown `file` to write the table of results into, between its markers")
	flags.StringVar(&o.express, "express", "", "`path` of an engine that is built already")
	flags.BoolVar(&o.keep, "keep", false, "keep the logs of rows that failed")
	switch err := flags.Parse(args); {
	case errors.Is(err, flag.ErrHelp):
		return 0
	case err != nil || flags.NArg() > 0 || selections[o.selection] == nil || o.output != "text" && o.output != "json":
		fmt.Fprintln(stderr, "chaos: usage: chaos [-rows 1,6] [-select all|ci|soak] [-seed N] [-o text|json] [-report FILE]")
		return 2
	}
	o.seed = cmp.Or(o.seed, 1+rand.Uint64N(1e6))
	if o.duration > 0 {
		o.selection = "soak"
	}
	if o.ackWait == 0 {
		o.ackWait = ackWait
		if o.selection == "ci" && o.rows == "" {
			o.ackWait = shortAckWait
		}
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	results, err := runRows(ctx, o, stderr)
	if err == nil {
		err = report(o, results, stdout)
	}
	if err != nil {
		fmt.Fprintln(stderr, "chaos:", err)
		return 1
	}
	if slices.ContainsFunc(results, func(r result) bool { return !r.OK && !r.Observed }) {
		return 1
	}
	return 0
}

// runRows runs the rows that o asks for.
func runRows(ctx context.Context, o options, log io.Writer) (results []result, err error) {
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
	if o.duration == 0 {
		for _, r := range rows {
			results = append(results, h.run(ctx, r, o.seed))
			if ctx.Err() != nil {
				return results, context.Cause(ctx)
			}
		}
		return results, nil
	}
	rng := rand.New(rand.NewPCG(o.seed, 0))
	for end := time.Now().Add(o.duration); time.Now().Before(end); {
		r := h.run(ctx, rows[rng.IntN(len(rows))], rng.Uint64N(1e6))
		if ctx.Err() != nil { // in the middle of it
			break
		}
		results = append(results, r)
	}
	return results, nil
}

// chosen are the rows that o asks for.
func chosen(o options) (chosen []*row, err error) {
	if o.rows == "" {
		for _, r := range table {
			if selections[o.selection](r) {
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

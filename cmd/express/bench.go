package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/seed66d9166c/express/bench"
	"github.com/seed66d9166c/express/internal/heap"
)

// A benchRun is one run of the command "bench".
type benchRun struct {
	*app
	connection
	o          bench.Options
	workloads  []string
	input      string
	tasks      string
	thresholds thresholds
	svg, page  string
}

func (a *app) benchCommand() *cobra.Command {
	b := &benchRun{app: a}
	c := &cobra.Command{
		Use:   "bench [FILE] [flags]",
		Short: "Measure the engine beside a bare client of the broker",
		Long: `Measure the engine beside what has to be done in any case: the sides take turns, and
what holds on other machines is the ratio. FILE is a definition of yours, fed with the
lines of --input; without one, it is the workloads w1 to w6.

` + "  " + strings.Join(measureLines(), "\n  ") + `

Without --server the broker is one of ours, in memory. Events that are refused or lost,
and executions that fail, are counted; any of them makes the exit code 1, unless a
threshold for refused, lost, failed or dead says how many may be.`,
		Example: `  express bench
  express bench --measure backlog,sync --workload w1,w5 --processes --threshold 'ratio>=0.7'
  express bench --measure open --rate 50000 --threshold 'p99<=20ms' --svg plots
  express bench order.asl.json --input orders.ndjson --tasks nats -o json`,
		Args:              atMost(1),
		RunE:              func(c *cobra.Command, args []string) error { return b.run(c.Context(), args) },
		ValidArgsFunction: completeDefinition,
	}
	f := c.Flags()
	f.StringSliceVarP(&b.o.Measures, "measure", "m", []string{"backlog"}, "what to measure; speed and scale are groups of that")
	f.StringSliceVarP(&b.workloads, "workload", "w", []string{"w1"}, "the workloads w1 to w6, or all")
	f.StringVarP(&b.input, "input", "i", "", "`file` with an event a line, - for standard input; a reading of a sensor without")
	f.StringVar(&b.tasks, "tasks", bench.TasksFunc, "what performs the tasks of FILE: func in the engine's process, or nats, a service")
	f.IntVar(&b.o.Events, "events", bench.DefaultEvents, "how many events in a round, where the rate is not fixed")
	f.IntVar(&b.o.Rounds, "rounds", bench.DefaultRounds, "how many rounds of each side")
	f.Float64Var(&b.o.Rate, "rate", bench.DefaultRate, "events a second, where it is fixed")
	f.DurationVar(&b.o.Duration, "duration", bench.DefaultDuration, "how long a round lasts, where the rate is fixed")
	f.IntVar(&b.o.InFlight, "in-flight", bench.DefaultInFlight, "events that have not ended, for live")
	f.DurationVar(&b.o.Patience, "patience", bench.DefaultPatience, "without any progress, before what is missing counts as lost")
	f.BoolVar(&b.o.Processes, "processes", false, "a process each for broker, engine and generator, to tell what each of them uses")
	f.Int64Var(&b.o.MaxBytes, "max-bytes", 0, "`bytes` that the stream of events may hold; 0 has no bound")
	f.VarP(&b.thresholds, "threshold", "t", "what has to hold for exit code 0, such as 'ratio>=0.7' or 'open.w1.engine.p99<=20ms'; may be repeated")
	f.StringVar(&b.svg, "svg", "", "draw the charts into this `folder`")
	f.StringVar(&b.page, "page", "", "put the tables into this `file` in Markdown, each between its lines <!-- MEASURE --> and <!-- end of MEASURE -->")
	b.connection.flags(f)
	c.AddCommand(a.benchProcess())
	return c
}

// measureLines tell what the measures are.
func measureLines() (lines []string) {
	for _, m := range bench.Measures {
		lines = append(lines, fmt.Sprintf("%-8s %-6s %s", m.Name, m.Group, m.Help))
	}
	return lines
}

// benchProcess is the command that a process of bench --processes runs.
func (a *app) benchProcess() *cobra.Command {
	return &cobra.Command{
		Use:    "process",
		Hidden: true,
		Args:   exactly(),
		RunE: func(*cobra.Command, []string) error {
			heap.Raise()
			return bench.Serve(struct {
				io.Reader
				io.WriteCloser
			}{a.stdin, os.Stdout})
		},
	}
}

// everyWorkload stands for all of them.
const everyWorkload = "all"

func (b *benchRun) run(ctx context.Context, args []string) error {
	heap.Raise() // what is measured here is what serves
	if err := b.prepare(args); err != nil {
		return err
	}
	line := newProgress(b.stderr)
	b.o.Log, b.o.Progress = b.stderr, line.show
	r, err := bench.Run(ctx, b.o)
	line.clear()
	if err != nil {
		return unreachable(err)
	}
	r.Judge(b.thresholds)
	if b.output == jsonFormat {
		err = r.WriteJSON(b.stdout)
	} else {
		err = r.WriteText(b.stdout)
	}
	if err == nil && b.svg != "" {
		err = r.WriteCharts(b.svg)
	}
	if err == nil && b.page != "" {
		err = r.WritePage(b.page)
	}
	if err == nil && !r.OK() {
		err = failure{exitFailed, nil}
	}
	return err
}

// prepare completes the options by the flags.
func (b *benchRun) prepare(args []string) error {
	if b.tasks != bench.TasksFunc && b.tasks != bench.TasksNATS {
		return usagef("--tasks %s: want %s or %s", b.tasks, bench.TasksFunc, bench.TasksNATS)
	}
	if b.o.Events < 1 || b.o.Rounds < 1 || b.o.Rate <= 0 || b.o.InFlight < 1 || b.o.Duration <= 0 || b.o.Patience <= 0 {
		return usagef("--events, --rounds, --rate, --in-flight, --duration and --patience have to be above 0")
	}
	var measures []string
	for _, name := range b.o.Measures {
		if group := bench.MeasureNames(name); len(group) > 0 {
			measures = append(measures, group...)
		} else {
			measures = append(measures, name)
		}
	}
	b.o.Measures = measures
	if err := bench.CheckMeasures(b.o.Measures); err != nil {
		return usage(err)
	}
	self, err := os.Executable()
	if err != nil {
		return err
	}
	b.o.Command, b.o.Express = []string{self, "bench", "process"}, []string{self}
	if b.Given() {
		b.o.NATS = b.WithEnvironment()
	}
	if b.o.Workloads, err = b.chosen(args); err != nil {
		return err
	}
	if b.input == "" {
		return nil
	}
	events, err := b.events()
	if err != nil {
		return usagef("--input: %w", err)
	}
	for i := range b.o.Workloads {
		b.o.Workloads[i].Events = events
	}
	return nil
}

// chosen are the workloads that the command line names.
func (b *benchRun) chosen(args []string) (chosen []bench.Workload, err error) {
	if len(args) > 0 {
		if args[0] == "-" {
			return nil, usagef("FILE cannot be standard input: every process reads it")
		}
		if _, err := b.compile(args[0], nil); err != nil {
			return nil, err
		}
		_, text, err := b.read(args[0])
		if err != nil {
			return nil, usage(err)
		}
		return []bench.Workload{{
			Name: workflowName(args[0]), Definition: text, Events: [][]byte{[]byte(bench.Event)}, Tasks: b.tasks,
		}}, nil
	}
	for _, name := range b.workloads {
		if name == everyWorkload {
			return bench.Workloads(), nil
		}
		w, err := bench.WorkloadNamed(name)
		if err != nil {
			return nil, usage(err)
		}
		chosen = append(chosen, w)
	}
	return chosen, nil
}

// events are the lines of --input.
func (b *benchRun) events() ([][]byte, error) {
	if b.input == "-" {
		return bench.ReadEvents(b.stdin)
	}
	f, err := os.Open(b.input)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return bench.ReadEvents(f)
}

// thresholds are the values of a flag that may be given more than once.
type thresholds []bench.Threshold

func (t *thresholds) Set(s string) error {
	parsed, err := bench.ParseThreshold(s)
	*t = append(*t, parsed)
	return err
}

func (t *thresholds) String() string {
	var all []string
	for _, one := range *t {
		all = append(all, one.Text)
	}
	return strings.Join(all, ",")
}

func (t *thresholds) Type() string { return "METRIC>=VALUE" }

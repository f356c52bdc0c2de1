package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/seed66d9166c/express/bench"
	"github.com/seed66d9166c/express/express"
	"github.com/seed66d9166c/express/express/value"
)

// defaultRounds are the fewest of which a median says more than one.
const defaultRounds = 3

// options of a run.
type options struct {
	sides  []side
	root   string // of the folders node and go
	rounds int    // of each side, taking turns, after one to warm up
	log    io.Writer
}

// measure measures one section after the other. Only the sides of a section run
// at the same time. A side that does not work is named in the report.
func measure(ctx context.Context, o options) (_ *report, err error) {
	x, err := newStand(ctx, o)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, x.close()) }()
	r := &report{Report: &bench.Report{Date: time.Now().UTC(), Machine: bench.ThisMachine(), Split: true}}
	for _, sec := range sections {
		c := contest{section: sec, rounds: o.rounds, log: o.log, report: r, rows: &bench.Section{Name: sec.name, Title: sec.title}}
		for _, s := range o.sides {
			if s.section == sec.name && ctx.Err() == nil {
				c.enter(ctx, x, s)
			}
		}
		if err := errors.Join(c.run(ctx), c.close()); err != nil {
			return nil, err
		}
		if len(c.rows.Rows) > 0 {
			c.draw()
			r.Sections = append(r.Sections, c.rows)
		}
	}
	goals, err := goals(o.sides)
	r.Judge(goals)
	return r, err
}

// goals are those of the sides.
func goals(of []side) (all []bench.Threshold, err error) {
	for _, s := range of {
		for _, g := range s.goals {
			t, err := bench.ParseThreshold(g)
			if err != nil {
				return nil, err
			}
			all = append(all, t)
		}
	}
	return all, nil
}

// A contest is a section whose sides take turns.
type contest struct {
	section
	rounds   int
	log      io.Writer
	report   *report
	rows     *bench.Section
	entrants []entrant
}

// An entrant is a side that takes part.
type entrant struct {
	side
	contestant
	out bool // it has failed
}

// enter opens a side.
func (c *contest) enter(ctx context.Context, x *stand, s side) {
	fmt.Fprintf(c.log, "%s: %s\n", c.name, s.name)
	opened, err := s.open(ctx, x, s)
	if err != nil {
		c.report.miss(s, err)
		return
	}
	c.entrants = append(c.entrants, entrant{side: s, contestant: opened})
	c.report.Sides = append(c.report.Sides, described{c.name, s.name, opened.versions(), s.guarantees})
}

func (c *contest) close() (err error) {
	for _, e := range c.entrants {
		err = errors.Join(err, e.contestant.close())
	}
	return err
}

// run measures each workload with all sides before the next one, where there is
// one to compare ours with.
func (c *contest) run(ctx context.Context) error {
	for _, w := range bench.Workloads() {
		if !slices.ContainsFunc(c.entrants, func(e entrant) bool { return !e.isOurs() && slices.Contains(e.workloads, w.Name) }) {
			continue
		}
		want, err := output(w)
		if err != nil {
			return err
		}
		for round := range c.rounds + 1 { // the first one is to warm up
			// With more callers than it has a load for, the first side has the rate
			// that it has with fewer.
			base := 0.0
			for _, l := range c.loads {
				l.Workload = w.Name
				rates, err := c.turn(ctx, l, round, want)
				if err != nil {
					return err
				}
				for i, e := range c.entrants {
					rate, ok := rates[e.name]
					switch {
					case ok && i == 0:
						base = rate
					case ok && round > 0 && base > 0:
						c.rows.Row(c.row(e.side, l)).Add("times", bench.Ratio, base/rate)
					}
				}
			}
		}
	}
	return nil
}

// turn lets each side do l, and is their rates. Those that fail, or whose output
// is not the one that is wanted, are out.
func (c *contest) turn(ctx context.Context, l load, round int, want value.Value) (map[string]float64, error) {
	var in []*entrant
	for i := range c.entrants {
		e := &c.entrants[i]
		if !e.out && slices.Contains(e.workloads, l.Workload) && (e.callers == nil || slices.Contains(e.callers, l.Callers)) {
			in = append(in, e)
			if round > 0 {
				c.rows.Row(c.row(e.side, l)) // in this order
			}
		}
	}
	if round%2 == 1 { // what comes later may find the machine in another state
		slices.Reverse(in)
	}
	rates := make(map[string]float64)
	for _, e := range in {
		s, err := e.measure(ctx, l)
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		if err == nil {
			err = s.check(want)
		}
		if err != nil {
			e.out = true
			c.report.miss(e.side, fmt.Errorf("%s with %d at a time: %w", l.Workload, l.Callers, err))
			continue
		}
		rates[e.name] = s.rate(c.byCPU)
		fmt.Fprintf(c.log, "%s round %d: %.0f/s\n", c.row(e.side, l), round, rates[e.name])
		if round > 0 {
			c.add(e.side, l, s)
		}
	}
	return rates, nil
}

// row is the name of the row of a side with a load.
func (c *contest) row(s side, l load) string {
	if c.callers == "" {
		return l.Workload + "." + s.name
	}
	return fmt.Sprintf("%s.%s.%d", l.Workload, s.name, l.Callers)
}

// add adds what was measured to the row.
func (c *contest) add(s side, l load, got sample) {
	r := c.rows.Row(c.row(s, l))
	r.Add("rate", bench.PerSecond, got.rate(c.byCPU))
	if c.byCPU {
		r.Add("cpu", bench.Time, float64(got.CPU)/float64(got.Events))
	}
	if c.name == calls {
		r.Add("p50", bench.Time, float64(got.P50))
		r.Add("p99", bench.Time, float64(got.P99))
	}
}

// output is that of w for its event.
func output(w bench.Workload) (value.Value, error) {
	m, err := w.Machine(nil, nil)
	if err != nil {
		return value.Value{}, err
	}
	in, err := value.Parse(w.Events[0])
	if err != nil {
		return value.Value{}, err
	}
	out := m.Run(context.Background(), express.Start{Name: w.Name, Input: in})
	if out.Status != express.Succeeded {
		return value.Value{}, fmt.Errorf("%s: %s: %w", w.Name, out.Status, out.Err)
	}
	return out.Output, nil
}

// check compares the output of a peer.
func (s sample) check(want value.Value) error {
	if s.Output == nil {
		return nil
	}
	got, err := value.Parse(s.Output)
	if err != nil {
		return fmt.Errorf("its output: %w", err)
	}
	if !value.Equal(got, want) {
		return fmt.Errorf("its output is %s, want %s", s.Output, want.AppendJSON(nil))
	}
	return nil
}

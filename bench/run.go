package bench

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	natsconn "github.com/seed66d9166c/express/transport/nats"
)

// Defaults of Options: the default measure takes about half a minute.
const (
	DefaultEvents   = 100_000
	DefaultRounds   = 5
	DefaultRate     = 10_000
	DefaultInFlight = 1024
	DefaultDuration = 5 * time.Second
	DefaultPatience = 10 * time.Second
)

// Options of a run. The zero value of a field is its default.
type Options struct {
	Workloads []Workload
	Measures  []string // names of Measures; nil is the backlog alone
	Events    int      // of each round, where the rate is not fixed
	Rounds    int      // of each side, taking turns, after one to warm up
	Rate      float64  // events a second, where it is fixed
	InFlight  int      // events that have not ended, where the rate is not fixed
	Duration  time.Duration
	Patience  time.Duration // without any progress, before what is missing counts as lost

	// Processes gives broker, engine and generator a process each. Command starts
	// one: a program that calls Serve with its standard input and output.
	Processes bool
	Command   []string
	// Express is the command line of the product, for what measures its start.
	Express []string

	NATS     natsconn.Settings // of the caller's broker; one of ours without
	MaxBytes int64             // of the stream of events; 0 is no bound

	Log      io.Writer    // a line a round; nil for none
	Progress func(string) // a line that moves; nil for none

	batch time.Duration // of CPU that an operation of alone uses in a round at least; 0 is batchTime
}

// Measures are what can be measured, each as a section of the report.
var Measures = []struct {
	Name, Group, Help, Title string
	run                      func(context.Context, *stand, *Section) error
}{
	{"alone", Speed, "the engine on one core, without a broker, beside fastjson and a Go function",
		"Engine alone on one core: an event is read, run and its outcome printed; beside fastjson reading and printing it, and a Go function",
		without(alone)},
	{"backlog", Speed, "events that wait in a stream, beside a bare loop over nats.go and one over a socket",
		"From a backlog in a memory stream: explicit acknowledgement, results on core NATS", workloads((*stand).backlog)},
	{"live", Speed, "events that are published meanwhile, as fast as it goes",
		"Live, as fast as it goes: latency from publication to result", workloads((*stand).live)},
	{"open", Speed, "events that are published at a fixed rate: what counts is latency",
		"Live, at a fixed rate: latency from when each event was to be sent to its result", workloads((*stand).open)},
	{"sync", Speed, "requests at a fixed rate, beside a NATS service that answers at once",
		"Synchronous requests at a fixed rate, beside a NATS service that answers at once", workloads((*stand).sync)},
	{"serve", Speed, "the start of express serve with 100 workflows, its size and its memory",
		"express serve with 100 workflows and its embedded broker",
		without(serve)},
	{"cluster", Scale, "1, 2 and 4 engines on a cluster of three brokers, a process each",
		"From a backlog in a memory stream with three replicas, on a cluster of three: engines that share it", func(ctx context.Context, s *stand, sec *Section) error { return s.cluster(ctx, sec) }},
	{"parked", Scale, "a million executions that wait at the same time",
		"Executions that wait at the same time, in one process, with an event of 250 bytes: memory of each beyond what there was before", without(parked)},
	{"loaded", Scale, "10,000 workflows in one process",
		"Workflows in one process: compiling them, and W1 run in turn by each", without(loaded)},
	{"payload", Scale, "W1 on events of 100 bytes to 256 KiB",
		"W1 alone on one core by the size of its event, beside fastjson reading and printing it", without(payload)},
	{"states", Scale, "workflows of 1 to 1,000 states",
		"Pass states in a row, alone on one core", without(states)},
	{"map", Scale, "a Map of 10 to 10,000 items",
		"A Map with one Pass for each item, alone on one core", without(mapping)},
}

// without is a measure that needs no broker.
func without(measure func(context.Context, Options, *Section) error) func(context.Context, *stand, *Section) error {
	return func(ctx context.Context, s *stand, sec *Section) error { return measure(ctx, s.Options, sec) }
}

// Groups of Measures.
const (
	Speed = "speed"
	Scale = "scale"
)

// workloads measures one workload after the other.
func workloads(measure func(*stand, context.Context, *Section, Workload) error) func(context.Context, *stand, *Section) error {
	return func(ctx context.Context, s *stand, sec *Section) error {
		for _, w := range s.Workloads {
			if err := measure(s, ctx, sec, w); err != nil {
				return fmt.Errorf("%s: %w", w.Name, err)
			}
		}
		return nil
	}
}

// MeasureNames are the names of Measures, of one group or, for "", of all.
func MeasureNames(group string) (names []string) {
	for _, m := range Measures {
		if group == "" || m.Group == group {
			names = append(names, m.Name)
		}
	}
	return names
}

// CheckMeasures is an error if one of the names is none of Measures.
func CheckMeasures(names []string) error {
	for _, name := range names {
		if !slices.Contains(MeasureNames(""), name) {
			return fmt.Errorf("there is no measure %q; want one of %s", name, strings.Join(MeasureNames(""), ", "))
		}
	}
	return nil
}

// Run measures. What events did not come to is in the report, and is no error;
// Report.Judge says whether it matters.
func Run(ctx context.Context, o Options) (_ *Report, err error) {
	o.Events = cmp.Or(o.Events, DefaultEvents)
	o.Rounds = cmp.Or(o.Rounds, DefaultRounds)
	o.Rate = cmp.Or(o.Rate, DefaultRate)
	o.InFlight = cmp.Or(o.InFlight, DefaultInFlight)
	o.Duration = cmp.Or(o.Duration, DefaultDuration)
	o.Patience = cmp.Or(o.Patience, DefaultPatience)
	o.batch = cmp.Or(o.batch, batchTime)
	if o.Log == nil {
		o.Log = io.Discard
	}
	if len(o.Measures) == 0 {
		o.Measures = []string{"backlog"}
	}
	if err := CheckMeasures(o.Measures); err != nil {
		return nil, err
	}
	if len(o.Workloads) == 0 {
		w, err := WorkloadNamed("w1")
		if err != nil {
			return nil, err
		}
		o.Workloads = []Workload{w}
	}
	if o.Processes && len(o.Command) == 0 {
		return nil, errNoCommand
	}
	s, err := newStand(ctx, o)
	if err != nil {
		return nil, err
	}
	defer func() {
		if e := s.close(); err == nil {
			err = e
		}
	}()
	defer s.show(ctx)()
	r := &Report{Date: time.Now().UTC(), Machine: ThisMachine(), Split: o.Processes}
	for _, m := range Measures {
		if !slices.Contains(o.Measures, m.Name) {
			continue
		}
		sec := &Section{Name: m.Name, Title: m.Title}
		if err := m.run(ctx, s, sec); err != nil {
			return nil, fmt.Errorf("%s: %w", m.Name, err)
		}
		r.Sections = append(r.Sections, sec)
	}
	return r, nil
}

var errNoCommand = errors.New("nothing says how to start a process")

// redraw is how often a progress line changes.
const redraw = 200 * time.Millisecond

// show shows how far the generator has come, until the function that it returns
// is called.
func (s *stand) show(ctx context.Context) func() {
	if s.Progress == nil {
		return func() {}
	}
	ctx, stop := context.WithCancel(ctx)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		tick := time.NewTicker(redraw)
		defer tick.Stop()
		var before int64
		for {
			select {
			case <-tick.C:
			case <-ctx.Done():
				s.Progress("")
				return
			}
			var n int64
			if Call(ctx, s.generator.Caller, "Progress", Nothing{}, &n) == nil {
				s.Progress(fmt.Sprintf("%d events, %.0f/s", n, float64(max(n-before, 0))/redraw.Seconds()))
				before = n
			}
		}
	}()
	return func() { stop(); <-ended }
}

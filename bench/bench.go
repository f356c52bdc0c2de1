// Package bench measures the way of an event through the engine, beside what a
// bare client of the same broker does in the same run: machines differ and are
// busy with other things, ratios within one run hold.
package bench

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"slices"
	"syscall"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/seed66d9166c/express/transport/embedded"
)

// Defaults of Options: a run takes about half a minute.
const (
	DefaultEvents = 100_000
	DefaultRounds = 5
)

// Options of a run. The zero value of a field is its default.
type Options struct {
	Events int       // in the backlog of each round
	Rounds int       // of each side, taking turns
	Log    io.Writer // a line a round; nil for none
}

// A Measure is what one side did in one round.
type Measure struct {
	Rate float64       `json:"rate"` // events a second
	CPU  time.Duration `json:"cpu"`  // of the process for one event, the embedded broker included
}

// A Report is a run: what each side did in each round.
type Report struct {
	Events int       `json:"events"`
	Engine []Measure `json:"engine"`
	Bare   []Measure `json:"bare"`
}

// A side takes the whole backlog of a stream, through a consumer of its own,
// and publishes a result for each event.
type side func(ctx context.Context, nc *nats.Conn, consumer string, events int) error

const (
	stream        = "BENCH"
	eventSubject  = "bench.event"
	resultSubject = "bench.result"
	// fillStall is how long the broker may take for a batch of the backlog on a
	// machine that is busy with other things.
	fillStall = 10 * time.Second
	// roundTimeout ends a round that hangs: a hundred times what one takes.
	roundTimeout = 2 * time.Minute
)

// Run fills a stream in memory with events, and lets the engine and the bare
// loop take turns at them: explicit acknowledgement, a result on core NATS for
// each event. A round that does not see a result for every event is an error.
func Run(ctx context.Context, o Options) (*Report, error) {
	o.Events = cmp.Or(o.Events, DefaultEvents)
	o.Rounds = cmp.Or(o.Rounds, DefaultRounds)
	b, err := start(ctx, o.Events)
	if err != nil {
		return nil, err
	}
	defer b.stop()

	r := &Report{Events: o.Events}
	for i := range o.Rounds + 1 {
		for _, s := range []struct {
			name string
			run  side
			into *[]Measure
		}{{"engine", engine, &r.Engine}, {"bare", bare, &r.Bare}} {
			m, err := b.measure(ctx, s.run, fmt.Sprintf("%s-%d", s.name, i), o.Events)
			if err != nil {
				return nil, fmt.Errorf("%s, round %d: %w", s.name, i, err)
			}
			if i == 0 {
				continue // to warm up
			}
			*s.into = append(*s.into, m)
			if o.Log != nil {
				fmt.Fprintf(o.Log, "%-6s round %d: %7.0f/s  %v of CPU an event\n", s.name, i, m.Rate, m.CPU)
			}
		}
	}
	return r, nil
}

// A broker is an embedded server with a backlog.
type broker struct {
	server *embedded.Server
	dir    string
	nc     *nats.Conn // of the sink
}

func start(ctx context.Context, events int) (_ *broker, err error) {
	b := new(broker)
	defer func() {
		if err != nil {
			b.stop()
		}
	}()
	if b.dir, err = os.MkdirTemp("", "express-bench-"); err != nil {
		return nil, err
	}
	if b.server, err = embedded.Start(embedded.Options{Dir: b.dir}); err != nil {
		return nil, err
	}
	if b.nc, err = nats.Connect("", b.server.Connection()); err != nil {
		return nil, err
	}
	return b, b.fill(ctx, events)
}

// fill publishes the backlog, each event acknowledged by the stream.
func (b *broker) fill(ctx context.Context, events int) error {
	js, err := jetstream.New(b.nc)
	if err != nil {
		return err
	}
	_, err = js.CreateStream(ctx, jetstream.StreamConfig{Name: stream, Subjects: []string{eventSubject}, Storage: jetstream.MemoryStorage})
	if err != nil {
		return err
	}
	for range events {
		if _, err := js.PublishAsync(eventSubject, []byte(event), jetstream.WithStallWait(fillStall)); err != nil {
			return err
		}
	}
	select {
	case <-js.PublishAsyncComplete():
	case <-ctx.Done():
		return ctx.Err()
	}
	s, err := js.Stream(ctx, stream)
	if err != nil {
		return err
	}
	if got := s.CachedInfo().State.Msgs; got != uint64(events) {
		return fmt.Errorf("the stream took %d of %d events", got, events)
	}
	return nil
}

func (b *broker) stop() {
	if b.nc != nil {
		b.nc.Close()
	}
	if b.server != nil {
		b.server.Close()
	}
	os.RemoveAll(b.dir)
}

// measure lets one side take the backlog, until the sink has a result for every
// event.
func (b *broker) measure(ctx context.Context, run side, consumer string, events int) (Measure, error) {
	ctx, cancel := context.WithTimeout(ctx, roundTimeout)
	defer cancel()
	nc, err := nats.Connect("", b.server.Connection())
	if err != nil {
		return Measure{}, err
	}
	defer nc.Close()

	var results int
	finished := make(chan struct{})
	sub, err := b.nc.Subscribe(resultSubject, func(*nats.Msg) {
		if results++; results == events {
			close(finished)
		}
	})
	if err != nil {
		return Measure{}, err
	}
	defer sub.Unsubscribe()
	if err := sub.SetPendingLimits(-1, -1); err != nil {
		return Measure{}, err
	}
	if err := b.nc.Flush(); err != nil {
		return Measure{}, err
	}

	sideCtx, stop := context.WithCancel(ctx)
	defer stop()
	ended := make(chan error, 1)
	began, cpu := time.Now(), cpuTime()
	go func() { ended <- run(sideCtx, nc, consumer, events) }()
	select {
	case <-finished:
	case err := <-ended:
		ended <- err
		select { // results may be on their way still
		case <-finished:
		case <-ctx.Done():
			return Measure{}, fmt.Errorf("results are missing: %w", cmp.Or(err, ctx.Err()))
		}
	case <-ctx.Done():
		return Measure{}, ctx.Err()
	}
	took, spent := time.Since(began), cpuTime()-cpu
	stop()
	if err := <-ended; err != nil {
		return Measure{}, err
	}
	return Measure{
		Rate: float64(events) / took.Seconds(),
		CPU:  spent / time.Duration(events),
	}, b.acknowledged(ctx, consumer)
}

// acknowledged is an error if an event of the consumer stayed pending.
func (b *broker) acknowledged(ctx context.Context, consumer string) error {
	js, err := jetstream.New(b.nc)
	if err != nil {
		return err
	}
	for {
		c, err := js.Consumer(ctx, stream, consumer)
		if err != nil {
			return err
		}
		info := c.CachedInfo()
		if info.NumAckPending == 0 && info.NumPending == 0 {
			return js.DeleteConsumer(ctx, stream, consumer)
		}
		select {
		case <-time.After(10 * time.Millisecond): // the last acknowledgements are on their way
		case <-ctx.Done():
			return fmt.Errorf("%d events were not acknowledged", info.NumAckPending)
		}
	}
}

// cpuTime is what the process has used so far.
func cpuTime() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		panic(err) // the arguments are constant
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// Ratio is the median of the engine's rate over the bare loop's, round by round.
func (r *Report) Ratio() float64 {
	ratios := make([]float64, len(r.Engine))
	for i := range ratios {
		ratios[i] = r.Engine[i].Rate / r.Bare[i].Rate
	}
	return median(ratios)
}

// WriteText prints medians with the least and the most.
func (r *Report) WriteText(w io.Writer) error {
	for _, s := range []struct {
		name string
		of   []Measure
	}{{"engine: parse, run W1, result, acknowledge", r.Engine}, {"bare nats.go loop: result, acknowledge", r.Bare}} {
		var rates, cpu []float64
		for _, m := range s.of {
			rates = append(rates, m.Rate)
			cpu = append(cpu, float64(m.CPU.Nanoseconds())/1000)
		}
		if _, err := fmt.Fprintf(w, "%-44s %8.0f/s (%.0f-%.0f)  %5.2f us of CPU an event, broker included\n", s.name,
			median(rates), slices.Min(rates), slices.Max(rates), median(cpu)); err != nil {
			return err
		}
	}
	_, err := fmt.Fprintf(w, "ratio %.2f, median of %d rounds of %d events each\n", r.Ratio(), len(r.Engine), r.Events)
	return err
}

// WriteJSON prints all measures and the ratio.
func (r *Report) WriteJSON(w io.Writer) error {
	return json.NewEncoder(w).Encode(struct {
		*Report
		Ratio float64 `json:"ratio"`
	}{r, r.Ratio()})
}

func median(f []float64) float64 {
	s := slices.Sorted(slices.Values(f))
	if n := len(s); n%2 == 0 {
		return (s[n/2-1] + s[n/2]) / 2
	}
	return s[len(s)/2]
}

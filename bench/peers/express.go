package main

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"runtime/debug"
	"strings"
	"time"

	"github.com/seed66d9166c/express/bench"
	"github.com/seed66d9166c/express/transport"
	natsconn "github.com/seed66d9166c/express/transport/nats"
)

// An engine is Express in a section.
type engine struct {
	run   func(context.Context, load, bench.Workload) (sample, error)
	ended func() error
}

func (e engine) measure(ctx context.Context, l load) (sample, error) {
	w, err := bench.WorkloadNamed(l.Workload)
	if err != nil {
		return sample{}, err
	}
	return e.run(ctx, l, w)
}

func (e engine) close() error { return e.ended() }

// versions are those of Go and of the broker, which is a module of this program.
func (e engine) versions() map[string]string {
	all := map[string]string{"Go": strings.TrimPrefix(runtime.Version(), "go")}
	if b, ok := debug.ReadBuildInfo(); ok {
		for _, m := range b.Deps {
			if m.Path == "github.com/nats-io/nats-server/v2" {
				all["nats-server"] = strings.TrimPrefix(m.Version, "v")
			}
		}
	}
	return all
}

func nothing() error { return nil }

// openAlone runs a Machine in this process, on one core.
func openAlone(context.Context, *stand, side) (contestant, error) {
	return engine{run: func(ctx context.Context, _ load, w bench.Workload) (s sample, err error) {
		r, err := engineRow(ctx, w.Name, bench.Options{Measures: []string{"alone"}, Workloads: []bench.Workload{w}, Rounds: aloneRounds})
		if err != nil {
			return s, err
		}
		return sample{Events: 1, CPU: time.Duration(r.Metric("cpu").Median())}, nil
	}, ended: nothing}, nil
}

// aloneRounds make of the short rounds of package bench one as long as a peer's.
const aloneRounds = 5

// openStream runs what package bench measures through JetStream: engine and
// generator in processes of their own, as is the broker.
func openStream(measure string) func(context.Context, *stand, side) (contestant, error) {
	return func(_ context.Context, x *stand, _ side) (contestant, error) {
		url, err := x.broker()
		if err != nil {
			return nil, err
		}
		return engine{run: func(ctx context.Context, l load, w bench.Workload) (s sample, err error) {
			r, err := engineRow(ctx, w.Name, bench.Options{
				Measures: []string{measure}, Workloads: []bench.Workload{w}, Rounds: 1, Events: l.Events, InFlight: l.Callers,
				Processes: true, Command: []string{x.self, workerArgument}, NATS: natsconn.Settings{URL: url},
			})
			if err != nil {
				return s, err
			}
			s = sample{Events: l.Events, Wall: time.Duration(float64(l.Events) / r.Metric("rate").Median() * float64(time.Second))}
			if p50 := r.Metric("p50"); p50 != nil {
				s.P50, s.P99 = time.Duration(p50.Median()), time.Duration(r.Metric("p99").Median())
			}
			return s, nil
		}, ended: nothing}, nil
	}
}

// engineRow is the row of the engine in a measure of package bench, in which no
// event may be lost.
func engineRow(ctx context.Context, workload string, o bench.Options) (*bench.Row, error) {
	r, err := bench.Run(ctx, o)
	if err != nil {
		return nil, err
	}
	if r.Judge(nil); !r.OK() {
		return nil, fmt.Errorf("events were lost or failed: %v", r.Verdicts)
	}
	return r.Sections[0].Row(workload + "." + bench.Engine), nil
}

// openSync runs the engine's answers to requests, which a generator sends.
func openSync(ctx context.Context, x *stand, _ side) (contestant, error) {
	url, err := x.broker()
	if err != nil {
		return nil, err
	}
	at := natsconn.Settings{URL: url}
	answers, err := x.worker(ctx)
	if err != nil {
		return nil, err
	}
	generator, err := x.worker(ctx)
	if err != nil {
		return nil, errors.Join(err, answers.close())
	}
	return engine{
		run: func(ctx context.Context, l load, w bench.Workload) (s sample, err error) {
			if err := bench.Call(ctx, answers.Caller, "Start", bench.Take{Side: bench.Sync, NATS: at, Workload: w}, new(bench.Nothing)); err != nil {
				return s, err
			}
			defer func() {
				err = errors.Join(err, bench.Call(ctx, answers.Caller, "Stop", bench.Sync, new(bench.Nothing)))
			}()
			var got bench.Loaded
			err = bench.Call(ctx, generator.Caller, "Generate", bench.Load{
				NATS: at, Subject: transport.SyncSubject(w.Name), Events: w.Events,
				N: l.Events, InFlight: l.Callers, Until: bench.Answered, Patience: bench.DefaultPatience,
			}, &got)
			if err == nil && got.Succeeded < l.Events {
				err = fmt.Errorf("of %d requests, %d were answered with an output", l.Events, got.Succeeded)
			}
			return sample{
				Events: l.Events, Wall: time.Duration(float64(l.Events) / got.Rate * float64(time.Second)), P50: got.Latency.P50, P99: got.Latency.P99,
			}, err
		},
		ended: func() error { return errors.Join(generator.close(), answers.close()) },
	}, nil
}

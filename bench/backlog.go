package bench

import (
	"context"
	"fmt"
	"slices"
	"time"
)

// fillInFlight is how many events of a backlog may be unacknowledged: more than
// the way to the broker takes, fewer than its queue holds.
const fillInFlight = 4096

// store fills the stream. It reports whether that took all events; sec says what
// it did not.
func (s *stand) store(ctx context.Context, sec *Section, w Workload) (bool, error) {
	l := Load{NATS: s.settings, Subject: eventSubject, Events: w.Events, N: s.Events, InFlight: fillInFlight, Until: Stored, Patience: s.Patience}
	var got Loaded
	if err := Call(ctx, s.generator.Caller, "Generate", l, &got); err != nil {
		return false, err
	}
	missing := s.Events - got.Acknowledged
	if missing == 0 {
		return true, nil
	}
	r := sec.Row(w.Name + ".stored")
	r.Add("events", Count, float64(got.Acknowledged))
	r.Add("refused", Count, float64(missing))
	fmt.Fprintf(s.Log, "%s: the stream took %d of %d events\n", w.Name, got.Acknowledged, s.Events)
	return false, nil
}

// backlog lets the engine and the baselines take turns at the same events. A round
// that loses events is the last one.
func (s *stand) backlog(ctx context.Context, sec *Section, w Workload) error {
	if err := s.stream(ctx); err != nil {
		return err
	}
	if ok, err := s.store(ctx, sec, w); !ok {
		return err
	}
	outcome, err := w.outcome()
	if err != nil {
		return err
	}
	sides := []string{Engine, Bare}
	if s.own() { // others want credentials, which raw does not know
		sides = append(sides, Raw)
	}
	for _, side := range sides {
		sec.Row(w.Name + "." + side) // in this order
	}
	for i := range s.Rounds + 1 {
		got := make(map[string]drained)
		for _, side := range turn(sides, i) {
			t := Take{Side: side, Workload: w, Consumer: fmt.Sprintf("%s-%d", side, i), Events: s.Events, Outcome: outcome}
			r := &Row{} // to warm up
			if i > 0 {
				r = sec.Row(w.Name + "." + side)
			}
			d, err := s.drain(ctx, r, t)
			if err != nil {
				return fmt.Errorf("%s, round %d: %w", side, i, err)
			}
			if d.lost > 0 {
				sec.Row(w.Name+"."+side).Add("lost", Count, float64(d.lost))
				return nil
			}
			got[side] = d
			fmt.Fprintf(s.Log, "%s %-6s round %d: %7.0f/s\n", w.Name, side, i, d.rate)
		}
		if i == 0 {
			continue
		}
		for _, side := range sides {
			if side != Bare {
				r := sec.Row(w.Name + "." + side)
				r.Add("ratio", Ratio, ratio(got[side].rate, got[Bare].rate))
				r.Add("cpu_ratio", Ratio, ratio(float64(got[Bare].cpu), float64(got[side].cpu)))
			}
		}
		engine, bare := sec.Row(w.Name+"."+Engine), sec.Row(w.Name+"."+Bare)
		if s.Processes {
			engine.Add("allocs_beyond", Count, last(engine, "allocs")-last(bare, "allocs"))
		}
	}
	s.chartRates(sec, w, sides)
	return nil
}

// turn are the sides in the order of a round: every other one is the other way
// round, as what comes later may find the machine in another state.
func turn(sides []string, round int) []string {
	sides = slices.Clone(sides)
	if round%2 == 1 {
		slices.Reverse(sides)
	}
	return sides
}

// last is the newest sample of a metric of r.
func last(r *Row, metric string) float64 {
	m := r.Metric(metric)
	return m.Samples[len(m.Samples)-1]
}

// A drained is what became of a backlog.
type drained struct {
	rate float64
	cpu  time.Duration // of all processes
	lost int
}

// drain lets a side take the backlog, and adds what that took to r. Events that
// have no outcome, or are not acknowledged, are lost.
func (s *stand) drain(ctx context.Context, r *Row, t Take) (d drained, err error) {
	if err := Call(ctx, s.generator.Caller, "Listen", SinkSpec{NATS: s.settings, Events: s.Events, Patience: s.Patience}, new(Nothing)); err != nil {
		return d, err
	}
	before, err := s.used(ctx)
	if err != nil {
		return d, err
	}
	if err := s.begin(ctx, s.engine, t); err != nil {
		return d, err
	}
	began := time.Now() // with the consumer in place
	var got Sunk
	if err := Call(ctx, s.generator.Caller, "Wait", Nothing{}, &got); err != nil {
		return d, err
	}
	took := time.Since(began)
	after, err := s.used(ctx)
	if err != nil {
		return d, err
	}
	if err := s.end(ctx, s.engine, t.Side); err != nil {
		return d, err
	}
	left, err := s.acknowledged(ctx, t.Consumer)
	if err != nil {
		return d, err
	}
	spent := after.since(before)
	d = drained{float64(got.Ended()) / took.Seconds(), s.total(spent), max(s.Events-got.Ended(), left)}
	r.Add("rate", PerSecond, d.rate)
	s.spend(r, spent, s.Events)
	r.Add("failed", Count, float64(got.Failed))
	r.Add("dead", Count, float64(got.Dead))
	return d, nil
}

// chartRates draws the rates of all rounds.
func (s *stand) chartRates(sec *Section, w Workload, sides []string) {
	c := &Chart{Title: sec.Name + " " + w.Name, X: "round", Y: "events a second", XUnit: Count, YUnit: PerSecond}
	for _, side := range sides {
		l := Line{Name: side}
		for i, rate := range sec.Row(w.Name + "." + side).Metric("rate").Samples {
			l.Points = append(l.Points, [2]float64{float64(i + 1), rate})
		}
		c.Lines = append(c.Lines, l)
	}
	sec.Charts = append(sec.Charts, c)
}

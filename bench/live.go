package bench

import (
	"context"
	"fmt"
	"time"

	"github.com/seed66d9166c/express/transport"
)

// warmPart is the share of a live round, one in so many, that comes before what is
// measured.
const warmPart = 5

// live sends events as fast as those in flight allow.
func (s *stand) live(ctx context.Context, sec *Section, w Workload) error {
	return s.contest(ctx, sec, w, []string{Engine, Bare}, Load{N: s.Events, Warm: s.Events / warmPart, InFlight: s.InFlight, Until: Result})
}

// open sends events at a fixed rate.
func (s *stand) open(ctx context.Context, sec *Section, w Workload) error {
	return s.contest(ctx, sec, w, []string{Engine, Bare}, s.fixed(Result))
}

// sync sends requests at a fixed rate.
func (s *stand) sync(ctx context.Context, sec *Section, w Workload) error {
	return s.contest(ctx, sec, w, []string{Sync, Echo}, s.fixed(Answered))
}

// fixed is a Load at the rate of s, which lasts as long as s says.
func (s *stand) fixed(until string) Load {
	measured := int(s.Rate * s.Duration.Seconds())
	return Load{N: measured + measured/warmPart, Warm: measured / warmPart, Rate: s.Rate, Until: until}
}

// contest lets two sides take turns at the same load: ours and the baseline. A
// round in which none of the events ended is the last one.
func (s *stand) contest(ctx context.Context, sec *Section, w Workload, sides []string, l Load) error {
	outcome, err := w.outcome()
	if err != nil {
		return err
	}
	l.NATS, l.Events, l.Patience = s.settings, w.Events, s.Patience
	for _, side := range sides {
		sec.Row(w.Name + "." + side) // in this order
	}
	var curves []Latency
	for i := range s.Rounds {
		got := make(map[string]*Loaded)
		for _, side := range turn(sides, i) {
			t := Take{Side: side, Workload: w, Consumer: fmt.Sprintf("%s-%s-%d", sec.Name, side, i), Outcome: outcome}
			r := sec.Row(w.Name + "." + side)
			g, err := s.round(ctx, r, t, l)
			if err != nil {
				return fmt.Errorf("%s, round %d: %w", side, i+1, err)
			}
			fmt.Fprintf(s.Log, "%s %-6s round %d: %7.0f/s, p50 %s, p99 %s\n", w.Name, side, i+1, g.Rate,
				shortTime(g.Latency.P50), shortTime(g.Latency.P99))
			if g.Rate == 0 {
				return nil
			}
			got[side] = g
		}
		ours, base := got[sides[0]], got[sides[1]]
		curves = []Latency{ours.Latency, base.Latency}
		r := sec.Row(w.Name + "." + sides[0])
		if l.Rate == 0 {
			r.Add("ratio", Ratio, ratio(ours.Rate, base.Rate))
		}
		r.Add("p50_ratio", Ratio, ratio(float64(ours.Latency.P50), float64(base.Latency.P50)))
		r.Add("p99_ratio", Ratio, ratio(float64(ours.Latency.P99), float64(base.Latency.P99)))
	}
	sec.Charts = append(sec.Charts, latencyChart(sec.Name+" "+w.Name, sides, curves))
	return nil
}

// round sends a load to a side, and adds what became of it to r.
func (s *stand) round(ctx context.Context, r *Row, t Take, l Load) (*Loaded, error) {
	switch t.Side {
	case Sync:
		l.Subject = transport.SyncSubject(t.Workload.Name)
	case Echo:
		l.Subject = echoSubject
	default:
		l.Subject = eventSubject
		if err := s.stream(ctx); err != nil {
			return nil, err
		}
	}
	if err := s.begin(ctx, s.engine, t); err != nil {
		return nil, err
	}
	before, err := s.used(ctx)
	if err != nil {
		return nil, err
	}
	got := new(Loaded)
	if err := Call(ctx, s.generator.Caller, "Generate", l, got); err != nil {
		return nil, err
	}
	after, err := s.used(ctx)
	if err != nil {
		return nil, err
	}
	if err := s.end(ctx, s.engine, t.Side); err != nil {
		return nil, err
	}
	r.Add("rate", PerSecond, got.Rate)
	for _, p := range []struct {
		name string
		of   time.Duration
	}{{"p50", got.Latency.P50}, {"p90", got.Latency.P90}, {"p99", got.Latency.P99}, {"p99.9", got.Latency.P999}, {"most", got.Latency.Max}, {"late", got.Late}} {
		r.Add(p.name, Time, float64(p.of))
	}
	s.spend(r, after.since(before), max(got.Acknowledged, 1))
	r.Add("refused", Count, float64(l.N-got.Acknowledged))
	r.Add("failed", Count, float64(got.Failed))
	r.Add("dead", Count, float64(got.Dead))
	r.Add("lost", Count, float64(got.Lost()))
	return got, nil
}

// latencyChart draws the latencies of a round by percentile.
func latencyChart(title string, sides []string, curves []Latency) *Chart {
	c := &Chart{Title: title, X: "one event in so many is slower", Y: "latency", XUnit: Count, YUnit: Time, LogX: true, LogY: true}
	for i, side := range sides {
		l := Line{Name: side}
		for _, p := range curves[i].Curve {
			l.Points = append(l.Points, [2]float64{1 / (1 - p.Share), float64(max(p.Time, least))})
		}
		c.Lines = append(c.Lines, l)
	}
	return c
}

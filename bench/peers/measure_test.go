package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// A scripted is a side that was measured before: the rates of its loads, of which
// the last one stays.
type scripted struct {
	calls   *[]string
	name    string
	rates   []int
	output  string
	failing error
}

func (s *scripted) versions() map[string]string { return map[string]string{s.name: "1.0", "A": "2.0"} }
func (s *scripted) close() error                { return nil }
func (s *scripted) measure(_ context.Context, l load) (sample, error) {
	*s.calls = append(*s.calls, fmt.Sprint(s.name, " ", l.Workload, " ", l.Callers))
	rate := s.rates[0]
	if len(s.rates) > 1 {
		s.rates = s.rates[1:]
	}
	got := sample{Events: rate, Wall: time.Second, CPU: time.Second, P50: time.Millisecond, P99: 2 * time.Millisecond}
	if s.output != "" {
		got.Output = json.RawMessage(s.output)
	}
	return got, s.failing
}

// scriptedSides are ours and two peers, one of which may be missing, fail or err.
func scriptedSides(calls *[]string) []side {
	at := func(name, section string, callers []int, s scripted, goals ...string) side {
		return side{name, section, []string{"w1"}, callers, func(context.Context, *stand, side) (contestant, error) {
			s.calls, s.name = calls, name
			return &s, nil
		}, goals, name + " guarantees little"}
	}
	const right = `{"site":"plant-3","id":"e-000000000001","temp":21.75,"alarm":true}`
	missing := side{"gone", alone, []string{"w1"}, nil, func(context.Context, *stand, side) (contestant, error) {
		return nil, errors.New("npm is needed")
	}, nil, ""}
	return []side{
		at(ours, alone, nil, scripted{rates: []int{1, 1000, 3000, 2000}}),
		at("slow", alone, nil, scripted{rates: []int{1, 100}, output: right}, "w1.slow.times>=20", "w1.slow.times>=21"),
		at("wrong", alone, nil, scripted{rates: []int{1}, output: `{}`}),
		at("failing", alone, nil, scripted{rates: []int{1}, failing: errors.New("it is broken")}),
		missing,
		at(ours, stream, []int{1}, scripted{rates: []int{1, 4000}}),
		at("crowd", stream, nil, scripted{rates: []int{1, 1, 1000, 2000, 1000, 4000, 1000, 8000}, output: right}),
	}
}

func TestMeasure(t *testing.T) {
	var calls []string
	sides := scriptedSides(&calls)
	r, err := measure(t.Context(), options{sides: sides, root: ".", rounds: 3, log: t.Output()})
	if err != nil {
		t.Fatal(err)
	}
	wantCalls := []string{
		// to warm up, in which two fail; then every other round the other way round
		"express w1 1", "slow w1 1", "wrong w1 1", "failing w1 1",
		"slow w1 1", "express w1 1", "express w1 1", "slow w1 1", "slow w1 1", "express w1 1",
	}
	if diff := cmp.Diff(wantCalls, calls[:10]); diff != "" {
		t.Errorf("calls (-want +got):\n%s", diff)
	}
	wantMissing := []string{
		"gone: npm is needed",
		`wrong: w1 with 1 at a time: its output is {}, want {"id":"e-000000000001","site":"plant-3","temp":21.75,"alarm":true}`,
		"failing: w1 with 1 at a time: it is broken",
	}
	if diff := cmp.Diff(wantMissing, r.Missing); diff != "" {
		t.Errorf("missing (-want +got):\n%s", diff)
	}
	got := r.Sections[0].Row("w1.slow").Metric("times").Samples
	if want := []float64{10, 30, 20}; !slices.Equal(got, want) {
		t.Errorf("times of slow: %v, want %v", got, want)
	}
	// ours has no load of eight: it is compared by its rate with one
	crowd := r.Sections[1].Row("w1.crowd.8").Metric("times").Samples
	if want := []float64{2, 1, .5}; !slices.Equal(crowd, want) {
		t.Errorf("times of crowd with 8: %v, want %v", crowd, want)
	}
	if got := r.status(); got != 1 {
		t.Errorf("with sides that are missing: got status %d, want 1", got)
	}
	if r.Missing = nil; r.OK() || r.status() != 1 {
		t.Errorf("with a goal that is missed: got status %d, want 1", r.status())
	}
	if r.Verdicts = r.Verdicts[:1]; r.status() != 0 {
		t.Errorf("with a goal that is reached: got status %d, want 0", r.status())
	}
}

// Where no peer is left there is nothing to compare ours with.
func TestMeasureNobody(t *testing.T) {
	var calls []string
	sides := scriptedSides(&calls)
	r, err := measure(t.Context(), options{sides: []side{sides[0], sides[4]}, root: ".", rounds: 1, log: t.Output()})
	if err != nil {
		t.Fatal(err)
	}
	if len(calls) > 0 || len(r.Sections) > 0 || r.status() != 1 {
		t.Errorf("got the calls %v, %d sections and status %d, want none, none and 1", calls, len(r.Sections), r.status())
	}
}

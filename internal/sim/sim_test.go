package sim

import (
	"flag"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"
)

var (
	seeds = flag.Uint64("sim.seeds", 2000, "how many seeds to simulate")
	seed  = flag.Uint64("sim.seed", 0, "the only seed to simulate, with its timeline; 0 for sim.seeds of them")
	from  = flag.Uint64("sim.from", 1, "the first seed")
)

const (
	// together is how many simulations run in a bubble at a time: enough to keep the
	// processors busy.
	together = 64
	// batch is how many simulations a bubble has. Its time does not stand still, and
	// must not come to the end of what 64 bits of nanoseconds hold.
	batch = 5000
)

// TestSimulation runs the engine, over the model of its broker, through faults, and
// holds it to what is promised.
func TestSimulation(t *testing.T) {
	if testing.Short() {
		*seeds = min(*seeds, 200)
	}
	if *seed > 0 {
		bubble(t, func(t *testing.T) {
			r := Run(*seed)
			t.Log(r)
			if len(r.Broken) > 0 {
				t.Errorf("%q", r.Broken)
			}
		})
		return
	}
	for first := *from; first < *from+*seeds; first += batch {
		bubble(t, func(t *testing.T) {
			var running sync.WaitGroup
			slots := make(chan struct{}, together)
			for s := first; s < min(first+batch, *from+*seeds); s++ {
				slots <- struct{}{}
				running.Go(func() {
					defer func() { <-slots }()
					if r := Run(s); len(r.Broken) > 0 {
						t.Errorf("seed %d: %q\n%v", s, r.Broken, r)
					}
				})
			}
			running.Wait()
		})
	}
}

// TestStop tells a worker to stop that has fetched more than it can start.
func TestStop(t *testing.T) {
	bubble(t, func(t *testing.T) {
		s := &script{seed: 1, workers: 2, slots: 4}
		for i := range 20 {
			s.events = append(s.events, event{id: fmt.Sprint("event-", i), at: time.Second, of: &workflows[1]})
		}
		told := slices.IndexFunc(faults, func(f fault) bool { return f.name == toldToStop })
		s.faults = []occurrence{{fault: &faults[told], at: 5 * time.Second, of: time.Hour}}
		if r := run(s); len(r.Broken) > 0 {
			t.Errorf("%q\n%v", r.Broken, r)
		}
	})
}

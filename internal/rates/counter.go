package rates

import "github.com/seed66d9166c/express/transport/stats"

// A counter is one of those of an engine.
type counter struct {
	of              what
	workflow, state string
	status, error   string
}

// what is counted.
type what uint8

const (
	executions what = iota // by duration
	visits                 // of a state, by duration
	failures               // of attempts of a task
	retries
	redelivered
	buried
	emitted
	dropped
)

// counters are those of an engine, each with its buckets, of which those that
// are no durations have one.
func counters(s *stats.Snapshot) map[counter][]uint64 {
	all := make(map[counter][]uint64)
	number := func(c counter, n uint64) { all[c] = []uint64{n} }
	for _, w := range s.Workflows {
		for _, e := range w.Ended {
			all[counter{of: executions, workflow: w.Name, status: e.Status, error: e.Error}] = e.Counts
		}
		for _, x := range w.States {
			all[counter{of: visits, workflow: w.Name, state: x.Name}] = x.Visits.Counts
			number(counter{of: retries, workflow: w.Name, state: x.Name}, x.Retries)
			for _, a := range x.Attempts {
				if a.Error != "" {
					number(counter{of: failures, workflow: w.Name, state: x.Name, error: a.Error}, a.Count())
				}
			}
		}
		var again uint64
		for _, c := range w.Consumers {
			again += c.Redelivered
		}
		number(counter{of: redelivered, workflow: w.Name}, again)
		number(counter{of: buried, workflow: w.Name}, w.Buried)
	}
	number(counter{of: emitted}, s.Logs.Emitted)
	number(counter{of: dropped}, s.Logs.Dropped)
	return all
}

// more is by how much the buckets of now are above those of before. Counters do
// not go back; what does is no engine's, and counts from zero.
func more(now, before []uint64) []uint64 {
	d := make([]uint64, len(now))
	for i, n := range now {
		if d[i] = n; i < len(before) && before[i] <= n {
			d[i] -= before[i]
		}
	}
	return d
}

func total(counts []uint64) (n uint64) {
	for _, c := range counts {
		n += c
	}
	return n
}

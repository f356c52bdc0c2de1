package graph

import (
	"slices"

	"github.com/seed66d9166c/express/internal/records"
)

// Count is what executions did, by their records.
func Count(executions []*records.Execution) Stats {
	c := counting{make(Stats), make(map[string][]float64)}
	for _, x := range executions {
		c.thread(x.States, x.Status != "SUCCEEDED" && x.Status != "")
	}
	for name, s := range c.stats {
		if took := c.took[name]; len(took) > 0 {
			slices.Sort(took)
			s.Median, s.Worst = took[len(took)/2], took[len(took)-1]
		}
	}
	return c.stats
}

type counting struct {
	stats Stats
	took  map[string][]float64 // seconds, by state
}

// thread counts the visits of an execution, a branch or an iteration; failed
// says that it ended in an error.
func (c *counting) thread(visits []*records.Span, failed bool) {
	for i, v := range visits {
		s := c.stats[v.State]
		if s == nil {
			s = &State{To: make(map[string]uint64)}
			c.stats[v.State] = s
		}
		s.Entered++
		s.Retried += uint64(max(v.Attempts-1, 0))
		switch {
		case i+1 < len(visits):
			s.To[visits[i+1].State]++
		case v.Done:
			s.To[""]++
		case failed:
			s.Failed++
		}
		if v.Done {
			c.took[v.State] = append(c.took[v.State], v.End.Sub(v.Start).Seconds())
		}
		parts := make(map[int][]*records.Span)
		for _, in := range v.Inner {
			parts[in.Index] = append(parts[in.Index], in)
		}
		for _, p := range parts {
			c.thread(p, !v.Done)
		}
	}
}

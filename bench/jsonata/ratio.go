package main

import "slices"

// A row is a case as it was measured.
type row struct {
	ID         string  `json:"id"`
	Kind       string  `json:"kind"`
	Expression string  `json:"expression"`
	Text       bool    `json:"text"`
	Allocs     float64 `json:"allocs"` // of ours, in one evaluation
	Ours       []cost  `json:"ours"`   // a round each
	Theirs     []cost  `json:"theirs"`
}

// A clock is one of the two times of a cost.
type clock func(cost) float64

func byCPU(c cost) float64  { return c.CPU }
func byWall(c cost) float64 { return c.Wall }

// A spread is what several rounds gave.
type spread struct {
	Median float64 `json:"median"`
	Least  float64 `json:"least"`
	Most   float64 `json:"most"`
}

func spreadOf(f []float64) spread {
	s := slices.Sorted(slices.Values(f))
	n := len(s)
	return spread{Median: (s[(n-1)/2] + s[n/2]) / 2, Least: s[0], Most: s[n-1]}
}

func spreadBy(by clock, costs []cost) spread {
	f := make([]float64, len(costs))
	for i, c := range costs {
		f[i] = by(c)
	}
	return spreadOf(f)
}

// times is how many times ours their time is, round by round.
func (r *row) times(by clock) spread {
	f := make([]float64, len(r.Ours))
	for i := range f {
		f[i] = by(r.Theirs[i]) / by(r.Ours[i])
	}
	return spreadOf(f)
}

// A summary is the times of some rows: the median, and the least with its case.
type summary struct {
	Median float64 `json:"median"`
	Least  float64 `json:"least"`
	Case   string  `json:"case"`
}

// summarize is the summary of rows, of which there is at least one.
func summarize(by clock, rows []row) summary {
	times := make([]float64, len(rows))
	for i := range rows {
		times[i] = rows[i].times(by).Median
	}
	s := spreadOf(times)
	return summary{Median: s.Median, Least: s.Least, Case: rows[slices.Index(times, s.Least)].ID}
}

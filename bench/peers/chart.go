package main

import "github.com/seed66d9166c/express/bench"

// A place is where a load is on the x axis.
type place struct {
	x float64
	load
}

// draw draws the rates: over the callers, a chart a workload; or, where there is
// always one of those, over the workloads.
func (c *contest) draw() {
	var over []place
	for i, w := range bench.Workloads() {
		if c.callers == "" {
			over = append(over, place{float64(i + 1), load{Workload: w.Name}})
			continue
		}
		var callers []place
		for _, l := range c.loads {
			callers = append(callers, place{float64(l.Callers), load{Workload: w.Name, Callers: l.Callers}})
		}
		c.chart(&bench.Chart{Title: "peers " + c.name + " " + w.Name, X: c.callers, LogX: true}, callers)
	}
	c.chart(&bench.Chart{Title: "peers " + c.name, X: "workload"}, over)
}

// chart adds a chart with a line for each side that was measured in one of the
// places.
func (c *contest) chart(of *bench.Chart, over []place) {
	of.Y, of.XUnit, of.YUnit, of.LogY = "executions a second", bench.Count, bench.PerSecond, true
	for _, e := range c.entrants {
		l := bench.Line{Name: e.name}
		for _, p := range over {
			for _, r := range c.rows.Rows {
				if m := r.Metric("rate"); m != nil && r.Name == c.row(e.side, p.load) {
					l.Points = append(l.Points, [2]float64{p.x, m.Median()})
				}
			}
		}
		if l.Points != nil {
			of.Lines = append(of.Lines, l)
		}
	}
	if of.Lines != nil {
		c.rows.Charts = append(c.rows.Charts, of)
	}
}

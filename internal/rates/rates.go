// Package rates makes rates and latencies of what engines have counted, and draws
// them as a table for a terminal.
package rates

import (
	"maps"
	"slices"
	"time"

	"github.com/seed66d9166c/express/internal/telemetry/text"
	"github.com/seed66d9166c/express/transport/stats"
)

// A View is what engines did between two looks at them.
type View struct {
	Time      time.Time `json:"time"` // of the second one
	Engines   int       `json:"engines"`
	Total     Row       `json:"total"` // executions of all workflows
	Workflows []Row     `json:"workflows"`
	Logs      Logs      `json:"logs"`
	LeftOut   int       `json:"states_left_out,omitempty"` // that engines had no room for
}

// A Row is what happened to the executions of a workflow, or in one of its
// states. Fractions are a second.
type Row struct {
	Name      string `json:"name,omitempty"`
	Type      string `json:"type,omitempty"` // of a state
	*Delivery        // nil for a state

	Rate    float64            `json:"rate"`   // executions that ended, visits of a state that came to their end
	Failed  float64            `json:"failed"` // executions that failed or timed out, attempts of a task that failed
	Errors  map[string]float64 `json:"errors,omitempty"`
	Retries float64            `json:"retries"`
	Latency *Latency           `json:"latency,omitempty"` // nil if nothing has ended
	States  []Row              `json:"states,omitempty"`

	took histogram
}

// A Delivery is what becomes of the events of a workflow.
type Delivery struct {
	Active         int64              `json:"active"`          // executions that have not ended
	Pending        int64              `json:"pending"`         // events that were not delivered yet
	Unacknowledged int64              `json:"unacknowledged"`  // events that were delivered, and not acknowledged yet
	Ended          map[string]float64 `json:"ended,omitempty"` // executions by status
	Redelivered    float64            `json:"redelivered"`
	Buried         float64            `json:"buried"` // events that went to the dead letters
}

// A Latency is how long executions or visits of states took, in seconds.
type Latency struct {
	P50 float64 `json:"p50"`
	P95 float64 `json:"p95"`
	P99 float64 `json:"p99"`
}

// Logs are log records.
type Logs struct {
	Rate        float64 `json:"rate"`         // that were made, a second
	DroppedRate float64 `json:"dropped_rate"` // a second
	Dropped     uint64  `json:"dropped"`      // since the engines started
	Waiting     int64   `json:"waiting"`
}

// forgetAfter is for how long an engine that does not answer is remembered: its
// next answer is compared with the last one.
const forgetAfter = time.Minute

// A Meter compares what engines say with what they said before. The zero value
// is one that has heard of none.
type Meter struct {
	last map[string]look // by Start of the engine
	at   time.Time       // of the last look
}

// A look is what an engine said.
type look struct {
	up       time.Duration
	counters map[counter][]uint64
	at       time.Time
}

// Look is what happened since the last look by those engines that answered both
// times, or that started in between: how often is known from the second look on.
func (m *Meter) Look(now time.Time, all []stats.Snapshot) *View {
	t := tally{
		View:      &View{Time: now, Engines: len(all), Total: Row{Delivery: new(Delivery)}},
		workflows: make(map[string]*Row),
		states:    make(map[[2]string]*Row),
	}
	if m.last == nil {
		m.last = make(map[string]look)
	}
	for i := range all {
		s := &all[i]
		t.present(s)
		is, seconds := look{s.Up, counters(s), now}, 0.
		was, known := m.last[s.Start]
		switch {
		case known:
			seconds = (is.up - was.up).Seconds()
		case !m.at.IsZero() && s.Up <= now.Sub(m.at):
			seconds = now.Sub(m.at).Seconds()
		}
		if seconds > 0 {
			for c, n := range is.counters {
				t.happened(c, more(n, was.counters[c]), s.Bounds, seconds)
			}
		}
		m.last[s.Start] = is
	}
	maps.DeleteFunc(m.last, func(_ string, l look) bool { return now.Sub(l.at) >= forgetAfter })
	m.at = now
	return t.view()
}

// A tally adds up a View.
type tally struct {
	*View
	workflows map[string]*Row
	states    map[[2]string]*Row // by workflow and state
}

func (t *tally) workflow(name string) *Row {
	r := t.workflows[name]
	if r == nil {
		r = &Row{Name: text.Name(name), Delivery: new(Delivery)}
		t.workflows[name] = r
	}
	return r
}

func (t *tally) state(workflow, name string) *Row {
	key := [2]string{workflow, name}
	r := t.states[key]
	if r == nil {
		r = &Row{Name: text.Name(name)}
		t.states[key] = r
	}
	return r
}

// present adds what is now.
func (t *tally) present(s *stats.Snapshot) {
	t.LeftOut += s.LeftOut
	t.Logs.Dropped += s.Logs.Dropped
	t.Logs.Waiting += s.Logs.Waiting
	for _, w := range s.Workflows {
		r := t.workflow(w.Name)
		r.Active += w.Active
		var pending, unacknowledged int64
		for _, c := range w.Consumers {
			pending += c.Pending
			unacknowledged += c.Unacknowledged
		}
		r.Pending = max(r.Pending, pending) // which all engines see
		r.Unacknowledged = max(r.Unacknowledged, unacknowledged)
		for _, x := range w.States {
			t.state(w.Name, x.Name).Type = text.Name(x.Type)
		}
	}
}

// happened adds what came to a counter in so many seconds.
func (t *tally) happened(c counter, counts []uint64, bounds []time.Duration, seconds float64) {
	n := float64(total(counts))
	if n == 0 {
		return
	}
	rate := n / seconds
	switch c.of {
	case executions:
		for _, r := range []*Row{t.workflow(c.workflow), &t.Total} {
			r.Rate += rate
			r.took.add(bounds, counts)
			plus(&r.Ended, c.status, rate)
			if c.status == "FAILED" || c.status == "TIMED_OUT" {
				r.failed(c.error, rate)
			}
		}
	case visits:
		r := t.state(c.workflow, c.state)
		r.Rate += rate
		r.took.add(bounds, counts)
	case failures:
		t.state(c.workflow, c.state).failed(c.error, rate)
	case retries:
		for _, r := range []*Row{t.state(c.workflow, c.state), t.workflow(c.workflow), &t.Total} {
			r.Retries += rate
		}
	case redelivered:
		t.workflow(c.workflow).Redelivered += rate
		t.Total.Redelivered += rate
	case buried:
		t.workflow(c.workflow).Buried += rate
		t.Total.Buried += rate
	case emitted:
		t.Logs.Rate += rate
	case dropped:
		t.Logs.DroppedRate += rate
	}
}

func (r *Row) failed(name string, rate float64) {
	r.Failed += rate
	plus(&r.Errors, text.Name(name), rate)
}

func plus(all *map[string]float64, name string, n float64) {
	if *all == nil {
		*all = make(map[string]float64)
	}
	(*all)[name] += n
}

// view is t, by name.
func (t *tally) view() *View {
	t.Total.Latency = t.Total.took.latency()
	for key, s := range t.states {
		s.Latency = s.took.latency()
		w := t.workflow(key[0])
		w.States = append(w.States, *s)
	}
	t.Workflows = []Row{}
	for _, name := range slices.Sorted(maps.Keys(t.workflows)) {
		w := t.workflows[name]
		w.Latency = w.took.latency()
		t.Total.Active += w.Active
		t.Total.Pending += w.Pending
		t.Total.Unacknowledged += w.Unacknowledged
		t.Workflows = append(t.Workflows, *w)
	}
	t.Sort(&Columns[0])
	return t.View
}

package metrics

import (
	"slices"

	"go.opentelemetry.io/otel/attribute"

	"github.com/seed66d9166c/express/internal/telemetry/semconv"
	"github.com/seed66d9166c/express/transport/stats"
)

// Snapshot is what was counted so far, for who asks the engine; its name, and
// when it started, are not known here.
func (m *Metrics) Snapshot() stats.Snapshot {
	s := shown{workflows: make(map[string]*workflowShown)}
	for i, points := range m.collect() {
		if show := shows[Instrument(i)]; show != nil {
			for _, p := range points {
				show(&s, p)
			}
		}
	}
	return s.snapshot()
}

// shown is a stats.Snapshot in the making.
type shown struct {
	workflows map[string]*workflowShown
	logs      stats.Logs
}

type workflowShown struct {
	stats.Workflow
	states    map[string]*stats.State
	consumers map[string]*stats.Consumer
}

// shows is a row each instrument of which values are shown.
var shows = map[Instrument]func(*shown, *point){
	ExecutionActive: func(s *shown, p *point) { s.workflow(p).Active += p.number },
	ExecutionDuration: func(s *shown, p *point) {
		w := s.workflow(p)
		w.Ended = append(w.Ended, stats.Ended{Status: p.name(semconv.Status), Error: p.name(semconv.Error), Durations: p.durations()})
	},
	StateDuration: func(s *shown, p *point) {
		state := s.state(p)
		state.Type = p.name(semconv.StateType)
		state.Visits.Add(p.durations()) // a state that became one of another type has two series
	},
	TaskDuration: func(s *shown, p *point) {
		state := s.state(p)
		state.Attempts = append(state.Attempts, stats.Attempt{Error: p.name(semconv.Error), Durations: p.durations()})
	},
	TaskRetry:              func(s *shown, p *point) { s.state(p).Retries += uint64(p.number) },
	ConsumerPending:        func(s *shown, p *point) { s.consumer(p).Pending = p.number },
	ConsumerUnacknowledged: func(s *shown, p *point) { s.consumer(p).Unacknowledged = p.number },
	MessageRedelivered:     func(s *shown, p *point) { s.consumer(p).Redelivered += uint64(p.number) },
	MessageBuried:          func(s *shown, p *point) { s.workflow(p).Buried += uint64(p.number) },
	LogEmitted:             func(s *shown, p *point) { s.logs.Emitted += uint64(p.number) },
	LogExported:            func(s *shown, p *point) { s.logs.Exported += uint64(p.number) },
	LogDropped:             func(s *shown, p *point) { s.logs.Dropped += uint64(p.number) },
	LogWaiting:             func(s *shown, p *point) { s.logs.Waiting += p.number },
}

func (s *shown) workflow(p *point) *workflowShown {
	name := p.name(semconv.Workflow)
	w := s.workflows[name]
	if w == nil {
		w = &workflowShown{
			Workflow:  stats.Workflow{Name: name},
			states:    make(map[string]*stats.State),
			consumers: make(map[string]*stats.Consumer),
		}
		s.workflows[name] = w
	}
	return w
}

func (s *shown) state(p *point) *stats.State {
	w, name := s.workflow(p), p.name(semconv.State)
	if w.states[name] == nil {
		w.states[name] = &stats.State{Name: name}
	}
	return w.states[name]
}

func (s *shown) consumer(p *point) *stats.Consumer {
	w, name := s.workflow(p), p.name(semconv.Group)
	if w.consumers[name] == nil {
		w.consumers[name] = &stats.Consumer{Name: name}
	}
	return w.consumers[name]
}

func (s *shown) snapshot() stats.Snapshot {
	out := stats.Snapshot{Bounds: bounds[:], Logs: s.logs}
	for _, w := range s.workflows {
		for _, state := range w.states {
			w.States = append(w.States, *state)
		}
		for _, c := range w.consumers {
			w.Consumers = append(w.Consumers, *c)
		}
		out.Workflows = append(out.Workflows, w.Workflow)
	}
	return out
}

// name is the value of an attribute: "" where the series has none, and
// semconv.Other for all of the one that stands for those beyond the limit.
func (p *point) name(key attribute.Key) string {
	if p.of.Equals(&overflow) {
		return semconv.Other
	}
	v, _ := p.of.Value(key)
	return v.AsString()
}

// durations are those of p, without empty buckets at the end.
func (p *point) durations() stats.Durations {
	counts := p.counts[:]
	for len(counts) > 0 && counts[len(counts)-1] == 0 {
		counts = counts[:len(counts)-1]
	}
	return stats.Durations{Sum: p.sum, Counts: slices.Clone(counts)}
}

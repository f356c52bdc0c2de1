// Package stats shows what engines have counted to who asks, over core NATS: who
// wants to know asks on [Subject], and every engine of the account answers. An
// engine that nobody asks does nothing for it.
//
// Counts only grow, from the start of an engine on: who asks twice knows what
// happened in between.
package stats

import "time"

// Subject is where engines are asked.
const Subject = "express.stats"

// A Snapshot is what an engine has counted since it started.
type Snapshot struct {
	Engine string        `json:"engine"` // its name
	Start  string        `json:"start"`  // differs from one start of an engine to the next, and between engines
	Up     time.Duration `json:"up"`     // since it started
	// Bounds are the upper ends of the buckets of all Durations; the last bucket
	// has none.
	Bounds    []time.Duration `json:"bounds"`
	Workflows []Workflow      `json:"workflows"`
	Logs      Logs            `json:"logs"`
	// LeftOut is how many states there was no room for.
	LeftOut int `json:"left_out,omitempty"`
}

// A Workflow is what became of the executions of a workflow.
type Workflow struct {
	Name      string     `json:"name"`
	Active    int64      `json:"active"` // have not ended
	Ended     []Ended    `json:"ended,omitempty"`
	States    []State    `json:"states,omitempty"`
	Consumers []Consumer `json:"consumers,omitempty"`
	Buried    uint64     `json:"buried,omitempty"` // events that went to the dead letters
}

// Ended are executions that ended alike.
type Ended struct {
	Status string `json:"status"`          // as on AWS: FAILED
	Error  string `json:"error,omitempty"` // its name
	Durations
}

// A State is what happened in a state that can wait: a Task, Wait, Map or
// Parallel state.
type State struct {
	Name     string    `json:"name"`
	Type     string    `json:"type,omitempty"`
	Visits   Durations `json:"visits"` // that came to their end
	Attempts []Attempt `json:"attempts,omitempty"`
	Retries  uint64    `json:"retries,omitempty"` // attempts that followed one which failed
}

// An Attempt is the attempts of a task that went alike.
type Attempt struct {
	Error string `json:"error,omitempty"` // its name, "" if they succeeded
	Durations
}

// A Consumer is what a workflow's events come from. What waits there is the same
// to all engines.
type Consumer struct {
	Name           string `json:"name"`
	Pending        int64  `json:"pending"`        // not delivered yet
	Unacknowledged int64  `json:"unacknowledged"` // delivered, to any engine
	Redelivered    uint64 `json:"redelivered"`    // deliveries to this engine but first ones
}

// Logs are log records.
type Logs struct {
	Emitted  uint64 `json:"emitted"`
	Exported uint64 `json:"exported"`
	Dropped  uint64 `json:"dropped"`
	Waiting  int64  `json:"waiting"`
}

// Durations are how long things took: how many fell into each bucket, without
// the empty ones at the end.
type Durations struct {
	Sum    time.Duration `json:"sum"`
	Counts []uint64      `json:"counts,omitempty"`
}

// Count is how many there were.
func (d Durations) Count() (n uint64) {
	for _, c := range d.Counts {
		n += c
	}
	return n
}

// Add adds durations that were counted in the same buckets.
func (d *Durations) Add(o Durations) {
	d.Sum += o.Sum
	for i, n := range o.Counts {
		if i == len(d.Counts) {
			d.Counts = append(d.Counts, 0)
		}
		d.Counts[i] += n
	}
}

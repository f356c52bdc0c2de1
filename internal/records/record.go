// Package records reads the log records of executions back: those that a
// collector wrote, and those that the engine prints or sends to who watches. An
// execution can be drawn again from its records.
package records

import (
	"cmp"
	"time"
)

// A Record is an event of an execution. In JSON it is one flat object, which is
// also how records are printed and sent to who watches.
type Record struct {
	Time       time.Time `json:"time"`
	Workflow   string    `json:"workflow,omitempty"`
	Version    string    `json:"version,omitempty"`
	Execution  string    `json:"execution"` // name
	ARN        string    `json:"arn,omitempty"`
	Attempt    int       `json:"attempt,omitempty"` // delivery of the event that started it, from 1
	ID         uint64    `json:"id"`
	Prev       uint64    `json:"previous"`
	Type       string    `json:"type"` // as on AWS: TaskStateEntered
	State      string    `json:"state,omitempty"`
	StateType  string    `json:"state_type,omitempty"`
	Error      string    `json:"error,omitempty"`
	Cause      string    `json:"cause,omitempty"`
	Input      string    `json:"input,omitempty"` // JSON, as the next three: with includeExecutionData alone
	Output     string    `json:"output,omitempty"`
	Parameters string    `json:"parameters,omitempty"`
	Variables  string    `json:"variables,omitempty"`
	Resource   string    `json:"resource,omitempty"`
	Service    string    `json:"service,omitempty"`
	Timeout    float64   `json:"timeout,omitempty"`   // seconds
	Heartbeat  float64   `json:"heartbeat,omitempty"` // seconds
	Role       string    `json:"role,omitempty"`
	Length     int       `json:"length,omitempty"` // of a Map's items
	Index      int       `json:"index,omitempty"`  // of an iteration
	Location   string    `json:"location,omitempty"`
}

// attributes is a row for each attribute of a log record: where it goes.
var attributes = map[string]func(*Record) any{
	"express.state_machine.name":        func(r *Record) any { return &r.Workflow },
	"express.state_machine.version":     func(r *Record) any { return &r.Version },
	"express.execution.name":            func(r *Record) any { return &r.Execution },
	"express.execution.arn":             func(r *Record) any { return &r.ARN },
	"express.execution.attempt":         func(r *Record) any { return &r.Attempt },
	"express.history.event.id":          func(r *Record) any { return &r.ID },
	"express.history.event.previous_id": func(r *Record) any { return &r.Prev },
	"express.history.event.type":        func(r *Record) any { return &r.Type },
	"express.state.name":                func(r *Record) any { return &r.State },
	"express.state.type":                func(r *Record) any { return &r.StateType },
	"error.type":                        func(r *Record) any { return &r.Error },
	"express.error.cause":               func(r *Record) any { return &r.Cause },
	"express.input":                     func(r *Record) any { return &r.Input },
	"express.output":                    func(r *Record) any { return &r.Output },
	"express.task.parameters":           func(r *Record) any { return &r.Parameters },
	"express.assigned_variables":        func(r *Record) any { return &r.Variables },
	"express.task.resource":             func(r *Record) any { return &r.Resource },
	"express.task.resource_type":        func(r *Record) any { return &r.Service },
	"express.task.timeout":              func(r *Record) any { return &r.Timeout },
	"express.task.heartbeat":            func(r *Record) any { return &r.Heartbeat },
	"express.task.role":                 func(r *Record) any { return &r.Role },
	"express.map.length":                func(r *Record) any { return &r.Length },
	"express.map.index":                 func(r *Record) any { return &r.Index },
	"express.evaluation.location":       func(r *Record) any { return &r.Location },
}

// A run is one delivery of one execution.
type run struct {
	execution string
	attempt   int
}

func (r *Record) run() run { return run{cmp.Or(r.ARN, r.Workflow+" "+r.Execution), r.Attempt} }

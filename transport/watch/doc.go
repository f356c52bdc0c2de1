// Package watch shows what executions do to who watches, over core NATS, while
// somebody does: engines send records of events to the inboxes of watchers, and
// send nothing, and make no record, when there is none.
//
// A watcher says what it wants to see on [Subject], again and again; every
// engine takes it for there until it has not heard of it for [Lease]. Records
// come in batches, a line of JSON each. What a watcher, or the way to it, is too
// slow for is left out and counted: executions are never held up.
package watch

import (
	"strings"
	"time"

	"github.com/seed66d9166c/express/internal/records"
)

const (
	// Subject is where watchers say what they want to see.
	Subject = "express.watch"
	// Lease is for how long an engine remembers a watcher that it does not hear.
	Lease = 6 * time.Second
	// renewEvery leaves room for one renewal to be lost.
	renewEvery = 2 * time.Second
)

// A Filter says what a watcher wants to see. The zero value is everything.
type Filter struct {
	Workflow string `json:"workflow,omitempty"`
	// Status is how executions ended, as on AWS: FAILED. With one, their events are
	// seen once they have ended.
	Status string `json:"status,omitempty"`
	// Ends is for the last event of each execution alone.
	Ends bool `json:"ends,omitempty"`
}

// A hello is what a watcher says.
type hello struct {
	Inbox string `json:"inbox"`
	Filter
	Bye bool `json:"bye,omitempty"`
}

// headerLeft is the header of a batch that says how many records were left out
// before it.
const headerLeft = "Express-Left-Out"

// ends reports whether a record is an execution's last.
func ends(r *records.Record) bool {
	return strings.HasPrefix(r.Type, "Execution") && r.Type != "ExecutionStarted"
}

package express

import (
	"context"
	"strings"
	"time"

	"github.com/seed66d9166c/express/express/program"
	"github.com/seed66d9166c/express/express/value"
)

// A Recorder receives the events of executions. It is safe for concurrent use.
type Recorder interface {
	// Open is called once an execution, before its first event; nil records
	// nothing of it. s is valid until the Log is closed.
	Open(ctx context.Context, m *Machine, s *Start) Log
}

// A Log belongs to one execution; its branches share it, so Record must be safe
// for concurrent use. Record must not keep e, and blocks only where the
// workflow's setting says so. Close hands over the outcome; its channel, which
// may be nil, reports acceptance or export where the completion level needs it.
type Log interface {
	Enabled(t EventType) bool
	Record(e *Event)
	Close(o *Outcome) <-chan error
}

// Tracing is what a Log is that makes spans of an execution's events.
type Tracing interface {
	// TaskTrace is the trace header, in the form of Start.Trace, for the service
	// that performs the task whose Scheduled event has this id; "" leaves it that
	// of the start.
	TaskTrace(scheduled uint64) string
}

// An Event is one thing that happened in an execution. Ids are taken whether or
// not an event is enabled: gaps show, and causes cite them. EventType.Has says
// which of its fields AWS shows.
type Event struct {
	ID, Prev            uint64
	Type                EventType
	Time                time.Time
	State               string      // of the thread that it happened in
	Input, Output, Vars value.Value // apart, so that includeExecutionData can drop them
	Task                *program.Task
	Timeout, Heartbeat  time.Duration // of a task, 0 for none
	Role                string        // of a task's Credentials, "" for none
	Index, Length       int           // the branch or iteration that it happened in, from 0; and how many a Map has
	Location            string        // of an expression that failed: its field, "" for none
	Err                 *Error        // also why an iteration, a Map or a Parallel state failed, which AWS does not show

	// Entered and Outer are the ids of the events that entered the state, and the
	// Parallel or Map state around it: where an event stands. 0 is none.
	Entered, Outer uint64
	Retry          int // of this visit of the state, from 0
	// Since is when what ends with the event began: the attempt of a task, else
	// the state. It is zero where nobody has looked at the clock then.
	Since time.Time
}

// An EventType is a type of event in AWS's execution history.
type EventType uint8

// The types of states have the same order here as in package program.
const (
	ExecutionStarted EventType = iota
	ExecutionSucceeded
	ExecutionFailed
	ExecutionTimedOut
	ExecutionAborted

	TaskStateEntered
	ParallelStateEntered
	MapStateEntered
	PassStateEntered
	WaitStateEntered
	ChoiceStateEntered
	SucceedStateEntered
	FailStateEntered

	TaskStateExited
	ParallelStateExited
	MapStateExited
	PassStateExited
	WaitStateExited
	ChoiceStateExited
	SucceedStateExited

	TaskStateAborted
	ParallelStateAborted
	MapStateAborted
	WaitStateAborted

	TaskScheduled
	TaskStarted
	TaskSubmitted
	TaskSucceeded
	TaskFailed
	TaskTimedOut

	LambdaFunctionScheduled
	LambdaFunctionStarted
	LambdaFunctionSucceeded
	LambdaFunctionFailed
	LambdaFunctionTimedOut

	ParallelStateStarted
	ParallelStateSucceeded
	ParallelStateFailed

	MapStateStarted
	MapStateSucceeded
	MapStateFailed
	MapIterationStarted
	MapIterationSucceeded
	MapIterationFailed
	MapIterationAborted

	EvaluationFailed

	eventEnd
)

// NumEvents is how many types of events there are; they count from 0.
const NumEvents = eventEnd

// Details are the fields of an Event that AWS shows of it.
type Details uint16

const (
	HasName     Details = 1 << iota // State, as "name"
	HasState                        // State, as "state"
	HasInput                        // Input, as "input"
	HasArgs                         // Input, as "parameters"
	HasOutput                       // Output
	HasVars                         // Vars, as "assignedVariables"
	HasError                        // Err
	HasResource                     // Task.Resource, as "resource"
	HasService                      // Task.Service and Action, as "resourceType" and "resource"
	HasLimits                       // Timeout, Heartbeat and Role
	HasLength                       // Length
	HasIndex                        // Index
	HasLocation                     // Location
	HasRole                         // of the machine, as "roleArn"
)

type eventRow struct {
	name  string
	level Level // the lowest that logs it
	has   Details
}

const (
	entered = HasName | HasInput
	exited  = HasName | HasOutput | HasVars
)

// events is a row an EventType: sections of AWS's guide and API model for
// HistoryEvent and for logging of Express Workflows.
var events = [eventEnd]eventRow{
	ExecutionStarted:   {"ExecutionStarted", LevelAll, HasInput | HasRole},
	ExecutionSucceeded: {"ExecutionSucceeded", LevelAll, HasOutput},
	ExecutionFailed:    {"ExecutionFailed", LevelFatal, HasError},
	ExecutionTimedOut:  {"ExecutionTimedOut", LevelFatal, HasError},
	ExecutionAborted:   {"ExecutionAborted", LevelFatal, HasError},

	TaskStateEntered:     {"TaskStateEntered", LevelAll, entered},
	ParallelStateEntered: {"ParallelStateEntered", LevelAll, entered},
	MapStateEntered:      {"MapStateEntered", LevelAll, entered},
	PassStateEntered:     {"PassStateEntered", LevelAll, entered},
	WaitStateEntered:     {"WaitStateEntered", LevelAll, entered},
	ChoiceStateEntered:   {"ChoiceStateEntered", LevelAll, entered},
	SucceedStateEntered:  {"SucceedStateEntered", LevelAll, entered},
	FailStateEntered:     {"FailStateEntered", LevelError, entered},

	TaskStateExited:     {"TaskStateExited", LevelAll, exited},
	ParallelStateExited: {"ParallelStateExited", LevelAll, exited},
	MapStateExited:      {"MapStateExited", LevelAll, exited},
	PassStateExited:     {"PassStateExited", LevelAll, exited},
	WaitStateExited:     {"WaitStateExited", LevelAll, exited},
	ChoiceStateExited:   {"ChoiceStateExited", LevelAll, exited},
	SucceedStateExited:  {"SucceedStateExited", LevelAll, exited},

	TaskStateAborted:     {"TaskStateAborted", LevelError, 0},
	ParallelStateAborted: {"ParallelStateAborted", LevelError, 0},
	MapStateAborted:      {"MapStateAborted", LevelError, 0},
	WaitStateAborted:     {"WaitStateAborted", LevelError, 0},

	TaskScheduled: {"TaskScheduled", LevelAll, HasService | HasArgs | HasLimits},
	TaskStarted:   {"TaskStarted", LevelAll, HasService},
	TaskSubmitted: {"TaskSubmitted", LevelAll, HasService | HasOutput},
	TaskSucceeded: {"TaskSucceeded", LevelAll, HasService | HasOutput},
	TaskFailed:    {"TaskFailed", LevelError, HasService | HasError},
	TaskTimedOut:  {"TaskTimedOut", LevelError, HasService | HasError},

	LambdaFunctionScheduled: {"LambdaFunctionScheduled", LevelAll, HasResource | HasInput | HasLimits},
	LambdaFunctionStarted:   {"LambdaFunctionStarted", LevelAll, 0},
	LambdaFunctionSucceeded: {"LambdaFunctionSucceeded", LevelAll, HasOutput},
	LambdaFunctionFailed:    {"LambdaFunctionFailed", LevelError, HasError},
	LambdaFunctionTimedOut:  {"LambdaFunctionTimedOut", LevelError, HasError},

	ParallelStateStarted:   {"ParallelStateStarted", LevelAll, 0},
	ParallelStateSucceeded: {"ParallelStateSucceeded", LevelAll, 0},
	ParallelStateFailed:    {"ParallelStateFailed", LevelError, 0},

	MapStateStarted:       {"MapStateStarted", LevelAll, HasLength},
	MapStateSucceeded:     {"MapStateSucceeded", LevelAll, 0},
	MapStateFailed:        {"MapStateFailed", LevelError, 0},
	MapIterationStarted:   {"MapIterationStarted", LevelAll, HasName | HasIndex},
	MapIterationSucceeded: {"MapIterationSucceeded", LevelAll, HasName | HasIndex},
	MapIterationFailed:    {"MapIterationFailed", LevelError, HasName | HasIndex},
	MapIterationAborted:   {"MapIterationAborted", LevelError, HasName | HasIndex},

	EvaluationFailed: {"EvaluationFailed", LevelError, HasState | HasError | HasLocation}, // in no published table
}

// EventTypes are all types of events.
func EventTypes() []EventType {
	all := make([]EventType, eventEnd)
	for i := range all {
		all[i] = EventType(i)
	}
	return all
}

// String is the name of t in AWS's execution history.
func (t EventType) String() string { return events[t].name }

// Has reports which fields of an event of type t AWS shows.
func (t EventType) Has() Details { return events[t].has }

// LogName is the name of t as a log record: "express.task.state.entered".
func (t EventType) LogName() string { return logNames[t] }

var logNames = func() (names [eventEnd]string) {
	for t, row := range events {
		var b strings.Builder
		b.WriteString("express")
		for _, c := range row.name {
			if c >= 'A' && c <= 'Z' {
				b.WriteByte('.')
				c += 'a' - 'A'
			}
			b.WriteRune(c)
		}
		names[t] = b.String()
	}
	return names
}()

// A Level says which events of a workflow are logged.
type Level uint8

const (
	LevelOff Level = iota
	LevelFatal
	LevelError
	LevelAll
)

var levels = [...]string{"OFF", "FATAL", "ERROR", "ALL"}

// String is the name of l in AWS's logging configuration.
func (l Level) String() string { return levels[l] }

// Logs reports whether events of type t are logged at level l.
func (l Level) Logs(t EventType) bool { return events[t].level <= l }

// ParseLevel is the level that String calls s.
func ParseLevel(s string) (l Level, ok bool) {
	for i, name := range levels {
		if name == s {
			return Level(i), true
		}
	}
	return 0, false
}

// emit takes the id of an event. e is nil where nobody wants it; else the caller
// fills in what it has and records it.
func (x *execution) emit(t EventType, prev uint64) (id uint64, e *Event) {
	id = x.run.ids.Add(1)
	if x.run.log == nil || !x.run.log.Enabled(t) {
		return id, nil
	}
	x.event = Event{ID: id, Prev: prev, Type: t, Time: x.m.clock.Now(), State: x.stateName()}
	x.locate(&x.event)
	return id, &x.event
}

// locate says where in the execution e stands, and since when.
func (x *execution) locate(e *Event) {
	e.Entered, e.Since, e.Retry = x.entered, x.since, x.retry
	if x.up != nil {
		e.Outer, e.Index = x.up.entered, x.index
	}
	switch e.Type {
	case TaskStateEntered, ParallelStateEntered, MapStateEntered, PassStateEntered,
		WaitStateEntered, ChoiceStateEntered, SucceedStateEntered, FailStateEntered:
		e.Entered, x.since = e.ID, e.Time
	case TaskScheduled, LambdaFunctionScheduled:
		x.attempt = e.Time
	case TaskSucceeded, TaskFailed, TaskTimedOut,
		LambdaFunctionSucceeded, LambdaFunctionFailed, LambdaFunctionTimedOut:
		e.Since = x.attempt
	}
}

func (x *execution) record(e *Event) { x.run.log.Record(e) }

// note records an event of x, which err is the reason of, after its last one.
func (x *execution) note(t EventType, err *Error) {
	id, e := x.emit(t, x.prev)
	if e != nil {
		e.Err = err
		x.record(e)
	}
	x.prev = id
}

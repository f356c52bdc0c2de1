package main

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"
)

// A section is what is measured in the same way.
type section struct {
	name, title string
	byCPU       bool   // rates are of CPU time, as of one core that does nothing else
	loads       []load // without a workload
	callers     string // what the callers of a load are; "" where there is always one
}

// The names of sections.
const (
	alone  = "alone"
	stream = "stream"
	calls  = "calls"
)

var sections = []section{
	{
		name:  alone,
		title: "In process, on one core: an event is read, run and its output printed",
		byCPU: true,
		loads: []load{{Callers: 1, Time: time.Second}},
	},
	{
		name:    stream,
		title:   "From a backlog in a memory stream of JetStream: explicit acknowledgement, results on core NATS",
		loads:   []load{{Callers: 1, Events: 40_000}, {Callers: 8, Events: 40_000}},
		callers: "subscribers",
	},
	{
		name:    calls,
		title:   "Started and waited for by so many callers, each again as soon as it has the output",
		loads:   []load{{Callers: 1, Events: 3_000, Time: 2 * time.Second}, {Callers: 64, Events: 30_000, Time: 3 * time.Second}},
		callers: "callers",
	},
}

// A side is an engine in a section. The first one of a section is what the others
// are compared with.
type side struct {
	name, section string
	workloads     []string
	callers       []int // of the loads of the section; nil is all of them
	open          func(context.Context, *stand, side) (contestant, error)
	goals         []string // thresholds
	guarantees    string
}

// isOurs reports whether s is Express, in one of its ways.
func (s side) isOurs() bool { return strings.HasPrefix(s.name, ours) }

// A contestant is a side that is ready to be measured.
type contestant interface {
	versions() map[string]string
	measure(context.Context, load) (sample, error)
	close() error
}

// ours is what Express is called in every section.
const ours = "express"

var sides = []side{
	{
		ours, alone, []string{"w1", "w2", "w3", "w4", "w5"}, nil, openAlone, nil,
		"nothing beyond the process: an execution that is interrupted is gone",
	},
	{
		"aws-local-stepfunctions", alone, []string{"w1", "w2", "w3", "w4"}, nil, node("stepfunctions.mjs"),
		[]string{"w1.aws-local-stepfunctions.times>=25", "w2.aws-local-stepfunctions.times>=25", "w3.aws-local-stepfunctions.times>=50", "w4.aws-local-stepfunctions.times>=50"},
		"nothing beyond the process; it is made to try definitions out",
	},
	{
		"jsonata", alone, []string{"w5"}, nil, node("jsonata.mjs"), nil,
		"nothing beyond the process; it evaluates an expression, and runs no workflow",
	},

	{
		ours, stream, []string{"w1"}, []int{1}, openStream("backlog"), nil,
		"at least once: an event is acknowledged when its outcome is published; no journal, so what was interrupted begins anew; retries, deadlines, dead letters",
	},
	{
		"watermill", stream, []string{"w1"}, nil, golang("watermill"), nil,
		"at least once: a message is acknowledged when its handler has published; the workflow is a function in Go, written by hand",
	},

	{
		ours, calls, []string{"w1", "w2"}, nil, openStream("live"), nil,
		"as from the stream: the event is in JetStream, here in memory, before it is run",
	},
	{
		ours + "-sync", calls, []string{"w1", "w2"}, nil, openSync, nil,
		"at most once: if the engine dies nobody answers, as with StartSyncExecution of AWS",
	},
	{
		"restate", calls, []string{"w1", "w2"}, nil, node("restate.mjs"), nil,
		"what Express does not give: a journal on disk, so that what was interrupted resumes behind its last completed step, and a step that is journaled is not run again; state, timers and results that outlive the process",
	},
	{
		"temporal", calls, []string{"w1", "w2"}, nil, golang("temporal", "github.com/temporalio/cli/cmd/temporal"), nil,
		"what Express does not give: a history of every workflow, so that what was interrupted resumes behind its last completed activity; signals, queries, timers of months; its development server keeps all of it in memory",
	},
}

// chosen are the sides with the names, and ours beside them.
func chosen(names []string) (all []side, err error) {
	for _, name := range names {
		if !slices.ContainsFunc(sides, func(s side) bool { return s.name == name }) {
			return nil, fmt.Errorf("there is no peer %q", name)
		}
	}
	wanted := func(s side) bool { return slices.Contains(names, s.name) }
	for _, s := range sides {
		beside := slices.ContainsFunc(sides, func(o side) bool { return o.section == s.section && wanted(o) })
		if wanted(s) || s.isOurs() && beside {
			all = append(all, s)
		}
	}
	return all, nil
}

package main

import (
	"log/slog"
	"sync"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/seed66d9166c/express/internal/records"
	"github.com/seed66d9166c/express/transport/stats"
	"github.com/seed66d9166c/express/transport/watch"
)

// cmdEngine starts what looks like an engine to who watches or asks it: engine
// NAME. It runs a workflow "orders" a hundred times a second, and every second
// execution fails.
func cmdEngine(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: engine NAME")
	}
	nc := client(ts)
	log := slog.New(slog.DiscardHandler)
	began := time.Now()
	stopStats, err := stats.Serve(nc, log, func() stats.Snapshot {
		half := uint64(time.Since(began) / (20 * time.Millisecond))
		return stats.Snapshot{
			Engine: args[0], Bounds: []time.Duration{time.Millisecond, 2 * time.Millisecond},
			Workflows: []stats.Workflow{{
				Name: "orders", Active: 12,
				Ended: []stats.Ended{
					{Status: "SUCCEEDED", Durations: stats.Durations{Counts: []uint64{half}}},
					{Status: "FAILED", Error: "Bank.Busy", Durations: stats.Durations{Counts: []uint64{0, half}}},
				},
				States:    []stats.State{{Name: "Charge", Type: "Task", Visits: stats.Durations{Counts: []uint64{half}}}},
				Consumers: []stats.Consumer{{Name: "orders", Pending: 120}},
			}, {Name: "refunds"}},
		}
	})
	ts.Check(err)
	tap, err := watch.NewTap(nc, log)
	ts.Check(err)
	ts.Check(nc.Flush())
	stop := make(chan struct{})
	var running sync.WaitGroup
	running.Go(func() {
		for {
			select {
			case <-time.After(10 * time.Millisecond):
				show(tap, "order 1", "SUCCEEDED")
				show(tap, "order 2", "FAILED")
			case <-stop:
				return
			}
		}
	})
	ts.Defer(func() {
		close(stop)
		running.Wait()
		stopStats()
		tap.Close()
	})
}

// show shows an execution that ends with status to who watches.
func show(tap *watch.Tap, name, status string) {
	x := tap.Open("orders")
	if x == nil {
		return
	}
	last := records.Record{Type: "ExecutionSucceeded", Output: `{"total":101}`}
	if status == "FAILED" {
		last = records.Record{Type: "ExecutionFailed", Error: "Bank.Busy", Cause: "later\x1b[2J"}
	}
	for i, r := range []records.Record{{Type: "ExecutionStarted", Input: `{"total":101}`}, {Type: "PassStateEntered", State: "Check"}, last} {
		r.Time, r.Workflow, r.Execution, r.ID, r.Prev = time.Now(), "orders", name, uint64(i+1), uint64(i)
		x.Record(&r, status)
	}
}

package server

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/seed66d9166c/express/internal/records"
	"github.com/seed66d9166c/express/transport/stats"
	"github.com/seed66d9166c/express/transport/watch"
)

// What executions do is shown to who watches, without data where that is
// excluded, with members redacted where it is not.
func TestWatch(t *testing.T) {
	dir := app(t, map[string]string{
		"open.asl.json":   `{"StartAt": "A", "States": {"A": {"Type": "Pass", "End": true}}}`,
		"closed.asl.json": `{"StartAt": "B", "States": {"B": {"Type": "Fail", "Error": "Broke"}}}`,
		"express.yaml":    "workflows: {open: {logging: {includeExecutionData: true}}, closed: {}}\n",
	})
	c := serve(t, dir, options(t))
	ctx, stop := context.WithTimeout(t.Context(), patience)
	defer stop()
	var seen []*records.Record
	done := make(chan error, 1)
	go func() {
		done <- watch.Watch(ctx, c.nc, watch.Filter{}, func(b watch.Batch) {
			seen = append(seen, b.Records...)
			if n := len(seen); n > 0 && seen[n-1].Type == "ExecutionFailed" {
				stop()
			}
		})
	}()
	for c.tap.Open("open") == nil { // the engine has not heard of it
		if ctx.Err() != nil {
			t.Fatal("nobody watches")
		}
		time.Sleep(time.Millisecond)
	}
	c.sync("open", `{"n": 1, "password": "canary"}`)
	c.sync("closed", `{"n": 2, "text": "canary"}`)
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	var lines []string
	for _, r := range seen {
		line := r.Workflow + " " + r.Type + " " + r.State + " " + r.Input + r.Output + r.Error
		if strings.Contains(line, "canary") {
			t.Errorf("%s shows what it should not", line)
		}
		lines = append(lines, line)
	}
	got := strings.Join(lines, "\n")
	for _, want := range []string{
		`open PassStateEntered A {"n":1,"password":"[REDACTED]"}`,
		`open ExecutionSucceeded A {"n":1,"password":"[REDACTED]"}`,
		"closed FailStateEntered B \n",
		"closed ExecutionFailed B Broke",
	} {
		if !strings.Contains(got+"\n", want) {
			t.Errorf("want %s in\n%s", want, got)
		}
	}
}

// Who asks for statistics, as express top does, is told what was counted: of
// executions, and of consumers.
func TestStatistics(t *testing.T) {
	dir := app(t, map[string]string{
		"calls.asl.json": `{"StartAt": "A", "States": {"A": {"Type": "Task", "Resource": "func:none", "End": true}}}`,
		"express.yaml":   "name: shop\n",
	})
	c := serve(t, dir, options(t))
	c.sync("calls", "{}")
	c.sync("calls", "{}")
	engines, err := stats.Collect(t.Context(), c.nc, time.Second)
	if err != nil || len(engines) != 1 || engines[0].Engine != "shop" {
		t.Fatalf("engines are %+v: %v", engines, err)
	}
	var got *stats.Workflow
	for i, w := range engines[0].Workflows {
		if w.Name == "calls" {
			got = &engines[0].Workflows[i]
		}
	}
	if got == nil || len(got.Ended) != 1 || got.Ended[0].Status != "FAILED" || got.Ended[0].Error != errUnbound || got.Ended[0].Count() != 2 {
		t.Fatalf("of the workflow is told %+v", got)
	}
	if len(got.Consumers) != 1 || got.Consumers[0].Name != startDurable+"calls" {
		t.Errorf("consumers are %+v", got.Consumers)
	}
}

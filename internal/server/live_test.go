package server

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/seed66d9166c/express/internal/records"
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

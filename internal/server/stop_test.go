package server

import (
	"context"
	"sync/atomic"
	"testing"

	"github.com/seed66d9166c/express/express"
	"github.com/seed66d9166c/express/express/value"
	"github.com/seed66d9166c/express/transport"
)

const calls = `{"StartAt": "A", "States": {"A": {"Type": "Task", "Resource": "func:wait", "End": true}}}`

// Stop lets what runs end, aborts what takes longer than it may, and gives that
// back: the next server runs it.
func TestDrain(t *testing.T) {
	dir := app(t, map[string]string{
		"short.asl.json": calls,
		"long.asl.json":  calls,
		"express.yaml":   "drain: 2s\ncompletion: publish\ntriggers: [{subject: long, workflow: long, ackWait: 1s}]\n",
	})
	started := make(chan string, 2)
	release := make(chan struct{})
	var again atomic.Bool
	o := options(t)
	o.Funcs = map[string]express.Invoker{"wait": express.InvokerFunc(func(ctx context.Context, c *express.Call) (value.Value, error) {
		if again.Load() {
			return value.String("the second time"), nil
		}
		started <- c.Execution
		if c.Execution == "long" {
			<-ctx.Done()
			return value.Value{}, ctx.Err()
		}
		<-release
		return value.String("in time"), nil
	})}
	c := serve(t, dir, o)
	done := c.subscribe(transport.DoneSubjects)
	c.publish(transport.StartSubject("short"), "short", `{}`)
	c.publish("long", "long", `{}`)
	<-started
	<-started
	stopped := make(chan error, 1)
	go func() { stopped <- c.Stop() }()
	<-c.stopping.Done()
	close(release)
	if got := c.outcomes(done, 1)["short"]; string(got.Output) != `"in time"` {
		t.Errorf("what ran has the outcome %+v", got)
	}
	if err := <-stopped; err != nil {
		t.Errorf("stop: %v", err)
	}
	if got := c.Counts().Ended; got[express.Succeeded] != 1 || got[express.Aborted] != 1 {
		t.Errorf("ended by status: %v, want one succeeded and one aborted", got)
	}

	again.Store(true)
	c = serve(t, dir, o)
	if got := stored(t, c.js, 2)["long"]; string(got.Output) != `"the second time"` {
		t.Errorf("what was given back has the outcome %+v", got)
	}
}

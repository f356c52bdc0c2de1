package nats

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/seed66d9166c/express/compiler"
	"github.com/seed66d9166c/express/express"
	"github.com/seed66d9166c/express/express/program"
	"github.com/seed66d9166c/express/express/value"
	"github.com/seed66d9166c/express/transport/embedded"
)

// connect starts a broker and returns a connection to it.
func connect(t *testing.T) *nats.Conn {
	t.Helper()
	s, err := embedded.Start(embedded.Options{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	nc, err := Connect(Settings{}, t.Name(), nil, s.Connection())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(nc.Close)
	return nc
}

func answer(t *testing.T, nc *nats.Conn, subject string, f func(*nats.Msg)) {
	t.Helper()
	if _, err := nc.Subscribe(subject, f); err != nil {
		t.Fatal(err)
	}
}

// perform makes the call of task with input that an execution would.
func perform(t *testing.T, nc *nats.Conn, o Options, task program.Task, input string) (value.Value, error) {
	t.Helper()
	all, err := Invokers(nc, o)
	if err != nil {
		t.Fatal(err)
	}
	in, err := value.ParseString(input)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	return all[task.Kind].Invoke(ctx, express.Call{
		Task:      &task,
		Input:     in,
		Execution: "run-1",
		State:     "Ask",
		Delivery:  2,
		Retry:     1,
		Deadline:  time.Now().Add(time.Minute),
		Trace:     "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
		Hops:      3,
	}.WithKey("KEY"))
}

// invoke performs the task that the table of resources makes of resource.
func invoke(t *testing.T, nc *nats.Conn, resource, input string) (value.Value, error) {
	t.Helper()
	return perform(t, nc, Options{}, resolve(t, resource), input)
}

// resolve is the task that the compiler makes of a Resource.
func resolve(t *testing.T, resource string) program.Task {
	t.Helper()
	return compiled(t, resource).Tasks[0]
}

// compiled is a workflow of one task.
func compiled(t *testing.T, resource string) *program.Program {
	t.Helper()
	p, found := compiler.Compile("calls", []byte(`{"StartAt": "A", "States": {"A": {"Type": "Task", "Resource": "`+resource+`", "End": true}}}`), nil)
	if p == nil {
		t.Fatal(found.Err())
	}
	return p
}

// expect fails unless got is the value want, or, where name is not "", err is that
// error, whose cause begins with want.
func expect(t *testing.T, got value.Value, err error, want, name string) {
	t.Helper()
	if name == "" {
		if err != nil || got.String() != want {
			t.Errorf("got %.300s (%v), want %.300s", got, err, want)
		}
		return
	}
	if e, ok := errors.AsType[*express.Error](err); !ok || e.Name != name || !strings.HasPrefix(e.Cause, want) {
		t.Errorf("got %.300s (%v), want %s: %s", got, err, name, want)
	}
}

// Who serves nothing else finds out what a job is: it fails, and nothing is sent.
func TestJobsAreRefused(t *testing.T) {
	nc := connect(t)
	all, err := Invokers(nc, Options{})
	if err != nil {
		t.Fatal(err)
	}
	sent, err := nc.SubscribeSync(">")
	if err != nil {
		t.Fatal(err)
	}
	for kind, by := range all {
		for _, p := range []program.Pattern{program.Sync, program.Sync2} {
			_, err := by.Invoke(t.Context(), &express.Call{
				Task:  &program.Task{Kind: kind, Target: "a:x", Resource: "nats:request:x.sync", Pattern: p},
				Input: value.Object(),
			})
			expect(t, value.Null, err, "Tasks over NATS have no jobs: nats:request:x.sync", ErrPattern)
		}
	}
	if err := nc.Flush(); err != nil {
		t.Fatal(err)
	}
	if n, _, _ := sent.Pending(); n > 0 {
		t.Errorf("%d messages were sent", n)
	}
}

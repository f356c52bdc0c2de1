// Temporal: its development server in memory, a worker with the workflows of its
// SDK, and callers that start one and wait for its result.
package main

import (
	"context"
	"debug/buildinfo"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"runtime/debug"
	"time"

	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/log"
	"go.temporal.io/sdk/testsuite"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"github.com/seed66d9166c/express/bench/peers/go/serve"
)

func main() { serve.Run(open) }

const queue = "bench"

type peer struct {
	server *testsuite.DevServer
	client client.Client
	worker worker.Worker
	binary string
	event  any
}

// open starts the program that the first argument names, Temporal's own.
func open(s serve.Setup) (serve.Peer, error) {
	p := &peer{binary: os.Args[1]}
	if err := json.Unmarshal([]byte(s.Event), &p.event); err != nil {
		return nil, err
	}
	var err error
	p.server, err = testsuite.StartDevServer(context.Background(), testsuite.DevServerOptions{
		ExistingPath:  p.binary,
		ClientOptions: &client.Options{Logger: log.NewStructuredLogger(slog.New(slog.DiscardHandler))},
		LogLevel:      "never",
		Stdout:        io.Discard, // ours is for answers
		Stderr:        os.Stderr,
	})
	if err != nil {
		return nil, err
	}
	p.client = p.server.Client()
	p.worker = worker.New(p.client, queue, worker.Options{})
	p.worker.RegisterWorkflow(w1)
	p.worker.RegisterWorkflow(w2)
	p.worker.RegisterActivity(done)
	return p, p.worker.Start()
}

func (p *peer) Versions() map[string]string {
	ours, _ := debug.ReadBuildInfo()
	all := serve.Versions(ours, map[string]string{"Temporal SDK": "go.temporal.io/sdk"})
	if its, err := buildinfo.ReadFile(p.binary); err == nil {
		all["Temporal"] = serve.Versions(its, map[string]string{"Temporal": "go.temporal.io/server"})["Temporal"]
	}
	return all
}

func (p *peer) Close() error {
	p.worker.Stop()
	p.client.Close()
	err := p.server.Stop()
	if _, ended := errors.AsType[*exec.ExitError](err); ended {
		return nil // it was told to
	}
	return err
}

var workflows = map[string]any{"w1": w1, "w2": w2}

func (p *peer) Measure(l serve.Load) (serve.Sample, error) {
	return serve.Repeat(l, func() (out []byte, err error) {
		ctx := context.Background()
		run, err := p.client.ExecuteWorkflow(ctx, client.StartWorkflowOptions{TaskQueue: queue}, workflows[l.Workload], p.event)
		if err != nil {
			return nil, err
		}
		var output map[string]any
		if err := run.Get(ctx, &output); err != nil {
			return nil, err
		}
		return json.Marshal(output)
	})
}

// The workflows of ../../../workloads, by hand.

func w1(_ workflow.Context, event map[string]any) (map[string]any, error) {
	device, _ := event["device"].(map[string]any)
	temp, _ := event["temp"].(float64)
	out := map[string]any{"id": event["id"], "site": device["site"], "temp": temp}
	if temp > 20 {
		out["alarm"] = true
	}
	return out, nil
}

func w2(ctx workflow.Context, event map[string]any) (map[string]any, error) {
	if temp, _ := event["temp"].(float64); temp <= 20 {
		return event, nil
	}
	ctx = workflow.WithActivityOptions(ctx, workflow.ActivityOptions{StartToCloseTimeout: time.Minute})
	for _, name := range []string{"first", "second"} {
		var result map[string]any
		if err := workflow.ExecuteActivity(ctx, done).Get(ctx, &result); err != nil {
			return nil, err
		}
		event[name] = result
	}
	return event, nil
}

func done(context.Context) (map[string]any, error) { return map[string]any{"ok": 1}, nil }

// Package demo runs the examples: each serves its directory on a broker of its
// own, answers the tasks as ordinary NATS micro services, starts executions, and
// says what became of them.
package demo

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/micro"

	"github.com/seed66d9166c/express/internal/config"
	"github.com/seed66d9166c/express/internal/server"
	"github.com/seed66d9166c/express/transport"
)

// A Demo is an example.
type Demo struct {
	Name     string // of its directory in examples, and of its main workflow
	Services map[string]Service
	Events   []Event
	// Background, where it is set, does what services besides do: it returns when
	// it listens, and what it started ends with ctx.
	Background func(ctx context.Context, nc *nats.Conn) error
	Settings   map[string]string // of express.yaml, over what it says
}

// A Service answers the requests of a subject: in is JSON, and so is what it
// makes of out.
type Service func(in []byte) (out any, err error)

// A Failure is an error of a service that has a name, which Retry and Catch of
// the workflow match.
type Failure struct{ Name, Cause string }

func (f Failure) Error() string { return f.Name + ": " + f.Cause }

// An Event starts an execution.
type Event struct {
	About string // one line
	Input string // JSON
}

// Main runs d and ends the process: once through its events, or with -serve until
// Ctrl-C.
func Main(d Demo) {
	dir := flag.String("dir", filepath.Join("examples", d.Name), "the application `directory`")
	serve := flag.Bool("serve", false, "go on serving until Ctrl-C")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := d.Run(ctx, os.Stdout, *dir, *serve); err != nil {
		fmt.Fprintf(os.Stderr, "%s: %v\n", d.Name, err)
		os.Exit(1)
	}
}

// Run runs d from the application directory dir, and writes what became of its
// events to w.
func (d Demo) Run(ctx context.Context, w io.Writer, dir string, serve bool) (err error) {
	store, err := os.MkdirTemp("", "express-"+d.Name+"-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(store)
	settings := map[string]string{
		"embedded.store": store, "embedded.listen": "127.0.0.1:0", "nats.url": "", "nats.context": "",
		"listen": config.Off, "callbacks.listen": config.Off, "api.listen": config.Off,
	}
	for key, v := range d.Settings {
		settings[key] = v
	}
	s, err := server.Start(ctx, dir, server.Options{
		Config:  config.Options{Flags: settings},
		Version: "0.0.0-example",
		Log:     slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelError})),
	})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Stop()) }()
	nc, err := nats.Connect(s.Info().Broker)
	if err != nil {
		return err
	}
	defer nc.Close()
	if err := d.listen(ctx, nc); err != nil {
		return err
	}
	for _, e := range d.Events {
		if err := d.start(ctx, w, nc, e); err != nil {
			return err
		}
	}
	if serve {
		fmt.Fprintf(w, "\nserving at %s until Ctrl-C; for one:\n  express sync %s --server %[1]s -i '%[3]s'\n", s.Info().Broker, d.Name, d.Events[0].Input)
		return s.Run(ctx)
	}
	return nil
}

// listen starts the services.
func (d Demo) listen(ctx context.Context, nc *nats.Conn) error {
	service, err := micro.AddService(nc, micro.Config{Name: "example-" + d.Name, Version: "1.0.0"})
	if err != nil {
		return fmt.Errorf("add service: %w", err)
	}
	n := 0
	for subject, answer := range d.Services {
		n++
		err := service.AddEndpoint(fmt.Sprintf("task-%d", n), micro.HandlerFunc(func(r micro.Request) { reply(r, answer) }), micro.WithEndpointSubject(subject))
		if err != nil {
			return fmt.Errorf("answer %s: %w", subject, err)
		}
	}
	if d.Background != nil {
		if err := d.Background(ctx, nc); err != nil {
			return err
		}
	}
	return nc.Flush()
}

// reply answers r; an error that is a Failure has its name as code.
func reply(r micro.Request, answer Service) {
	out, err := answer(r.Data())
	if f, ok := errors.AsType[Failure](err); ok {
		r.Error(f.Name, f.Cause, nil)
	} else if err != nil {
		r.Error("500", err.Error(), nil)
	} else {
		r.RespondJSON(out)
	}
}

// patience is how long an outcome is waited for: the longest example waits some
// seconds.
const patience = time.Minute

// start runs an execution and writes its outcome.
func (d Demo) start(ctx context.Context, w io.Writer, nc *nats.Conn, e Event) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	answer, err := nc.RequestWithContext(ctx, transport.SyncSubject(d.Name), []byte(e.Input))
	if err != nil {
		return fmt.Errorf("start %s: %w", d.Name, err)
	}
	var outcome struct {
		Status string          `json:"status"`
		Output json.RawMessage `json:"output"`
		Error  string          `json:"error"`
		Cause  string          `json:"cause"`
	}
	if err := json.Unmarshal(answer.Data, &outcome); err != nil {
		return fmt.Errorf("the answer is no outcome: %w", err)
	}
	fmt.Fprintf(w, "%s\n  in   %s\n", e.About, e.Input)
	if outcome.Status == "SUCCEEDED" {
		fmt.Fprintf(w, "  out  %s\n", outcome.Output)
	} else {
		fmt.Fprintf(w, "  %s  %s: %s\n", outcome.Status, outcome.Error, outcome.Cause)
	}
	return nil
}

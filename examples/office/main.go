// Command office is the office example: it serves the workflow of this
// directory on an embedded broker, answers its enrichment task, replays a few
// thousand readings and says what became of them.
//
//	go run ./examples/office             all of it, until Ctrl-C
//	go run ./examples/office readings    print readings, a JSON object a line
//	go run ./examples/office rooms       answer the enrichment task alone
package main

import (
	"bufio"
	"context"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/nats-io/nats.go"
	"golang.org/x/term"

	"github.com/seed66d9166c/express/internal/server"
)

func main() {
	os.Exit(run(os.Args[1:], os.Stdout, os.Stderr))
}

// parts are what the example consists of, by the word that asks for it.
var parts = map[string]func(context.Context, *options) error{
	"":         demonstrate,
	"readings": printReadings,
	"rooms":    answerRooms,
}

type options struct {
	dir, store, server string
	count              int
	seed               uint64
	settings           map[string]string // of express.yaml, over what it says
	stdout, stderr     io.Writer
}

func run(args []string, stdout, stderr io.Writer) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop) // a second signal ends the process at once
	part := ""
	if len(args) > 0 && args[0] != "" && args[0][0] != '-' {
		part, args = args[0], args[1:]
	}
	do, ok := parts[part]
	if !ok {
		fmt.Fprintf(stderr, "office: there is no %q here; want readings, rooms, or nothing for all of it\n", part)
		return 2
	}
	o := options{stdout: stdout, stderr: stderr}
	flags := flag.NewFlagSet("office "+part, flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.StringVar(&o.dir, "dir", "examples/office", "the application `directory`")
	flags.StringVar(&o.store, "store", "", "`directory` of the embedded broker's streams; else a new one that is removed in the end")
	flags.StringVar(&o.server, "server", nats.DefaultURL, "`URL` of the broker, for rooms")
	flags.IntVar(&o.count, "count", 5000, "how many readings")
	flags.Uint64Var(&o.seed, "seed", 1, "of the readings: the same seed gives the same ones")
	switch err := flags.Parse(args); {
	case err == flag.ErrHelp:
		return 0
	case err != nil:
		return 2
	case flags.NArg() > 0:
		fmt.Fprintf(stderr, "office: unexpected argument %q\n", flags.Arg(0))
		return 2
	}
	if err := do(ctx, &o); err != nil {
		fmt.Fprintf(stderr, "office: %v\n", err)
		return 1
	}
	return 0
}

func printReadings(_ context.Context, o *options) error {
	w := bufio.NewWriter(o.stdout)
	if err := writeReadings(w, newOffice("office-1", o.seed), o.count); err != nil {
		return err
	}
	return w.Flush()
}

func answerRooms(ctx context.Context, o *options) error {
	nc, err := nats.Connect(o.server, nats.MaxReconnects(-1))
	if err != nil {
		return fmt.Errorf("connect to %s: %w", o.server, err)
	}
	defer nc.Close()
	s, err := serveRooms(nc)
	if err != nil {
		return err
	}
	fmt.Fprintf(o.stderr, "answering office.enrich at %s; Ctrl-C ends it\n", nc.ConnectedUrlRedacted())
	<-ctx.Done()
	return s.Stop()
}

// demonstrate is the main job: serve, replay, report, and go on serving.
func demonstrate(ctx context.Context, o *options) error {
	if o.store == "" {
		dir, err := os.MkdirTemp("", "express-office-")
		if err != nil {
			return err
		}
		defer os.RemoveAll(dir)
		o.store = dir
	}
	var so server.Options
	so.Version = "0.0.0-example"
	so.Config.Flags = map[string]string{"embedded.store": o.store, "nats.url": "", "nats.context": ""}
	maps.Copy(so.Config.Flags, o.settings)
	so.Log = slog.New(slog.NewTextHandler(o.stderr, &slog.HandlerOptions{Level: slog.LevelError}))
	s, err := server.Start(ctx, o.dir, so)
	if err != nil {
		return err
	}
	served := make(chan error, 1)
	go func() { served <- s.Run(ctx) }()
	info := s.Info()
	nc, err := nats.Connect(info.Broker)
	if err != nil {
		return fmt.Errorf("connect to %s: %w", info.Broker, err)
	}
	defer nc.Close()
	if _, err := serveRooms(nc); err != nil {
		return err
	}
	fmt.Fprintf(o.stdout, "the office is served at %s\n", info.Broker)

	r := newReplay()
	watch, enough := context.WithCancel(ctx)
	watched := make(chan struct{})
	go func() { defer close(watched); r.progress(watch, o.stderr, o.count) }()
	err = r.run(ctx, nc, newOffice("office-1", o.seed), o.count, inFlight)
	enough()
	<-watched
	if err != nil {
		return err
	}
	r.report(o.stdout)
	if ctx.Err() == nil {
		fmt.Fprintf(o.stdout, "serving until Ctrl-C; from another terminal:\n"+
			"  go run ./examples/office readings | go run ./cmd/express pub %s\n", readingsSubject)
	}
	return <-served
}

// inFlight is how many readings are unfinished at a time: enough to keep two
// cores busy, few enough for the latency to be that of the engine, not of a
// queue.
const inFlight = 256

// progress draws a line that moves, where w is a terminal.
func (r *replay) progress(ctx context.Context, w io.Writer, of int) {
	f, ok := w.(*os.File)
	if !ok || !term.IsTerminal(int(f.Fd())) {
		return
	}
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for {
		n, rate := r.done()
		fmt.Fprintf(w, "\r\x1b[K%d of %d readings, %.0f a second", n, of, rate)
		select {
		case <-ctx.Done():
			fmt.Fprint(w, "\r\x1b[K")
			return
		case <-tick.C:
		}
	}
}

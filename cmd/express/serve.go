package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"strings"

	"github.com/spf13/cobra"

	"github.com/seed66d9166c/express/express"
	"github.com/seed66d9166c/express/internal/config"
	"github.com/seed66d9166c/express/internal/heap"
	"github.com/seed66d9166c/express/internal/server"
)

// A serve is one run of the command "serve", or of "dev".
type serve struct {
	*app
	settings
	connection
	dev bool
}

func (a *app) serveCommand() *cobra.Command {
	s := &serve{app: a, settings: make(settings)}
	return s.command(&cobra.Command{
		Use:   "serve [DIR] [flags]",
		Short: "Serve the workflows of a directory",
		Long: `Serve the workflows of a directory, by default the one you are in, until a signal
ends it. Events come from the NATS that express.yaml, the flags or the environment
name; where none does, from a broker in this process.

SIGTERM and SIGINT take no more events and let executions end for as long as --drain
says; what has not ended by then is given back. A second signal does not wait.

The exit code is 3 if anything in the directory is not valid.`,
		Example: `  express serve examples/office
  express serve --server nats://nats.internal:4222 --creds engine.creds
  express serve examples/office --embedded-durability safe -o json`,
	})
}

// command completes the command of s.
func (s *serve) command(c *cobra.Command) *cobra.Command {
	c.Args = atMost(1)
	c.RunE = func(c *cobra.Command, args []string) error {
		dir := "."
		if len(args) > 0 {
			dir = args[0]
		}
		return s.run(c.Context(), dir)
	}
	c.ValidArgsFunction = func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
		return nil, cobra.ShellCompDirectiveFilterDirs
	}
	s.settings.flags(c)
	s.connection.flags(c.Flags())
	return c
}

func (s *serve) run(ctx context.Context, dir string) error {
	heap.Raise()
	s.settings.connect(s.connection)
	log := s.logger(slog.LevelInfo)
	srv, err := server.Start(ctx, dir, server.Options{
		Config:   config.Options{Flags: s.settings},
		Version:  ownVersion(),
		Dev:      s.dev,
		Lines:    s.stdout,
		JSON:     s.output == jsonFormat,
		Log:      log,
		Reloaded: func(r server.Reload) { s.reloaded(log, r) },
	})
	if err != nil {
		return s.invalid(log, err)
	}
	if err := s.ready(log, srv.Info()); err != nil {
		return errors.Join(err, srv.Stop())
	}
	debug.FreeOSMemory() // a server that idles holds nothing of its start
	err = srv.Run(ctx)
	ended := srv.Counts().Ended
	log.Info("stopped", "succeeded", ended[express.Succeeded], "failed", ended[express.Failed],
		"timed_out", ended[express.TimedOut], "given_back", ended[express.Aborted])
	return err
}

// invalid prints what is wrong with the application, if that is what err says.
func (s *serve) invalid(log *slog.Logger, err error) error {
	found, ok := errors.AsType[config.Reports](err)
	if !ok {
		return unreachable(err)
	}
	if err := s.tellFindings(log, found); err != nil {
		return err
	}
	return failure{exitDefinition, found}
}

// ready tells what is served.
func (s *serve) ready(log *slog.Logger, i server.Info) error {
	if err := s.tellFindings(log, i.Findings); err != nil {
		return err
	}
	switch {
	case s.output == jsonFormat:
		return s.printJSON(i)
	case s.dev:
		return s.banner(i)
	}
	var names []string
	for _, w := range i.Workflows {
		names = append(names, w.Name)
	}
	log.Info("serving until SIGTERM or Ctrl-C", "application", i.Name, "workflows", strings.Join(names, ","),
		"triggers", len(i.Triggers), "broker", i.Broker, "durability", i.Durability, "health", i.Health)
	return nil
}

// reloaded tells what became of a change on disk.
func (s *serve) reloaded(log *slog.Logger, r server.Reload) {
	s.tellFindings(log, r.Findings) // there is nobody to tell of an error
	for _, c := range r.Changes {
		switch {
		case c.Old == "":
			log.Info("new workflow", "workflow", c.Workflow, "version", c.New)
		case c.New == "":
			log.Info("workflow is gone", "workflow", c.Workflow)
		default:
			log.Info("reloaded", "workflow", c.Workflow, "version", c.New)
		}
	}
	for _, key := range r.Restart {
		log.Warn("a setting has changed that counts from the next start on", "setting", key)
	}
	if err := errors.Join(r.Findings.Err(), r.Err); err != nil {
		log.Error("not reloaded: what was served before is served still", "error", err)
	}
}

// banner tells who develops what is served, and what to type next.
func (s *serve) banner(i server.Info) error {
	var b strings.Builder
	row := func(name, format string, args ...any) {
		fmt.Fprintf(&b, "  %-12s %s\n", name, fmt.Sprintf(format, args...))
	}
	fmt.Fprintf(&b, "%s in %s, reloaded when it changes\n", i.Name, i.Dir)
	for _, w := range i.Workflows {
		row("workflow", "%s (version %s), started at %s and %s", w.Name, w.Version, w.Start, w.Sync)
	}
	for _, t := range i.Triggers {
		row("trigger", "%s in stream %s starts %s", t.Subject, t.Stream, t.Workflow)
	}
	row("broker", "%s", i.Broker)
	row("durability", "%s", i.Durability)
	if i.Health != "" {
		row("health", "%s/readyz, /metrics and /debug/pprof", i.Health)
	}
	row("dead letters", "%s", i.DeadLetters)
	b.WriteString("\nTry, from another terminal:\n")
	for _, command := range i.Next {
		fmt.Fprintf(&b, "  %s\n", command)
	}
	b.WriteString("\nCtrl-C stops it.\n")
	_, err := fmt.Fprintln(s.stderr, b.String())
	return err
}

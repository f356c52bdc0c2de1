package main

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"slices"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/seed66d9166c/express/compiler"
)

// An app is one run of the command line: its streams, and the flags that all
// commands share.
type app struct {
	stdin          io.Reader
	stdout, stderr io.Writer
	output         format
}

// run runs the command that args name and returns its exit code. The first
// SIGINT or SIGTERM cancels the command's context, so that it drains; a second
// one has its default action, which is to end the process at once.
func run(args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop)

	a := &app{stdin: stdin, stdout: stdout, stderr: stderr, output: textFormat}
	root := a.root()
	root.SetArgs(args)
	c, err := root.ExecuteContextC(ctx)
	return a.exit(c, err)
}

// root is the command that holds all others.
func (a *app) root() *cobra.Command {
	cobra.EnableCommandSorting = false // the table's order is the order of use
	root := &cobra.Command{
		Use:   "express",
		Short: "Runs AWS Step Functions Express workflows on NATS",
		Long: `Express compiles workflows in the Amazon States Language ahead of time, starts one
execution for every event that arrives over NATS, and writes what happened as
OpenTelemetry log records.

Exit codes: 0 ok, 1 it ran and failed, 2 misuse, 3 a definition is not valid, 4 there is
no broker or no engine to talk to.`,
		Example: `  express validate ./...                  check every definition below this folder
  express run order.asl.json -i '{}'      run one definition, with no broker
  express dev examples/office             serve a folder, and reload it on change`,
		Args:                       cobra.ArbitraryArgs,
		SilenceErrors:              true,
		SilenceUsage:               true,
		SuggestionsMinimumDistance: 2,
		RunE:                       a.noCommand,
	}
	root.PersistentPreRun = func(*cobra.Command, []string) {
		// What libraries print is dropped with it: net/http quotes bytes of servers
		// that answer twice, and these may be anything.
		slog.SetDefault(a.logger(slog.LevelWarn))
	}
	root.SetIn(a.stdin)
	root.SetOut(a.stdout)
	root.SetErr(a.stderr)
	root.SetUsageFunc(writeUsage)
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return usage(err) })
	root.PersistentFlags().SortFlags = false
	root.Flags().BoolP("help", "h", false, "print this")
	root.PersistentFlags().VarP(&a.output, "output", "o", "how to print the result: text or json")
	root.RegisterFlagCompletionFunc("output", cobra.FixedCompletions(formats, cobra.ShellCompDirectiveNoFileComp))

	var group string
	for _, row := range commands {
		if row.group != group {
			group = row.group
			root.AddGroup(&cobra.Group{ID: group, Title: group + ":"})
		}
		c := row.command(a)
		c.GroupID = group
		c.DisableFlagsInUseLine = true
		c.Flags().SortFlags = false
		c.Flags().BoolP("help", "h", false, "print this")
		root.AddCommand(c)
	}
	root.SetHelpCommand(a.helpCommand())
	root.SetHelpCommandGroupID(group)
	root.CompletionOptions.DisableDefaultCmd = true // the table has its own
	return root
}

// noCommand answers a command line that names no command, or none of ours.
func (a *app) noCommand(c *cobra.Command, args []string) error {
	if len(args) == 0 {
		c.SetOut(a.stderr)
		c.Help()
		return failure{exitUsage, nil}
	}
	return unknownCommand(c, args[0])
}

func unknownCommand(root *cobra.Command, name string) error {
	if near := root.SuggestionsFor(name); len(near) > 0 {
		return usagef("unknown command %q; did you mean %q?", name, cmp.Or(compiler.Nearest(name, slices.Values(near)), near[0]))
	}
	return usagef("unknown command %q", name)
}

// exit prints what err says, in one line, and is its exit code.
func (a *app) exit(c *cobra.Command, err error) int {
	if err == nil {
		return exitOK
	}
	f := asFailure(err)
	switch {
	case f.error == nil: // the command has said it itself
	case f.code == exitUsage:
		fmt.Fprintf(a.stderr, "%s: %v (see %s --help)\n", c.CommandPath(), f.error, c.CommandPath())
	default:
		fmt.Fprintf(a.stderr, "%s: %v\n", c.CommandPath(), f.error)
	}
	return f.code
}

package main

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"

	natsd "github.com/nats-io/nats-server/v2/server"

	"github.com/seed66d9166c/express/express"
	"github.com/seed66d9166c/express/express/value"
	"github.com/seed66d9166c/express/internal/server"
)

// roleVariable makes a child of this program something else than the harness.
const roleVariable = "CHAOS_ROLE"

// roles are what children are, by the variable; args are their own.
var roles = map[string]func(ctx context.Context, args []string) error{
	"broker":    broker,
	"service":   service,
	"collector": collector,
	"worker":    poisoned,
}

// act plays the role that the environment names, and reports whether it names
// one.
func act(args []string) (code int, isRole bool) {
	role, ok := roles[os.Getenv(roleVariable)]
	if !ok {
		return 0, false
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	if err := role(ctx, args); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1, true
	}
	return 0, true
}

// broker is a NATS server with the configuration of the file args[1], behind -c as
// nats-server has it. It takes its signals itself.
func broker(_ context.Context, args []string) error {
	signal.Reset(syscall.SIGTERM)
	o, err := natsd.ProcessConfigFile(args[1])
	if err != nil {
		return err
	}
	s, err := natsd.NewServer(o)
	if err != nil {
		return err
	}
	s.ConfigureLogger()
	s.Start()
	s.WaitForShutdown()
	return nil
}

// poisons are the ways in which a task ends the process that performs it: none
// of them can be recovered from.
var poisons = map[string]func(){
	"kill": func() { syscall.Kill(os.Getpid(), syscall.SIGKILL); select {} }, // as the kernel does when memory is out
	"stack": func() {
		debug.SetMaxStack(1 << 20)
		var deeper func(n int) int
		deeper = func(n int) int { return 1 + deeper(n+1) }
		os.Exit(deeper(0))
	},
	"panic": func() { go panic("poison"); select {} },
}

// poisoned is the engine with a function that performs poisons, serving the
// directory args[0].
func poisoned(ctx context.Context, args []string) error {
	s, err := server.Start(ctx, args[0], server.Options{
		Log: slog.New(slog.NewTextHandler(os.Stderr, nil)),
		Funcs: map[string]express.Invoker{"poison": express.InvokerFunc(func(_ context.Context, c *express.Call) (value.Value, error) {
			if how, ok := c.Input.Get("poison"); ok {
				poisons[how.Text()]()
			}
			return value.Object(), nil
		})},
	})
	if err != nil {
		return err
	}
	return s.Run(ctx)
}

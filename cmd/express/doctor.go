package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/spf13/cobra"

	"github.com/seed66d9166c/express/internal/config"
	"github.com/seed66d9166c/express/internal/server"
	transportnats "github.com/seed66d9166c/express/transport/nats"
)

// A diagnosis is one run of the command "doctor".
type diagnosis struct {
	*app
	settings
	connection
	wait time.Duration
}

func (a *app) doctorCommand() *cobra.Command {
	d := &diagnosis{app: a, settings: make(settings)}
	c := &cobra.Command{
		Use:   "doctor [DIR] [flags]",
		Short: "Look whether an application can do its work: broker, streams, who answers its tasks",
		Long: `Look at an application directory, by default the one you are in, and at the broker that
it is served on: whether the definitions are valid, the server is recent, the disk is
bounded, streams and consumers are there and keep up, clocks agree, and whether somebody
listens to what each task calls. Nothing is called, and nothing is published: the broker
traces messages that it delivers to nobody.

The exit code is 0 if all is well, 1 if something was found, 3 if the application is not
valid and 4 if there is no broker.`,
		Example: `  express doctor examples/office
  express doctor --server nats://nats.internal:4222 -o json`,
		Args: atMost(1),
		RunE: func(c *cobra.Command, args []string) error {
			dir := "."
			if len(args) > 0 {
				dir = args[0]
			}
			return d.run(c.Context(), dir)
		},
		ValidArgsFunction: func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
			return nil, cobra.ShellCompDirectiveFilterDirs
		},
	}
	c.Flags().DurationVar(&d.wait, "wait", 5*time.Second, "how long the broker and servers may take to answer")
	d.connection.flags(c.Flags())
	return c
}

func (d *diagnosis) run(ctx context.Context, dir string) error {
	d.settings.connect(d.connection)
	unconnected := false
	found, err := server.Diagnose(ctx, dir, server.DoctorOptions{
		Config: config.Options{Flags: d.settings},
		Wait:   d.wait,
		Broker: func(app *config.Config) (*nats.Conn, jetstream.JetStream, error) {
			to := brokerOf(app)
			nc, err := transportnats.Connect(to, "express doctor", d.logger(slog.LevelError))
			if unconnected = err != nil; unconnected {
				return nil, nil, err
			}
			js, err := to.JetStream(nc)
			return nc, js, err
		},
	})
	if reports, ok := errors.AsType[config.Reports](err); ok {
		if err := reports.Write(d.stderr); err != nil {
			return err
		}
		return failure{exitDefinition, nil}
	} else if err != nil {
		return err
	}
	bad := 0
	for _, f := range found {
		if !f.OK {
			bad++
		}
		if d.output == jsonFormat {
			err = d.printJSON(f)
		} else {
			_, err = fmt.Fprintln(d.stdout, inText(f))
		}
		if err != nil {
			return err
		}
	}
	switch {
	case unconnected:
		return failure{exitConnect, nil}
	case bad > 0:
		return failure{exitFailed, fmt.Errorf("%s to look at", counted(bad, "thing"))}
	}
	return nil
}

// brokerOf is where the engines of app are connected: the embedded one listens
// where its setting says.
func brokerOf(app *config.Config) transportnats.Settings {
	to := transportnats.Settings(app.NATS)
	if !to.Given() {
		to = to.WithEnvironment()
	}
	if !to.Given() && app.Embedded.Listen != config.Off {
		to.URL = "nats://" + app.Embedded.Listen
	}
	return to
}

// inText is f as lines of text.
func inText(f server.Finding) string {
	mark := "ok  "
	if !f.OK {
		mark = "LOOK"
	}
	where := f.About + " " + f.What
	if f.Source != "" {
		where += " (" + f.Source + ")"
	}
	text := fmt.Sprintf("%s  %s: %s", mark, where, f.Text)
	if f.Help != "" && !f.OK {
		text += "\n      " + strings.ToUpper(f.Help[:1]) + f.Help[1:] + "."
	}
	return text
}

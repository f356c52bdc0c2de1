package main

import "github.com/spf13/cobra"

func (a *app) devCommand() *cobra.Command {
	s := &serve{app: a, settings: make(settings), dev: true}
	return s.command(&cobra.Command{
		Use:   "dev [DIR] [flags]",
		Short: "Serve a directory while you work on it",
		Long: `Serve the workflows of a directory, by default the one you are in, on a broker in this
process; reload what changes; and print a line for each execution that ends. What does
not compile is told, and runs on as it was.

Only this machine can reach it, and nobody is asked who he is: use express serve where
others are to reach it.`,
		Example: `  express dev examples/office
  express dev examples/office --lines events
  express dev --embedded-listen 127.0.0.1:0 --listen off`,
	})
}

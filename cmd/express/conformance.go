package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/seed66d9166c/express/internal/conformance"
)

func (a *app) conformanceCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "conformance DIR [flags]",
		Short: "Compare executions with recorded ones of AWS",
		Long: `Run the recorded executions below DIR, with the recorded answers of their tasks and
without waiting, and compare: level 1 is the status and the output or error, level 2 the
causes, what tasks were called with and the history, level 3 the ids in the history.

The exit code is 1 if a case does not agree that is not known not to.`,
		Example: `  express conformance recordings
  express conformance recordings -o json`,
		Args: exactly("DIR"),
		RunE: func(_ *cobra.Command, args []string) error {
			cases, err := conformance.Load(args[0])
			if err != nil {
				return usage(err)
			}
			if len(cases) == 0 {
				return usagef("%s: there are no cases", args[0])
			}
			results := conformance.Run(cases)
			conformance.Apply(results, conformance.KnownFailures())
			write := conformance.WriteText
			if a.output == jsonFormat {
				write = conformance.WriteJSON
			}
			if err := write(a.stdout, results); err != nil {
				return err
			}
			if bad := conformance.Unexcused(results); len(bad) > 0 {
				return failure{exitFailed, fmt.Errorf("%d cases do not agree with their recordings", len(bad))}
			}
			return nil
		},
	}
	return c
}

package main

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/seed66d9166c/express/internal/catalog"
)

func (a *app) deleteCommand() *cobra.Command {
	return a.askCommand(&cobra.Command{
		Use:   "delete WORKFLOW[:VERSION|:ALIAS] [flags]",
		Short: "Remove a workflow, a version or an alias that is deployed",
		Long: `Remove a workflow that is deployed, with all its versions and aliases, or one of those
alone. Executions that run go on. A version to which an alias refers stays. It is no error
if there is none.`,
		Example: `  express delete orders:live
  express delete orders:3
  express delete orders`,
		Args: exactly("WORKFLOW"),
	}, (*asking).delete)
}

func (q *asking) delete(ctx context.Context, args []string) error {
	text := q.name(args[0])
	arn, err := catalog.ParseARN(text)
	switch {
	case err != nil:
		return usage(err)
	case arn.Qualifier == "":
		return q.Delete(ctx, text)
	case arn.Version() > 0:
		return q.DeleteVersion(ctx, text)
	}
	return q.DeleteAlias(ctx, text)
}

package main

import (
	"context"
	"time"

	"github.com/spf13/cobra"

	"github.com/seed66d9166c/express/internal/catalog"
)

func (a *app) aliasesCommand() *cobra.Command {
	return a.askCommand(&cobra.Command{
		Use:   "aliases WORKFLOW[:VERSION] [flags]",
		Short: "List the aliases of a workflow that is deployed",
		Long: `List the aliases of a workflow, or those that refer to one of its versions, in the order
in which they were made. ROUTES are versions and the percentage of executions that each
of them runs, as express deploy --alias takes them.`,
		Example: `  express aliases orders
  express aliases orders:3 -o json`,
		Args: exactly("WORKFLOW"),
	}, (*asking).aliases)
}

// An aliasResult is an alias as -o json prints it.
type aliasResult struct {
	Alias       string        `json:"alias"`
	ARN         string        `json:"arn"`
	Routes      []routeResult `json:"routes"`
	Description string        `json:"description,omitempty"`
	Created     time.Time     `json:"created"`
	Updated     time.Time     `json:"updated"`
}

func (q *asking) aliases(ctx context.Context, args []string) error {
	aliases, err := every(func(p catalog.Page) ([]catalog.Alias, string, error) { return q.Aliases(ctx, q.name(args[0]), p) })
	if err != nil {
		return err
	}
	arn, err := catalog.ParseARN(q.name(args[0]))
	if err != nil {
		return err
	}
	all, rows := []aliasResult{}, [][]any{}
	for _, alias := range aliases {
		arn.Qualifier = alias.Name
		all = append(all, aliasResult{alias.Name, arn.String(), routesOf(alias.Routes), alias.Description, alias.Created, alias.Updated})
		rows = append(rows, []any{alias.Name, inRoutes(alias.Routes), alias.Updated, alias.Description})
	}
	if q.output == jsonFormat {
		return q.printJSON(all)
	}
	return q.printTable("ALIAS ROUTES UPDATED DESCRIPTION", rows)
}

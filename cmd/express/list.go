package main

import (
	"context"
	"time"

	"github.com/spf13/cobra"

	"github.com/seed66d9166c/express/internal/catalog"
)

func (a *app) listCommand() *cobra.Command {
	return a.askCommand(&cobra.Command{
		Use:   "list [flags]",
		Short: "List the workflows that are deployed",
		Long: `List the workflows that are deployed at a broker, by name. Those that an engine serves
from files of its own are not among them.`,
		Example: `  express list
  express list -o json | jq -r .[].name`,
		Args: exactly(),
	}, (*asking).list)
}

// A listed is a workflow in the list that -o json prints.
type listed struct {
	Name     string    `json:"name"`
	ARN      string    `json:"arn"`
	Type     string    `json:"type"`
	Versions int       `json:"versions"` // how many there are
	Aliases  int       `json:"aliases"`
	Created  time.Time `json:"created"`
	Updated  time.Time `json:"updated"`
}

func (q *asking) list(ctx context.Context, _ []string) error {
	machines, err := every(func(p catalog.Page) ([]*catalog.StateMachine, string, error) { return q.List(ctx, p) })
	if err != nil {
		return err
	}
	all, rows := []listed{}, [][]any{}
	for _, m := range machines {
		l := listed{m.Name, q.ARN(m.Name).String(), string(m.Type), len(m.Versions), len(m.Aliases), m.Created, m.Updated}
		all = append(all, l)
		rows = append(rows, []any{l.Name, l.Type, l.Versions, l.Aliases, l.Updated})
	}
	if q.output == jsonFormat {
		return q.printJSON(all)
	}
	return q.printTable("NAME TYPE VERSIONS ALIASES UPDATED", rows)
}

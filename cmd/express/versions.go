package main

import (
	"context"
	"time"

	"github.com/spf13/cobra"

	"github.com/seed66d9166c/express/internal/catalog"
)

func (a *app) versionsCommand() *cobra.Command {
	return a.askCommand(&cobra.Command{
		Use:   "versions WORKFLOW [flags]",
		Short: "List the versions of a workflow that is deployed",
		Long:  `List the versions that were published of a workflow, the newest first.`,
		Example: `  express versions orders
  express versions orders -o json`,
		Args: exactly("WORKFLOW"),
	}, (*asking).versions)
}

// A versionResult is a version as -o json prints it.
type versionResult struct {
	Version     int       `json:"version"`
	ARN         string    `json:"arn"`
	Revision    string    `json:"revision,omitempty"` // "" is the one that the workflow was created with
	Definition  string    `json:"definition"`         // its SHA-256
	Description string    `json:"description,omitempty"`
	Created     time.Time `json:"created"`
}

func (q *asking) versions(ctx context.Context, args []string) error {
	versions, err := every(func(p catalog.Page) ([]catalog.Version, string, error) { return q.Versions(ctx, q.name(args[0]), p) })
	if err != nil {
		return err
	}
	arn, err := catalog.ParseARN(q.name(args[0]))
	if err != nil {
		return err
	}
	all, rows := []versionResult{}, [][]any{}
	for _, v := range versions {
		all = append(all, versionResult{v.Number, arn.Qualified(v.Number).String(), v.ID, v.Definition.String(), v.Description, v.Created})
		rows = append(rows, []any{v.Number, v.Definition.String()[:12], v.Created, v.Description})
	}
	if q.output == jsonFormat {
		return q.printJSON(all)
	}
	return q.printTable("VERSION DEFINITION CREATED DESCRIPTION", rows)
}

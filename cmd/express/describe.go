package main

import (
	"context"
	"fmt"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/seed66d9166c/express/internal/catalog"
)

func (a *app) describeCommand() *cobra.Command {
	var definition bool
	c := a.askCommand(&cobra.Command{
		Use:   "describe WORKFLOW[:VERSION|:ALIAS] [flags]",
		Short: "Show a workflow that is deployed",
		Long: `Show a workflow that is deployed, or a version of it. Of an alias it is the version that
most executions run.`,
		Example: `  express describe orders
  express describe orders:3 -o json
  express describe orders:live --definition > orders.asl.json`,
		Args: exactly("WORKFLOW"),
	}, func(q *asking, ctx context.Context, args []string) error {
		d, err := q.Describe(ctx, q.name(args[0]))
		if err != nil {
			return err
		}
		if definition {
			_, err := q.stdout.Write(d.Definition)
			return err
		}
		return q.describe(d)
	})
	c.Flags().BoolVar(&definition, "definition", false, "print the definition, as it was given, and nothing else")
	return c
}

// A descriptionResult is a workflow as -o json prints it.
type descriptionResult struct {
	Name        string            `json:"name"`
	ARN         string            `json:"arn"`
	Type        string            `json:"type"`
	Revision    string            `json:"revision,omitempty"`
	Version     int               `json:"version,omitempty"`
	Description string            `json:"description,omitempty"`
	Created     time.Time         `json:"created"`
	Updated     time.Time         `json:"updated"`
	Set         map[string]string `json:"set,omitempty"`
	Role        string            `json:"role,omitempty"`
	Level       string            `json:"level,omitempty"`
	Tags        map[string]string `json:"tags,omitempty"`
	SHA256      string            `json:"sha256"` // of the definition
	Definition  string            `json:"definition"`
}

func (q *asking) describe(d *catalog.Description) error {
	m, r := d.Machine, d.Revision
	out := descriptionResult{
		Name: m.Name, ARN: d.ARN.String(), Type: string(m.Type), Revision: r.ID,
		Created: m.Created, Updated: m.Updated, Set: r.Set, Role: r.Role,
		SHA256: r.Definition.String(), Definition: string(d.Definition),
	}
	if v := d.Version; v != nil {
		out.Version, out.Description, out.Created, out.Updated = v.Number, v.Description, v.Created, v.Created
	}
	if r.Logging != nil {
		out.Level = r.Logging.Level
	}
	for _, t := range m.Tags {
		if out.Tags == nil {
			out.Tags = make(map[string]string)
		}
		out.Tags[t.Key] = t.Value
	}
	if q.output == jsonFormat {
		return q.printJSON(out)
	}
	w := tabwriter.NewWriter(q.stdout, 0, 0, 2, ' ', 0)
	row := func(name string, value any) { writeRow(w, []any{name, value}) }
	row("name", out.Name)
	row("arn", out.ARN)
	row("type", out.Type)
	if out.Version > 0 {
		row("version", out.Version)
	}
	if out.Description != "" {
		row("description", out.Description)
	}
	if out.Revision != "" {
		row("revision", out.Revision)
	}
	row("created", out.Created)
	row("updated", out.Updated)
	if len(out.Set) > 0 {
		row("set", assignments(out.Set))
	}
	for _, t := range m.Tags {
		row("tag", t.Key+"="+t.Value)
	}
	row("definition", fmt.Sprintf("%s (%d bytes)", out.SHA256[:12], len(out.Definition)))
	return w.Flush()
}

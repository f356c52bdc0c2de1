package main

import (
	"context"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"github.com/spf13/cobra"

	"github.com/seed66d9166c/express/internal/catalog"
)

// An asking is one run of a command about the workflows that are deployed at a
// broker.
type asking struct {
	*app
	connection
	*catalog.Registry
}

// askCommand makes c a command that asks, by do.
func (a *app) askCommand(c *cobra.Command, do func(*asking, context.Context, []string) error) *cobra.Command {
	q := &asking{app: a}
	c.RunE = func(c *cobra.Command, args []string) error {
		return q.with(c.Context(), func() error { return do(q, c.Context(), args) })
	}
	c.ValidArgsFunction = cobra.NoFileCompletions
	q.connection.flags(c.Flags())
	return c
}

// with does something while there is a connection.
func (q *asking) with(ctx context.Context, do func() error) error {
	nc, err := q.open(q.connection)
	if err != nil {
		return err
	}
	defer nc.Close()
	js, err := jetstream.New(nc)
	if err != nil {
		return err
	}
	store, err := catalog.OpenBuckets(ctx, js, 0)
	if err != nil {
		return err
	}
	q.Registry = catalog.NewRegistry(store, catalog.RegistryOptions{Account: catalog.DefaultAccount})
	return do()
}

// name is the ARN that the user means by NAME, NAME:VERSION, NAME:ALIAS or an ARN.
func (q *asking) name(text string) string {
	if strings.HasPrefix(text, "arn:") {
		return text
	}
	return q.ARN(text).String()
}

// every collects the pages of a list.
func every[T any](page func(catalog.Page) ([]T, string, error)) (all []T, err error) {
	for p := (catalog.Page{Max: 1000}); ; {
		items, next, err := page(p)
		if err != nil {
			return nil, err
		}
		all = append(all, items...)
		if p.Token = next; next == "" {
			return all, nil
		}
	}
}

// printTable prints rows with a head in columns, or says that there are none.
func (a *app) printTable(head string, rows [][]any) error {
	if len(rows) == 0 {
		_, err := fmt.Fprintln(a.stderr, "there are none")
		return err
	}
	w := tabwriter.NewWriter(a.stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, strings.ReplaceAll(head, " ", "\t"))
	for _, row := range rows {
		writeRow(w, row)
	}
	return w.Flush()
}

func writeRow(w io.Writer, row []any) {
	for i, cell := range row {
		if t, ok := cell.(time.Time); ok {
			cell = t.Local().Format(time.DateTime)
		}
		if i > 0 {
			fmt.Fprint(w, "\t")
		}
		fmt.Fprint(w, cell)
	}
	fmt.Fprintln(w)
}

// A routeResult is a share of an alias as -o json prints it.
type routeResult struct {
	Version int `json:"version"`
	Weight  int `json:"weight"` // percent
}

func routesOf(routes []catalog.Route) []routeResult {
	all := make([]routeResult, len(routes))
	for i, r := range routes {
		all[i] = routeResult(r)
	}
	return all
}

// inRoutes is the routing of an alias as --alias takes it: 3:90,4:10.
func inRoutes(routes []catalog.Route) string {
	var words []string
	for _, r := range routes {
		words = append(words, fmt.Sprintf("%d:%d", r.Version, r.Weight))
	}
	return strings.Join(words, ",")
}

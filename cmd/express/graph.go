package main

import (
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"github.com/seed66d9166c/express/compiler"
	"github.com/seed66d9166c/express/internal/config"
	"github.com/seed66d9166c/express/internal/graph"
	"github.com/seed66d9166c/express/internal/records"
)

// drawings are the forms in which a graph can be written.
var drawings = map[string]func(io.Writer, *compiler.Graph, graph.Stats) error{
	"svg":     graph.WriteSVG,
	"mermaid": graph.WriteMermaid,
	"dot":     graph.WriteDOT,
}

func (a *app) graphCommand() *cobra.Command {
	var d definition
	var format, recorded string
	c := &cobra.Command{
		Use:   "graph FILE [flags]",
		Short: "Draw a definition",
		Long: `Draw a definition, in JSON or YAML, as SVG, or as the text that Mermaid or Graphviz
draws. FILE may be - for standard input.

With --records the log records in a file say what executions did: how often each state
was entered and each way was taken, what failed, and how long states took. States in
which none was are faint.`,
		Example: `  express graph order.asl.json > order.svg
  express graph order.asl.json --format mermaid
  express graph order.asl.json --records records.ndjson > order.svg`,
		Args: exactly("FILE"),
		RunE: func(_ *cobra.Command, args []string) error {
			write, ok := drawings[format]
			if !ok {
				return usagef("--format %s: want svg, mermaid or dot", format)
			}
			g, err := a.draw(args[0], d.options())
			if err != nil {
				return err
			}
			var stats graph.Stats
			if recorded != "" {
				xs, err := a.executions(recorded, func(r *records.Record) bool { return r.Workflow == g.Name })
				if err != nil {
					return err
				}
				stats = graph.Count(xs)
			}
			return write(a.stdout, g, stats)
		},
		ValidArgsFunction: completeDefinition,
	}
	f := c.Flags()
	f.StringVar(&format, "format", "svg", "`FORMAT` of the drawing: svg, mermaid or dot")
	f.StringVar(&recorded, "records", "", "`FILE` of log records that say what executions did; - for standard input")
	d.flags(f)
	return c
}

// draw is the graph of a file, or of standard input for "-"; it prints the
// findings.
func (a *app) draw(file string, o *compiler.Options) (*compiler.Graph, error) {
	name, src, err := a.read(file)
	if err != nil {
		return nil, usage(err)
	}
	g, found := compiler.Draw(name, src, o)
	r := config.Report{File: name, Source: src, Findings: found}
	if err := r.Write(a.stderr); err != nil {
		return nil, err
	}
	if g == nil {
		return nil, failure{exitDefinition, nil}
	}
	g.Name = workflowName(file)
	return g, nil
}

// executions are those whose log records, as far as want wants them, lie in a
// file, or come from standard input for "-". Lines that are no records are told
// of, and passed over; it is an error if there are no others.
func (a *app) executions(file string, want func(*records.Record) bool) ([]*records.Execution, error) {
	in := a.stdin
	if file != "-" {
		f, err := os.Open(file)
		if err != nil {
			return nil, usage(err)
		}
		defer f.Close()
		in = f
	}
	var all []*records.Record
	for r, err := range records.Read(in) {
		if err != nil {
			fmt.Fprintf(a.stderr, "%s: %v\n", file, err)
		} else if want(r) {
			all = append(all, r)
		}
	}
	if len(all) == 0 {
		return nil, fmt.Errorf("there are no such log records in %s", file)
	}
	return records.Executions(all), nil
}

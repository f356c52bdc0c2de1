package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/seed66d9166c/express/express/program"
	"github.com/seed66d9166c/express/internal/catalog"
)

// A deployment is one run of the command "deploy".
type deployment struct {
	asking
	definition
	name        string
	publish     bool
	description string
	aliases     []string
}

func (a *app) deployCommand() *cobra.Command {
	d := &deployment{asking: asking{app: a}}
	c := &cobra.Command{
		Use:   "deploy FILE [flags]",
		Short: "Deploy a workflow to all engines of a broker",
		Long: `Check a definition and keep it at the broker, from where all engines serve it at once:
those that run now, and those that start later. Executions that run go on as they began.
A workflow that an engine serves from a file of its own is not replaced there.

FILE may be - for standard input, or a template of CloudFormation or SAM; of several state
machines in it TEMPLATE#ID names one. --set goes with the definition; what it leaves open is
filled by the settings of each engine.

An alias is made, or changed, to run the versions that it names, each with a percentage of
the executions; live alone runs the version of what is deployed.`,
		Example: `  express deploy orders.asl.json
  express deploy orders.asl.json --publish --description 'refunds, too' --alias live
  express deploy orders.asl.json --publish --alias live=3:90,4:10
  express deploy template.yaml#Orders --set OrdersQueue=orders`,
		Args: exactly("FILE"),
		RunE: func(c *cobra.Command, args []string) error {
			return d.run(c.Context(), args[0])
		},
		ValidArgsFunction: completeDefinition,
	}
	f := c.Flags()
	f.StringVar(&d.name, "name", "", "`name` of the workflow; else that of the file")
	f.BoolVar(&d.publish, "publish", false, "publish it as a version")
	f.StringVar(&d.description, "description", "", "`text` about the version")
	f.StringArrayVar(&d.aliases, "alias", nil, "make or change an alias, as `NAME[=VERSION:PERCENT,...]`; may be repeated")
	d.definition.flags(f)
	d.connection.flags(f)
	return c
}

func (d *deployment) run(ctx context.Context, file string) error {
	if d.description != "" && !d.publish {
		return usagef("--description is about a version: it goes with --publish")
	}
	var aliases []aliasFlag
	for _, text := range d.aliases {
		alias, err := parseAlias(text)
		if err != nil {
			return usagef("--alias %s: %w", text, err)
		}
		if alias.routes == nil && !d.publish {
			return usagef("--alias %s runs the version of what is deployed: it goes with --publish", text)
		}
		aliases = append(aliases, alias)
	}
	s, r, err := d.one(file, d.options())
	if err != nil {
		return err
	}
	var p *program.Program
	if s != nil {
		p, r = s.compile()
	}
	if err := r.Write(d.stderr); err != nil {
		return err
	}
	if p == nil {
		return failure{exitDefinition, nil}
	}
	if d.name = cmp.Or(d.name, s.workflow); d.name == "" {
		return usagef("--name is missing: what comes from standard input has none")
	}
	return d.with(ctx, func() error { return d.deploy(ctx, s, aliases) })
}

// A deployed is what became of a deployment, as -o json prints it.
type deployed struct {
	Name     string   `json:"name"`
	ARN      string   `json:"arn"`
	Change   string   `json:"change"` // created, updated or unchanged
	Revision string   `json:"revision,omitempty"`
	Version  int      `json:"version,omitempty"`
	Aliases  []string `json:"aliases,omitempty"` // ARNs
}

func (d *deployment) deploy(ctx context.Context, s *source, aliases []aliasFlag) error {
	arn := d.ARN(d.name)
	out := deployed{Name: d.name, ARN: arn.String()}
	m, v, err := d.put(ctx, s, &out)
	if err != nil {
		return err
	}
	out.Revision = m.ID
	if v != nil {
		out.Version = v.Number
	}
	for _, alias := range aliases {
		if alias.routes == nil {
			alias.routes = []catalog.Route{{Version: v.Number, Weight: 100}}
		}
		arn, err := d.route(ctx, alias)
		if err != nil {
			return fmt.Errorf("%s is deployed, but not its alias %s: %w", d.name, alias.name, err)
		}
		out.Aliases = append(out.Aliases, arn)
	}
	if d.output == jsonFormat {
		return d.printJSON(out)
	}
	fmt.Fprintf(d.stdout, "%s: %s", d.name, out.Change)
	if v != nil {
		fmt.Fprintf(d.stdout, ", version %d", v.Number)
	}
	for _, alias := range aliases {
		fmt.Fprintf(d.stdout, ", alias %s", alias.name)
	}
	_, err = fmt.Fprintln(d.stdout)
	return err
}

// put creates the workflow, or changes the one that there is.
func (d *deployment) put(ctx context.Context, s *source, out *deployed) (*catalog.StateMachine, *catalog.Version, error) {
	definition, set := s.definition(), s.filling()
	before, err := d.Describe(ctx, out.ARN)
	if isCode(err, catalog.StateMachineDoesNotExist) {
		out.Change = "created"
		m, v, refused := d.Create(ctx, catalog.Create{
			Name: d.name, Type: catalog.Express, Definition: definition, Set: set,
			Publish: d.publish, VersionDescription: d.description,
		})
		if !isCode(refused, catalog.StateMachineAlreadyExists) {
			return m, v, refused
		}
		before, err = d.Describe(ctx, out.ARN) // somebody else was as fast
	}
	if err != nil {
		return nil, nil, err
	}
	m, v, err := d.Update(ctx, out.ARN, catalog.Update{
		Definition: &definition, Set: set, Publish: d.publish, VersionDescription: d.description,
	})
	if err != nil {
		return nil, nil, err
	}
	out.Change = "updated"
	if m.ID == before.Revision.ID {
		out.Change = "unchanged"
	}
	return m, v, nil
}

// isCode reports whether err is an error of the catalog with this code.
func isCode(err error, code catalog.Code) bool {
	e, ok := errors.AsType[*catalog.Error](err)
	return ok && e.Code == code
}

// route makes or changes an alias, and returns its ARN.
func (d *deployment) route(ctx context.Context, alias aliasFlag) (string, error) {
	var routing []catalog.RouteRequest
	for _, r := range alias.routes {
		routing = append(routing, catalog.RouteRequest{Version: d.ARN(d.name).Qualified(r.Version).String(), Weight: r.Weight})
	}
	arn := d.ARN(d.name)
	arn.Qualifier = alias.name
	_, err := d.UpdateAlias(ctx, arn.String(), nil, routing)
	if isCode(err, catalog.ResourceNotFound) || isCode(err, catalog.InvalidArn) { // there is none, or it can have no such name
		_, _, err = d.CreateAlias(ctx, alias.name, "", routing)
	}
	return arn.String(), err
}

// An aliasFlag is what --alias says.
type aliasFlag struct {
	name   string
	routes []catalog.Route // nil for what is published
}

// parseAlias reads NAME or NAME=VERSION:PERCENT,VERSION:PERCENT.
func parseAlias(text string) (aliasFlag, error) {
	name, rest, routed := strings.Cut(text, "=")
	f := aliasFlag{name: name}
	if name == "" {
		return f, errors.New("want a name")
	}
	if !routed {
		return f, nil
	}
	for part := range strings.SplitSeq(rest, ",") {
		version, weight, _ := strings.Cut(part, ":")
		v, errVersion := strconv.Atoi(version)
		w, errWeight := strconv.Atoi(weight)
		if errors.Join(errVersion, errWeight) != nil {
			return f, fmt.Errorf("want VERSION:PERCENT, and not %q", part)
		}
		f.routes = append(f.routes, catalog.Route{Version: v, Weight: w})
	}
	return f, nil
}

package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/seed66d9166c/express/express/program"
)

func (a *app) compileCommand() *cobra.Command {
	var d definition
	c := &cobra.Command{
		Use:   "compile FILE [flags]",
		Short: "Print the instructions a definition is compiled to",
		Long: `Compile a definition, in JSON or YAML, and print the instructions it is run by.
FILE may be - for standard input, or a template of CloudFormation or SAM; of several state
machines in it TEMPLATE#ID names one. The exit code is 3 if the definition is not valid.`,
		Example: `  express compile order.asl.json
  express compile order.asl.json --set QueueUrl=nats:publish:orders
  cat order.asl.json | express compile -`,
		Args: exactly("FILE"),
		RunE: func(_ *cobra.Command, args []string) error {
			p, err := a.compile(args[0], d.options())
			if err != nil {
				return err
			}
			if a.output == jsonFormat {
				return a.printJSON(listingOf(p, workflowName(args[0])))
			}
			_, err = fmt.Fprint(a.stdout, p)
			return err
		},
		ValidArgsFunction: completeDefinition,
	}
	d.flags(c.Flags())
	return c
}

// A listing is a program as -o json prints it.
type listing struct {
	Name string        `json:"name"`
	Code []instruction `json:"code"`
}

// An instruction is a line of a listing, and its place in the definition.
type instruction struct {
	At     int    `json:"at"`
	Op     string `json:"op"`
	Line   uint32 `json:"line"`
	Column uint32 `json:"column"`
	Text   string `json:"text"`
}

func listingOf(p *program.Program, name string) listing {
	l := listing{Name: name}
	at := 0
	for line := range strings.Lines(p.String()) {
		pos := p.Pos[at]
		l.Code = append(l.Code, instruction{at, p.Code[at].Op.String(), pos.Line, pos.Col, strings.TrimSpace(line)})
		at++
	}
	return l
}

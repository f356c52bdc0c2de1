package main

import (
	"cmp"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/seed66d9166c/express/compiler"
	"github.com/seed66d9166c/express/express/program"
	"github.com/seed66d9166c/express/internal/config"
)

// A definition is the flags that say how definitions are compiled.
type definition struct {
	set    assignments
	strict bool
}

func (d *definition) flags(f *pflag.FlagSet) {
	d.set = make(assignments)
	f.Var(d.set, "set", "what stands for ${Name} in definitions; may be repeated")
	f.BoolVar(&d.strict, "strict-express", false, "refuse what AWS refuses for Express Workflows")
}

func (d *definition) options() *compiler.Options {
	return &compiler.Options{Strict: d.strict, Set: d.set}
}

// compile compiles a file, or standard input for "-", and prints the findings.
func (a *app) compile(file string, o *compiler.Options) (*program.Program, error) {
	p, r, err := a.check(file, o)
	if err != nil {
		return nil, err
	}
	if err := r.Write(a.stderr); err != nil {
		return nil, err
	}
	if p == nil {
		return nil, failure{exitDefinition, nil}
	}
	return p, nil
}

// check compiles a file, or standard input for "-".
func (a *app) check(file string, o *compiler.Options) (*program.Program, config.Report, error) {
	s, r, err := a.one(file, o)
	if s == nil {
		return nil, r, err
	}
	p, r := s.compile()
	return p, r, nil
}

// suffixes of files that hold definitions.
var suffixes = []string{".asl.json", ".asl.yaml", ".asl.yml"}

// isDefinition reports whether a file of this name holds a definition.
func isDefinition(name string) bool {
	return slices.ContainsFunc(suffixes, func(s string) bool { return strings.HasSuffix(name, s) })
}

// workflowName is the name of the workflow that file defines: order for
// flows/order.asl.json.
func workflowName(file string) string {
	if file == "-" {
		return "stdin"
	}
	if _, id := splitTemplate(file); id != "" {
		return id
	}
	name := filepath.Base(file)
	stem := strings.TrimSuffix(strings.TrimSuffix(name, filepath.Ext(name)), ".asl")
	return cmp.Or(stem, name)
}

// completeDefinition completes the name of a file that may hold a definition.
func completeDefinition(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
	return []string{"json", "yaml", "yml"}, cobra.ShellCompDirectiveFilterFileExt
}

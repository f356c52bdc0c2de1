package main

import (
	"context"
	"fmt"
	"os"
	"regexp"

	"github.com/spf13/cobra"

	"github.com/seed66d9166c/express/internal/suite"
)

// A testRun is one run of the command "test".
type testRun struct {
	*app
	definition
	only     string
	update   bool
	verbose  bool
	junit    string
	coverage bool
	least    float64

	results []*suite.Result
	doc     suite.Document
}

func (a *app) testCommand() *cobra.Command {
	t := &testRun{app: a}
	c := &cobra.Command{
		Use:   "test [PATH...] [flags]",
		Short: "Test workflows by the test files beside them",
		Long: `Run the cases of test files, NAME.test.yaml, .test.yml or .test.json beside a
definition: inputs, what tasks answer, and what is expected to happen. The engine is the
one that serves, on a virtual clock: waits, retry intervals and timeouts take no time,
and a run can be repeated. No task is really called.

PATH is a test file or a directory; DIR/... takes the directories below as well, but for
node_modules and those whose name begins with a dot. Without a PATH it is ./... .

The exit code is 1 if a case failed or too little was covered, 2 if a test file is not as
it has to be, and 3 if a definition is not valid.`,
		Example: `  express test
  express test examples/office flows/order.test.yaml
  express test --run 'order.*#refused' -v
  express test --update
  express test --junit report.xml --coverage --coverage-min 80`,
		Args: cobra.ArbitraryArgs,
		RunE: func(c *cobra.Command, args []string) error {
			if len(args) == 0 {
				args = []string{"./..."}
			}
			t.coverage = t.coverage || c.Flags().Changed("coverage-min")
			return t.run(c.Context(), args)
		},
		ValidArgsFunction: completeDefinition,
	}
	f := c.Flags()
	f.StringVarP(&t.only, "run", "r", "", "run the cases whose FILE#CASE a `REGEXP` matches")
	f.BoolVarP(&t.update, "update", "u", false, "record the snapshots")
	f.BoolVarP(&t.verbose, "verbose", "v", false, "print the events of every execution, not of the failed ones alone")
	f.StringVar(&t.junit, "junit", "", "write a report in the form of JUnit to a `FILE`, too")
	f.BoolVar(&t.coverage, "coverage", false, "print which states and transitions the cases cover")
	f.Float64Var(&t.least, "coverage-min", 0, "fail if less than `N` percent of all states, or of all transitions, are covered")
	t.definition.flags(f)
	return c
}

func (t *testRun) run(ctx context.Context, paths []string) error {
	o := suite.Options{Set: t.set, Strict: t.strict, Update: t.update, Events: t.verbose}
	if t.only != "" {
		var err error
		if o.Only, err = regexp.Compile(t.only); err != nil {
			return usagef("--run: %w", err)
		}
	}
	if t.least < 0 || t.least > 100 {
		return usagef("--coverage-min: want 0 to 100 but got %v", t.least)
	}
	files, err := suite.Find(paths)
	if err != nil {
		return usage(err)
	}
	suite.RunFiles(ctx, files, o, func(r *suite.Result) {
		t.results = append(t.results, r)
		t.doc.Add(r)
		if t.output != jsonFormat && err == nil {
			err = r.WriteText(t.stdout)
		}
	})
	if err != nil {
		return err
	}
	if t.doc.Passed+t.doc.Failed == 0 {
		return usagef("--run %s: it matches none of the cases in %s", t.only, counted(len(files), "file"))
	}
	if err := t.report(); err != nil {
		return err
	}
	return t.verdict(ctx)
}

// report prints what came of all files together.
func (t *testRun) report() error {
	covered := t.covered()
	if t.junit != "" {
		f, err := os.Create(t.junit)
		if err != nil {
			return err
		}
		defer f.Close()
		if err := suite.WriteJUnit(f, t.results); err != nil {
			return fmt.Errorf("write %s: %w", t.junit, err)
		}
		if err := f.Close(); err != nil {
			return err
		}
	}
	if t.output == jsonFormat {
		t.doc.AddCoverage(covered)
		return t.printJSON(t.doc)
	}
	if t.coverage {
		if err := suite.WriteCoverage(t.stdout, covered); err != nil {
			return err
		}
	}
	_, err := fmt.Fprintf(t.stdout, "%s: %d ok, %d failed\n", counted(t.doc.Files, "file"), t.doc.Passed, t.doc.Failed)
	return err
}

// covered is the coverage of each workflow, nil where nobody asked.
func (t *testRun) covered() []*suite.Coverage {
	if !t.coverage {
		return nil
	}
	var all []*suite.Coverage
	for _, r := range t.results {
		if r.Coverage != nil {
			all = append(all, r.Coverage)
		}
	}
	return suite.Merge(all)
}

// verdict is the exit code.
func (t *testRun) verdict(ctx context.Context) error {
	var worst suite.Problem
	for _, r := range t.results {
		worst = max(worst, r.Problem)
	}
	states, transitions := suite.Totals(t.covered())
	switch {
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case worst == suite.InvalidDefinition:
		return failure{exitDefinition, nil}
	case worst == suite.InvalidFile:
		return failure{exitUsage, nil}
	case t.doc.Failed > 0:
		return failure{exitFailed, nil}
	case states.Percent() < t.least || transitions.Percent() < t.least:
		return fmt.Errorf("want at least %v%% covered, but of the states it is %.1f%% and of the transitions %.1f%%",
			t.least, states.Percent(), transitions.Percent())
	}
	return nil
}

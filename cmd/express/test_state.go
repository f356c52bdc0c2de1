package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/seed66d9166c/express/compiler"
	"github.com/seed66d9166c/express/express/teststate"
	"github.com/seed66d9166c/express/internal/config"
)

// A stateTest is one run of the command "test-state".
type stateTest struct {
	*app
	input
	request teststate.Request
	mock    teststate.Mock
	failure teststate.ErrorOutput
	cause   string
	config  teststate.Configuration
}

func (a *app) testStateCommand() *cobra.Command {
	t := &stateTest{app: a}
	c := &cobra.Command{
		Use:   "test-state FILE [flags]",
		Short: "Run one state with a mocked answer, and show its data flow",
		Long: `Run one state, as the TestState of AWS Step Functions does, and print what became of it:
the stages of its data flow, its output, and the state it goes on to. FILE is a state, or
a machine with --state, in JSON or YAML. It may be - for standard input.

A Task, Parallel or Map state is answered by --mock or --mock-error. The result of a task
is held against what the API of the service returns. Nothing is called, a Wait takes no
time, and a Retry is told of, not made.

-o json prints the response of the API. The exit code is 0 if the state succeeded or its
error was caught, and 1 if it failed or would be tried again.`,
		Example: `  express test-state order.asl.json --state Check -i '{"id": 7}'
  express test-state check.json --mock '{"Item": {"id": {"S": "a1"}}}'
  express test-state check.json --mock-error Lambda.TooManyRequestsException --retry 2`,
		Args: exactly("FILE"),
		RunE: func(c *cobra.Command, args []string) error {
			if c.Flags().Changed("mock-cause") {
				t.failure.Cause = &t.cause
			}
			return t.run(c.Context(), args[0])
		},
		ValidArgsFunction: completeDefinition,
	}
	f := c.Flags()
	t.input.flags(f)
	f.StringVar(&t.request.StateName, "state", "", "the `NAME` of the state to test where FILE is a machine: any, at any depth")
	f.StringVar((*string)(&t.request.Level), "inspection", string(teststate.Debug), "how much to show: the `LEVEL` INFO, DEBUG or TRACE")
	f.StringVar(&t.mock.Result, "mock", "", "what the service answers: `JSON` or @FILE")
	f.StringVar(&t.failure.Error, "mock-error", "", "the `NAME` of an error that it answers instead")
	f.StringVar(&t.cause, "mock-cause", "", "the `TEXT` of the cause of that error")
	f.StringVar((*string)(&t.mock.Validation), "validation", string(teststate.Strict), "how --mock is checked: the `MODE` STRICT, PRESENT or NONE")
	f.StringVar(&t.request.Variables, "variables", "", "the variables: `JSON` or @FILE")
	f.StringVar(&t.request.Context, "context", "", "the context object: `JSON` or @FILE")
	f.IntVar(&t.config.RetrierRetryCount, "retry", 0, "how often the state was tried again before: a `NUMBER`")
	f.IntVar(&t.config.MapIterationFailureCount, "failed-iterations", 0, "how many iterations of a Map have failed: a `NUMBER`")
	f.StringVar(&t.config.MapItemReaderData, "items", "", "what the ItemReader of a Map has read: `JSON` or @FILE")
	complete := func(flag string, values ...string) {
		c.RegisterFlagCompletionFunc(flag, cobra.FixedCompletions(values, cobra.ShellCompDirectiveNoFileComp))
	}
	complete("inspection", string(teststate.Info), string(teststate.Debug), string(teststate.Trace))
	complete("validation", string(teststate.Strict), string(teststate.Present), string(teststate.None))
	return c
}

func (t *stateTest) run(ctx context.Context, file string) error {
	if err := t.prepare(file); err != nil {
		return err
	}
	r, err := teststate.Run(ctx, t.request)
	if refused, ok := errors.AsType[*teststate.Error](err); ok {
		if refused.Code == teststate.InvalidDefinition {
			return failure{exitDefinition, errors.New(refused.Message)}
		}
		return usagef("%s", refused.Message)
	}
	if err != nil {
		return err
	}
	if t.output == jsonFormat {
		err = t.printJSON(r)
	} else {
		err = t.show(r)
	}
	if err != nil {
		return err
	}
	if r.Status != teststate.Succeeded && r.Status != teststate.CaughtError {
		return failure{exitFailed, nil}
	}
	return nil
}

// prepare makes the request of the flags.
func (t *stateTest) prepare(file string) error {
	failing := t.failure != teststate.ErrorOutput{}
	switch {
	case file == "-" && t.input.text == "-":
		return usagef("standard input cannot be both the definition and the input")
	case t.mock.Result != "" && failing:
		return usagef("--mock cannot be with --mock-error or --mock-cause")
	}
	v, err := t.input.value(t.stdin)
	if err != nil {
		return err
	}
	t.request.Input = v.String()
	for _, text := range []*string{&t.mock.Result, &t.request.Variables, &t.request.Context, &t.config.MapItemReaderData} {
		if *text, err = contents(*text); err != nil {
			return usage(err)
		}
	}
	if failing {
		t.mock.ErrorOutput = &t.failure
	}
	if t.mock.Result != "" || failing {
		t.request.Mock = &t.mock
	}
	if t.config != (teststate.Configuration{}) {
		t.request.Configuration = &t.config
	}
	return t.definition(file)
}

// contents is text, or what is in FILE if it is @FILE.
func contents(text string) (string, error) {
	file, ok := strings.CutPrefix(text, "@")
	if !ok {
		return text, nil
	}
	b, err := os.ReadFile(file)
	return string(b), err
}

// definition reads a state or a machine. Findings of a machine have their place.
func (t *stateTest) definition(file string) error {
	name, src, err := t.read(file)
	if err != nil {
		return usage(err)
	}
	text, found := compiler.JSON(name, src)
	if found.Err() == nil && t.request.StateName != "" {
		_, found = compiler.Compile(name, src, &compiler.Options{Distributed: true})
	}
	if found.Err() != nil {
		if err := (&config.Report{File: name, Source: src, Findings: found}).Write(t.stderr); err != nil {
			return err
		}
		return failure{exitDefinition, nil}
	}
	var machine struct{ States json.RawMessage }
	if json.Unmarshal(text, &machine) == nil && machine.States != nil && t.request.StateName == "" {
		return usagef("%s is a machine: name a state of it with --state", name)
	}
	t.request.Definition = string(text)
	return nil
}

// show prints r for people: what the state went through, and how it ended.
func (t *stateTest) show(r *teststate.Response) error {
	w := tabwriter.NewWriter(t.stdout, 0, 0, 2, ' ', 0)
	row := func(name, text string) {
		fmt.Fprintf(w, "%s\t%s\n", name, strings.ReplaceAll(text, "\n", "\n\t"))
	}
	if i := r.Inspection; i != nil {
		for _, s := range i.Stages {
			row(s.Name, s.Value.String())
		}
		if i.Request != nil {
			row("request", i.Request.Method+" "+i.Request.URL)
		}
		if i.Response != nil {
			row("response", i.Response.StatusCode+" "+i.Response.StatusMessage)
		}
	}
	if !r.Output.IsNothing() {
		row("output", r.Output.String())
	}
	if r.Err != nil {
		row("error", r.Err.Name)
		if !r.Err.NoCause {
			row("cause", r.Err.Cause)
		}
	}
	row("status", string(r.Status)+handling(r))
	if r.NextState != "" {
		row("nextState", r.NextState)
	}
	return w.Flush()
}

// handling says which handler takes an error, where that is known.
func handling(r *teststate.Response) string {
	if r.Inspection == nil || r.Inspection.Handling == nil {
		return ""
	}
	switch h := r.Inspection.Handling; {
	case h.CatchIndex != nil:
		return fmt.Sprintf(" by Catch[%d]", *h.CatchIndex)
	default:
		return fmt.Sprintf(" by Retry[%d] in %d s", *h.RetryIndex, *h.Interval)
	}
}

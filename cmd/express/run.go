package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	natsio "github.com/nats-io/nats.go"
	"github.com/spf13/cobra"

	"github.com/seed66d9166c/express/compiler"
	"github.com/seed66d9166c/express/express"
	"github.com/seed66d9166c/express/express/mock"
	"github.com/seed66d9166c/express/express/program"
	"github.com/seed66d9166c/express/express/value"
	"github.com/seed66d9166c/express/internal/suite"
	"github.com/seed66d9166c/express/internal/telemetry"
)

// A runOnce is one run of the command "run".
type runOnce struct {
	*app
	definition
	input
	connection
	mock    string
	virtual bool
	verbose bool
}

func (a *app) runCommand() *cobra.Command {
	r := &runOnce{app: a}
	c := &cobra.Command{
		Use:   "run FILE [flags]",
		Short: "Run one definition once, and print the outcome",
		Long: `Run a definition once, in this process, and print the outcome as one JSON object on
one line: {"status","output"}, or {"status","error","cause"}. FILE may be - for
standard input, or TEMPLATE#ID for a state machine of a template of CloudFormation or SAM.

Tasks are answered by --mock; those of the form nats:... are requests to a broker where
one is given by --server, --context or their variables. Any other task fails.

The exit code is 0 if the execution succeeded and 1 if not.`,
		Example: `  express run order.asl.json -i '{"id": 7}'
  express run order.asl.json -i @order.json --mock MockConfigFile.json#HappyPath
  express run order.asl.json --mock 'order.test.yaml#paid late' --virtual-clock
  express run order.asl.json --virtual-clock -v
  express run order.asl.json -s nats://127.0.0.1:4222`,
		Args: exactly("FILE"),
		RunE: func(c *cobra.Command, args []string) error {
			return r.run(c.Context(), args[0])
		},
		ValidArgsFunction: completeDefinition,
	}
	f := c.Flags()
	r.input.flags(f)
	f.StringVarP(&r.mock, "mock", "m", "", "answer tasks as `FILE#CASE` says: a case of a test file, or of AWS's MockConfigFile.json")
	f.BoolVar(&r.virtual, "virtual-clock", false, "let waits, retry intervals and timeouts take no time")
	f.BoolVarP(&r.verbose, "verbose", "v", false, "print the events of the execution on standard error")
	r.definition.flags(f)
	r.connection.flags(f)
	return c
}

func (r *runOnce) run(ctx context.Context, file string) error {
	if file == "-" && r.input.text == "-" {
		return usagef("standard input cannot be both the definition and the input")
	}
	in, err := r.input.value(r.stdin)
	if err != nil {
		return err
	}
	p, err := r.compile(file, r.options())
	if err != nil {
		return err
	}
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	b := &broker{connect: func() (*natsio.Conn, error) { return r.open(r.connection) }, failed: stop}
	name := workflowName(file)
	o := express.Options{Identity: express.Identity{Name: name, ARN: localARN + "stateMachine:" + name}}
	if r.virtual {
		mock.NewClock(time.Now()).Bind(&o)
	}
	if o.Invokers, err = r.invokers(p, &o, b); err != nil {
		return err
	}
	t, err := r.telemetry(ctx)
	if err != nil {
		return err
	}
	o.Recorder = t.Recorder(telemetry.Workflow{Name: name, Level: express.LevelAll, Data: true})
	m, err := express.New(p, o)
	if err != nil {
		return err
	}
	id := rand.Text()
	out := m.Run(ctx, express.Start{Name: id, ARN: localARN + "express:" + name + ":" + id, Input: in})

	finishing, cancel := context.WithTimeout(context.WithoutCancel(ctx), finishTime)
	defer cancel()
	if err := errors.Join(t.Close(finishing), b.close(finishing)); err != nil {
		fmt.Fprintln(r.stderr, err) // the outcome is what it is all the same
	}
	if f, ok := context.Cause(ctx).(failure); ok {
		return f
	}
	return r.printOutcome(outcomeOf(&out))
}

// finishTime is how long the last messages and log records may take.
const finishTime = 5 * time.Second

// localARN is what ARNs begin with here: there is no account, so it is the one
// that AWS's own documentation uses.
const localARN = "arn:aws:states:us-east-1:123456789012:"

// telemetry shows what the execution does: where the OTEL_ variables say, and on
// standard error with --verbose.
func (r *runOnce) telemetry(ctx context.Context) (*telemetry.Telemetry, error) {
	o := telemetry.Options{Version: ownVersion()}
	if r.verbose {
		o.Lines = telemetry.NewLines(r.stderr, telemetry.LineOptions{
			Events: true, JSON: r.output == jsonFormat, Color: telemetry.InColor(r.stderr),
		})
	}
	return telemetry.New(ctx, o)
}

// invokers are what performs the tasks of p on the clock of o.
func (r *runOnce) invokers(p *program.Program, o *express.Options, b *broker) (map[string]express.Invoker, error) {
	// Not the context that happens to be selected: to run a definition must not
	// reach production by accident.
	named := r.Given() || os.Getenv("NATS_URL")+os.Getenv("NATS_CONTEXT") != ""
	all := make(map[string]express.Invoker)
	for _, t := range p.Tasks {
		if named && strings.HasPrefix(t.Kind, compiler.KindNATS+":") {
			all[t.Kind] = b
		} else {
			all[t.Kind] = express.InvokerFunc(absent)
		}
	}
	if r.mock == "" {
		return all, nil
	}
	c, err := r.testCase()
	if err != nil {
		return nil, err
	}
	if all, err = c.Invokers(p, o, all); err != nil {
		return nil, usagef("--mock %s: %w", r.mock, err)
	}
	return all, nil
}

// testCase is the test case that --mock names.
func (r *runOnce) testCase() (*suite.Case, error) {
	file, name, ok := strings.Cut(r.mock, "#")
	if !ok {
		return nil, usagef("--mock %s: want FILE#CASE", r.mock)
	}
	if !suite.IsTest(file) {
		c, err := suite.LocalCase(file, name)
		if err != nil {
			return nil, usage(err)
		}
		return c, nil
	}
	f, report := suite.Read(file)
	if f == nil {
		if err := report.Write(r.stderr); err != nil {
			return nil, err
		}
		return nil, failure{exitUsage, nil}
	}
	c := f.Case(name)
	if c == nil {
		return nil, usagef("%s: there is no case %q", file, name)
	}
	return c, nil
}

// absent answers the tasks that nobody performs.
func absent(_ context.Context, c *express.Call) (value.Value, error) {
	return value.Value{}, &express.Error{
		Name:  express.ErrRuntime,
		Cause: fmt.Sprintf("Nothing performs the task %s here: answer it with --mock, or give --server where it is a request to NATS.", c.Task.Resource),
	}
}

package express_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"github.com/seed66d9166c/express/compiler"
	"github.com/seed66d9166c/express/express"
	"github.com/seed66d9166c/express/express/expresstest"
	"github.com/seed66d9166c/express/express/program"
	"github.com/seed66d9166c/express/express/template"
	"github.com/seed66d9166c/express/express/value"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// parse is the value of a text in JSON.
func parse(t testing.TB, s string) value.Value {
	t.Helper()
	v, err := value.ParseString(s)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// text is a string of n bytes as JSON.
func text(n int) value.Value { return value.String(strings.Repeat("a", n-len(`""`))) }

// outcome is how o ended, in a line.
func outcome(o express.Outcome) string {
	switch {
	case o.Status == express.Succeeded:
		return fmt.Sprintf("%s %s", o.Status, o.Output)
	case o.Err == nil:
		return o.Status.String()
	case o.Err.NoCause:
		return fmt.Sprintf("%s %s", o.Status, o.Err.Name)
	}
	return fmt.Sprintf("%s %s: %s", o.Status, o.Err.Name, o.Err.Cause)
}

func wantOutcome(t testing.TB, o express.Outcome, want string) {
	t.Helper()
	if got := outcome(o); got != want {
		t.Errorf("outcome is\n%s\nwant\n%s", got, want)
	}
}

// echo is a task that answers with its input.
func echo(_ context.Context, c *express.Call) (value.Value, error) { return c.Input, nil }

// hang is a task that never answers.
func hang(ctx context.Context, _ *express.Call) (value.Value, error) {
	<-ctx.Done()
	return value.Null, errors.New("too late")
}

func limits(l express.Limits) func(*express.Options) {
	return func(o *express.Options) { o.Limits = l }
}

// run compiles a definition and runs it on a virtual clock.
func run(t testing.TB, definition, input string, invoke express.InvokerFunc, options ...func(*express.Options)) express.Outcome {
	t.Helper()
	options = append([]func(*express.Options){expresstest.Virtual}, options...)
	return expresstest.Run(t, expresstest.Machine(t, definition, invoke, options...), input)
}

// An expr is an expression made of a function.
type expr func(*template.Scope) (value.Value, error)

func (e expr) Eval(s *template.Scope) (value.Value, error) { return e(s) }

func (e expr) Refs() []string { return nil }

func (e expr) Const() (value.Value, bool) { return value.Value{}, false }

func (e expr) String() string { return "{% $expr %}" }

// patch compiles a definition, puts e in the place of the expressions that are
// written as src, and makes the states that have them states in JSONata.
func patch(t testing.TB, definition, src string, e expr) *program.Program {
	t.Helper()
	p, diags := compiler.Compile(t.Name(), []byte(definition), nil)
	if p == nil {
		t.Fatal(diags)
	}
	found := false
	for i, old := range p.Exprs {
		if old != nil && old.String() == src {
			p.Exprs[i], found = e, true
		}
	}
	if !found {
		t.Fatalf("there is no expression %s in\n%s", src, p)
	}
	for i := range p.States {
		p.States[i].JSONata = true
	}
	return p
}

package teststate

import (
	"cmp"
	"context"
	"crypto/rand"
	"fmt"
	"time"

	"github.com/seed66d9166c/express/express"
	"github.com/seed66d9166c/express/express/mock"
	"github.com/seed66d9166c/express/express/program"
	"github.com/seed66d9166c/express/express/value"
)

// A Request is what to test, in the form of the API: what is JSON is text.
type Request struct {
	Definition    string         `json:"definition"` // a state, or a machine with StateName
	StateName     string         `json:"stateName,omitempty"`
	RoleArn       string         `json:"roleArn,omitempty"`
	Input         string         `json:"input,omitempty"` // "{}" if it is ""
	Level         Level          `json:"inspectionLevel,omitempty"`
	RevealSecrets bool           `json:"revealSecrets,omitempty"`
	Variables     string         `json:"variables,omitempty"` // an object
	Mock          *Mock          `json:"mock,omitempty"`
	Context       string         `json:"context,omitempty"` // an object, only with a Mock
	Configuration *Configuration `json:"stateConfiguration,omitempty"`

	// Region and Account are those of the ARNs in the context object. If they are
	// "" they are the ones that AWS's documentation uses.
	Region  string `json:"-"`
	Account string `json:"-"`
	// Invokers perform a task that is not mocked, by program.Task.Kind. Without
	// one for it a task needs a mock.
	Invokers map[string]express.Invoker `json:"-"`
}

// A Level says how much a Response tells.
type Level string

const (
	Info  Level = "INFO"  // the default: what became of the state
	Debug Level = "DEBUG" // the stages of its data flow
	Trace Level = "TRACE" // the request and response of an HTTP task as well
)

// A Mock answers in the place of the service that a Task calls, of the branches
// of a Parallel state or of the iterations of a Map. It has one of the first two.
type Mock struct {
	Result      string       `json:"result,omitempty"`
	ErrorOutput *ErrorOutput `json:"errorOutput,omitempty"`
	Validation  Validation   `json:"fieldValidationMode,omitempty"`
}

// An ErrorOutput is a failure. Its name is States.TaskFailed if it is "".
type ErrorOutput struct {
	Error string  `json:"error,omitempty"`
	Cause *string `json:"cause,omitempty"`
}

// A Validation says how a mocked result is held against the API that it stands
// for.
type Validation string

const (
	Strict  Validation = "STRICT"  // the default: what is required is there, and as Present
	Present Validation = "PRESENT" // what is there has the right type and bounds
	None    Validation = "NONE"
)

// A Configuration puts the state into the middle of an execution.
type Configuration struct {
	RetrierRetryCount        int    `json:"retrierRetryCount,omitempty"` // of the retrier that the mocked error matches
	ErrorCausedByState       string `json:"errorCausedByState,omitempty"`
	MapIterationFailureCount int    `json:"mapIterationFailureCount,omitempty"`
	MapItemReaderData        string `json:"mapItemReaderData,omitempty"` // an array
}

// A Response is what became of the state. What it does not have is absent: an
// Output where it failed, a NextState where it ends the machine.
type Response struct {
	Status     Status
	Output     value.Value
	NextState  string
	Err        *express.Error // nil of SUCCEEDED
	Inspection *Inspection    // nil at level INFO
}

// A Status is what became of a state.
type Status string

const (
	Succeeded   Status = "SUCCEEDED"
	Failed      Status = "FAILED"
	Retriable   Status = "RETRIABLE"    // a retrier would try again
	CaughtError Status = "CAUGHT_ERROR" // a catcher goes on at NextState
)

// An Error is a request that AWS refuses, with the code and message of its API.
type Error struct {
	Code    string
	Message string
}

func (e *Error) Error() string { return e.Code + ": " + e.Message }

// The codes of an Error.
const (
	ValidationException   = "ValidationException"
	InvalidDefinition     = "InvalidDefinition"
	InvalidExecutionInput = "InvalidExecutionInput"
)

func invalid(format string, args ...any) *Error {
	return &Error{ValidationException, fmt.Sprintf(format, args...)}
}

// Run tests a state. Its error is an *Error, or that ctx was cancelled. A Wait
// state takes no time. Run is safe for concurrent use.
func Run(ctx context.Context, r Request) (*Response, error) {
	t, err := prepare(&r)
	if err != nil {
		return nil, err
	}
	return t.run(ctx)
}

// A test is a request in which nothing is wrong.
type test struct {
	*Request
	*state
	prog      *program.Program
	input     value.Value
	variables value.Value
	context   value.Value // of the request, nothing if it has none
	items     value.Value // of an ItemReader, nothing if it has none,
	pointed   value.Value // and what its ItemsPointer points at
	result    value.Value // of the mock,
	mode      Validation  // and how it is checked

	batches  value.Value // of the items, nothing without an ItemBatcher
	flow     flow
	err      *express.Error // that a retrier or catcher takes
	handling *ErrorDetails  // how
	retried  bool
}

func (t *test) run(ctx context.Context) (*Response, error) {
	t.flow.seen = make(map[string]value.Value)
	id, name := rand.Text(), rand.Text()
	arn := "arn:aws:states:" + cmp.Or(t.Region, "us-east-1") + ":" + cmp.Or(t.Account, "123456789012") + ":"
	o := express.Options{
		Identity: express.Identity{Name: id, ARN: arn + "stateMachine:" + id, Role: t.RoleArn},
		Invokers: make(map[string]express.Invoker),
		Inspect:  t.see,
		Probe:    t.probe(ctx),
	}
	mocked := express.InvokerFunc(func(context.Context, *express.Call) (value.Value, error) { return t.answer() })
	for _, task := range t.prog.Tasks { // also those of children, which are never called
		o.Invokers[task.Kind] = mocked
		if by := t.Invokers[task.Kind]; by != nil && t.Mock == nil {
			o.Invokers[task.Kind] = by
		}
	}
	if t.kind == program.TypeWait {
		mock.NewClock(time.Now()).Bind(&o)
	}
	m, err := express.New(t.prog, o)
	if err != nil {
		return nil, err
	}
	out := m.Run(ctx, express.Start{Name: name, ARN: arn + "express:" + id + ":" + name, Input: t.input, Sync: true})
	if out.Status == express.Aborted {
		return nil, context.Cause(ctx)
	}
	return t.response(&out), nil
}

// answer is what the mock says.
func (t *test) answer() (value.Value, error) {
	e := t.Mock.ErrorOutput
	if e == nil {
		return t.result, nil
	}
	failure := &express.Error{Name: cmp.Or(e.Error, express.ErrTaskFailed), NoCause: e.Cause == nil}
	if e.Cause != nil {
		failure.Cause = *e.Cause
	}
	return value.Value{}, failure
}

func (t *test) probe(ctx context.Context) *express.Probe {
	return &express.Probe{
		Context:   t.contextObject,
		Variables: t.variables,
		Items:     t.items,
		Children: func() (value.Value, error) {
			if t.fields["ItemBatcher"] != nil {
				if err := t.batch(ctx); err != nil {
					return value.Value{}, err
				}
			}
			return t.answer()
		},
		Failed: t.configuration().MapIterationFailureCount,
		Tried:  t.configuration().RetrierRetryCount,
		Retried: func(err *express.Error, i int, d time.Duration) {
			t.retried = true
			t.handled(err, &ErrorDetails{RetryIndex: &i, Interval: new(int64(d / time.Second))})
		},
		Caught: func(err *express.Error, i int) { t.handled(err, &ErrorDetails{CatchIndex: &i}) },
	}
}

// handled is called for an error that a retrier or a catcher takes: what the
// catcher does is no stage, but it may assign variables.
func (t *test) handled(err *express.Error, how *ErrorDetails) {
	t.err, t.handling, t.flow.over = err, how, true
	t.flow.assigned = value.Value{}
}

func (t *test) response(o *express.Outcome) *Response {
	r := &Response{Status: Succeeded, Output: o.Output, Err: o.Err}
	switch {
	case t.retried:
		r.Status = Retriable
	case o.Status != express.Succeeded:
		r.Status, t.handling = Failed, nil
	default:
		if o.State != t.name {
			r.NextState = o.State
		}
		if t.err != nil {
			r.Status, r.Err = CaughtError, t.err
		}
	}
	if t.Level != Info {
		r.Inspection = t.inspection(r)
	}
	return r
}

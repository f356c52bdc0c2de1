package awsapi

import (
	"context"
	"crypto/sha256"
	"errors"
	"strings"
	"time"

	"github.com/seed66d9166c/express/compiler"
	"github.com/seed66d9166c/express/express"
	"github.com/seed66d9166c/express/express/value"
	"github.com/seed66d9166c/express/internal/catalog"
	"github.com/seed66d9166c/express/transport"
)

// A Starter starts executions. It is safe for concurrent use. Its error is
// catalog.ErrNotFound where there is nothing to run, compiler.Diagnostics where it
// does not compile here, and ErrBusy or ErrUnavailable where it may help to ask
// again: nothing has begun then.
type Starter interface {
	// Start hands an execution to the broker, and returns once the broker has it.
	// Those that share an ID are one execution.
	Start(ctx context.Context, x *Execution) error
	// StartSync runs an execution, at most once, and returns its outcome.
	StartSync(ctx context.Context, x *Execution) (express.Outcome, error)
}

// An Execution is one to be started.
type Execution struct {
	Machine catalog.ARN // of a state machine, a version or an alias
	Name    string      // as the caller called it: two may have one name
	ARN     string      // of the execution, which no other has
	ID      string      // UUID, equal for all attempts of one call, and for no other execution: for de-duplication
	Input   value.Value
	Text    string // of the input, as it came
	Trace   string // W3C or X-Ray header, "" if none

	machine string // ARN of the state machine
	given   string // the trace header that the request has as a member
}

type startInput struct {
	Machine *string `json:"stateMachineArn" aws:"required,1..256"`
	Name    *string `json:"name" aws:"1..80"`
	Input   *string `json:"input" aws:"0..262144,hidden"`
	Trace   *string `json:"traceHeader" aws:"0..256,ascii"`
}

type startSyncInput struct {
	Machine  *string `json:"stateMachineArn" aws:"required,1..256"`
	Name     *string `json:"name" aws:"1..80"`
	Input    *string `json:"input" aws:"0..262144,hidden"`
	Trace    *string `json:"traceHeader" aws:"0..256,ascii"`
	Included *string `json:"includedData" aws:"ALL_DATA|METADATA_ONLY"`
}

// execution is what a request starts. The names that it does not give are made of
// what its attempts share, so that each of them is told of the same execution.
func (s *Server) execution(q *request, in *startInput) (*Execution, error) {
	arn, err := catalog.ParseARN(*in.Machine)
	if err != nil {
		return nil, err
	}
	if in.Name != nil && !transport.ValidName(*in.Name) {
		return nil, invalidName(*in.Name)
	}
	if !transport.HeaderValueAllowed(or(in.Trace)) {
		return nil, refuse(codeValidation, "The trace header must not have control characters")
	}
	if arn.Account != s.o.Registry.ARN("").Account {
		return nil, noMachine(arn)
	}
	x := &Execution{Machine: arn, Text: "{}", ID: q.callID(), Trace: q.trace}
	if in.Input != nil {
		x.Text = *in.Input
	}
	if x.Input, err = value.ParseString(x.Text); err != nil {
		return nil, invalidInput(x.Text)
	}
	if x.given = or(in.Trace); x.given != "" {
		x.Trace = x.given
	}
	x.Name = x.ID
	if in.Name != nil {
		x.Name = *in.Name
	}
	x.machine = arn.Unqualified().String()
	x.ARN = strings.Replace(x.machine, ":stateMachine:", ":express:", 1) + ":" + x.Name + ":" + x.ID
	return x, nil
}

// callID is a UUID that all attempts of a call have in common: they send the same
// id, the same body, and are signed with the same key. Somebody else's are others,
// whatever id he sends. A call without an id is like no other.
func (q *request) callID() string {
	if q.caller == "" {
		return newUUID()
	}
	h := sha256.New()
	if q.key != nil {
		h.Write([]byte(q.key.ID))
	}
	for _, part := range []string{q.op.name, q.caller} {
		h.Write([]byte("\x00" + part))
	}
	h.Write([]byte{0})
	h.Write(q.body)
	return uuid([16]byte(h.Sum(nil)[:16]))
}

// invalidInput is the error of an input that is not acceptable JSON, in the words
// of AWS where it has the same reason.
func invalidInput(text string) *Error {
	why := "Invalid execution input."
	if _, found := compiler.JSON("input.json", []byte(text)); text != "" && len(found) > 0 {
		why = found[0].Message
	}
	return refuse(codeInvalidInput, "Invalid State Machine Execution Input: '%s'", why)
}

func (s *Server) startExecution(q *request, in *startInput) (any, error) {
	x, err := s.execution(q, in)
	if err != nil {
		return nil, err
	}
	if err := s.o.Starter.Start(q.ctx, x); err != nil {
		return nil, notStarted(err, x)
	}
	return struct {
		Execution string `json:"executionArn"`
		Start     epoch  `json:"startDate"`
	}{x.ARN, epoch(time.Now())}, nil
}

// notStarted is the error of a Starter, in AWS's words where it is the caller's.
func notStarted(err error, x *Execution) error {
	if errors.Is(err, catalog.ErrNotFound) {
		return noMachine(x.Machine)
	}
	if found, ok := errors.AsType[compiler.Diagnostics](err); ok {
		return catalog.Refusal(found)
	}
	return err
}

func noMachine(arn catalog.ARN) *Error {
	return refuse(codeNoMachine, "State Machine Does Not Exist: '%s'", arn)
}

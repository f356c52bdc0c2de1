// Package template turns what stands in a definition where a value is wanted
// (a constant, a path, a payload template with intrinsic functions) into an
// [Expr]: compiled once, evaluated many times, safe for concurrent use.
package template

import (
	"math/rand/v2"
	"time"

	"github.com/seed66d9166c/express/express/value"
)

// An Expr is anything that yields a value from a scope. It is immutable and
// safe for concurrent use.
type Expr interface {
	// Eval yields the value. Its error is a *Failure.
	Eval(s *Scope) (value.Value, error)
	// Refs are the names of the variables that it reads, sorted, each once.
	Refs() []string
	// Const is its value if that is the same in every scope.
	Const() (value.Value, bool)
	// String is the expression as written in the definition.
	String() string
}

// A Scope is what an Expr sees. It belongs to one goroutine.
type Scope struct {
	// Doc is what $ means in JSONPath: the state's input, its result or its
	// error output, as the instruction says.
	Doc value.Value
	// Input, Result and Error are $states.input, .result and .errorOutput.
	Input, Result, Error value.Value
	// Context makes the context object; it is called when first asked for.
	Context func() value.Value
	Vars    *Vars
	Budget  *Budget
	Arena   *value.Arena // where objects and arrays of payload templates lie
	Now     func() time.Time
	Rand    *rand.Rand

	stack []value.Value // arguments of the calls being evaluated
	query *queryScope   // nil before the first expression in JSONata
}

// Vars are the variables of one scope (the states of one States object), in
// slots; up leads to the scope around it. A slot with nothing in it has not
// been assigned.
type Vars struct {
	Up    *Vars
	Slots []value.Value
}

// A Var is the place of a variable, as seen from where it is read: Up scopes
// out, then slot Slot.
type Var struct{ Up, Slot uint32 }

// At is the variable at r, and nothing if it was not assigned yet.
func (v *Vars) At(r Var) value.Value {
	for range r.Up {
		v = v.Up
	}
	return v.Slots[r.Slot]
}

// An Env is what an expression may refer to where it stands.
type Env struct {
	// Var finds the variable called name (without its $) in the scopes that
	// are visible. nil means that there are none.
	Var func(name string) (Var, bool)
}

// A Budget bounds the work and the memory of the expressions of one execution.
// It belongs to one goroutine.
type Budget struct {
	Steps int64 // left; a step is a node visited or a value made
	Bytes int64 // left; the JSON size of what expressions built
}

// A Failure is why an expression has no value: the error of the States Language
// that it raises, and the cause in AWS's words, without the prefix that names
// the state, which the runtime knows.
type Failure struct {
	Name     string // "States.Runtime", "States.QueryEvaluationError", "States.DataLimitExceeded"
	Cause    string
	Location string // the field, for the EvaluationFailed event: "Output/total"
	Err      error  // what lies beneath, if anything
}

// The names of errors of the States Language that expressions in JSONPath raise.
const (
	errRuntime = "States.Runtime"
	errLimit   = "States.DataLimitExceeded"
	errPlace   = "States.ReferencePathConflict" // a reference path cannot be followed in the input
)

func (f *Failure) Error() string { return f.Name + ": " + f.Cause }

func (f *Failure) Unwrap() error { return f.Err }

package template

import (
	"fmt"
	"slices"
	"strings"

	"github.com/seed66d9166c/express/express/jsonpath"
	"github.com/seed66d9166c/express/express/value"
)

// An invocation is the outermost call of an expression. Its failures name the
// whole expression, whichever call within it failed.
type invocation struct {
	*call
	src string
}

func (i *invocation) Eval(s *Scope) (value.Value, error) {
	v, err := i.call.Eval(s)
	if err == nil {
		return v, nil
	}
	f := *err.(*Failure)
	f.Cause = fmt.Sprintf("The function '%s' had the following error: %s", i.src, f.Cause)
	return value.Value{}, &f
}

// A call is the call of an intrinsic function.
type call struct {
	fn   *function
	args []term
}

// Eval evaluates the arguments onto the stack of s and calls the function with
// that part of it.
func (c *call) Eval(s *Scope) (value.Value, error) {
	if err := s.step(1); err != nil {
		return value.Value{}, err
	}
	base := len(s.stack)
	s.stack = slices.Grow(s.stack, len(c.args))
	defer s.pop(base)
	for i := range c.args {
		v, err := c.args[i].eval(s)
		if err != nil {
			return value.Value{}, err
		}
		s.stack = append(s.stack, v)
	}
	v, err := c.fn.apply(s, s.stack[base:])
	if bad, ok := err.(badArgument); ok {
		return v, &Failure{Name: errRuntime, Cause: "Invalid arguments in " + c.fn.name + ": " + string(bad)}
	}
	return v, err
}

// apply calls f with arguments a, if they are of the kinds that it takes.
func (f *function) apply(s *Scope, a []value.Value) (value.Value, error) {
	for i, v := range a {
		if err := f.accepts(i, v); err != nil {
			return value.Value{}, err
		}
	}
	return f.call(s, a)
}

// pop leaves the first n values on the stack.
func (s *Scope) pop(n int) {
	clear(s.stack[n:])
	s.stack = s.stack[:n]
}

// A badArgument is what a function says of an argument that it cannot take.
type badArgument string

func (e badArgument) Error() string { return string(e) }

func badArgumentf(format string, a ...any) error { return badArgument(fmt.Sprintf(format, a...)) }

// An argument is a path among the arguments of a function.
type argument struct{ ref }

func (a *argument) Eval(s *Scope) (value.Value, error) {
	v, _, err := a.find(s)
	if err == nil {
		return v, nil
	}
	return v, lost(err, func() *Failure {
		// AWS shows a path into the context object as one into the input.
		path := a.path.String()
		if a.path.Root() == jsonpath.Context {
			path = strings.TrimPrefix(path, "$")
		}
		return runtimeFailure("The JsonPath argument for the field '%s' could not be found in the input '%s'", path, s.Doc)
	})
}

// Folding is bounded, so that a definition cannot make the compiler hold much
// more than its own length.
const (
	foldSteps = 10_000 // of one call: ten times the elements of an ArrayRange
	foldExtra = 256    // bytes of JSON by which a result may be longer than the call: two hashes
)

// fold is the term of n, a call of size bytes: its value if that is the same in
// every scope. A call that fails is left for the execution to fail.
func fold(n foldable, size int) term {
	if n.constant() {
		s := Scope{Budget: &Budget{Steps: foldSteps, Bytes: int64(2 * (size + foldExtra))}}
		if v, err := n.Eval(&s); err == nil && v.Size() <= size+foldExtra {
			return term{konst: v}
		}
	}
	return term{node: n}
}

// A foldable is a node that may be constant.
type foldable interface {
	node
	constant() bool
}

// constant reports whether c has the same value in every scope.
func (c *call) constant() bool {
	for i := range c.args {
		if c.args[i].node != nil {
			return false
		}
	}
	return c.fn.is(pure)
}

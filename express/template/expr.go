package template

import (
	"errors"
	"fmt"
	"slices"

	"github.com/seed66d9166c/express/express/jsonpath"
	"github.com/seed66d9166c/express/express/value"
)

// Const is the expression that yields v in every scope.
func Const(v value.Value) Expr { return constant{v} }

type constant struct{ v value.Value }

func (c constant) Eval(*Scope) (value.Value, error) { return c.v, nil }
func (c constant) Refs() []string                   { return nil }
func (c constant) Const() (value.Value, bool)       { return c.v, true }
func (c constant) String() string                   { return c.v.String() }

// A node is a part of an expression that is not constant. Its error is a
// *Failure.
type node interface {
	Eval(s *Scope) (value.Value, error)
}

// An expr is a node with what is known about it.
type expr struct {
	node
	refs  []string
	text  string
	wants Wants
}

func (e *expr) Refs() []string             { return slices.Clone(e.refs) }
func (e *expr) Const() (value.Value, bool) { return value.Value{}, false }
func (e *expr) String() string             { return e.text }

// Wants is what an Expr may look at that takes work to have.
type Wants uint8

const (
	// WantsElements are those of arrays. A path of names alone takes arrays as they are.
	WantsElements Wants = 1 << iota
	// WantsContext is the context object.
	WantsContext
)

// WantsOf is what e may look at.
func WantsOf(e Expr) Wants {
	if x, ok := e.(*expr); ok {
		return x.wants
	}
	if _, fixed := e.Const(); fixed {
		return 0
	}
	return WantsElements | WantsContext
}

// A term is a part of an expression: a node, or a constant if there is none.
type term struct {
	konst value.Value
	node  node
}

func (t *term) eval(s *Scope) (value.Value, error) {
	if t.node == nil {
		return t.konst, nil
	}
	return t.node.Eval(s)
}

// A builder compiles one expression.
type builder struct {
	env   *Env
	refs  []string // names of variables, as met
	wants Wants
}

// expr is the expression t, written as text.
func (b *builder) expr(t term, text string) Expr {
	if t.node == nil {
		return constant{t.konst}
	}
	slices.Sort(b.refs)
	return &expr{t.node, slices.Compact(b.refs), text, b.wants}
}

// A SyntaxError says what is wrong with an expression of a definition.
type SyntaxError struct {
	Path    []string // keys and indexes from the root of the template to the value; empty for a Field
	Offset  int      // in bytes, into the text of that value
	Message string   // in AWS's words where they are known, without the place
	Err     error    // what is wrong in detail, if more is known
}

func (e *SyntaxError) Error() string { return e.Message }

func (e *SyntaxError) Unwrap() error { return e.Err }

// syntaxError is the error message: err, at the place in the text that err names.
func syntaxError(message string, err error) *SyntaxError {
	e := &SyntaxError{Message: message, Err: err}
	var (
		call    *parseError
		path    *jsonpath.SyntaxError
		unknown *unknownVariable
	)
	switch {
	case errors.As(err, &call): // before path: its offset is that in the whole text
		e.Offset = call.offset
	case errors.As(err, &path):
		e.Offset = path.Offset
	}
	if errors.As(err, &unknown) {
		e.Message = err.Error()
	}
	return e
}

// invalidCall are AWS's words for a field that is no path and no call.
func invalidCall(field string) string {
	return fmt.Sprintf("The value for the field '%s' must be a valid JSONPath or a valid intrinsic function call", field)
}

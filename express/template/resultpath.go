package template

import (
	"errors"
	"fmt"

	"github.com/seed66d9166c/express/express/jsonpath"
	"github.com/seed66d9166c/express/express/value"
)

// A Place is where a ResultPath puts a result. It is immutable and safe for
// concurrent use.
type Place struct{ path *jsonpath.Path }

// ResultPath is the place src, a reference path from $. Its error is a
// *SyntaxError.
func ResultPath(src string) (*Place, error) {
	p, err := jsonpath.Parse(src)
	if err == nil && p.Root() != jsonpath.Document {
		err = errors.New("a result can only be put into the state's input")
	}
	if err := checkReference(src, p, err); err != nil {
		return nil, err
	}
	return &Place{p}, nil
}

// Put is root with x at p; objects that are missing on the way are made. Its
// error is a *Failure: States.ReferencePathConflict, as AWS calls it, where the
// States Language has States.ResultPathMatchFailure.
func (p *Place) Put(a *value.Arena, root, x value.Value) (value.Value, error) {
	v, err := p.path.Put(a, root, x)
	if err != nil {
		return v, &Failure{Name: errPlace, Cause: fmt.Sprintf("Unable to apply ReferencePath %s to input %s", p, root), Err: err}
	}
	return v, nil
}

// String is p as written.
func (p *Place) String() string { return p.path.String() }

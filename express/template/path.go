package template

import (
	"fmt"

	"github.com/seed66d9166c/express/express/jsonpath"
	"github.com/seed66d9166c/express/express/value"
)

// A ref is a path, and the place of the variable that it starts from if it does.
type ref struct {
	path *jsonpath.Path
	at   Var
}

// ref is the path p, with its variable resolved.
func (b *builder) ref(p *jsonpath.Path) (ref, error) {
	r := ref{path: p}
	if !p.Named() {
		b.wants |= WantsElements
	}
	if p.Root() == jsonpath.Context {
		b.wants |= WantsContext
	}
	if p.Root() != jsonpath.Variable {
		return r, nil
	}
	ok := false
	if b.env != nil && b.env.Var != nil {
		r.at, ok = b.env.Var(p.Name())
	}
	if !ok {
		return r, &unknownVariable{p.Name()}
	}
	b.refs = append(b.refs, p.Name())
	return r, nil
}

// An unknownVariable error names a variable that Env does not know.
type unknownVariable struct{ name string }

func (e *unknownVariable) Error() string {
	return fmt.Sprintf("no state assigns the variable $%s where it can be read from here", e.name)
}

// parseRef compiles the path src.
func (b *builder) parseRef(src string) (ref, error) {
	p, err := jsonpath.Parse(src)
	if err != nil {
		return ref{}, err
	}
	return b.ref(p)
}

// find is what r selects, and the value that it was looked for in. Its error is
// a *Failure, or that of the path, which its place in the definition words.
func (r *ref) find(s *Scope) (v, root value.Value, err error) {
	switch r.path.Root() {
	case jsonpath.Context:
		root = s.Context()
	case jsonpath.Variable:
		root = s.Vars.At(r.at)
		if root.IsNothing() {
			return v, root, &unassigned{r.path}
		}
	default:
		root = s.Doc
	}
	v, err = r.path.Eval(root, &s.Budget.Steps)
	if err == jsonpath.ErrBudget {
		return v, root, exhausted(err)
	}
	if err == nil && v.Kind() >= value.KindString {
		err = s.grow(v.Size()) // what is shared counts too: it may be shared ten thousand times
	}
	return v, root, err
}

// An unassigned error says that the variable of a path has no value yet.
type unassigned struct{ path *jsonpath.Path }

func (e *unassigned) Error() string {
	return fmt.Sprintf("The variable '$%s' of the path '%s' has not been assigned a value.", e.path.Name(), e.path)
}

// lost is the failure of a path whose lookup ended with err: missing, unless err
// is one or has words of its own.
func lost(err error, missing func() *Failure) error {
	if f, ok := err.(*Failure); ok {
		return f
	}
	f := &Failure{Name: errRuntime}
	if un, ok := err.(*unassigned); ok {
		f.Cause = un.Error()
	} else {
		f = missing()
	}
	f.Err = err
	return f
}

// pastEnd reports whether err is that of a path whose last step is an index
// outside of its array.
func pastEnd(err error) bool {
	nf, ok := err.(*jsonpath.NotFound)
	return ok && nf.Index && nf.Leaf
}

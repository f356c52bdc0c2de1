package jsonpath

import "github.com/seed66d9166c/express/express/value"

// Put is root with x at p, a reference path: one level is copied for each step,
// the rest is shared with root. Objects that are missing on the way are made.
// The error is a *[PutError] where something else than an object or array is in
// the way, or an index is outside of its array. It panics if p is no reference
// path. The objects lie in a.
func (p *Path) Put(a *value.Arena, root, x value.Value) (value.Value, error) {
	if !p.Reference() {
		panic("jsonpath: Put at " + p.src)
	}
	return p.put(a, 0, root, x)
}

func (p *Path) put(a *value.Arena, at int, v, x value.Value) (value.Value, error) {
	if at == len(p.steps) {
		return x, nil
	}
	s := &p.steps[at]
	switch {
	case s.op == opIndex && v.Kind() == value.KindArray:
		i := s.index
		if i < 0 {
			i += v.Len()
		}
		if i < 0 || i >= v.Len() {
			return value.Value{}, p.putError(at, v)
		}
		e, err := p.put(a, at+1, v.Index(i), x)
		if err != nil {
			return value.Value{}, err
		}
		return v.WithIndex(i, e), nil
	case s.op == opName && v.IsNothing():
		v = value.Object()
	case s.op == opIndex || v.Kind() != value.KindObject:
		return value.Value{}, p.putError(at, v)
	}
	old, _ := v.Get(s.name)
	e, err := p.put(a, at+1, old, x)
	if err != nil {
		return value.Value{}, err
	}
	return a.With(v, s.name, e), nil
}

func (p *Path) putError(at int, v value.Value) *PutError {
	path, parent := p.prefix(at+1), p.prefix(at)
	return &PutError{
		Path:  path,
		Step:  path[len(parent):],
		Index: p.steps[at].op == opIndex && v.Kind() == value.KindArray,
		In:    v.Kind(),
	}
}

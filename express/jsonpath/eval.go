package jsonpath

import (
	"strconv"

	"github.com/seed66d9166c/express/express/value"
)

// MaxMatches bounds what a path selects: the arrays that expressions make.
const MaxMatches = 100_000

// longObject is the number of members that cost a step to look through for a
// name.
const longObject = 16

// Eval is what p selects from root: the value of a definite path, the array of
// the matches of another, in document order. A definite path that leads nowhere
// is a *[NotFound]; an indefinite one selects nothing then, unless its first
// indefinite step slices what is no array or filters a scalar, which is a
// *NotFound too. Each node visited is charged to steps, which may be nil, and
// when they run out the error is [ErrBudget].
func (p *Path) Eval(root value.Value, steps *int64) (value.Value, error) {
	v, at, visited := p.follow(root)
	if steps != nil {
		if *steps -= int64(visited); *steps < 0 {
			return value.Value{}, ErrBudget
		}
	}
	switch {
	case at < p.lead && p.Definite():
		return value.Value{}, p.notFound(at, v)
	case at == len(p.steps):
		return v, nil
	case at < p.lead:
		return value.Array(), nil
	case !p.steps[at].applies(v):
		return value.Value{}, p.notFound(at, v)
	}
	m := matcher{root: root, steps: steps}
	if s := &p.steps[at]; !s.deep && s.op == opWild {
		m.out = make([]value.Value, 0, v.Len())
	}
	m.match(p.steps[at:], v)
	if m.spent {
		return value.Value{}, ErrBudget
	}
	return value.Array(m.out...), nil
}

// follow takes the leading definite steps from v. It ends where it came to,
// before step at, and says how many nodes that cost.
func (p *Path) follow(v value.Value) (end value.Value, at, visited int) {
	for i := range p.steps[:p.lead] {
		s := &p.steps[i]
		visited += 1 + s.price(v)
		next, ok := s.child(v)
		if !ok {
			return v, i, visited
		}
		v = next
	}
	return v, p.lead, visited
}

// price is what finding the members that s names in v costs beside the visit.
func (s *step) price(v value.Value) int {
	if v.Kind() != value.KindObject || v.Len() < longObject {
		return 0
	}
	return v.Len() / longObject * max(len(s.names), 1)
}

// child is where a definite step leads from v.
func (s *step) child(v value.Value) (value.Value, bool) {
	switch s.op {
	case opName:
		return v.Get(s.name)
	case opIndex:
		return element(v, s.index)
	}
	if v.Kind() != value.KindObject {
		return value.Value{}, false
	}
	return s.pick(v), true
}

// element is element i of an array, counted from its end if negative.
func element(v value.Value, i int) (value.Value, bool) {
	if v.Kind() != value.KindArray {
		return value.Value{}, false
	}
	if i < 0 {
		i += v.Len()
	}
	if i < 0 || i >= v.Len() {
		return value.Value{}, false
	}
	return v.Index(i), true
}

// pick is the object of those members of v that s names.
func (s *step) pick(v value.Value) value.Value {
	m := make([]value.Member, 0, len(s.names))
	for _, n := range s.names {
		if x, ok := v.Get(n); ok {
			m = append(m, value.Member{Key: n, Val: x})
		}
	}
	return value.Object(m...)
}

// applies reports whether an indefinite step that follows definite ones makes
// sense of v. Null is as good as missing.
func (s *step) applies(v value.Value) bool {
	switch {
	case s.deep:
		return true
	case s.op == opSlice, s.op == opIndexes:
		return v.Kind() == value.KindArray || v.Kind() == value.KindNull
	case s.op == opFilter:
		return v.Kind() == value.KindArray || v.Kind() == value.KindObject
	}
	return true
}

// notFound says that step at leads nowhere from v.
func (p *Path) notFound(at int, v value.Value) *NotFound {
	s, path, parent := &p.steps[at], p.prefix(at+1), p.prefix(at)
	nf := &NotFound{
		Path:  path,
		Step:  path[len(parent):],
		Name:  s.name,
		Leaf:  at == len(p.steps)-1,
		Index: s.op == opIndex && v.Kind() == value.KindArray,
		In:    v.Kind(),
	}
	if s.op == opIndex {
		nf.Name = strconv.Itoa(s.index)
	}
	return nf
}

// A matcher collects what indefinite steps select.
type matcher struct {
	root  value.Value // $ in filters
	steps *int64
	out   []value.Value
	spent bool // the budget has run out: the rest is not visited
}

// visit charges for a node, and reports whether it may be visited.
func (m *matcher) visit(n int) bool {
	if m.steps != nil && !m.spent {
		*m.steps -= int64(n)
		m.spent = *m.steps < 0
	}
	return !m.spent
}

// match collects what steps select from v.
func (m *matcher) match(steps []step, v value.Value) {
	if !m.visit(1) {
		return
	}
	switch {
	case len(steps) == 0:
		m.out = append(m.out, v)
		m.spent = len(m.out) > MaxMatches
	case steps[0].deep:
		m.descend(steps, v)
	case m.visit(steps[0].price(v)):
		m.apply(steps, v)
	}
}

// descend applies the first step to v and to everything below, v first.
func (m *matcher) descend(steps []step, v value.Value) {
	if !m.visit(1 + steps[0].price(v)) {
		return
	}
	if steps[0].reaches(v, len(steps) == 1) {
		m.apply(steps, v)
	}
	switch v.Kind() {
	case value.KindArray:
		for _, e := range v.Elements() {
			m.descend(steps, e)
		}
	case value.KindObject:
		for _, e := range v.Members() {
			m.descend(steps, e)
		}
	}
}

// reaches reports whether a deep step is applied to v: a filter to objects only,
// for it has the elements of an array later, and names as the last step where
// all of them are.
func (s *step) reaches(v value.Value, last bool) bool {
	switch {
	case s.op == opFilter:
		return v.Kind() == value.KindObject
	case s.op == opNames && last:
		for _, n := range s.names {
			if _, ok := v.Get(n); !ok {
				return false
			}
		}
	}
	return true
}

// apply takes the first step from v, and goes on with the rest.
func (m *matcher) apply(steps []step, v value.Value) {
	s, rest := &steps[0], steps[1:]
	switch s.op {
	case opName:
		if x, ok := v.Get(s.name); ok {
			m.match(rest, x)
		}
	case opIndex:
		if x, ok := element(v, s.index); ok {
			m.match(rest, x)
		}
	case opNames:
		m.names(s, rest, v)
	case opIndexes:
		for _, i := range s.indexes {
			if x, ok := element(v, i); ok {
				m.match(rest, x)
			}
		}
	case opSlice:
		if v.Kind() == value.KindArray {
			from, to := s.span(v.Len())
			for i := from; i < to; i++ {
				m.match(rest, v.Index(i))
			}
		}
	case opWild:
		for _, e := range v.Elements() {
			m.match(rest, e)
		}
		for _, e := range v.Members() {
			m.match(rest, e)
		}
	case opFilter:
		m.filter(s, rest, v)
	}
}

// names goes on with one object of the members that s names if it is the last
// step, else with each of them.
func (m *matcher) names(s *step, rest []step, v value.Value) {
	if v.Kind() != value.KindObject {
		return
	}
	if len(rest) == 0 {
		m.match(nil, s.pick(v))
		return
	}
	for _, n := range s.names {
		if x, ok := v.Get(n); ok {
			m.match(rest, x)
		}
	}
}

// span is the slice s of n elements, bounds clipped.
func (s *step) span(n int) (from, to int) {
	from, to = s.index, s.to
	if from < 0 {
		from = max(from+n, 0)
	}
	if to < 0 {
		to += n
	}
	return from, min(to, n)
}

func (m *matcher) filter(s *step, rest []step, v value.Value) {
	if v.Kind() == value.KindObject {
		if s.filter.holds(m, v) {
			m.match(rest, v)
		}
		return
	}
	for _, e := range v.Elements() {
		if !m.visit(1) {
			return
		}
		if s.filter.holds(m, e) {
			m.match(rest, e)
		}
	}
}

// operand is what a path in a filter selects, nothing if it leads nowhere.
func (m *matcher) operand(p *Path, item value.Value) value.Value {
	from := m.root
	if p.root != Document {
		from = item
	}
	v, at, visited := p.follow(from)
	if !m.visit(visited) || at < p.lead {
		return value.Value{}
	}
	if p.Definite() {
		return v
	}
	inner := matcher{root: m.root, steps: m.steps}
	inner.match(p.steps[at:], v)
	m.spent = m.spent || inner.spent
	return value.Array(inner.out...)
}

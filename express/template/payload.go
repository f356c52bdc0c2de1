package template

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/seed66d9166c/express/express/value"
)

// Payload is the payload template t: Parameters, ResultSelector, ItemSelector.
// Members whose name ends in .$ at any depth, also in objects
// within arrays, are paths or calls of intrinsic functions; the rest is copied
// (section "Payload Template" of the States Language, which wants an object; AWS takes
// other values too). A nil env has no variables. All that is wrong with t is
// reported, in order.
func Payload(t value.Value, env *Env) (Expr, []*SyntaxError) {
	b := payloadBuilder{builder: builder{env: env}}
	root := b.value(t)
	if len(b.errs) > 0 {
		return nil, b.errs
	}
	return b.expr(root, t.String()), nil
}

// Entry is one member of a payload template by itself: the name and the
// expression of a variable in Assign, or of the RoleArn in Credentials. The Path
// of what is wrong begins with key.
func Entry(key string, v value.Value, env *Env) (name string, e Expr, errs []*SyntaxError) {
	b := payloadBuilder{builder: builder{env: env}}
	m := b.member(key, v)
	if len(b.errs) > 0 {
		return m.key, nil, b.errs
	}
	text := v.String()
	if m.key != key {
		text = v.Text()
	}
	return m.key, b.expr(m.term, text), nil
}

// dynamic is the end of the name of a member that is not copied.
const dynamic = ".$"

// A payloadBuilder compiles a payload template.
type payloadBuilder struct {
	builder
	path []string // from the root to where it is
	errs []*SyntaxError
}

// wrong reports what is wrong at the place where b is.
func (b *payloadBuilder) wrong(message string, err error) {
	e := syntaxError(message, err)
	e.Path = slices.Clone(b.path)
	b.errs = append(b.errs, e)
}

func (b *payloadBuilder) value(v value.Value) term {
	switch v.Kind() {
	case value.KindObject:
		return b.object(v)
	case value.KindArray:
		return b.array(v)
	}
	return term{konst: v}
}

func (b *payloadBuilder) object(v value.Value) term {
	o := &object{members: make([]member, 0, v.Len()), size: len("{}")}
	seen := make(map[string]bool, v.Len())
	fixed, renamed := true, false
	for key, x := range v.Members() {
		m := b.member(key, x)
		if seen[m.key] {
			b.path = append(b.path, key)
			b.wrong(fmt.Sprintf("The field '%s' occurs twice", m.key), nil)
			b.path = b.path[:len(b.path)-1]
		}
		seen[m.key] = true
		fixed = fixed && m.node == nil
		renamed = renamed || m.key != key
		o.members = append(o.members, m)
		o.size += len(m.key) + len(`"":,`)
	}
	switch {
	case !fixed:
		return term{node: o}
	case renamed:
		return term{konst: o.constant()}
	}
	return term{konst: v}
}

func (b *payloadBuilder) array(v value.Value) term {
	a := &array{elems: make([]term, v.Len())}
	fixed := true
	for i, x := range v.Elements() {
		b.path = append(b.path, strconv.Itoa(i))
		a.elems[i] = b.value(x)
		b.path = b.path[:len(b.path)-1]
		fixed = fixed && a.elems[i].node == nil
	}
	if fixed {
		return term{konst: v}
	}
	return term{node: a}
}

// member compiles one member of an object. Its name is without the .$.
func (b *payloadBuilder) member(key string, v value.Value) member {
	b.path = append(b.path, key)
	defer func() { b.path = b.path[:len(b.path)-1] }()
	name, ok := strings.CutSuffix(key, dynamic)
	if !ok {
		return member{key, b.value(v)}
	}
	t, err := b.leaf(key, v)
	if err != nil {
		b.wrong(invalidCall(key), err)
	}
	return member{name, t}
}

// leaf compiles the value of a member whose name ends in .$.
func (b *payloadBuilder) leaf(key string, v value.Value) (term, error) {
	if v.Kind() != value.KindString {
		return term{}, errors.New("a " + v.Kind().String() + " is no text")
	}
	src := v.Text()
	if !strings.HasPrefix(src, "$") {
		t, _, err := b.call(src)
		return t, err
	}
	r, err := b.parseRef(src)
	return term{node: &leaf{r, key}}, err
}

// An object is an object of a payload template with a dynamic member.
type object struct {
	members []member
	size    int // of its JSON without the values
}

type member struct {
	key string
	term
}

func (o *object) Eval(s *Scope) (value.Value, error) {
	if err := s.build(len(o.members), o.size); err != nil {
		return value.Value{}, err
	}
	out := s.Arena.Members(len(o.members))
	for i := range o.members {
		m := &o.members[i]
		v, err := m.eval(s)
		if err != nil {
			return value.Value{}, err
		}
		out[i] = value.Member{Key: m.key, Val: v}
	}
	return value.Object(out...), nil
}

// constant is the value of o, all of whose members are constant.
func (o *object) constant() value.Value {
	out := make([]value.Member, len(o.members))
	for i, m := range o.members {
		out[i] = value.Member{Key: m.key, Val: m.konst}
	}
	return value.Object(out...)
}

// An array is an array of a payload template with a dynamic element.
type array struct{ elems []term }

func (a *array) Eval(s *Scope) (value.Value, error) {
	if err := s.build(len(a.elems), len("[]")+len(a.elems)); err != nil {
		return value.Value{}, err
	}
	out := s.Arena.Elements(len(a.elems))
	for i := range a.elems {
		v, err := a.elems[i].eval(s)
		if err != nil {
			return value.Value{}, err
		}
		out[i] = v
	}
	return value.Array(out...), nil
}

// constant is the value of a, all of whose elements are constant.
func (a *array) constant() value.Value {
	out := make([]value.Value, len(a.elems))
	for i := range a.elems {
		out[i] = a.elems[i].konst
	}
	return value.Array(out...)
}

// A leaf is a path in a payload template.
type leaf struct {
	ref
	key string // with the .$
}

func (l *leaf) Eval(s *Scope) (value.Value, error) {
	v, root, err := l.find(s)
	if err == nil {
		return v, nil
	}
	if pastEnd(err) {
		return value.Null, nil // as on AWS, where an argument of a function fails
	}
	return v, lost(err, func() *Failure { return notFound(l.path, l.key, root) })
}

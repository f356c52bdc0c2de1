package template

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/seed66d9166c/express/express/jsonata"
	"github.com/seed66d9166c/express/express/value"
)

// A Query says where a value in JSONata stands.
type Query struct {
	Field       string // as the causes of errors name it: Output, Assign/total
	Result      bool   // $states.result is there
	ErrorOutput bool   // $states.errorOutput is there
	Strict      bool   // the language is version 2.0.6, which Step Functions runs
}

// Compile compiles a value in JSONata: strings between {% and %} at any depth
// are expressions, the rest is copied. They see $states and the variables of
// env; a nil env has none. All that is wrong with v is reported, in order.
func (q Query) Compile(v value.Value, env *Env) (Expr, []*SyntaxError) {
	b := queryBuilder{payloadBuilder: payloadBuilder{builder: builder{env: env}}, query: q}
	root := b.value(q.Field, v)
	if len(b.errs) > 0 {
		return nil, b.errs
	}
	text := v.String()
	if v.Kind() == value.KindString {
		text = v.Text()
	}
	if root.node == nil {
		return folded{constant{root.konst}, text}, nil
	}
	return b.expr(root, text), nil
}

// A folded expression is constant, and prints as it was written: causes quote it.
type folded struct {
	constant
	text string
}

func (f folded) String() string { return f.text }

// A queryBuilder compiles a value in JSONata.
type queryBuilder struct {
	payloadBuilder
	query Query
}

// value compiles v, which stands at location.
func (b *queryBuilder) value(location string, v value.Value) term {
	switch v.Kind() {
	case value.KindString:
		if text, ok := delimited(v.Text()); ok {
			return b.expression(location, text)
		}
	case value.KindObject:
		o := &object{members: make([]member, 0, v.Len()), size: len("{}")}
		fixed := true
		for key, x := range v.Members() {
			m := member{key, b.in(key, location+"/"+key, x)}
			fixed = fixed && m.node == nil
			o.members = append(o.members, m)
			o.size += len(key) + len(`"":,`)
		}
		switch {
		case !fixed:
			return term{node: o}
		case len(b.errs) == 0:
			return term{konst: o.constant()}
		}
	case value.KindArray:
		a := &array{elems: make([]term, v.Len())}
		fixed := true
		for i, x := range v.Elements() {
			at := strconv.Itoa(i)
			a.elems[i] = b.in(at, location+"["+at+"]", x)
			fixed = fixed && a.elems[i].node == nil
		}
		switch {
		case !fixed:
			return term{node: a}
		case len(b.errs) == 0:
			return term{konst: a.constant()}
		}
	}
	return term{konst: v}
}

// in compiles the part of a value that stands under key.
func (b *queryBuilder) in(key, location string, v value.Value) term {
	b.path = append(b.path, key)
	defer func() { b.path = b.path[:len(b.path)-1] }()
	return b.value(location, v)
}

// delimiter begins an expression.
const delimiter = "{%"

// delimited is what stands between {% and %}, and whether s is an expression.
func delimited(s string) (string, bool) {
	inner, ok := strings.CutPrefix(s, delimiter)
	if !ok {
		return "", false
	}
	return strings.CutSuffix(inner, "%}")
}

// states are the fields of $states, in the order of their values in a Scope.
var states = [...]struct {
	name  string
	there func(Query) bool
	of    func(*Scope) value.Value
}{
	{"input", always, func(s *Scope) value.Value { return s.Input }},
	{"context", always, func(s *Scope) value.Value { return s.Context() }},
	{"result", func(q Query) bool { return q.Result }, func(s *Scope) value.Value { return s.Result }},
	{"errorOutput", func(q Query) bool { return q.ErrorOutput }, func(s *Scope) value.Value { return s.Error }},
}

func always(Query) bool { return true }

// expression compiles the text between the delimiters. It is compiled twice:
// once to see what it reads, once for those places alone.
func (b *queryBuilder) expression(location, text string) term {
	q := &queryExpr{text: strings.TrimSpace(text), location: location}
	first, err := jsonata.Compile(text, &jsonata.Options{StepFunctions: true, Strict: b.query.Strict})
	if err != nil {
		b.refuse(location, q.text, err)
		return term{}
	}
	for _, r := range first.InputRefs() {
		b.wrong(fmt.Sprintf("The variable '$%s' is not there in the field '%s': the input is '$states.input'", r.Name, location), nil)
		b.errs[len(b.errs)-1].Offset = len(delimiter) + r.Offset
	}
	o := jsonata.Options{StepFunctions: true, Strict: b.query.Strict}
	for _, r := range first.Refs() {
		b.read(q, &o, r)
	}
	if q.compiled, err = jsonata.Compile(text, &o); err != nil {
		b.refuse(location, q.text, err)
		return term{}
	}
	if v, ok := q.compiled.Const(); ok && !v.IsNothing() {
		return term{konst: v}
	}
	b.wants |= WantsElements | WantsContext
	return term{node: q}
}

// read gives the expression what it reads at r.
func (b *queryBuilder) read(q *queryExpr, o *jsonata.Options, r jsonata.Ref) {
	if r.Name == "states" {
		for i, f := range states {
			if !f.there(b.query) {
				if r.Field == f.name {
					b.wrong(fmt.Sprintf("The variable '$states.%s' is not there in the field '%s'", f.name, q.location), nil)
				}
				continue
			}
			if r.Field == "" || r.Field == f.name {
				q.add(o, "states."+f.name, source{field: i})
			}
		}
		return
	}
	if b.env == nil || b.env.Var == nil {
		return
	}
	if at, ok := b.env.Var(r.Name); ok {
		b.refs = append(b.refs, r.Name)
		q.add(o, r.Name, source{field: -1, at: at})
	}
}

// refuse reports an expression that does not compile.
func (b *queryBuilder) refuse(location, text string, err error) {
	b.wrong(fmt.Sprintf("The JSONata expression '%s' specified for the field '%s' is not valid. %v", text, location, err), err)
}

// A queryExpr is an expression in JSONata.
type queryExpr struct {
	compiled *jsonata.Expr
	text     string
	location string
	sources  []source // parallel to the variables that it was compiled with
}

// A source is where the value of a variable comes from: a field of $states, or a
// variable of the machine.
type source struct {
	field int // -1 for a variable
	at    Var
}

func (q *queryExpr) add(o *jsonata.Options, name string, from source) {
	if !slices.Contains(o.Vars, name) {
		o.Vars = append(o.Vars, name)
		q.sources = append(q.sources, from)
	}
}

const errQuery = "States.QueryEvaluationError"

func (q *queryExpr) Eval(s *Scope) (value.Value, error) {
	if s.query == nil {
		s.query = new(queryScope)
	}
	x := s.query
	x.vars = x.vars[:0]
	for _, from := range q.sources {
		if from.field >= 0 {
			x.vars = append(x.vars, states[from.field].of(s))
		} else {
			x.vars = append(x.vars, s.Vars.At(from.at))
		}
	}
	x.budget = jsonata.Budget{Steps: s.Budget.Steps, Bytes: s.Budget.Bytes}
	x.env = jsonata.Env{Vars: x.vars, Now: s.Now, Rand: s.Rand, Budget: &x.budget}
	v, err := q.compiled.Run(&x.env)
	s.Budget.Steps, s.Budget.Bytes = x.budget.Steps, x.budget.Bytes
	switch e, _ := err.(*jsonata.Error); {
	case e != nil && e.Code == jsonata.CodeFunction:
		return value.Value{}, q.failed("returned an unsupported result type.", e)
	case e != nil:
		return value.Value{}, q.failed("threw an error during evaluation. "+e.Code+": "+e.Message, e)
	case v.IsNothing():
		return value.Value{}, q.failed("returned nothing (undefined).", nil)
	}
	return v, nil
}

func (q *queryExpr) failed(how string, err error) error {
	return &Failure{
		Name:     errQuery,
		Cause:    fmt.Sprintf("The JSONata expression '%s' specified for the field '%s' %s", q.text, q.location, how),
		Location: q.location,
		Err:      err,
	}
}

// A queryScope is what the evaluation of an expression in JSONata needs, kept
// for the next one.
type queryScope struct {
	vars   []value.Value
	env    jsonata.Env
	budget jsonata.Budget
}

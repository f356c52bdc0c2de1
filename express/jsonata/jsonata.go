package jsonata

import (
	"math/rand/v2"
	"slices"
	"time"

	"github.com/seed66d9166c/express/express/value"
)

// Options say in what environment an expression is compiled. The zero value is
// that of the language itself, without $eval.
type Options struct {
	// Vars are the names of the variables that are given to each evaluation,
	// without the $, in the order in which their values are given. A name with
	// a dot, "states.input", is a field of an object that is given field by
	// field: the object is only made where it is used as a whole.
	Vars []string

	// Functions are added to the library, or take the place of its functions.
	Functions []Function

	// EvalFunction allows $eval. What it evaluates sees the variables of
	// Vars, not those that the expression binds.
	EvalFunction bool

	// StepFunctions is the environment of AWS Step Functions: $partition,
	// $range, $hash, $random with a seed, $uuid and $parse are there, and
	// $eval is not, whatever EvalFunction says.
	StepFunctions bool

	// Strict refuses what version 2.0.6 of the language, which Step Functions
	// runs, does not have: the operators ?: and ??.
	Strict bool
}

// A Function is a function written in Go.
type Function struct {
	Name string
	// Signature as JSONata writes it: "<s-n?:s>". "" takes what it gets.
	Signature string
	// Call computes the value; nothing stands for undefined. It must be safe
	// for concurrent use. Functions are not passed on: an argument that is one
	// is nothing.
	Call func(args []value.Value) (value.Value, error)
}

// An Expr is a compiled expression. It is immutable and safe for concurrent use.
type Expr struct {
	prog  *program
	refs  []Ref
	input []Ref
	konst value.Value
	isK   bool
}

// A Ref is one place where an expression reads a variable that it does not bind
// itself.
type Ref struct {
	Name   string // without the $
	Field  string // the first step of the path from it, "" if it is read as a whole
	Slot   int    // in Options.Vars; -1 for an object of fields, or if there is no such variable
	Offset int    // in the source, in bytes
}

// Compile compiles src. A nil o is the zero Options. The error is an *Error.
func Compile(src string, o *Options) (*Expr, error) {
	if o == nil {
		o = &Options{}
	}
	env, err := newEnvironment(o)
	if err != nil {
		return nil, err
	}
	e, failed := compile(src, env)
	if failed != nil {
		return nil, failed
	}
	end := slices.IndexFunc(e.prog.code, func(in Instr) bool { return in.Op == opReturn })
	e.prog.stored(end - 1)
	return e, nil
}

func compile(src string, env *environment) (*Expr, *Error) {
	root, lone, err := parse(src, env.opts.Strict)
	if err != nil {
		return nil, err
	}
	fold(root)
	r := &resolver{env: env}
	top := r.resolve(root)
	p, err := lower(root, top, env, src, lone)
	if err != nil {
		return nil, err
	}
	e := &Expr{prog: p, refs: r.refs, input: r.input}
	if len(p.code) == 2 && p.code[0].Op == opConst && !lone {
		e.konst, e.isK = p.consts[p.code[0].A], true
	}
	return e, nil
}

// String is the source of e.
func (e *Expr) String() string { return e.prog.source }

// Refs are the places where e reads variables that it does not bind, in the
// order in which they stand in the source.
func (e *Expr) Refs() []Ref { return e.refs }

// InputRefs are the places where e reads the input as a whole: $$, whose Name is
// "$", anywhere; and $, whose Name is "", but for the steps of a path after its
// first, predicates and functions, which have a context of their own. Names that
// are looked up in the input are not among them.
func (e *Expr) InputRefs() []Ref { return e.input }

// Const is the value of e if it is the same whatever the input and the
// variables.
func (e *Expr) Const() (value.Value, bool) { return e.konst, e.isK }

// An Env is what one evaluation sees.
type Env struct {
	Input  value.Value      // $ and $$; nothing if there is none
	Vars   []value.Value    // in the order of Options.Vars; what is missing or nothing is undefined
	Now    func() time.Time // for $now, $millis and the budget; nil is time.Now
	Rand   *rand.Rand       // for $random, $shuffle and $uuid; nil is the global source
	Budget *Budget          // nil is DefaultBudget, for this evaluation alone
}

// Eval is Run with an input, the values of Options.Vars in order, and the
// default budget.
func (e *Expr) Eval(input value.Value, vars ...value.Value) (value.Value, error) {
	env := Env{Input: input, Vars: vars}
	return e.Run(&env)
}

// Run is the value of e, nothing if it is undefined. The error is an *Error.
func (e *Expr) Run(env *Env) (value.Value, error) {
	if e.isK {
		return e.konst, nil
	}
	m := machines.Get().(*machine)
	v, err := m.eval(e.prog, env)
	m.release()
	if err != nil {
		return value.Value{}, err
	}
	return v, nil
}

func (m *machine) eval(p *program, env *Env) (value.Value, *Error) {
	m.prog, m.root, m.vars = p, env.Input, env.Vars
	m.clock, m.rand = env.Now, env.Rand
	m.budget = env.Budget
	if m.budget == nil {
		m.own = Budget{Steps: DefaultSteps, Bytes: DefaultBytes}
		m.budget = &m.own
	}
	m.fuel = tank
	m.ctx = cell{v: env.Input}
	if env.Input.Kind() == value.KindArray {
		m.ctx = m.listOf([]cell{m.ctx}, seqFlag|outerFlag) // one item, not many
	}
	for range p.slots {
		m.push(cell{})
	}
	err := m.run(0)
	if m.fuel > 0 { // else it is accounted for
		m.budget.Steps -= int64(tank - m.fuel)
	}
	if err != nil {
		return value.Value{}, err
	}
	v, err := m.export(m.pop(), 0)
	if err != nil {
		return value.Value{}, err.at(0, "")
	}
	if p.lone {
		v = scrub(v)
	}
	return v, nil
}

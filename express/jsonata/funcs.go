package jsonata

import (
	"maps"
	"sync"

	"github.com/seed66d9166c/express/express/value"
)

// A row is one function of the library: its name, its signature, and what it
// does with arguments that fit the signature, one a parameter.
type row struct {
	name string
	sig  string
	call func(m *machine, args []cell) (cell, *Error)
}

// arities are those of the functions that take fewer arguments from functions
// like $map than their signature has parameters.
var arities = map[string]int{"string": 1, "zip": 0}

// A dialect is a set of functions: what JSONata has, with or without $eval, or
// what Step Functions has.
type dialect uint8

const (
	dialectPlain dialect = iota
	dialectEval
	dialectStep
	dialects
)

// libraries are the tables of the dialects, made when first used.
var libraries = func() (all [dialects]func() (map[string]int, []*function)) {
	for d := range dialects {
		type lib struct {
			index map[string]int
			table []*function
		}
		once := sync.OnceValue(func() (l lib) {
			l.index = map[string]int{}
			for _, rows := range tables(d) {
				for _, r := range rows {
					l.table = define(l.index, l.table, r.function())
				}
			}
			return l
		})
		all[d] = func() (map[string]int, []*function) {
			l := once()
			return l.index, l.table
		}
	}
	return all
}()

func tables(d dialect) [][]row {
	t := [][]row{stringFuncs, numberFuncs, arrayFuncs, objectFuncs, higherFuncs, regexFuncs, timeFuncs}
	switch d {
	case dialectEval:
		t = append(t, evalFuncs)
	case dialectStep:
		t = append(t, stepFuncs)
	}
	return t
}

func (r *row) function() *function {
	f := &function{name: r.name, sig: mustSignature(r.sig), native: r.call}
	f.arity = len(f.sig.params)
	if n, ok := arities[r.name]; ok {
		f.arity = n
	}
	return f
}

// define adds f to a table, in the place of what is called the same.
func define(index map[string]int, table []*function, f *function) []*function {
	f.value = fnCell(f)
	if i, ok := index[f.name]; ok {
		table[i] = f
		return table
	}
	index[f.name] = len(table)
	return append(table, f)
}

// library is the functions that there are under o.
func library(o *Options) (map[string]int, []*function, *Error) {
	d := dialectPlain
	switch {
	case o.StepFunctions:
		d = dialectStep
	case o.EvalFunction:
		d = dialectEval
	}
	index, table := libraries[d]()
	if len(o.Functions) == 0 {
		return index, table, nil
	}
	index = maps.Clone(index)
	table = append([]*function(nil), table...)
	for i := range o.Functions {
		f, err := o.Functions[i].function()
		if err != nil {
			return nil, nil, err
		}
		table = define(index, table, f)
	}
	return index, table, nil
}

// function is a function written in Go as one of the library.
func (g *Function) function() (*function, *Error) {
	f := &function{name: g.Name, arity: 1}
	if g.Signature != "" {
		sig, err := parseSignature(g.Signature)
		if err != nil {
			return nil, err
		}
		f.sig, f.arity = sig, len(sig.params)
	}
	call := g.Call
	f.native = func(m *machine, args []cell) (cell, *Error) {
		vals := make([]value.Value, len(args))
		for i, a := range args {
			if a.isFunc() {
				continue
			}
			v, err := m.export(a, 0)
			if err != nil {
				return cell{}, err
			}
			vals[i] = v
		}
		v, err := call(vals)
		if err != nil {
			if e, ok := err.(*Error); ok {
				return cell{}, e
			}
			return cell{}, fail("D3137", err.Error())
		}
		return cell{v: v}, m.grow(v.Size())
	}
	return f, nil
}

// text is the string c, and whether it is one.
func (c cell) text() (string, bool) { return c.v.Text(), c.isString() }

// strings are cells as one array.
func arrayOf(items []cell) (cell, *Error) { return sealed(cell{x: &box{kind: boxList, items: items}}) }

// sequenceOf is a sequence of items, which are not copied.
func sequenceOf(items []cell) cell {
	return cell{x: &box{kind: boxList, flags: seqFlag, items: items}}
}

var evalFuncs = []row{{"eval", "<sx?:x>", eval}}

// eval compiles and runs a string, with the second argument or the current
// context as its context.
func eval(m *machine, args []cell) (cell, *Error) {
	src, ok := args[0].text()
	if !ok {
		return cell{}, nil
	}
	if err := m.grow(len(src) * cellSize); err != nil {
		return cell{}, err
	}
	e, err := compile(src, m.prog.env)
	if err != nil {
		return cell{}, fail("D3120", err.Message)
	}
	ctx := m.ctx
	if !args[1].undefined() {
		if ctx = args[1]; ctx.isArray() && !ctx.isSequence() {
			ctx = m.listOf([]cell{ctx}, seqFlag|outerFlag)
		}
	}
	f := &function{name: "eval", prog: e.prog, proto: &proto{slots: e.prog.slots}, ctx: ctx}
	c, err := m.call(f)
	if err != nil && err.Code != CodeLimit {
		err = fail("D3121", err.Message)
	}
	return c, err
}

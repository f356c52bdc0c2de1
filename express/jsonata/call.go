package jsonata

import "github.com/seed66d9166c/express/express/value"

// A function is a value that can be called: one of the library, or a closure.
type function struct {
	name  string
	arity int // how many arguments functions like $map hand it
	sig   *signature

	// Of the library, or made by it.
	native func(m *machine, args []cell) (cell, *Error)
	re     *regex // of a regular expression
	value  cell   // the function itself, where it is in a table

	// A closure: a lambda, the program it is part of, and what it captured.
	proto    *proto
	prog     *program
	captured []*box
	ctx      cell
}

// closure makes a function of a lambda in the running function.
func (m *machine) closure(p *proto) cell {
	f := &function{arity: p.params, sig: p.sig, proto: p, prog: m.prog, ctx: m.ctx}
	if len(p.captures) > 0 {
		f.captured = make([]*box, len(p.captures))
		for i, c := range p.captures {
			if c.slot {
				f.captured[i] = m.stack[m.base+c.at].x
			} else {
				f.captured[i] = m.fn.captured[c.at]
			}
		}
	}
	return fnCell(f)
}

// callLibrary calls f with the argc arguments on top.
func (m *machine) callLibrary(f *function, argc int, flags uint8) *Error {
	base := len(m.stack) - argc
	if f.sig != nil {
		if err := m.bind(f.sig, f.name, base, argc, m.ctx); err != nil {
			return err
		}
	}
	c, err := f.native(m, m.stack[base:])
	if err != nil {
		return err
	}
	if c.isString() {
		if err := m.grow(len(c.v.Text())); err != nil {
			return err
		}
	}
	m.replace(base, ended(c, flags))
	return nil
}

// ended is the result of a function as the value of the call: a sequence
// collapses, unless a predicate is still to see it.
func ended(c cell, flags uint8) cell {
	switch {
	case flags&flagRaw != 0:
		return c
	case flags&flagKeep != 0:
		return normKeep(c)
	}
	return norm(c)
}

// invoke calls the function under the argc arguments on top, and returns where
// to go on.
func (m *machine) invoke(argc int, in *Instr, pc int) (int, *Error) {
	base := len(m.stack) - argc
	callee := m.stack[base-1]
	if !callee.isFunc() {
		return pc, m.notCallable(in, "T1005", "T1006")
	}
	f := callee.x.fn
	if f.native != nil {
		if err := m.callLibrary(f, argc, in.C); err != nil {
			return pc, err
		}
		m.replace(base-1, *m.top())
		return pc, nil
	}
	return m.begin(f, base, argc, pc, m.ctx)
}

// notCallable is the error for what is under the arguments and is no function.
func (m *machine) notCallable(in *Instr, hinted, plain string) *Error {
	if in.C&flagHint != 0 {
		return fail(hinted, m.prog.callees[in.B])
	}
	return fail(plain)
}

// begin makes the closure f run: its arguments begin at base, and when it
// returns, its value takes the place of base-1.
func (m *machine) begin(f *function, base, argc, pc int, context cell) (int, *Error) {
	if err := m.deeper(); err != nil {
		return pc, err
	}
	if err := m.arguments(f, base, argc, context); err != nil {
		return pc, err
	}
	m.frames = append(m.frames, frame{prog: m.prog, pc: pc, base: m.base, fn: m.fn, ctx: m.ctx})
	m.base, m.fn, m.prog, m.ctx = base, f, f.prog, f.ctx
	return int(f.proto.entry), nil
}

// arguments turns the argc cells from base on into the slots of f.
func (m *machine) arguments(f *function, base, argc int, context cell) *Error {
	if f.sig != nil {
		if err := m.bind(f.sig, f.name, base, argc, context); err != nil {
			return err
		}
		argc = len(m.stack) - base
	}
	m.cut(base + min(argc, f.proto.params))
	for len(m.stack) < base+f.proto.slots {
		m.push(cell{})
	}
	return nil
}

// leave returns from a function: the value on top takes the place of the
// function and its variables.
func (m *machine) leave() int {
	c := m.pop()
	m.replace(m.base-1, c)
	f := m.frames[len(m.frames)-1]
	m.frames = popped(m.frames)
	m.prog, m.base, m.fn, m.ctx = f.prog, f.base, f.fn, f.ctx
	return f.pc
}

// tail calls the function under the argc arguments on top in place of the
// running one, so that a loop made of calls takes no room.
func (m *machine) tail(argc int, in *Instr, pc int) (int, *Error) {
	base := len(m.stack) - argc
	callee := m.stack[base-1]
	if !callee.isFunc() || callee.x.fn.native != nil {
		return m.invoke(argc, in, pc) // the return that follows ends this function
	}
	f := callee.x.fn
	copy(m.stack[m.base-1:], m.stack[base-1:])
	m.cut(m.base + argc)
	if err := m.arguments(f, m.base, argc, m.ctx); err != nil {
		return pc, err
	}
	m.fn, m.prog, m.ctx = f, f.prog, f.ctx
	return int(f.proto.entry), nil
}

// call calls f from within a function of the library.
func (m *machine) call(f *function, args ...cell) (cell, *Error) {
	at := len(m.stack)
	m.push(cell{})
	m.stack = append(m.stack, args...)
	if f.native != nil {
		m.nested++
		defer func() { m.nested-- }()
		if err := m.deeper(); err != nil {
			return cell{}, err
		}
		if err := m.callLibrary(f, len(args), 0); err != nil {
			return cell{}, err.at(unplaced, f.name)
		}
		c := m.pop()
		m.cut(at)
		return c, nil
	}
	pc, err := m.begin(f, at+1, len(args), 0, cell{v: value.Null})
	if err != nil {
		return cell{}, err
	}
	// run ends when the frame made by begin is on top again
	if err := m.run(pc); err != nil {
		return cell{}, err
	}
	m.leave()
	return m.pop(), nil
}

// partial replaces the function and the arguments on top by a function of the
// arguments that are missing.
func (m *machine) partial(holes []bool, in *Instr) *Error {
	base := len(m.stack) - len(holes)
	callee := m.stack[base-1]
	if !callee.isFunc() {
		return m.notCallable(in, "T1007", "T1008")
	}
	inner := *callee.x.fn
	if inner.proto != nil {
		inner.sig = nil // as in JSONata, it is not checked any more
	}
	given := append([]cell(nil), m.stack[base:]...)
	if err := m.growList(len(given)); err != nil {
		return err
	}
	f := &function{name: inner.name}
	for _, hole := range holes {
		if hole {
			f.arity++
		}
	}
	f.native = func(m *machine, args []cell) (cell, *Error) {
		all := append([]cell(nil), given...)
		for i, hole := range holes {
			if hole && len(args) > 0 {
				all[i], args = args[0], args[1:]
			}
		}
		return m.call(&inner, all...)
	}
	m.replace(base-1, fnCell(f))
	return nil
}

// apply is a ~> f where f is no call: f of a, or the function that is a, then f.
func (m *machine) apply(in *Instr, pc int) (int, *Error) {
	a, f := m.operands()
	if !f.isFunc() {
		return pc, fail("T2006")
	}
	if !a.isFunc() {
		*a, *f = *f, *a
		m.stack = m.stack[:len(m.stack)+1]
		return m.invoke(1, in, pc)
	}
	first, second := a.x.fn, f.x.fn
	*a = fnCell(&function{arity: 1, native: func(m *machine, args []cell) (cell, *Error) {
		var x cell
		if len(args) > 0 {
			x = args[0]
		}
		y, err := m.call(first, x)
		if err != nil {
			return cell{}, err
		}
		return m.call(second, y)
	}})
	return pc, nil
}

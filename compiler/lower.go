package compiler

import (
	"slices"

	"github.com/seed66d9166c/express/express/program"
	"github.com/seed66d9166c/express/express/template"
)

// A lowerer makes a program of a machine in which nothing is wrong.
type lowerer struct {
	*source
	p      *program.Program
	place  program.Pos // of what is being lowered
	bodies []*body     // to be emitted
	halt   *label      // of the body being emitted
	fixes  []func()    // fill in what jumps go to, once it is all known
}

// A label is a place in the code that may be named before it is known.
type label struct {
	pc   program.PC
	used bool
}

// lower is the program of the machine m, called name.
func lower(name string, s *source, m *body) *program.Program {
	l := &lowerer{
		source: s,
		p:      &program.Program{Name: name, Comment: m.node.str("Comment"), Exprs: make([]template.Expr, 1)},
		bodies: []*body{m},
	}
	if t := m.node.get("TimeoutSeconds"); t != nil {
		l.p.Timeout = seconds(t.value().Float())
	}
	l.number(m)
	for len(l.bodies) > 0 {
		b := l.bodies[0]
		l.bodies = l.bodies[1:]
		l.body(b)
	}
	for _, fix := range l.fixes {
		fix()
	}
	return l.p
}

// number gives the scopes and states of b and of all within it their places in
// the tables, in source order.
func (l *lowerer) number(b *body) {
	b.scope.id = add(&l.p.Scopes, program.Scope{Names: b.scope.names})
	for _, s := range b.states {
		s.id = add(&l.p.States, program.State{Name: s.name, Type: s.kind, JSONata: s.lang == jsonata})
		for _, inner := range s.bodies {
			l.number(inner)
		}
	}
}

// body emits the states of b, and the end of its threads.
func (l *lowerer) body(b *body) {
	halt := new(label)
	l.halt = halt
	for _, s := range order(b) {
		l.state(s)
	}
	if halt.used {
		l.at(b.node)
		l.bind(halt)
		l.emit(program.OpHalt, 0, 0)
	}
}

// order is the states of b in such an order that only loops jump back, with a
// state's Next right behind it where that can be.
func order(b *body) []*state {
	seen := make(map[*state]bool, len(b.states))
	done := make([]*state, 0, len(b.states)) // a state after all that it leads to
	var visit func(s *state)
	visit = func(s *state) {
		if seen[s] {
			return
		}
		seen[s] = true
		for _, to := range [...][]*state{s.caught, s.next} {
			for i := len(to) - 1; i >= 0; i-- {
				visit(to[i])
			}
		}
		done = append(done, s)
	}
	visit(b.start())
	slices.Reverse(done)
	return done
}

func (l *lowerer) state(s *state) {
	st := &l.p.States[s.id]
	st.Retry = retriers(s.node.get("Retry"))
	l.at(s.node)
	l.bind(&s.entry)
	st.Entry = l.pc()
	l.emit(program.OpEnter, s.id, 0)
	l.expr(program.OpInput, s.node.get("InputPath"))
	lowerings[s.kind](l, s)
	l.handlers(s)
	st.End = l.pc()
}

// exit emits the end of s on the way to the state that next names; nil is the
// end of the thread.
func (l *lowerer) exit(s *state, next *node) {
	to := l.halt
	if next != nil {
		l.at(next)
		to = &s.body.byName[next.text].entry
	}
	l.jump(program.OpExit, s.id, to)
}

// The instructions of the data flow; none is emitted for what does nothing.

// expr emits an instruction that moves the current value through the expression
// of n, unless there is none, or it is the path $.
func (l *lowerer) expr(op program.Op, n *node) {
	if n == nil || (n.key == "InputPath" || n.key == "OutputPath") && n.text == "$" {
		return
	}
	l.at(n)
	l.emit(op, l.id(n), 0)
}

// merge emits a ResultPath.
func (l *lowerer) merge(n *node) {
	switch {
	case n == nil || n.text == "$":
	case n.isNull():
		l.at(n)
		l.emit(program.OpKeep, 0, 0)
	default:
		l.at(n)
		l.emit(program.OpMerge, add(&l.p.Paths, program.Path(n.made.(*template.Place))), 0)
	}
}

// assign emits an Assign.
func (l *lowerer) assign(n *node) {
	if n == nil || len(n.kids) == 0 {
		return
	}
	l.at(n)
	first := len(l.p.Assigns)
	for _, v := range n.made.([]variable) {
		l.p.Assigns = append(l.p.Assigns, program.Assign{Name: v.name, Slot: v.slot, Expr: l.exprID(v.expr)})
	}
	l.emit(program.OpAssign, program.ID(first), uint32(len(l.p.Assigns)-first))
}

// id is the expression that checking made of n, 0 if there is no n.
func (l *lowerer) id(n *node) program.ID {
	if n == nil || n.made == nil {
		return 0
	}
	return l.exprID(n.made.(template.Expr))
}

func (l *lowerer) exprID(e template.Expr) program.ID { return add(&l.p.Exprs, e) }

// add puts x into a table, and is its place there.
func add[T any](table *[]T, x T) program.ID {
	*table = append(*table, x)
	return program.ID(len(*table) - 1)
}

// pc is the place of the next instruction.
func (l *lowerer) pc() program.PC { return program.PC(len(l.p.Code)) }

// at says what the next instructions come from.
func (l *lowerer) at(n *node) { l.place = l.pos(n.mark().from) }

func (l *lowerer) emit(op program.Op, a, b uint32) {
	l.p.Code = append(l.p.Code, program.Instr{Op: op, A: a, B: b})
	l.p.Pos = append(l.p.Pos, l.place)
}

// jump emits an instruction whose B goes to a place.
func (l *lowerer) jump(op program.Op, a uint32, to *label) {
	to.used = true
	pc := l.pc()
	l.emit(op, a, 0)
	l.fixes = append(l.fixes, func() { l.p.Code[pc].B = to.pc })
}

// bind says where a label is: here.
func (l *lowerer) bind(to *label) { to.pc = l.pc() }

// inner has a body emitted once the states around it are, and its entry and
// scope filled in.
func (l *lowerer) inner(b *body, fill func(entry program.PC, scope program.ID)) {
	l.bodies = append(l.bodies, b)
	l.fixes = append(l.fixes, func() { fill(b.start().entry.pc, b.scope.id) })
}

// either is the expression of the one of two fields of n that is there.
func (l *lowerer) either(n *node, a, b string) program.ID {
	if id := l.id(n.get(a)); id != 0 {
		return id
	}
	return l.id(n.get(b))
}

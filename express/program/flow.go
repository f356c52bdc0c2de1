package program

import (
	"iter"

	"github.com/seed66d9166c/express/express/template"
)

// Successors are the places to which control goes from the instruction at a
// place, within its thread; a handler of an error is none of them.
func (p *Program) Successors(at PC) iter.Seq[PC] {
	return func(yield func(PC) bool) {
		in := &p.Code[at]
		row := &ops[in.Op]
		if !row.ends && !yield(at+1) {
			return
		}
		for i, x := range in.operands() {
			if next := operands[row.args[i]].next; next != nil && !next(p, x, yield) {
				return
			}
		}
	}
}

// Wants is what p may look at of what takes work to have: what its expressions do, and
// the items of a Map. What performs a task may look at more.
func (p *Program) Wants() (w template.Wants) {
	if len(p.Maps) > 0 {
		w = template.WantsElements
	}
	for _, e := range p.Exprs {
		if e != nil {
			w |= template.WantsOf(e)
		}
	}
	return w
}

// Short reports whether p ends within microseconds whatever its input is: it
// has nothing to wait for, no loop, and no expression in JSONata. Such a program
// may run where its event was read; any other needs a goroutine of its own.
func (p *Program) Short() bool {
	for i := range p.States {
		if p.States[i].JSONata {
			return false
		}
	}
	for i := range p.Code {
		switch p.Code[i].Op {
		case OpTask, OpWait, OpFork, OpMap:
			return false
		}
		for to := range p.Successors(PC(i)) {
			if to <= PC(i) {
				return false
			}
		}
	}
	return true
}

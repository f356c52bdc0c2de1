package compiler

import (
	"github.com/seed66d9166c/express/express/program"
)

func (l *lowerer) parallel(s *state) {
	l.expr(program.OpArg, s.node.get("Parameters"))
	l.expr(program.OpArg, s.node.get("Arguments"))
	l.at(s.node.get("Branches"))
	f := program.Fork{Entries: make([]program.PC, len(s.bodies)), Scopes: make([]program.ID, len(s.bodies))}
	for i, b := range s.bodies {
		l.inner(b, func(entry program.PC, scope program.ID) { f.Entries[i], f.Scopes[i] = entry, scope })
	}
	l.emit(program.OpFork, add(&l.p.Forks, f), 0)
	l.result(s)
}

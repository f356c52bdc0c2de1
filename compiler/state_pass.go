package compiler

import "github.com/seed66d9166c/express/express/program"

func (l *lowerer) pass(s *state) {
	l.expr(program.OpArg, s.node.get("Parameters"))
	if n := s.node.get("Result"); n != nil {
		l.at(n)
		l.emit(program.OpConst, add(&l.p.Consts, n.value()), 0)
	}
	l.result(s)
}

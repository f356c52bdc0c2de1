package compiler

import "github.com/seed66d9166c/express/express/program"

func (l *lowerer) succeed(s *state) { l.result(s) }

func (l *lowerer) fail(s *state) {
	f := program.Fail{
		Error: l.either(s.node, "Error", "ErrorPath"),
		Cause: l.either(s.node, "Cause", "CausePath"),
	}
	l.emit(program.OpFail, add(&l.p.Fails, f), 0)
}

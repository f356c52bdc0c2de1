package compiler

import "github.com/seed66d9166c/express/express/program"

func (l *lowerer) task(s *state) {
	n := s.node
	l.expr(program.OpArg, n.get("Parameters"))
	l.expr(program.OpArg, n.get("Arguments"))
	t := n.get("Resource").made.(program.Task)
	t.Timeout = l.either(n, "TimeoutSeconds", "TimeoutSecondsPath")
	t.Beat = l.either(n, "HeartbeatSeconds", "HeartbeatSecondsPath")
	t.Role = l.id(n.get("Credentials"))
	l.at(n.get("Resource"))
	l.emit(program.OpTask, add(&l.p.Tasks, t), 0)
	l.result(s)
}

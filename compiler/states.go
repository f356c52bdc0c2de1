package compiler

import "github.com/seed66d9166c/express/express/program"

// lowerings are how states are lowered, behind their enter and InputPath and
// before the handlers of their catchers: one row a type of state. Their fields
// are in fields.
var lowerings = [...]func(*lowerer, *state){
	program.TypeTask:     (*lowerer).task,
	program.TypeParallel: (*lowerer).parallel,
	program.TypeMap:      (*lowerer).mapState,
	program.TypePass:     (*lowerer).pass,
	program.TypeWait:     (*lowerer).wait,
	program.TypeChoice:   (*lowerer).choice,
	program.TypeSucceed:  (*lowerer).succeed,
	program.TypeFail:     (*lowerer).fail,
}

// result emits what is done with the result of a state, and its end. In either
// query language the fields of the other are not there.
func (l *lowerer) result(s *state) {
	l.expr(program.OpSelect, s.node.get("ResultSelector"))
	l.assign(s.node.get("Assign"))
	l.merge(s.node.get("ResultPath"))
	l.expr(program.OpOutput, s.node.get("OutputPath"))
	l.expr(program.OpOutput, s.node.get("Output"))
	l.exit(s, s.node.get("Next"))
}

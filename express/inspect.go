package express

import (
	"github.com/seed66d9166c/express/express/program"
	"github.com/seed66d9166c/express/express/value"
)

// stages are the names that AWS's TestState gives the current value after an
// operation. After OpAssign it is the assigned variables that are shown.
var stages = map[program.Op]string{
	program.OpEnter:  "input",
	program.OpInput:  "afterInputPath",
	program.OpArg:    "afterParameters",
	program.OpConst:  "result",
	program.OpTask:   "result",
	program.OpFork:   "result",
	program.OpMap:    "result",
	program.OpSelect: "afterResultSelector",
	program.OpMerge:  "afterResultPath",
	program.OpKeep:   "afterResultPath",
}

// inspect shows the current value after op.
func (x *execution) inspect(op program.Op) {
	x.run.start.Arena.Keep()
	stage, ok := stages[op]
	switch {
	case op == program.OpEnter && x.m.o.Probe != nil:
		x.m.o.Probe.assign(x)
		x.stage(stage, x.cur)
	case op == program.OpAssign:
		x.stage("variables", x.assigned())
	case op == program.OpArg && x.state.JSONata:
		x.stage("afterArguments", x.cur)
	case ok:
		x.stage(stage, x.cur)
	}
}

// stage shows one stage of the state's data flow.
func (x *execution) stage(name string, v value.Value) {
	if x.m.o.Inspect != nil {
		x.m.o.Inspect(name, v)
	}
}

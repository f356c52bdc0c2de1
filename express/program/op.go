package program

// An Op is an operation code.
//
// A thread of an execution has three registers: raw, the input of the state;
// arg, its effective input, then its argument; and cur, its result, then its
// output. They follow the data-flow order of the States Language.
type Op uint8

const (
	OpEnter Op = iota
	OpInput
	OpArg
	OpConst
	OpTask
	OpFork
	OpMap
	OpSelect
	OpAssign
	OpMerge
	OpKeep
	OpOutput
	OpWait
	OpTest
	OpCond
	OpTable
	OpUnmatched
	OpExit
	OpFail
	OpHalt
	opEnd
)

// IfNot is the Flag of an OpTest that jumps if its rule does not hold.
const IfNot = 1

// An op is a row of the instruction set.
type op struct {
	name string
	args [3]operand // A, B and C
	ends bool       // control does not go on behind it
	does string     // one sentence, for docs/instructions.md
}

// ops is the instruction set: one row an operation. The listing, the verifier,
// the documentation and the tests read it.
var ops = [opEnd]op{
	OpEnter:     {"enter", [3]operand{state}, false, "begin state A: raw and arg are cur; the retry counters are zero; event StateEntered"},
	OpInput:     {"input", [3]operand{expr}, false, "cur and arg are A over cur: InputPath"},
	OpArg:       {"arg", [3]operand{expr}, false, "cur and arg are A over cur: Parameters, Arguments"},
	OpConst:     {"const", [3]operand{konst}, false, "cur is the constant A: Result of a Pass"},
	OpTask:      {"task", [3]operand{task}, false, "call task A with arg; cur is its answer; events"},
	OpFork:      {"fork", [3]operand{fork}, false, "run the branches of A, each with arg; cur is the array of their outputs; events"},
	OpMap:       {"map", [3]operand{maps}, false, "run the iterations of A over the items of arg; cur is the array of their outputs; events"},
	OpSelect:    {"select", [3]operand{expr}, false, "cur is A over cur: ResultSelector"},
	OpAssign:    {"assign", [3]operand{assign, count}, false, "give values to the B variables from A on, visible once the state exits: Assign"},
	OpMerge:     {"merge", [3]operand{path}, false, "cur is raw with cur at A: ResultPath"},
	OpKeep:      {"keep", [3]operand{}, false, "cur is raw: ResultPath null"},
	OpOutput:    {"output", [3]operand{expr}, false, "cur is A over cur: OutputPath, Output"},
	OpWait:      {"wait", [3]operand{wait}, false, "park until the time that A says"},
	OpTest:      {"test", [3]operand{rule, pc}, false, "go to B if rule A holds over cur; with flag 1 if it does not: Choice"},
	OpCond:      {"cond", [3]operand{expr, pc}, false, "go to B if condition A is true: Choice in JSONata"},
	OpTable:     {"table", [3]operand{table}, false, "go to where table A sends the value of its variable, or on: Choice among equal constants"},
	OpUnmatched: {"unmatched", [3]operand{}, true, "end with the error of a Choice that has no match and no Default"},
	OpExit:      {"exit", [3]operand{state, pc}, true, "end state A: its assignments become visible; event StateExited; go to B"},
	OpFail:      {"fail", [3]operand{fail}, true, "end with the error and cause of A"},
	OpHalt:      {"halt", [3]operand{}, true, "end of the machine, branch or iteration; cur is its output"},
}

// String is the name of o in listings.
func (o Op) String() string { return ops[o].name }

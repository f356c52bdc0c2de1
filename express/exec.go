package express

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/seed66d9166c/express/express/program"
	"github.com/seed66d9166c/express/express/template"
	"github.com/seed66d9166c/express/express/value"
)

// An execution is one thread of control: an execution, a branch, an iteration.
// It belongs to one goroutine at a time, and nothing in it is locked.
type execution struct {
	m      *Machine
	run    *run
	family *family    // nil for the first thread
	up     *execution // the thread whose Parallel or Map state this one is of
	index  int        // which branch or iteration
	depth  int        // threads above
	ctx    context.Context

	pc    program.PC
	state *program.State // nil before the first
	id    program.ID     // of state
	raw   value.Value    // the registers: see program.Op
	arg   value.Value
	cur   value.Value
	input value.Value // the effective input: what the paths of Timeout and MaxConcurrency start from

	vars    template.Vars
	pending []assignment // of the state, visible from the next on
	visits  []visit      // of the states that can be retried
	entry   uint32       // which one this is of the state
	tries   []int        // of the state's retriers
	retry   int          // of this visit of the state
	caught  bool         // a catcher of the state has its error

	prev    uint64 // event id of the last event of this thread,
	before  uint64 // of the last one before the state was entered,
	entered uint64 // and of the one that says so
	since   time.Time
	attempt time.Time   // when the last attempt of a task began, if somebody wants to know
	item    *item       // of the ItemSelector that is being evaluated
	context value.Value // nothing until it is asked for
	token   string      // of a callback

	scope  template.Scope
	budget template.Budget
	seed   rand.PCG
	rand   rand.Rand
	spent  int64 // steps of expressions, not yet in run.work
	event  Event
	kids   []*execution // lost when a Parallel or Map state was aborted

	waits *parking // nil unless it is parked
	batch *batch   // that it runs in, nil if none
	whole func()   // work as a value, made once; nil before
	own   run      // of the first thread: the others have its
}

// idle are executions to be used again: they are large.
var idle = sync.Pool{New: func() any {
	x := new(execution)
	x.scope.Context = x.contextObject
	return x
}}

// newExecution is a thread of r, or where that is nil of a run of its own.
func newExecution(m *Machine, r *run, ctx context.Context) *execution {
	x := idle.Get().(*execution)
	if r == nil {
		r = &x.own
	}
	x.m, x.run, x.ctx = m, r, ctx
	x.rand = *rand.New(&x.seed)
	x.scope.Vars, x.scope.Budget = &x.vars, &x.budget
	x.scope.Now, x.scope.Rand = m.now, &x.rand
	return x
}

// release gives x back, to which nothing may refer any more.
func (x *execution) release() {
	*x = execution{scope: template.Scope{Context: x.scope.Context}, whole: x.whole, visits: x.visits[:0]}
	idle.Put(x)
}

// begin makes x ready to run from entry, with the variables of scope.
func (x *execution) begin(entry program.PC, scope program.ID) {
	x.pc, x.state = entry, nil
	x.vars = template.Vars{}
	if x.up != nil {
		x.vars.Up = &x.up.vars
	}
	if names := x.m.prog.Scopes[scope].Names; len(names) > 0 {
		x.vars.Slots = make([]value.Value, len(names))
	}
	x.visits = x.visits[:0]
}

// loop runs instructions until the thread ends, or is parked. It begins with what
// the instruction that the thread was parked in has left to do.
func (x *execution) loop() *Error {
	p := x.m.prog
	var err *Error
	if x.waits != nil {
		err = x.resume()
	}
	for {
		switch {
		case err == parked:
			return err
		case err != nil:
			if err = x.handle(err); err != nil {
				return err
			}
		}
		in := &p.Code[x.pc]
		x.pc++
		switch in.Op {
		case program.OpEnter:
			err = x.enter(in.A)
		case program.OpInput:
			x.cur, err = x.argument(in.A, x.cur)
			x.arg, x.input = x.cur, x.cur
		case program.OpArg:
			x.cur, err = x.argument(in.A, x.cur)
			x.arg = x.cur
		case program.OpConst:
			x.cur = p.Consts[in.A]
		case program.OpTask:
			err = x.task(in.A)
		case program.OpFork:
			err = x.fork(&p.Forks[in.A])
		case program.OpMap:
			err = x.mapItems(&p.Maps[in.A])
		case program.OpSelect, program.OpOutput:
			x.cur, err = x.eval(in.A)
		case program.OpAssign:
			err = x.assign(p.Assigns[in.A : in.A+in.B])
		case program.OpMerge:
			err = x.merge(p.Paths[in.A])
		case program.OpKeep:
			x.cur = x.raw
		case program.OpWait:
			err = x.wait(&p.Waits[in.A])
		case program.OpTest:
			err = x.test(in)
		case program.OpCond:
			err = x.cond(in)
		case program.OpTable:
			err = x.table(&p.Tables[in.A])
		case program.OpUnmatched:
			err = x.fail("Failed to transition out of the state. The state does not point to a next state.")
		case program.OpExit:
			err = x.exit(in.B)
		case program.OpFail:
			err = x.raise(&p.Fails[in.A])
		case program.OpHalt:
			return nil
		default:
			panic(fmt.Sprintf("express: operation %d", in.Op))
		}
		if err == nil && x.m.o.Inspect != nil {
			x.inspect(in.Op)
		}
	}
}

// enter begins the state with this id.
func (x *execution) enter(id program.ID) *Error {
	x.state, x.id = &x.m.prog.States[id], id
	x.since = time.Time{}
	x.caught, x.retry = false, 0
	x.before = x.prev
	x.raw = x.cur
	x.restart()
	var e *Event
	x.prev, e = x.emit(TaskStateEntered+EventType(x.state.Type), x.prev)
	x.entered = x.prev
	if e != nil {
		e.Input = x.raw
		x.record(e)
	}
	if x.state.Type <= program.TypeMap {
		x.visit()
	}
	return x.step()
}

// restart sets the registers as they are at the beginning of a state, on entry
// and on retry.
func (x *execution) restart() {
	x.arg, x.cur, x.input = x.raw, x.raw, x.raw
	x.pending = x.pending[:0]
	x.context, x.token = value.Value{}, "" // a retry has a token of its own
	x.scope.Input, x.scope.Result, x.scope.Error = x.raw, value.Value{}, value.Value{}
}

const (
	// checkEvery is how many states an execution enters between looks at the
	// clock: some microseconds, and rarer than the looks would cost.
	checkEvery = 64
	// checkWork is how many steps of expressions it takes for a look all the
	// same: half a millisecond.
	checkWork = 10_000
)

// step counts a state, or the retry of one, against the limits: a loop that
// never waits ends here.
func (x *execution) step() *Error {
	n := x.run.steps.Add(1)
	if n > int64(x.m.limits.Steps) {
		return x.fail(fmt.Sprintf("The execution has made more than %d state transitions.", x.m.limits.Steps))
	}
	if n%checkEvery != 0 && x.spent < checkWork {
		return nil
	}
	if x.run.work.Add(x.spent) > int64(x.m.limits.Work) {
		return x.fail(fmt.Sprintf("The expressions of the execution have taken more than %d steps.", x.m.limits.Work))
	}
	x.spent = 0
	x.batch.release()
	return x.alive()
}

// alive is the error of a thread that was to end already.
func (x *execution) alive() *Error {
	if x.ctx.Err() != nil {
		return x.interrupted(context.Cause(x.ctx))
	}
	if !x.m.clock.Now().Before(x.run.deadline) {
		return x.end(ErrTimeout, &ending{TimedOut, errDeadline})
	}
	return nil
}

// exit ends the state; next is where the thread goes on.
func (x *execution) exit(next program.PC) *Error {
	if err := x.checkResult(x.cur, x.state.Name); err != nil {
		return err
	}
	if err := x.commit(); err != nil {
		return err
	}
	id, e := x.emit(TaskStateExited+EventType(x.state.Type), x.prev)
	if e != nil {
		e.Output = x.cur
		e.Vars = x.assigned()
		x.record(e)
	}
	x.prev, x.pc = id, next
	return nil
}

// valuesPerStep is how many values of an input cost a step of a ResultPath, which
// may copy them all.
const valuesPerStep = 16

func (x *execution) merge(path program.Path) *Error {
	x.spent += int64(x.raw.Values() / valuesPerStep)
	v, err := path.Put(x.scope.Arena, x.raw, x.cur)
	if err != nil {
		return x.failed(err)
	}
	x.cur = v
	return nil
}

func (x *execution) stateName() string {
	if x.state == nil {
		return ""
	}
	return x.state.Name
}

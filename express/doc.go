// Package express runs compiled state machines: the runtime of the Amazon States
// Language as Express Workflows have it. It does no I/O of its own. What performs
// tasks, records events and tells the time are interfaces of this package, and
// the caller's to fill in.
//
//	p, diags := compiler.Compile("orders.asl.json", src, nil)
//	m, err := express.New(p, express.Options{Invokers: tasks})
//	out := m.Run(ctx, express.Start{Name: id, Input: in})
//
// # Machines and executions
//
// A [Machine] is a program bound to the world: immutable, shared by all of its
// executions. [Machine.Run] is one execution, from the first state to its
// [Outcome], in the goroutine that calls it; [Machine.Start] begins one, and calls
// back with the outcome. It has a deadline, five minutes at the most, and ends
// Succeeded, Failed, TimedOut or, where its context is cancelled, Aborted. Nothing
// of it is kept: whoever started it runs it again from the beginning if it was
// aborted, and a task recognises the call by its idempotency key (Call.Key).
//
// # Threads
//
// An execution is one thread of control; each branch of a Parallel state and each
// iteration of a Map is another one. A thread has its own registers, variables
// and place in the program, and is owned by one goroutine at a time: nothing in it
// is locked. Threads that cannot wait for anything share the goroutine of their
// parent. The parent waits for all of its children; when one of them fails, the
// context of the others is cancelled. In executions of Machine.Start, a thread has
// no goroutine while it waits for a time, for its children, or for a task that a
// [Starter] performs.
//
// A thread is a loop over the instructions of the program. They move values
// between three registers (raw, the state's input; arg, its argument; cur, its
// result, then its output) in the order that the States Language prescribes. An
// error is looked up in the state's tables of retriers and catchers, which cost
// nothing where there is none.
//
// # Errors
//
// An [Error] has the name that Retry and Catch match. States.Runtime is what the
// engine cannot make sense of: nothing catches it, on any level. Causes are
// worded as AWS words them. A panic, also of a task, fails its execution with
// States.Runtime; a [PanicError] lies beneath.
//
// # Limits
//
// Everything that an execution can use up has a limit, listed in [Limits] with
// its reason: time, bytes, states entered, nesting, goroutines, items, retries,
// and the work and memory of expressions.
//
// # Events
//
// A [Recorder] gets what AWS's execution history has, with the same types,
// details and ids. An id is taken for each event, also for one that the [Level]
// of a workflow leaves out; Prev is the event before in the same thread.
//
// # Time
//
// All timers go through a [Clock]. With the virtual one of package mock, waits
// and timeouts take no time, and threads run one at a time in an order that a
// second run repeats. Contexts are cancelled with a cause, and have no deadline
// of their own.
package express

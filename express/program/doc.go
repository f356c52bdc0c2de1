// Package program is the instruction set and its container: what a definition in
// the Amazon States Language is compiled to, and what the runtime executes.
//
// A [Program] is one flat slice of instructions and the tables that they index.
// It never changes after it was made, so that any number of executions run it at
// once. A thread of an execution (the execution itself, a branch of a Parallel,
// an iteration of a Map) is a place in the code, three registers and a scope of
// variables.
//
//	raw  the input of the state
//	arg  its effective input, then the argument of what it calls
//	cur  what the last instruction made: the result, then the output
//
// The instructions of a state follow the data flow of the language, and what
// does nothing is not there. A Task with a Catch is, for example,
//
//	0* enter     Price  catch States.ALL -> 6
//	1  arg       {"id.$":"$.id"}
//	2  task      nats:request:prices.get  timeout 5
//	3  select    {"amount.$":"$.amount"}
//	4  merge     $.price
//	5  exit      Price -> 8
//	6* merge     $.error
//	7  exit      Price -> 8
//	8  halt
//
// with a star where control arrives from elsewhere: where a thread or a handler
// begins. Retry and Catch are tables of the [State], which are looked at when
// something fails; what a Catcher does is code behind the state's own. Branches
// and iterations are further runs of code, which end in their own halt. They
// have a [Scope] each; an outer scope is read by counting up.
//
// The set of operations is one table, from which the listing, the verifier and
// docs/instructions.md come. [Program.Verify] has seen that every operand is in
// range and every path ends: the runtime looks for neither.
package program

//go:generate go test -run ^TestInstructions$ . -update

// Package compiler turns a definition in the Amazon States Language, in JSON or
// YAML, into a [program.Program]. It knows no broker, no network and no runtime:
// it reads bytes, and returns a program or all that is wrong with the text.
//
// # Phases
//
// The text is parsed to a tree in which every name and value has its place
// (parse.go, json.go, yaml.go). Declaration finds the bodies, states and
// variables that the rest refers to (machine.go). Checking looks at every field
// by its row in the table of fields (fields.go, values.go), makes the expressions,
// paths and tasks on the way, and then looks at the whole: transitions, what can
// be reached, where the machine ends (check.go). Only a definition with no error
// in it is lowered (lower.go, one file a type of state), which cannot fail, and
// the program is verified.
//
// # Lowering
//
// States become runs of instructions in the order in which they execute, so that
// only loops jump back. A field that does nothing becomes no instruction; Retry
// and Catch become tables of the state, and what a Catcher does code behind the
// state's own. And, Or and Not of a Choice become tests that jump past each
// other; three or more rules that compare one variable with constants become one
// look-up. A branch or an item processor is a further run of code with a scope of
// variables of its own. The listing of the program shows it all.
//
// # Findings
//
// A [Diagnostic] has AWS's code, path and, where they are known, words. It
// points at the text:
//
//	orders.asl.json:14:27: MISSING_TRANSITION_TARGET: Missing 'Next' target: Rejct; did you mean "Reject"?
//	 14 |       "Catch": [{"Next": "Rejct", "ErrorEquals": ["States.ALL"]}]
//	    |                          ^^^^^^^
//
// # What is accepted
//
// By default that is what AWS accepts and more: callbacks and jobs, tasks that are
// no ARN (see [Options.Resolve] and the table in resource.go), fields of the user's
// own that begin with x-. [Options.Strict] refuses what Express Workflows refuse, in AWS's words. A DISTRIBUTED Map is
// always refused.
package compiler

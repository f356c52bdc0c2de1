package express

import (
	"cmp"
	"time"
)

// Limits bound one execution. A field that is zero has its default.
type Limits struct {
	Duration    time.Duration // DefaultDuration
	Payload     int           // DefaultPayload
	Steps       int           // DefaultSteps
	Depth       int           // DefaultDepth
	Branches    int           // DefaultBranches
	Items       int           // DefaultItems
	Concurrency int           // DefaultConcurrency
	Retries     int           // DefaultRetries
	Variables   int           // DefaultVariables
	Expression  int           // DefaultExpression
	Memory      int           // DefaultMemory
	Work        int           // DefaultWork
}

const (
	// DefaultDuration is how long an execution may take: the bound of AWS for
	// Express Workflows. Past it the status is TIMED_OUT.
	DefaultDuration = 5 * time.Minute

	// DefaultPayload is the most bytes that an input, an argument, the result of
	// a task or the output of a state may have as compact JSON: AWS's 256 KiB.
	// Past it the error is States.DataLimitExceeded. It bounds a variable and the
	// variables of one Assign as well.
	DefaultPayload = 256 << 10

	// DefaultSteps is how many states an execution may enter, retries included:
	// it ends a loop of Choice states that never waits. AWS has no such number;
	// this is four times the history of a Standard Workflow.
	DefaultSteps = 100_000

	// DefaultDepth is how deep Parallel and Map states may be nested, which
	// bounds recursion over threads. No published definition is above four.
	DefaultDepth = 8

	// DefaultBranches is how many branches and iterations of an execution may run
	// beside each other, each with a goroutine where Machine.Start does not save it:
	// about 40 MB. What is beyond waits its turn.
	DefaultBranches = 10_000

	// DefaultItems is how many items a Map may have: at one byte each, a payload
	// could hold 131,000.
	DefaultItems = 10_000

	// DefaultConcurrency is how many iterations of a Map run at a time where
	// MaxConcurrency does not say fewer: what AWS gives an inline Map.
	DefaultConcurrency = 40

	// DefaultRetries is how often the states of an execution may be tried again,
	// all together: MaxAttempts goes to 99,999,999.
	DefaultRetries = 1_000

	// DefaultVariables is the most bytes that all variables together may have as
	// compact JSON: AWS's 10 MiB.
	DefaultVariables = 10 << 20

	// DefaultExpression is how many steps, nodes visited or values made, one
	// expression may take: some 50 ms. AWS gives it a second.
	DefaultExpression = 1_000_000

	// DefaultMemory is how many bytes of JSON one expression may build on the way
	// to its value: 32 payloads.
	DefaultMemory = 8 << 20

	// DefaultWork is how many steps all expressions of an execution may take:
	// some 10 s of one core.
	DefaultWork = 200_000_000
)

// withDefaults is l with the defaults in the place of zeros.
func (l Limits) withDefaults() Limits {
	return Limits{
		Duration:    cmp.Or(l.Duration, DefaultDuration),
		Payload:     cmp.Or(l.Payload, DefaultPayload),
		Steps:       cmp.Or(l.Steps, DefaultSteps),
		Depth:       cmp.Or(l.Depth, DefaultDepth),
		Branches:    cmp.Or(l.Branches, DefaultBranches),
		Items:       cmp.Or(l.Items, DefaultItems),
		Concurrency: cmp.Or(l.Concurrency, DefaultConcurrency),
		Retries:     cmp.Or(l.Retries, DefaultRetries),
		Variables:   cmp.Or(l.Variables, DefaultVariables),
		Expression:  cmp.Or(l.Expression, DefaultExpression),
		Memory:      cmp.Or(l.Memory, DefaultMemory),
		Work:        cmp.Or(l.Work, DefaultWork),
	}
}

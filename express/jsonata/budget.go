package jsonata

import (
	"time"
)

// Limits of an evaluation where Env.Budget says nothing else. AWS stops an
// expression after one second, and at limits of memory and recursion that it
// does not publish.
const (
	// DefaultSteps bounds the instructions run and the items looked at.
	DefaultSteps = 20_000_000
	// DefaultBytes bounds the memory taken by what is made on the way to the
	// value, whether or not it is still held.
	DefaultBytes = 32 << 20
	// DefaultDepth bounds calls within calls. A call in tail position is not
	// within.
	DefaultDepth = 500
	// DefaultTime bounds the time, as the clock sees it.
	DefaultTime = time.Second
	// DefaultSequence bounds the items of one sequence.
	DefaultSequence = 100_000
)

// A Budget bounds the work and the memory of evaluations. Steps and Bytes are
// used up: one Budget can bound several evaluations together. A zero field of
// the others has its default. A Budget belongs to one goroutine.
type Budget struct {
	Steps    int64 // left
	Bytes    int64 // left
	Depth    int
	Time     time.Duration // of each evaluation
	Sequence int
}

// DefaultBudget is a Budget with every limit at its default.
func DefaultBudget() *Budget {
	return &Budget{Steps: DefaultSteps, Bytes: DefaultBytes}
}

func (b *Budget) depth() int {
	if b.Depth > 0 {
		return b.Depth
	}
	return DefaultDepth
}

func (b *Budget) time() time.Duration {
	if b.Time > 0 {
		return b.Time
	}
	return DefaultTime
}

func (b *Budget) sequence() int {
	if b.Sequence > 0 {
		return b.Sequence
	}
	return DefaultSequence
}

// tank is the number of steps between two looks at the clock. A step takes some
// ten to a hundred nanoseconds, so this is well below a millisecond.
const tank = 4096

// refuel is called when the tank is empty.
func (m *machine) refuel() *Error {
	m.budget.Steps -= int64(tank - m.fuel)
	m.fuel = tank
	if m.budget.Steps < 0 {
		return fail(CodeLimit, "Expression evaluation timeout: too many steps. Check for infinite loop")
	}
	now := m.now()
	if m.deadline.IsZero() {
		m.deadline = now.Add(m.budget.time())
	}
	if now.After(m.deadline) {
		return fail(CodeLimit, "Expression evaluation timeout: "+m.budget.time().String()+". Check for infinite loop")
	}
	return nil
}

// work accounts for n steps done inside one instruction.
func (m *machine) work(n int) *Error {
	if m.fuel -= n; m.fuel <= 0 {
		return m.refuel()
	}
	return nil
}

// grow accounts for n bytes, before they are taken.
func (m *machine) grow(n int) *Error {
	m.budget.Bytes -= int64(n)
	if m.budget.Bytes < 0 {
		return fail(CodeLimit, "Expression evaluation memory limit exceeded")
	}
	// making costs time in proportion: a step for each 32 bytes
	return m.work(n >> 5)
}

// cellSize is the size of a cell in bytes.
const cellSize = 32

// growList accounts for a list of n items.
func (m *machine) growList(n int) *Error {
	if n > m.budget.sequence() {
		return fail("D2015", m.budget.sequence())
	}
	return m.grow(n * cellSize)
}

// deeper accounts for one more call within a call.
func (m *machine) deeper() *Error {
	if len(m.frames)+m.nested >= m.budget.depth() {
		return fail(CodeLimit, "Stack overflow error: Check for non-terminating recursive function.  Consider rewriting as tail-recursive")
	}
	return nil
}

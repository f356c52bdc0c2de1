package jsonata

import (
	"time"

	"github.com/seed66d9166c/express/express/value"
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

// refuel is called when the tank is empty. It stays empty after an error.
func (m *machine) refuel() *Error {
	if m.fault != nil {
		return m.fault
	}
	m.budget.Steps -= int64(tank - m.fuel)
	m.fuel = 0
	if m.budget.Steps < 0 {
		return overrun("too many steps")
	}
	now := m.now()
	if m.deadline.IsZero() {
		m.deadline = now.Add(m.budget.time())
	}
	if now.After(m.deadline) {
		return overrun(m.budget.time().String())
	}
	m.fuel = tank
	return nil
}

func overrun(limit string) *Error {
	return fail(CodeLimit, "Expression evaluation timeout: "+limit+". Check for infinite loop")
}

// work accounts for n steps done inside one instruction.
func (m *machine) work(n int) *Error {
	if m.fuel -= n; m.fuel <= 0 {
		return m.refuel()
	}
	return nil
}

// tick looks at the budget, inside a loop that does not call work.
func (m *machine) tick() *Error {
	if m.fuel > 0 {
		return nil
	}
	return m.refuel()
}

// longObject is the number of members from which on looking one up is accounted
// for as more than a step.
const longObject = 32

// get is the member of an object called name.
func (m *machine) get(v value.Value, name string) (value.Value, bool) {
	if n := v.Len(); n > longObject {
		m.fuel -= n / longObject
	}
	return v.Get(name)
}

// grow accounts for n bytes, before they are taken.
func (m *machine) grow(n int) *Error {
	m.budget.Bytes -= int64(n)
	if m.budget.Bytes < 0 {
		return fail(CodeLimit, "Expression evaluation memory limit exceeded")
	}
	// making costs time in proportion: a step for each 32 bytes
	return m.work(1 + n>>5)
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

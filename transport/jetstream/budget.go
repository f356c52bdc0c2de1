package jetstream

import (
	"math"
	"runtime/debug"
	"sync/atomic"
)

const (
	// eventFactor and eventOverhead are what an event takes in memory while it is
	// here: its message, values of nearly four times its size (BenchmarkParse of
	// package value), and the execution; a parked one takes 5 KiB beside its data.
	eventFactor   = 5
	eventOverhead = 8 << 10
	// pullBytes bounds what one request for events brings: half of what a server
	// lets wait for a client before it takes it for dead.
	pullBytes = 32 << 20
	// pullShare is which part of what is left of a Budget one request may bring:
	// there are as many Sources as triggers and workflows, each with its request.
	pullShare = 8
	// messageRoom is what an event counts for in a request beside its headers and
	// data: subjects.
	messageRoom = 4 << 10
)

// A Budget bounds the bytes of the events that all Sources of a process hold:
// while it is spent they fetch no more, and the events wait in their streams. It
// is safe for concurrent use. A nil Budget has no bound.
type Budget struct {
	limit int64
	spent atomic.Int64
}

// NewBudget is a Budget of so many bytes.
func NewBudget(bytes int64) *Budget { return &Budget{limit: bytes} }

// MemoryBudget is a Budget of half the memory that GOMEMLIMIT leaves the process,
// nil if it sets no limit.
func MemoryBudget() *Budget {
	limit := debug.SetMemoryLimit(-1)
	if limit == math.MaxInt64 {
		return nil
	}
	return NewBudget(limit / 2)
}

// Spent is how much of the Budget the events take that are held now.
func (b *Budget) Spent() int64 {
	if b == nil {
		return 0
	}
	return b.spent.Load()
}

// take and give account for events whose messages have so many bytes together.
func (b *Budget) take(events, size int) {
	b.add(eventFactor*int64(size) + eventOverhead*int64(events))
}
func (b *Budget) give(events, size int) { b.take(-events, -size) }

func (b *Budget) add(n int64) {
	if b != nil {
		b.spent.Add(n)
	}
}

// room is how many bytes of messages may be asked for now, 0 for none; least is
// the size of the largest message there can be. A process that holds nothing may
// always ask for one: it has to get on.
func (b *Budget) room(least int) int {
	if b == nil {
		return max(pullBytes, least)
	}
	spent := b.spent.Load()
	if spent > 0 && spent >= b.limit {
		return 0
	}
	return max(min(int((b.limit-spent)/(eventFactor*pullShare)), pullBytes), least)
}

package transport

import (
	"errors"
	"fmt"
	"strconv"

	"github.com/seed66d9166c/express/express"
	"github.com/seed66d9166c/express/express/value"
)

// Reasons of dead letters.
const (
	ReasonDecode        = "decode"
	ReasonOversize      = "oversize"
	ReasonNoWorkflow    = "no_workflow"
	ReasonMaxDeliveries = "max_deliveries"
	ReasonLoop          = "loop"
	ReasonFailed        = "failed"
	ReasonPanic         = "panic"
)

// Reasons are all reasons of dead letters, each with what it says of the event.
var Reasons = []struct{ Name, Means string }{
	{ReasonDecode, "its body is not acceptable JSON: syntax, UTF-8, depth, number of values or a key twice"},
	{ReasonOversize, "its body is larger than " + strconv.Itoa(value.MaxSize) + " bytes"},
	{ReasonNoWorkflow, "there is no workflow to run for it"},
	{ReasonMaxDeliveries, strconv.Itoa(MaxBegun) + " executions of it began in quarantine and none ended, or it was delivered " + strconv.Itoa(MaxAttempts) + " times"},
	{ReasonLoop, "more than " + strconv.Itoa(MaxHops) + " executions, each started by the one before, led to it"},
	{ReasonFailed, "its execution failed, and its trigger sends such events here"},
	{ReasonPanic, "reading it, or choosing its workflow, panicked"},
}

const (
	// MaxBegun bounds how many executions of an event may begin in quarantine of
	// which none ends: what kills the process does so no more than five times, twice
	// before it is quarantined, and three times there.
	MaxBegun = 3
	// MaxAttempts bounds how often an event is delivered: one that ends again and
	// again and whose end cannot be stored, for reasons of its own, runs no more. What
	// else costs deliveries must stay far below it: two hundred events that kill the
	// process together, and eight hours of a stream of results that is full. A
	// JetStream consumer's own bound is higher, so that it is the engine that ends an
	// event, and says why.
	MaxAttempts = 1000
	// MaxHops bounds chains of executions that start each other by events, so
	// that a workflow that triggers itself ends.
	MaxHops = 8
	// quarantineAttempt is the delivery from which on an event runs in the
	// quarantine lane: twice is bad luck, three times is suspicious.
	quarantineAttempt = 3
)

// gates refuse an event before anything of it runs; the first that does says
// why.
var gates = [...]struct {
	reason string
	refuse func(Delivery) error
}{
	{ReasonMaxDeliveries, func(d Delivery) error { return atMost(MaxAttempts, d.Attempt(), "deliveries") }},
	{ReasonLoop, func(d Delivery) error { return atMost(MaxHops, Hops(d), "executions led here") }},
	{ReasonOversize, func(d Delivery) error { return atMost(value.MaxSize, len(d.Data()), "bytes") }},
}

func atMost(limit, n int, what string) error {
	if n <= limit {
		return nil
	}
	return fmt.Errorf("%d %s, the limit is %d", n, what, limit)
}

// refusal is why d must not run, nil if it may.
func refusal(d Delivery) *Letter {
	for _, g := range gates {
		if err := g.refuse(d); err != nil {
			return &Letter{Reason: g.reason, Err: err}
		}
	}
	return nil
}

// An end is what becomes of a delivery whose execution ended.
type end uint8

const (
	acknowledge end = iota // done with, whatever its outcome
	giveBack               // somebody else runs it from the beginning
	bury                   // to the dead letters
)

// ends says it for each status, for triggers without and with dead letters for
// failed executions. A failed execution is a completed one, as on AWS.
var ends = [...]struct{ plain, buryFailed end }{
	express.Succeeded: {acknowledge, acknowledge},
	express.Failed:    {acknowledge, bury},
	express.TimedOut:  {acknowledge, bury},
	express.Aborted:   {giveBack, giveBack},
}

func endOf(s express.Status, buryFailed bool) end {
	if buryFailed {
		return ends[s].buryFailed
	}
	return ends[s].plain
}

// choose is the machine for d, and decode its input, in a. What panics in them is
// the event's fate, not the process's.
func (p *Pump) choose(d Delivery) (m *express.Machine, err error) {
	defer caught(&err)
	return p.Machine(d)
}

func decode(j job, a *value.Arena) (in value.Value, err error) {
	defer caught(&err)
	return j.machine.ReadInput(a, j.d.Data())
}

// A panicked is a panic that was caught.
type panicked struct{ what any }

func (p *panicked) Error() string { return fmt.Sprintf("panic: %v", p.what) }

// caught, deferred, makes a panic an error.
func caught(err *error) {
	if what := recover(); what != nil {
		*err = &panicked{what}
	}
}

// letter is the letter for err: of reason, unless err is a panic.
func letter(reason string, err error) Letter {
	if p := (*panicked)(nil); errors.As(err, &p) {
		reason = ReasonPanic
	}
	return Letter{Reason: reason, Err: err}
}

package transport

import (
	"context"
	"errors"
	"time"

	"github.com/seed66d9166c/express/express"
)

var (
	// ErrClosed is what a Source that was closed returns once it is drained.
	ErrClosed = errors.New("source is closed")
	// ErrEnded is the error of ending a delivery a second time.
	ErrEnded = errors.New("delivery has been ended before")
)

// A Source hands out deliveries, each at least once. It keeps the redelivery
// timer of what it handed out alive itself. Next is called by one goroutine;
// the rest is safe for concurrent use.
type Source interface {
	// Next waits for deliveries and puts at most len(into) of them there, which
	// is the demand. After Close it hands out what was fetched, then ErrClosed.
	// Any error but that and ctx's means that no more deliveries will come.
	Next(ctx context.Context, into []Delivery) (int, error)
	// Flush sends acknowledgements and results out, in one write where it can.
	// Its error is also that of the deliveries that it concerns.
	Flush() error
	// Close stops fetching. What is fetched is still handed out.
	Close() error
}

// A Delivery is one copy of one event. Exactly one of Ack, Reack, Nak and Bury
// ends it; after that all of them, Mark and Unmark are ErrEnded, but Bury may be
// tried again after an error.
type Delivery interface {
	ID() string // name of the execution: equal for every redelivery, different for every event
	Subject() string
	Header(key string) string // any case; "" if there is none
	Time() time.Time          // when the event was published
	Data() []byte             // never reused
	Attempt() int             // which delivery of the event this is, from 1
	// Mark notes that an execution of the event begins, where neither this process
	// nor the broker's takes it along when it dies, and returns how many are noted
	// since the last Unmark, with this one. It is kept for a day at least. On an error
	// it may be noted or not. It takes several trips to the broker: it is for events
	// that Attempt makes suspect.
	Mark(ctx context.Context) (begun int, err error)
	// Unmark notes that an execution ended, whatever becomes of the delivery, so that
	// the count begins anew. When ctx is done it may go on.
	Unmark(ctx context.Context) error
	// Ack ends a delivery whose execution ended with o, by the next Flush at
	// the latest. done, which may be nil, is called after the completion level
	// is met and the acknowledgement is handed over, or with the error because
	// of which the delivery stays pending. It must not block.
	Ack(o express.Outcome, done func(error))
	// Reack ends a delivery of an event that was ended before, in vain, as its
	// redelivery shows. Nothing is published again.
	Reack() error
	// Nak gives the delivery back, to be handed out again no sooner than after.
	Nak(after time.Duration) error
	// Bury puts the event to the dead letters, confirmed, then ends the
	// delivery. On an error it stays pending.
	Bury(ctx context.Context, l Letter) error
}

// A Letter says why an event is dead.
type Letter struct {
	Workflow string
	Version  string // of its definition, "" if none was chosen
	Reason   string // one of Reasons
	Err      error
	Outcome  *express.Outcome // of ReasonFailed
}

// Text is Err in words that quote nothing of the event: an error of the States
// Language is its name, as its cause may hold data, and a parse error goes
// without what it found.
func (l *Letter) Text() string {
	switch err := l.Err.(type) {
	case nil:
		return ""
	case *express.Error:
		return err.Name
	}
	return unquoted(l.Err)
}

package catalog

import (
	"context"
	"errors"
)

// Errors of a Store.
var (
	// ErrNotFound says that there is no such state machine or definition.
	ErrNotFound = errors.New("not found")
	// ErrChanged says that a state machine is not what it was when it was read.
	ErrChanged = errors.New("changed meanwhile")
	// ErrNewer says that a record was written by a later release in a form that
	// this one does not know.
	ErrNewer = errors.New("written by a later release of express")
	// ErrTooLarge says that a record does not fit: see maxRecord.
	ErrTooLarge = errors.New("too large")
)

// A Reader has state machines and their definitions. It is safe for concurrent
// use, and what it returns is the caller's.
type Reader interface {
	// Get is the state machine that has this name, and the sequence of its last
	// change. Its error is ErrNotFound where there is none.
	Get(ctx context.Context, name string) (*StateMachine, uint64, error)
	// List is all state machines, sorted by name.
	List(ctx context.Context) ([]*StateMachine, error)
	// Definition is the definition that has this digest. Its error is ErrNotFound
	// where there is none.
	Definition(ctx context.Context, d Digest) ([]byte, error)
}

// A Store is a Reader that can be changed.
type Store interface {
	Reader
	// Put replaces what it has of m.Name where sequence is that of its last change,
	// 0 for a name that is not there. Its error is ErrChanged where it is another.
	Put(ctx context.Context, m *StateMachine, sequence uint64) error
	// Delete removes a name where sequence is that of its last change. Its error is
	// ErrChanged where it is another.
	Delete(ctx context.Context, name string, sequence uint64) error
	// PutDefinition keeps a definition of up to MaxDefinition bytes, whoever refers
	// to it. It has to be there before a state machine is.
	PutDefinition(ctx context.Context, definition []byte) (Digest, error)
	// Watch tells what is there, in one call, and from then on what changes: for
	// each name in order and at least its last change. It returns when ctx is done,
	// or with what keeps it from going on.
	Watch(ctx context.Context, told func([]Event)) error
}

// An Event is one change of a name.
type Event struct {
	Name     string
	Machine  *StateMachine // nil where it was removed, or Err is not nil
	Sequence uint64        // greater than that of all changes before
	Err      error         // why it cannot be read
}

// removal reports whether e is that a state machine was removed.
func (e Event) removal() bool { return e.Machine == nil && e.Err == nil }

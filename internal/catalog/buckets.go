package catalog

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/seed66d9166c/express/transport"
)

// Buckets of a catalog.
const (
	// RecordBucket holds a key for each state machine.
	RecordBucket = "EXPRESS_CATALOG"
	// DefinitionBucket holds the definitions, in pieces by their digest.
	DefinitionBucket = "EXPRESS_DEFINITIONS"
)

// Buckets is the Store that the engines of a broker share, in two key-value
// buckets.
type Buckets struct{ records, definitions jetstream.KeyValue }

var _ Store = (*Buckets)(nil)

// OpenBuckets opens the buckets, and makes those that are missing with so many
// replicas, 0 for one.
func OpenBuckets(ctx context.Context, js jetstream.JetStream, replicas int) (*Buckets, error) {
	s := new(Buckets)
	for _, b := range []struct {
		in                *jetstream.KeyValue
		name, description string
	}{
		{&s.records, RecordBucket, "workflows that are deployed, with their versions and aliases"},
		{&s.definitions, DefinitionBucket, "definitions of workflows that are deployed, by their SHA-256"},
	} {
		kv, err := js.KeyValue(ctx, b.name)
		if errors.Is(err, jetstream.ErrBucketNotFound) {
			kv, err = js.CreateKeyValue(ctx, jetstream.KeyValueConfig{Bucket: b.name, Description: b.description, Replicas: replicas})
			if errors.Is(err, jetstream.ErrBucketExists) { // made by another engine, with other settings
				kv, err = js.KeyValue(ctx, b.name)
			}
		}
		if err != nil {
			return nil, fmt.Errorf("open bucket %s: %w", b.name, err)
		}
		*b.in = kv
	}
	return s, nil
}

// keyOf is the key of a name. Keys can hold = but not %.
func keyOf(name string) string { return strings.ReplaceAll(transport.Token(name), "%", "=") }

func (s *Buckets) Get(ctx context.Context, name string) (*StateMachine, uint64, error) {
	e, err := s.records.Get(ctx, keyOf(name))
	if errors.Is(err, jetstream.ErrKeyNotFound) {
		return nil, 0, ErrNotFound
	} else if err != nil {
		return nil, 0, fmt.Errorf("read the record of %s: %w", name, err)
	}
	m, err := decode(e.Value())
	return m, e.Revision(), err
}

func (s *Buckets) Put(ctx context.Context, m *StateMachine, sequence uint64) error {
	record, err := encode(m)
	if err != nil {
		return err
	}
	if sequence == 0 {
		_, err = s.records.Create(ctx, keyOf(m.Name), record)
	} else {
		_, err = s.records.Update(ctx, keyOf(m.Name), record, sequence)
	}
	return changed("write", m.Name, err)
}

func (s *Buckets) Delete(ctx context.Context, name string, sequence uint64) error {
	return changed("remove", name, s.records.Delete(ctx, keyOf(name), jetstream.LastRevision(sequence)))
}

// changed is err, ErrChanged where that is what it means.
func changed(doing, name string, err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, jetstream.ErrKeyExists), errors.Is(err, jetstream.ErrKeyRevisionMismatch):
		return ErrChanged
	}
	return fmt.Errorf("%s the record of %s: %w", doing, name, err)
}

func (s *Buckets) List(ctx context.Context) ([]*StateMachine, error) {
	watching, enough := context.WithCancel(ctx)
	defer enough()
	var first []Event
	listed := false
	err := s.Watch(watching, func(events []Event) {
		if !listed {
			first, listed = events, true
		}
		enough()
	})
	if err != nil || !listed {
		return nil, cmp.Or(err, ctx.Err())
	}
	var all []*StateMachine
	for _, e := range first {
		if e.Err != nil {
			return nil, e.Err
		}
		all = append(all, e.Machine)
	}
	slices.SortFunc(all, func(a, b *StateMachine) int { return strings.Compare(a.Name, b.Name) })
	return all, nil
}

func (s *Buckets) Watch(ctx context.Context, told func([]Event)) error {
	w, err := s.records.WatchAll(ctx)
	if err != nil {
		return fmt.Errorf("watch bucket %s: %w", RecordBucket, err)
	}
	defer w.Stop()
	r := reading{names: make(map[string]string)}
	for there := true; ; { // until all that is there was read
		select {
		case e, ok := <-w.Updates():
			switch {
			case !ok && ctx.Err() == nil:
				return fmt.Errorf("watch bucket %s: the connection is closed", RecordBucket)
			case !ok:
				return nil
			case e == nil:
				there = false
				r.events = slices.DeleteFunc(r.events, Event.removal)
			default:
				r.add(e)
			}
			if there || len(w.Updates()) > 0 && e != nil {
				continue // what comes at once is told at once
			}
			if e == nil || len(r.events) > 0 {
				told(r.events)
				r.events = nil
			}
		case <-ctx.Done():
			return nil
		}
	}
}

// A reading is where a Watch is.
type reading struct {
	names  map[string]string // by key: the entry of a removal has no more than that
	events []Event           // to be told
}

func (r *reading) add(e jetstream.KeyValueEntry) {
	name, known := r.names[e.Key()]
	switch {
	case e.Operation() != jetstream.KeyValuePut:
		if known {
			r.events = append(r.events, Event{Name: name, Sequence: e.Revision()})
		}
		delete(r.names, e.Key())
		return
	case !known:
		name = e.Key()
	}
	m, err := decode(e.Value())
	if err != nil {
		err = fmt.Errorf("key %s of bucket %s: %w", e.Key(), RecordBucket, err)
	} else {
		name = m.Name
	}
	r.names[e.Key()] = name
	r.events = append(r.events, Event{name, m, e.Revision(), err})
}

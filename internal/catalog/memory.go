package catalog

import (
	"bytes"
	"context"
	"maps"
	"slices"
	"sync"
)

// Memory is a Store that is gone with the process.
type Memory struct {
	mu          sync.Mutex // guards what follows
	machines    map[string]stored
	sequence    uint64
	definitions map[Digest][]byte
	changed     chan struct{} // closed by the next change
}

// A stored is a record and the sequence of its last change. Of a name that was
// removed the record is nil.
type stored struct {
	record   []byte
	sequence uint64
}

var _ Store = (*Memory)(nil)

// NewMemory makes an empty Memory.
func NewMemory() *Memory {
	return &Memory{
		machines:    make(map[string]stored),
		definitions: make(map[Digest][]byte),
		changed:     make(chan struct{}),
	}
}

func (s *Memory) Get(_ context.Context, name string) (*StateMachine, uint64, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	e := s.machines[name]
	if e.record == nil {
		return nil, 0, ErrNotFound
	}
	m, err := decode(e.record)
	return m, e.sequence, err
}

func (s *Memory) List(context.Context) ([]*StateMachine, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var all []*StateMachine
	for _, name := range slices.Sorted(maps.Keys(s.machines)) {
		if s.machines[name].record == nil {
			continue
		}
		m, err := decode(s.machines[name].record)
		if err != nil {
			return nil, err
		}
		all = append(all, m)
	}
	return all, nil
}

func (s *Memory) Put(_ context.Context, m *StateMachine, sequence uint64) error {
	record, err := encode(m)
	if err != nil {
		return err
	}
	return s.change(m.Name, record, sequence)
}

func (s *Memory) Delete(_ context.Context, name string, sequence uint64) error {
	return s.change(name, nil, sequence)
}

func (s *Memory) change(name string, record []byte, sequence uint64) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := uint64(0)
	if e := s.machines[name]; e.record != nil {
		now = e.sequence
	}
	if now != sequence {
		return ErrChanged
	}
	s.sequence++
	s.machines[name] = stored{record, s.sequence}
	close(s.changed)
	s.changed = make(chan struct{})
	return nil
}

func (s *Memory) Definition(_ context.Context, d Digest) ([]byte, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	b, ok := s.definitions[d]
	if !ok {
		return nil, ErrNotFound
	}
	return bytes.Clone(b), nil
}

func (s *Memory) PutDefinition(_ context.Context, definition []byte) (Digest, error) {
	if len(definition) > MaxDefinition {
		return Digest{}, ErrTooLarge
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	d := DigestOf(definition)
	s.definitions[d] = bytes.Clone(definition)
	return d, nil
}

func (s *Memory) Watch(ctx context.Context, told func([]Event)) error {
	var seen uint64
	for first := true; ; first = false {
		events, last, changed := s.since(seen)
		if first {
			events = slices.DeleteFunc(events, Event.removal)
		}
		if first || len(events) > 0 {
			told(events)
		}
		seen = last
		select {
		case <-changed:
		case <-ctx.Done():
			return nil
		}
	}
}

// since is the last change of each name since seen, oldest first; the sequence of
// the last of all; and what is closed by the next.
func (s *Memory) since(seen uint64) (events []Event, last uint64, changed chan struct{}) {
	s.mu.Lock()
	defer s.mu.Unlock()
	names := slices.SortedFunc(maps.Keys(s.machines), func(a, b string) int {
		return int(s.machines[a].sequence) - int(s.machines[b].sequence)
	})
	for _, name := range names {
		if e := s.machines[name]; e.sequence > seen {
			events = append(events, eventOf(name, e))
		}
	}
	return events, s.sequence, s.changed
}

// eventOf is the last change of a name.
func eventOf(name string, e stored) Event {
	if e.record == nil {
		return Event{Name: name, Sequence: e.sequence}
	}
	m, err := decode(e.record)
	return Event{Name: name, Machine: m, Sequence: e.sequence, Err: err}
}

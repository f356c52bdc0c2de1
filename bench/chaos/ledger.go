package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/seed66d9166c/express/transport"
)

// A ledger is what was published, as a file that only grows: a line an event.
// It is safe for concurrent use.
type ledger struct {
	mu   sync.Mutex // guards what follows
	file *os.File
	all  map[string]publication
}

func newLedger(dir string) (*ledger, error) {
	f, err := os.Create(filepath.Join(dir, "pub.jsonl"))
	return &ledger{file: f, all: make(map[string]publication)}, err
}

// published adds a line.
func (l *ledger) published(p publication) {
	line, err := json.Marshal(p)
	if err != nil {
		panic(err) // texts and numbers
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.all[p.ID] = p
	if _, err := l.file.Write(append(line, '\n')); err != nil {
		panic(err) // a harness that cannot keep its books must not give a verdict
	}
}

// acked is how many events were acknowledged so far.
func (l *ledger) acked() (n int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, p := range l.all {
		if p.Acked {
			n++
		}
	}
	return n
}

// An ending is how an event ended: an outcome in the stream of results, or a
// dead letter.
type ending struct {
	ID     string
	At     time.Time // when the stream took it
	Status string    // of an outcome
	Error  string    // of one that failed
	Output struct {
		First, Last int // which version of the definition began, and ended it
	}
	Reason string // of a dead letter
}

// books are all ledgers of a run, read when it is over.
type books struct {
	pub     map[string]publication
	effects map[string][]effect // by order, in the order of time
	done    map[string][]ending
	dead    map[string][]ending
}

// books reads the ledgers.
func (s *stand) books(ctx context.Context) (*books, error) {
	b := &books{pub: s.ledger.all, effects: make(map[string][]effect), done: make(map[string][]ending), dead: make(map[string][]ending)}
	if err := b.readEffects(s.effects); err != nil {
		return nil, err
	}
	err := s.stored(ctx, doneStream, func(m jetstream.Msg, at time.Time) error {
		var o struct {
			Name, Status, Error string
			Output              json.RawMessage
		}
		if err := json.Unmarshal(m.Data(), &o); err != nil {
			return fmt.Errorf("outcome: %w", err)
		}
		e := ending{ID: o.Name, At: at, Status: o.Status, Error: o.Error}
		json.Unmarshal(o.Output, &e.Output) // not all outputs say versions
		b.done[o.Name] = append(b.done[o.Name], e)
		return nil
	})
	if err != nil {
		return nil, err
	}
	return b, s.stored(ctx, deadStream, func(m jetstream.Msg, at time.Time) error {
		h := m.Headers()
		id := h.Get(transport.HeaderExecution)
		b.dead[id] = append(b.dead[id], ending{ID: id, At: at, Reason: h.Get(transport.HeaderReason)})
		return nil
	})
}

func (b *books) readEffects(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	for d := json.NewDecoder(bufio.NewReader(f)); ; {
		var e effect
		if err := d.Decode(&e); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return fmt.Errorf("ledger of effects: %w", err)
		}
		b.effects[e.ID] = append(b.effects[e.ID], e)
	}
}

// stored hands each message of a stream to take, with the time when the stream
// took it.
func (s *stand) stored(ctx context.Context, name string, take func(m jetstream.Msg, at time.Time) error) error {
	str, err := s.js.Stream(ctx, name)
	if err != nil {
		return fmt.Errorf("stream %s: %w", name, err)
	}
	left := str.CachedInfo().State.Msgs
	if left == 0 {
		return nil
	}
	c, err := str.OrderedConsumer(ctx, jetstream.OrderedConsumerConfig{})
	if err != nil {
		return fmt.Errorf("read stream %s: %w", name, err)
	}
	all, err := c.Messages()
	if err != nil {
		return fmt.Errorf("read stream %s: %w", name, err)
	}
	defer all.Stop()
	defer context.AfterFunc(ctx, all.Stop)()
	for ; left > 0; left-- {
		m, err := all.Next()
		if err != nil {
			return fmt.Errorf("read stream %s: %w", name, err)
		}
		meta, err := m.Metadata()
		if err != nil {
			return err
		}
		if err := take(m, meta.Timestamp); err != nil {
			return fmt.Errorf("stream %s: %w", name, err)
		}
	}
	return nil
}

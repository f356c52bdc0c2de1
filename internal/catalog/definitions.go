package catalog

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

// piece is the size of all pieces of a definition but the last, which is smaller:
// what any broker takes. By default that is 1 MiB, and a definition can have as
// much.
const piece = 256 << 10

// pieceKey is the key of a piece of a definition.
func pieceKey(d Digest, i int) string { return d.String() + "." + strconv.Itoa(i) }

func (s *Buckets) Definition(ctx context.Context, d Digest) ([]byte, error) {
	var b []byte
	for i := 0; ; i++ {
		e, err := s.definitions.Get(ctx, pieceKey(d, i))
		switch {
		case errors.Is(err, jetstream.ErrKeyNotFound):
			return nil, ErrNotFound
		case err != nil:
			return nil, fmt.Errorf("read the definition %s: %w", d, err)
		case len(b)+len(e.Value()) > MaxDefinition:
			return nil, fmt.Errorf("read the definition %s: %w", d, ErrTooLarge)
		}
		b = append(b, e.Value()...)
		if len(e.Value()) < piece {
			break
		}
	}
	if DigestOf(b) != d {
		return nil, fmt.Errorf("the definition %s in bucket %s is another", d, DefinitionBucket)
	}
	return b, nil
}

// PutDefinition writes a definition that is there already again: so it is of today,
// and not swept.
func (s *Buckets) PutDefinition(ctx context.Context, definition []byte) (Digest, error) {
	if len(definition) > MaxDefinition {
		return Digest{}, ErrTooLarge
	}
	d := DigestOf(definition)
	for i := 0; ; i++ {
		part := definition[:min(piece, len(definition))]
		if _, err := s.definitions.Put(ctx, pieceKey(d, i), part); err != nil {
			return Digest{}, fmt.Errorf("keep the definition %s: %w", d, err)
		}
		if len(part) < piece {
			return d, nil
		}
		definition = definition[piece:]
	}
}

// unreferenced is for how long a definition stays to which nothing refers: it may
// be about to.
const unreferenced = time.Hour

// Sweep removes the definitions to which nothing refers any more, and says how many
// pieces those were.
func (s *Buckets) Sweep(ctx context.Context) (int, error) { return s.sweep(ctx, unreferenced) }

func (s *Buckets) sweep(ctx context.Context, age time.Duration) (int, error) {
	pieces, err := s.pieces(ctx) // before the records: what is written after them is not swept
	if err != nil {
		return 0, err
	}
	machines, err := s.List(ctx)
	if err != nil {
		return 0, err
	}
	used := make(map[string]bool)
	for _, m := range machines {
		for _, d := range m.definitions() {
			used[d.String()] = true
		}
	}
	swept := 0
	for _, e := range pieces {
		digest, _, _ := strings.Cut(e.Key(), ".")
		if used[digest] || time.Since(e.Created()) < age {
			continue
		}
		err := s.definitions.Purge(ctx, e.Key(), jetstream.LastRevision(e.Revision()))
		switch {
		case err == nil:
			swept++
		case !errors.Is(err, jetstream.ErrKeyRevisionMismatch): // else it was written again meanwhile
			return swept, fmt.Errorf("remove the definition %s: %w", digest, err)
		}
	}
	return swept, nil
}

// pieces are the entries of all pieces, without what they hold.
func (s *Buckets) pieces(ctx context.Context) ([]jetstream.KeyValueEntry, error) {
	w, err := s.definitions.WatchAll(ctx, jetstream.IgnoreDeletes(), jetstream.MetaOnly())
	if err != nil {
		return nil, fmt.Errorf("list bucket %s: %w", DefinitionBucket, err)
	}
	defer w.Stop()
	var all []jetstream.KeyValueEntry
	for {
		select {
		case e, ok := <-w.Updates():
			switch {
			case !ok:
				return nil, fmt.Errorf("list bucket %s: the connection is closed", DefinitionBucket)
			case e == nil:
				return all, nil
			}
			all = append(all, e)
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

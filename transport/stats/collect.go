package stats

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/nats-io/nats.go"
)

// maxParts bounds the messages that an engine answers with: a thousand workflows
// of a hundred states fit into some twenty.
const maxParts = 1000

// Collect asks all engines, waits for their answers for so long, and returns
// them by name. No engine is no error.
func Collect(ctx context.Context, nc *nats.Conn, wait time.Duration) ([]Snapshot, error) {
	inbox := nc.NewInbox()
	sub, err := nc.SubscribeSync(inbox)
	if err != nil {
		return nil, fmt.Errorf("ask engines for statistics: %w", err)
	}
	defer sub.Unsubscribe()
	if err := nc.PublishRequest(Subject, inbox, nil); err != nil {
		return nil, fmt.Errorf("ask engines for statistics: %w", err)
	}
	waiting, cancel := context.WithTimeout(ctx, wait)
	defer cancel()
	all := make(answers)
	for {
		m, err := sub.NextMsgWithContext(waiting)
		switch {
		case err == nil:
			all.add(m.Data)
		case errors.Is(err, nats.ErrNoResponders), waiting.Err() != nil && ctx.Err() == nil:
			return all.complete(), nil
		default:
			return nil, fmt.Errorf("wait for the statistics of engines: %w", err)
		}
	}
}

// answers are the parts that came, by Start of their engine.
type answers map[string][]*Snapshot

// add takes up a part. What is none is not the engine's.
func (a answers) add(data []byte) {
	var p part
	if json.Unmarshal(data, &p) != nil || p.Snapshot == nil || p.Parts < 1 || p.Parts > maxParts || p.Part < 0 || p.Part >= p.Parts {
		return
	}
	if a[p.Start] == nil {
		a[p.Start] = make([]*Snapshot, p.Parts)
	}
	if have := a[p.Start]; len(have) == p.Parts {
		have[p.Part] = p.Snapshot
	}
}

// complete are the snapshots of which all parts came.
func (a answers) complete() (all []Snapshot) {
	for _, start := range slices.Sorted(maps.Keys(a)) {
		parts := a[start]
		if slices.Contains(parts, nil) {
			continue
		}
		s := *parts[0]
		for _, p := range parts[1:] {
			s.Workflows = append(s.Workflows, p.Workflows...)
			s.LeftOut += p.LeftOut
		}
		all = append(all, s)
	}
	slices.SortStableFunc(all, func(x, y Snapshot) int { return cmp.Compare(x.Engine, y.Engine) })
	return all
}

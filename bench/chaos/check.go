package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// A verdict is what one check found.
type verdict struct {
	Check string `json:"check"`
	OK    bool   `json:"ok"`
	Text  string `json:"text"`
}

// A figure is something measured that no check bounds.
type figure struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// require notes a verdict.
func (s *stand) require(check string, ok bool, format string, args ...any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.verdicts = append(s.verdicts, verdict{check, ok, fmt.Sprintf(format, args...)})
}

// measured notes a figure.
func (s *stand) measured(name, format string, args ...any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.figures = append(s.figures, figure{name, fmt.Sprintf(format, args...)})
}

// seedDead says that an order must end in the dead letters, and why.
func (s *stand) seedDead(id, reason string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.seeded == nil {
		s.seeded = make(map[string]string)
	}
	s.seeded[id] = reason
}

// Growth of a worker that does nothing beside what it had before the load, and
// what an engine with its orders may take in memory.
const (
	moreGoroutines = 16
	moreFiles      = 8
	maxPeak        = 512 << 20
)

// verify holds the books against each other.
func (s *stand) verify(ctx context.Context, b *books) error {
	s.lost(b)
	s.reruns(b)
	s.keys(b)
	if err := s.empty(ctx); err != nil {
		return err
	}
	s.buried(b)
	if err := s.records(ctx, b); err != nil {
		return err
	}
	s.growth()
	s.gaps(b)
	if s.row.check != nil {
		return s.row.check(s, b)
	}
	return nil
}

// lost is L1: whatever was acknowledged has ended.
func (s *stand) lost(b *books) {
	var acked, unknown, refused, silent int
	var lost []string
	for id, p := range b.pub {
		refused += p.Refused
		silent += p.Silent
		switch {
		case !p.Acked:
			unknown++
		default:
			acked++
			if b.done[id] == nil && b.dead[id] == nil {
				lost = append(lost, id)
			}
		}
	}
	slices.Sort(lost)
	s.require("L1", len(lost) == 0, "%d acknowledged, %d ended, %d dead letters, %d lost%s", acked, len(b.done), len(b.dead), len(lost), some(lost))
	if unknown+refused+silent > 0 {
		s.measured("publishing", "%d attempts refused, %d without an answer, the fate of %d orders unknown", refused, silent, unknown)
	}
}

// runsOf is how often an order ran: an attempt each, and those that the broker
// has counted as the same one after it forgot the other.
func runsOf(calls []effect) int {
	attempts := make(map[int]bool)
	first := 0
	for _, c := range calls {
		attempts[c.Attempt] = true
		if c.Retry == 0 {
			first++
		}
	}
	return max(len(attempts), first)
}

// reruns is L2.
func (s *stand) reruns(b *books) {
	again, twice := 0, 0
	for _, calls := range b.effects {
		again += runsOf(calls) - 1
	}
	for _, d := range b.done {
		twice += len(d) - 1
	}
	bound := 0
	if s.row.reruns != nil {
		bound = s.row.reruns(s)
	}
	s.require("L2", again <= bound, "%d runs beyond the first, bound %d; %d outcomes stored twice", again, bound, twice)
}

// keys is L3: whatever runs again has the same key, and no two orders have one in
// common.
func (s *stand) keys(b *books) {
	owner := make(map[string]string)
	var wrong []string
	calls := 0
	for id, all := range b.effects {
		for _, c := range all {
			calls++
			if c.Key == "" || c.Key != all[0].Key || c.Execution != all[0].Execution || firstOwner(owner, c.Key, id) != id {
				wrong = append(wrong, id)
				break
			}
		}
	}
	s.require("L3", len(wrong) == 0, "%d calls of the task with %d keys, %d of them repeated; %d orders with another key%s",
		calls, len(owner), calls-len(owner), len(wrong), some(wrong))
}

// firstOwner is who had the key first.
func firstOwner(owner map[string]string, key, id string) string {
	if first, ok := owner[key]; ok {
		return first
	}
	owner[key] = id
	return id
}

// empty is L4.
func (s *stand) empty(ctx context.Context) error {
	waiting, unacked, err := s.left(ctx)
	if err != nil {
		return err
	}
	s.require("L4", waiting+unacked == 0, "%d orders in the stream, %d not acknowledged", waiting, unacked)
	return nil
}

// buried is L5: in the dead letters is what was meant to be, and nothing else.
func (s *stand) buried(b *books) {
	var wrong []string
	for id, letters := range b.dead {
		if letters[0].Reason != s.seeded[id] {
			wrong = append(wrong, id+" "+letters[0].Reason)
		}
	}
	for id := range s.seeded {
		if b.dead[id] == nil {
			wrong = append(wrong, id+" is missing")
		}
	}
	slices.Sort(wrong)
	s.require("L5", len(wrong) == 0, "%d dead letters, %d seeded%s", len(b.dead), len(s.seeded), some(wrong))
}

// records is L6. Workers that were stopped took their counts along: what they had
// to export follows from the orders that ran.
func (s *stand) records(ctx context.Context, b *books) error {
	if !s.set.collector {
		return nil
	}
	emitted, dropped, err := s.exported()
	if err != nil {
		return err
	}
	got, err := received(s.logs)
	if err != nil {
		return err
	}
	for _, w := range s.workers {
		if w.base.pid == w.process().cmd.Process.Pid {
			continue
		}
		want := 0
		for _, calls := range b.effects {
			want += runsOf(calls) * s.perOrder
		}
		s.require("L6", got == want, "%d log records received, %d of each run make %d", got, s.perOrder, want)
		return nil
	}
	twice := got + dropped - emitted
	s.require("L6", twice >= 0 && twice <= s.row.unanswered*logBatch, "%d log records emitted, %d received, %d dropped; %d of these both, bound %d",
		emitted, got, dropped, twice, s.row.unanswered*logBatch)
	return nil
}

// logBatch is how many log records a request has at most.
const logBatch = 2048

// exported is how many log records the workers that run now have emitted and
// dropped, once none of them waits.
func (s *stand) exported() (emitted, dropped int, err error) {
	err = s.eventually("no log record waits", 2*startPatience, func(ctx context.Context) error {
		var sums [3]float64
		for i, name := range []string{"express_log_emitted_total", "express_log_dropped_total", "express_log_waiting"} {
			for _, w := range s.workers {
				n, err := w.metric(ctx, name)
				if err != nil {
					return err
				}
				sums[i] += n
			}
		}
		emitted, dropped = int(sums[0]), int(sums[1])
		if sums[2] > 0 {
			return fmt.Errorf("%v log records wait", sums[2])
		}
		return nil
	})
	return emitted, dropped, err
}

// growth is L7, once what the last orders have left behind is gone.
func (s *stand) growth() {
	all := make([]string, len(s.workers))
	err := s.eventually("no worker has grown", startPatience, func(ctx context.Context) (err error) {
		for i, w := range s.workers {
			var grown error
			all[i], grown = w.grown(ctx)
			err = errors.Join(err, grown)
		}
		return err
	})
	s.require("L7", err == nil, "%s", strings.Join(all, "; "))
	deaths := 0
	for _, w := range s.workers {
		deaths += w.died()
	}
	if !s.set.poisoned {
		s.require("alive", deaths == 0, "%d workers died of themselves", deaths)
	}
}

// grown is what the worker holds, in words, and an error if that is more than
// before the load and the process the same.
func (w *worker) grown(ctx context.Context) (text string, err error) {
	now, err := w.state(ctx)
	if err != nil {
		return fmt.Sprintf("%s: %v", w.name, err), err
	}
	base := w.base
	if base == nil || base.pid != now.pid {
		base = now // nothing to compare with, but the peak counts
	}
	if now.goroutines > base.goroutines+moreGoroutines || now.Files > base.Files+moreFiles || now.Peak > maxPeak {
		err = errors.New(w.name + " has grown")
	}
	return fmt.Sprintf("%s: goroutines %d to %d, files %d to %d, peak %d MiB", w.name, base.goroutines, now.goroutines, base.Files, now.Files, now.Peak>>20), err
}

// some is a few of what is wrong, for a verdict.
func some(wrong []string) string {
	if len(wrong) == 0 {
		return ""
	}
	const few = 5
	text := ": " + strings.Join(wrong[:min(len(wrong), few)], ", ")
	if len(wrong) > few {
		text += ", ..."
	}
	return text
}

// counts is how many of each there are, in words.
func counts(of map[string]int) string {
	var parts []string
	for _, name := range slices.Sorted(maps.Keys(of)) {
		parts = append(parts, fmt.Sprintf("%d %s", of[name], name))
	}
	return strings.Join(parts, ", ")
}

package jetstream

import (
	"testing"
	"time"
)

// TestBeats holds a thousand deliveries that came at the same time: their beats are
// spread over two fifths of the distance, and every one is found when it is due, as
// often as that is.
func TestBeats(t *testing.T) {
	const ackWait = 30 * time.Second
	s := &Source{o: Options{AckWait: ackWait}}
	s.held.init()
	start := time.Now()
	last := make(map[*delivery]time.Time)
	for seq := range uint64(1000) {
		d := &delivery{source: s, seq: seq, beat: start.Add(ackWait / 3)}
		last[d] = start
		s.held.push(d)
	}
	for now := start; now.Before(start.Add(10 * ackWait)); now = now.Add(s.tick()) {
		together := 0
		for d := s.held.due(now); d != nil; d = s.held.due(now) {
			if apart := now.Sub(last[d]); apart < 8*time.Second || apart > 12*time.Second+s.tick() {
				t.Fatalf("event %d beats %v after the beat before", d.seq, apart)
			}
			last[d] = now
			together++
			s.held.remove(d)
			d.beat = now.Add(ackWait / 3)
			s.held.push(d)
		}
		if together > len(last)*3/4 {
			t.Errorf("%d of %d events beat together", together, len(last))
		}
	}
	for d, at := range last {
		if at.Before(start.Add(9 * ackWait)) {
			t.Errorf("event %d has not beaten since %v", d.seq, at.Sub(start))
		}
		s.held.remove(d)
	}
	if !s.held.empty() {
		t.Error("something is held")
	}
}

package bench

import (
	"context"
	"testing"
	"testing/synctest"
	"time"
)

func TestScheduleAt(t *testing.T) {
	began := time.Unix(1_000_000_000, 0)
	for _, tt := range []struct {
		rate float64
		i    int
		want time.Duration
	}{
		{1000, 0, 0},
		{1000, 1, time.Millisecond},
		{1000, 60_000, time.Minute},
		{0.5, 3, 6 * time.Second},
		{3, 2, 666_666_666 * time.Nanosecond},
	} {
		s := schedule{began, tt.rate}
		if got := s.at(tt.i).Sub(began); got != tt.want {
			t.Errorf("event %d at %v a second: %v, want %v", tt.i, tt.rate, got, tt.want)
		}
	}
}

func TestScheduleDue(t *testing.T) {
	s := schedule{time.Unix(1_000_000_000, 0), 3}
	if got := s.due(s.began.Add(-time.Nanosecond)); got != 0 {
		t.Errorf("%d are due before it began", got)
	}
	for i := range 1000 {
		if got := s.due(s.at(i)); got != i+1 {
			t.Errorf("%d are due when event %d is, want %d", got, i, i+1)
		}
		if got := s.due(s.at(i).Add(-time.Nanosecond)); got != i {
			t.Errorf("%d are due just before event %d is, want %d", got, i, i)
		}
	}
}

// Who was held up sends what is due by then, at once, and is on time again: the
// rate is that of the schedule, whatever happens in between.
func TestScheduleCatchesUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := schedule{time.Now(), 1000}
		var at []time.Duration
		for i, due := 0, 0; i < 10; i++ {
			if i >= due {
				due = s.wait(t.Context(), i)
			}
			at = append(at, time.Since(s.began))
			if i == 2 {
				time.Sleep(5 * time.Millisecond)
			}
		}
		for i, want := range []time.Duration{0, 1, 2, 7, 7, 7, 7, 7, 8, 9} {
			if at[i] != want*time.Millisecond {
				t.Errorf("event %d was sent after %v, want %d ms", i, at[i], want)
			}
		}
	})
}

func TestScheduleWaitIsInterrupted(t *testing.T) {
	ctx, stop := context.WithCancel(t.Context())
	stop()
	s := schedule{time.Now(), 1e-3}
	if got := s.wait(ctx, 1); got != 1 {
		t.Errorf("%d are due, want none after the first", got)
	}
}

package jetstream

import (
	"log/slog"
	"strings"
	"testing"
	"time"
)

func TestSkew(t *testing.T) {
	before := time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)
	after := before.Add(100 * time.Millisecond)
	for _, tt := range []struct {
		at   time.Time
		want time.Duration
	}{
		{time.Time{}, 0},
		{before, 0},
		{after, 0},
		{before.Add(50 * time.Millisecond), 0},
		{before.Add(-time.Second), -time.Second},
		{after.Add(time.Minute), time.Minute},
	} {
		if got := skew(before, tt.at, after); got != tt.want {
			t.Errorf("a clock that shows %v is ahead by %v, want %v", tt.at, got, tt.want)
		}
	}
}

// TestCompare raises the alarm once when clocks differ by more than maxSkew,
// either way, and says when they agree again.
func TestCompare(t *testing.T) {
	var log strings.Builder
	s := &Source{log: slog.New(slog.NewTextHandler(&log, nil))}
	now := time.Now()
	for _, tt := range []struct {
		ahead time.Duration
		want  string // of what is said
	}{
		{0, ""},
		{maxSkew, ""},
		{maxSkew + 1, "clocks of broker and engine differ"},
		{-maxSkew - 1, ""},
		{-maxSkew, "agree again"},
		{-time.Hour, "clocks of broker and engine differ"},
	} {
		log.Reset()
		s.compare(now, now.Add(tt.ahead), now)
		if said := log.String(); tt.want == "" && said != "" || !strings.Contains(said, tt.want) {
			t.Errorf("ahead by %v: %q is said, want %q", tt.ahead, said, tt.want)
		}
		if got := s.Stats().Skew; got != tt.ahead {
			t.Errorf("skew is %v, want %v", got, tt.ahead)
		}
	}
}

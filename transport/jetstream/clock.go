package jetstream

import "time"

// maxSkew is by how much the clocks of an engine and its broker may differ: the
// timers of redelivery, which go by the broker's clock, and what executions see
// as the time are off by as much.
const maxSkew = 2 * time.Second

// skew is by how much a clock that showed at, between before and after, is ahead
// of ours at least; it is negative for one that is behind.
func skew(before, at, after time.Time) time.Duration {
	switch {
	case at.IsZero():
		return 0 // the broker does not say
	case at.Before(before):
		return at.Sub(before)
	case at.After(after):
		return at.Sub(after)
	}
	return 0
}

// compare notes what the broker's clock showed.
func (s *Source) compare(before, at, after time.Time) {
	now := skew(before, at, after)
	s.mu.Lock()
	last := s.stats.Skew
	s.stats.Skew = now
	s.mu.Unlock()
	switch was, is := last.Abs() > maxSkew, now.Abs() > maxSkew; {
	case is && !was:
		s.log.Error("the clocks of broker and engine differ: events are redelivered too early or too late", "broker ahead by", now)
	case was && !is:
		s.log.Info("the clocks of broker and engine agree again")
	}
}

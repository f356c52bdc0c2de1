package rates

import (
	"slices"
	"time"
)

// A histogram is durations by bucket.
type histogram struct {
	bounds []time.Duration // upper ends of all buckets but the last
	counts []uint64
}

// add adds durations by the buckets of another one. Where engines of different
// versions have different buckets, those of the first one count.
func (h *histogram) add(bounds []time.Duration, counts []uint64) {
	if h.counts == nil {
		h.bounds, h.counts = bounds, make([]uint64, len(bounds)+1)
	}
	for i, n := range counts {
		at := len(h.bounds)
		if i < len(bounds) {
			at, _ = slices.BinarySearch(h.bounds, bounds[i])
		}
		h.counts[at] += n
	}
}

// latency is nil where there are no durations.
func (h *histogram) latency() *Latency {
	if total(h.counts) == 0 {
		return nil
	}
	return &Latency{h.quantile(0.5), h.quantile(0.95), h.quantile(0.99)}
}

// quantile is what a share q of the durations does not exceed, in seconds, as if
// those of a bucket were spread evenly: what Prometheus does. Of those in the last
// bucket nothing is known but its lower end.
func (h *histogram) quantile(q float64) float64 {
	rank, below := q*float64(total(h.counts)), 0.
	var from time.Duration
	for i, to := range h.bounds {
		n := float64(h.counts[i])
		if n > 0 && below+n >= rank {
			return (from + time.Duration(float64(to-from)*(rank-below)/n)).Seconds()
		}
		below += n
		from = to
	}
	return from.Seconds()
}

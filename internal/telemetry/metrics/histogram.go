package metrics

import (
	"math"
	"math/rand/v2"
	"runtime"
	"sync/atomic"
	"time"

	"go.opentelemetry.io/otel/trace"
)

// bounds are the upper bounds of explicit buckets: an execution of few states
// takes some microseconds, a request on the same host 100, and five minutes is
// the most that any takes.
var bounds = [...]time.Duration{
	50 * time.Microsecond, 100 * time.Microsecond, 250 * time.Microsecond, 500 * time.Microsecond,
	1 * time.Millisecond, 2500 * time.Microsecond, 5 * time.Millisecond,
	10 * time.Millisecond, 25 * time.Millisecond, 50 * time.Millisecond,
	100 * time.Millisecond, 250 * time.Millisecond, 500 * time.Millisecond,
	1 * time.Second, 2500 * time.Millisecond, 5 * time.Second,
	10 * time.Second, 30 * time.Second, 60 * time.Second, 120 * time.Second, 300 * time.Second,
}

const numBuckets = len(bounds) + 1

// bucket is the explicit bucket of d.
func bucket(d time.Duration) int {
	from, to := 0, len(bounds)
	for from < to {
		if mid := (from + to) / 2; d <= bounds[mid] {
			to = mid
		} else {
			from = mid + 1
		}
	}
	return from
}

// Exponential buckets have bounds at powers of 2^(1/8): 9 % apart. They go from
// a microsecond to 17 minutes; what is outside counts as the nearest.
const (
	scale     = 3
	firstPow  = -160 // 2^(-160/8) s is 0.95 us
	numPowers = 160 + 80
)

// power is the exponential bucket of d.
func power(d time.Duration) int {
	i := int(math.Ceil(math.Log2(d.Seconds())*(1<<scale))) - 1
	return min(max(i-firstPow, 0), numPowers-1)
}

// maxShards bounds the parts of a histogram that processors write to beside each
// other: more of them cost memory and save no time.
const maxShards = 8

// numShards is a power of two.
var numShards = func() uint32 {
	n := uint32(1)
	for n < maxShards && int(n) < runtime.GOMAXPROCS(0) {
		n *= 2
	}
	return n
}()

// A histogram counts durations. It is made of shards, so that processors do not
// wait for each other, and read by any number of exporters: the SDK's own takes
// 160 ns for a value, and again for each further reader, this one 20.
type histogram struct {
	shards    []shard
	powers    []powers // parallel to shards, nil unless somebody exports them
	examples  bool
	exemplars atomic.Pointer[[numBuckets]atomic.Pointer[exemplar]]
}

// A shard is three cache lines.
type shard struct {
	sum    atomic.Int64 // nanoseconds
	counts [numBuckets]atomic.Uint64
	_      [8]byte
}

type powers [numPowers]atomic.Uint64

// An exemplar is a value in a trace.
type exemplar struct {
	value time.Duration
	at    time.Time
	in    trace.SpanContext
}

func newHistogram(exponential, examples bool) *histogram {
	h := &histogram{shards: make([]shard, numShards), examples: examples}
	if exponential {
		h.powers = make([]powers, numShards)
	}
	return h
}

// record counts d, which was measured in a span if it is sampled.
func (h *histogram) record(d time.Duration, in trace.SpanContext) {
	d = max(d, 0) // clocks may be set back
	i := uint32(0)
	if numShards > 1 {
		i = rand.Uint32() & (numShards - 1)
	}
	s, b := &h.shards[i], bucket(d)
	s.sum.Add(int64(d))
	s.counts[b].Add(1)
	if h.powers != nil {
		h.powers[i][power(d)].Add(1)
	}
	if h.examples && in.IsSampled() {
		h.exemplify(b, &exemplar{d, time.Now(), in})
	}
}

// exemplify keeps the last exemplar of each bucket.
func (h *histogram) exemplify(bucket int, e *exemplar) {
	all := h.exemplars.Load()
	if all == nil {
		h.exemplars.CompareAndSwap(nil, new([numBuckets]atomic.Pointer[exemplar]))
		all = h.exemplars.Load()
	}
	all[bucket].Store(e)
}

// A snapshot is what a histogram has counted.
type snapshot struct {
	sum       time.Duration
	counts    [numBuckets]uint64
	powers    []uint64 // nil if they are not counted
	exemplars []*exemplar
}

// add adds what h has counted to s.
func (s *snapshot) add(h *histogram) {
	for i := range h.shards {
		s.sum += time.Duration(h.shards[i].sum.Load())
		for b := range s.counts {
			s.counts[b] += h.shards[i].counts[b].Load()
		}
	}
	if h.powers != nil && s.powers == nil {
		s.powers = make([]uint64, numPowers)
	}
	for i := range h.powers {
		for p := range s.powers {
			s.powers[p] += h.powers[i][p].Load()
		}
	}
	if all := h.exemplars.Load(); all != nil {
		for b := range all {
			if e := all[b].Load(); e != nil {
				s.exemplars = append(s.exemplars, e)
			}
		}
	}
}

// since is what s has counted more than before.
func (s snapshot) since(before snapshot) snapshot {
	s.sum -= before.sum
	for b := range s.counts {
		s.counts[b] -= before.counts[b]
	}
	if before.powers != nil {
		more := make([]uint64, len(s.powers))
		for p := range more {
			more[p] = s.powers[p] - before.powers[p]
		}
		s.powers = more
	}
	return s
}

// count is how many values h has counted.
func (h *histogram) count() (n int64) {
	for i := range h.shards {
		for b := range numBuckets {
			n += int64(h.shards[i].counts[b].Load())
		}
	}
	return n
}

package bench

import (
	"time"

	hdr "github.com/HdrHistogram/hdrhistogram-go"
)

// The range and precision of histograms: 1 us to 5 minutes, within a tenth of a
// per cent. A higher value counts as the highest.
const (
	least  = time.Microsecond
	most   = 5 * time.Minute
	digits = 3
)

func newHistogram() *hdr.Histogram {
	return hdr.New(int64(least), int64(most), digits)
}

func record(h *hdr.Histogram, d time.Duration) {
	if err := h.RecordValue(int64(min(max(d, least), most))); err != nil {
		panic(err) // it is in range
	}
}

// A Latency is what a histogram says.
type Latency struct {
	P50, P90, P99, P999, Max time.Duration
	Curve                    []Percentile
}

// A Percentile is the time within which a share of all events ended.
type Percentile struct {
	Share float64
	Time  time.Duration
}

// shares are those of Latency.Curve: by halves of what is left, as latencies
// are plotted, down to one event in 16,384.
var shares = func() (all []float64) {
	for left := 1.0; left >= 1.0/16_384; left /= 2 {
		all = append(all, 1-left)
	}
	return all
}()

func latencyOf(h *hdr.Histogram) Latency {
	at := func(share float64) time.Duration { return time.Duration(h.ValueAtPercentile(100 * share)) }
	l := Latency{P50: at(.5), P90: at(.9), P99: at(.99), P999: at(.999), Max: time.Duration(h.Max())}
	for _, share := range shares {
		l.Curve = append(l.Curve, Percentile{share, at(share)})
	}
	return l
}

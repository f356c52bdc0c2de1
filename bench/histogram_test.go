package bench

import (
	"math"
	"testing"
	"time"
)

func TestLatency(t *testing.T) {
	h := newHistogram()
	for i := range 1000 {
		record(h, time.Duration(i+1)*time.Millisecond)
	}
	l := latencyOf(h)
	for _, tt := range []struct {
		name      string
		got, want time.Duration
	}{
		{"p50", l.P50, 500 * time.Millisecond},
		{"p90", l.P90, 900 * time.Millisecond},
		{"p99", l.P99, 990 * time.Millisecond},
		{"p99.9", l.P999, 999 * time.Millisecond},
		{"most", l.Max, time.Second},
	} {
		if math.Abs(float64(tt.got-tt.want)) > float64(tt.want)/1000 {
			t.Errorf("%s is %v, want %v within a tenth of a per cent", tt.name, tt.got, tt.want)
		}
	}
	if first, last := l.Curve[0], l.Curve[len(l.Curve)-1]; first.Share != 0 || last.Share != 1-1.0/16_384 || last.Time < l.P999 {
		t.Errorf("the curve goes from %v to %v", first, last)
	}
}

// What is out of range counts as its end.
func TestHistogramRange(t *testing.T) {
	for _, tt := range []struct{ record, want time.Duration }{
		{-time.Second, least}, {0, least}, {least, least}, {most, most}, {most + time.Second, most}, {time.Hour, most},
	} {
		h := newHistogram()
		record(h, tt.record)
		// Buckets are a thousandth wide, but no narrower than a thousandth of 2 us.
		if got := latencyOf(h).Max; math.Abs(float64(got-tt.want)) > max(float64(tt.want)/1000, 1000) {
			t.Errorf("%v counts as %v, want %v", tt.record, got, tt.want)
		}
	}
}

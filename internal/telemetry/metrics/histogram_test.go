package metrics

import (
	"math"
	"sync"
	"testing"
	"time"

	"go.opentelemetry.io/otel/trace"
)

func TestBucket(t *testing.T) {
	for i, b := range bounds {
		if got := bucket(b); got != i {
			t.Errorf("%s is in bucket %d, want %d", b, got, i)
		}
		if got := bucket(b + 1); got != i+1 {
			t.Errorf("%s is in bucket %d, want %d", b+1, got, i+1)
		}
	}
	if got := bucket(0); got != 0 {
		t.Errorf("0 is in bucket %d", got)
	}
}

// An exponential bucket holds what is more than its lower bound, and at most its
// upper one.
func TestPower(t *testing.T) {
	base := math.Pow(2, 1.0/(1<<scale))
	for _, d := range []time.Duration{
		time.Microsecond, 1200 * time.Nanosecond, time.Millisecond, 125 * time.Millisecond, 126 * time.Millisecond, time.Second, time.Second + 1, 5 * time.Minute, 17 * time.Minute,
	} {
		i := float64(power(d) + firstPow)
		if s := d.Seconds(); s <= math.Pow(base, i) || s > math.Pow(base, i+1) {
			t.Errorf("%s is in the bucket of (%g, %g]", d, math.Pow(base, i), math.Pow(base, i+1))
		}
	}
	for d, want := range map[time.Duration]int{0: 0, 1: 0, 900: 0, time.Hour: numPowers - 1} {
		if got := power(d); got != want {
			t.Errorf("%s is in bucket %d, want %d", d, got, want)
		}
	}
}

func TestRecord(t *testing.T) {
	h := newHistogram(true, true)
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for i := range 1000 {
				h.record(time.Duration(i)*time.Millisecond, trace.SpanContext{})
			}
		})
	}
	wg.Wait()
	h.record(-time.Second, trace.SpanContext{}) // a clock was set back
	var s snapshot
	s.add(h)
	if h.count() != 4001 || total(s.counts[:]) != 4001 || total(s.powers) != 4001 {
		t.Errorf("counted %d, %d, %d", h.count(), total(s.counts[:]), total(s.powers))
	}
	if want := 4 * 999 * 500 * time.Millisecond; s.sum != want {
		t.Errorf("sum %s, want %s", s.sum, want)
	}
}

func TestHistogramAllocates(t *testing.T) {
	h := newHistogram(true, true)
	if n := testing.AllocsPerRun(100, func() { h.record(time.Millisecond, trace.SpanContext{}) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

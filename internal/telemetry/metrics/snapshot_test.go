package metrics

import (
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/seed66d9166c/express/express"
	"github.com/seed66d9166c/express/internal/telemetry/semconv"
	"github.com/seed66d9166c/express/transport/stats"
)

// count is so many durations in the bucket of d.
func count(n uint64, d time.Duration) stats.Durations {
	counts := make([]uint64, bucket(d)+1)
	counts[bucket(d)] = n
	return stats.Durations{Sum: time.Duration(n) * d, Counts: counts}
}

// fill lets each instrument have a value.
func fill(t *testing.T, m *Metrics) {
	t.Helper()
	w := m.Workflow("orders")
	event := express.Start{Name: "e", Delivery: 1}
	const ask = `{"StartAt": "Ask", "States": {"Ask": {"Type": "Task", "Resource": "nats:request:fn.greet",
		"Retry": [{"ErrorEquals": ["Busy"], "IntervalSeconds": 2}], "End": true}}}`
	run(t, w, ask, `{"Ask": [{"Throw": {"Error": "Busy"}}, {"Return": 1}]}`, `{}`, event)
	run(t, w, ask, `{"Ask": [{"Throw": {"Error": "Refused"}}]}`, `{}`, event)
	run(t, w, `{"StartAt": "Ask", "States": {"Ask": {"Type": "Wait", "Seconds": 3, "End": true}}}`, `{}`, `{}`, event)
	f := m.Feed("orders", "shop.*", "orders")
	f.Received(time.Now(), 1)
	f.Received(time.Now(), 2)
	m.Feed("orders", "store.*", "orders").Received(time.Now(), 3)
	m.Counter(MessageBuried, "refunds", "decode").Add(2)
	m.Counter(MessageBuried, "refunds", "loop").Add(1)
	for i := range numInstruments {
		if table[i].kind == histogramKind || i == MessageRedelivered || i == MessageBuried || i == TaskRetry {
			continue
		}
		of := []string{"orders", "orders", "more", "more"}[:len(table[i].attributes)]
		m.Observe(i, func() []Sample { return []Sample{{Value: int64(i) + 1, Of: of}} })
	}
}

// What engines say to who asks is what they export.
func TestSnapshot(t *testing.T) {
	m := open(t)
	if got := m.Snapshot(); got.Workflows != nil || len(got.Bounds) != numBuckets-1 {
		t.Errorf("nothing was counted: %v", got)
	}
	fill(t, m)
	visits := count(1, 2*time.Second)
	visits.Add(count(1, 3*time.Second))
	succeeded := visits
	succeeded.Counts = slices.Clone(visits.Counts)
	want := stats.Snapshot{
		Bounds: bounds[:],
		Workflows: []stats.Workflow{
			{
				Name:   "orders",
				Active: int64(ExecutionActive) + 1,
				Ended: []stats.Ended{
					{Status: "FAILED", Error: "Refused", Durations: count(1, 0)},
					{Status: "SUCCEEDED", Durations: succeeded},
				},
				States: []stats.State{{
					Name: "Ask", Type: "Task", Visits: visits, Retries: 1,
					Attempts: []stats.Attempt{
						{Durations: count(1, 0)},
						{Error: "Busy", Durations: count(1, 0)},
						{Error: "Refused", Durations: count(1, 0)},
					},
				}},
				Consumers: []stats.Consumer{{
					Name: "orders", Pending: int64(ConsumerPending) + 1, Unacknowledged: int64(ConsumerUnacknowledged) + 1, Redelivered: 2,
				}},
			},
			{Name: "refunds", Buried: 3},
		},
		Logs: stats.Logs{
			Emitted: uint64(LogEmitted) + 1, Exported: uint64(LogExported) + 1, Dropped: uint64(LogDropped) + 1, Waiting: int64(LogWaiting) + 1,
		},
	}
	diff := cmp.Diff(want, m.Snapshot(),
		cmpopts.SortSlices(func(a, b stats.Workflow) bool { return a.Name < b.Name }),
		cmpopts.SortSlices(func(a, b stats.Ended) bool { return a.Status < b.Status }),
		cmpopts.SortSlices(func(a, b stats.Attempt) bool { return a.Error < b.Error }),
		cmp.FilterPath(func(p cmp.Path) bool { return p.Last().String() == ".Type" }, cmp.Ignore()), // either of the two
	)
	if diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

// Series beyond the limit are those of _OTHER.
func TestSnapshotOverflow(t *testing.T) {
	m := open(t)
	for _, n := range []int{maxSeries - 1, maxSeries} {
		m.observers = nil
		m.Observe(ConsumerPending, func() (all []Sample) {
			for i := range n {
				all = append(all, Sample{Value: 1, Of: []string{"w" + string(rune('\u4e00'+i)), "c"}})
			}
			return all
		})
		other := 0
		for _, w := range m.Snapshot().Workflows {
			if w.Name == semconv.Other {
				other++
			}
		}
		if want := n - (maxSeries - 1); other != want {
			t.Errorf("%d series: %d are those of others, want %d", n, other, want)
		}
	}
}

// The names that dashboards and rules are checked against are those that
// Prometheus sees.
func TestPrometheus(t *testing.T) {
	m := open(t)
	fill(t, m)
	labels := make(map[string][]string)
	for name, of := range Prometheus() {
		labels[name] = of
	}
	series := regexp.MustCompile(`^(\w+)(?:\{(.*)\})? `)
	label := regexp.MustCompile(`(\w+)="`)
	seen := make(map[string]bool)
	for line := range strings.Lines(scrape(t, m, "text/plain")) {
		if strings.HasPrefix(line, "#") {
			continue
		}
		parts := series.FindStringSubmatch(line)
		if _, listed := labels[parts[1]]; !listed {
			t.Errorf("%s is not listed", parts[1])
		}
		for _, l := range label.FindAllStringSubmatch(parts[2], -1) {
			if !slices.Contains(labels[parts[1]], l[1]) {
				t.Errorf("%s: label %s is not listed", parts[1], l[1])
			}
		}
		seen[parts[1]] = true
	}
	for name := range labels {
		if !seen[name] {
			t.Errorf("%s is listed, and not shown", name)
		}
	}
}

package rates

import (
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/seed66d9166c/express/transport/stats"
)

var update = flag.Bool("update", false, "rewrite the golden files: look at the screens")

var (
	bounds = []time.Duration{time.Millisecond, 10 * time.Millisecond, 100 * time.Millisecond, time.Second}
	noon   = time.Date(2030, 1, 1, 12, 0, 0, 0, time.UTC)
)

func took(counts ...uint64) stats.Durations { return stats.Durations{Counts: counts} }

// busy is an engine that has been up for so many seconds, in each of which the
// same happened.
func busy(start string, seconds uint64) stats.Snapshot {
	n := func(counts ...uint64) stats.Durations {
		for i := range counts {
			counts[i] *= seconds
		}
		return took(counts...)
	}
	return stats.Snapshot{
		Engine: "engine " + start, Start: start, Up: time.Duration(seconds) * time.Second, Bounds: bounds,
		Workflows: []stats.Workflow{
			{
				Name: "orders", Active: 12, Buried: seconds,
				Ended: []stats.Ended{
					{Status: "SUCCEEDED", Durations: n(0, 300, 90, 6)},
					{Status: "FAILED", Error: "Card.Declined", Durations: n(0, 3)},
					{Status: "TIMED_OUT", Error: "States.Timeout", Durations: n(0, 0, 0, 0, 1)},
				},
				States: []stats.State{
					{Name: "Reserve", Type: "Task", Visits: n(400), Attempts: []stats.Attempt{{Durations: n(400)}}},
					{Name: "Charge", Type: "Task", Visits: n(0, 397), Retries: 5 * seconds, Attempts: []stats.Attempt{
						{Durations: n(0, 397)}, {Error: "Card.Declined", Durations: n(0, 3)}, {Error: "Bank.Busy", Durations: n(0, 5)},
					}},
					{Name: "Until it is paid", Type: "Wait", Visits: n(0, 0, 0, 1)},
				},
				Consumers: []stats.Consumer{{Name: "orders", Pending: 120, Unacknowledged: 24, Redelivered: 2 * seconds}},
			},
			{Name: "a workflow whose name is longer than the column", Active: 1},
			{Name: "refunds\x1b[2J", Ended: []stats.Ended{{Status: "SUCCEEDED", Durations: n(150_000)}}},
		},
		Logs: stats.Logs{Emitted: 4000 * seconds, Dropped: 10 * seconds, Waiting: 7},
	}
}

// idle is an engine that has done what busy did, and nothing since.
func idle(start string, seconds, since uint64) stats.Snapshot {
	s := busy(start, seconds)
	s.Up = time.Duration(seconds+since) * time.Second
	return s
}

// See the screens in testdata.
func TestDraw(t *testing.T) {
	var m Meter
	m.Look(noon, []stats.Snapshot{busy("a", 10), busy("b", 3)})
	v := m.Look(noon.Add(2*time.Second), []stats.Snapshot{busy("a", 12), busy("b", 5)})
	for _, tt := range []struct {
		name, by string
		o        DrawOptions
	}{
		{"plain", "name", DrawOptions{}},
		{"rate", "rate", DrawOptions{Width: 130, Keys: true}},
		{"narrow", "p99", DrawOptions{Width: 60, Keys: true}},
		{"low", "lag", DrawOptions{Width: 130, Height: 9, Keys: true}},
		{"fits", "dead", DrawOptions{Width: 130, Height: 11}},
		{"hidden", "active", DrawOptions{Width: 130, Hide: true}},
		{"color", "failed", DrawOptions{Width: 130, Height: 8, Color: true, Keys: true}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			by, ok := ColumnBy(func(c *Column) bool { return c.Name == tt.by })
			if !ok {
				t.Fatalf("there is no column %s", tt.by)
			}
			tt.o.By, tt.o.Interval = by, 2*time.Second
			v.Sort(by)
			var b strings.Builder
			if err := Draw(&b, v, tt.o); err != nil {
				t.Fatal(err)
			}
			if n := strings.Count(b.String(), "\n"); tt.o.Height > 0 && n > tt.o.Height {
				t.Errorf("%d lines, want at most %d", n, tt.o.Height)
			}
			golden(t, tt.name+".txt", b.String())
		})
	}
	b, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "view.json", string(b)+"\n")
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got)\n%s", name, diff)
	}
}

// orders is the row of the workflow orders.
func orders(t *testing.T, v *View) Row {
	t.Helper()
	for _, r := range v.Workflows {
		if r.Name == "orders" {
			return r
		}
	}
	t.Fatal("orders is not there")
	return Row{}
}

// What is known of a second from two looks, by what became of the engines in
// between.
func TestLook(t *testing.T) {
	type looks [][]stats.Snapshot
	for _, tt := range []struct {
		name  string
		looks looks // a second apart
		rate  float64
	}{
		{"nothing is known of one look", looks{{busy("a", 10)}}, 0},
		{"what was before does not count", looks{{busy("a", 10)}, {busy("a", 11)}}, 400},
		{"nothing has happened", looks{{busy("a", 10)}, {idle("a", 10, 1)}}, 0},
		{"engines add up", looks{{busy("a", 10), busy("b", 1)}, {busy("a", 11), busy("b", 2)}}, 800},
		{"one starts in between, and counts from zero", looks{{busy("a", 10)}, {busy("a", 11), busy("b", 1)}}, 800},
		{"one is started again", looks{{busy("a", 10)}, {busy("a2", 1)}}, 400},
		{"one that was there did not answer before", looks{{busy("a", 10)}, {busy("a", 11), busy("b", 9)}}, 400},
		{"one does not answer once", looks{{busy("a", 10)}, {}, {busy("a", 12)}}, 400},
		{"one has gone", looks{{busy("a", 10), busy("b", 1)}, {busy("a", 11)}}, 400},
		{"the same answer twice", looks{{busy("a", 10)}, {busy("a", 10)}}, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var m Meter
			var v *View
			for i, all := range tt.looks {
				v = m.Look(noon.Add(time.Duration(i)*time.Second), all)
			}
			if got := orders(t, v); got.Rate != tt.rate || v.Total.Rate < tt.rate {
				t.Errorf("%v a second, want %v; %v in total", got.Rate, tt.rate, v.Total.Rate)
			}
			if last := tt.looks[len(tt.looks)-1]; v.Engines != len(last) {
				t.Errorf("%d engines, want %d", v.Engines, len(last))
			}
		})
	}
}

// What all engines see alike is not added up.
func TestPresent(t *testing.T) {
	var m Meter
	got := orders(t, m.Look(noon, []stats.Snapshot{busy("a", 1), busy("b", 2)}))
	if got.Active != 24 || got.Pending != 120 || got.Unacknowledged != 24 {
		t.Errorf("%d active, %d pending, %d unacknowledged; want 24, 120, 24", got.Active, got.Pending, got.Unacknowledged)
	}
}

// An engine is remembered for as long as it may be silent, and no longer.
func TestForget(t *testing.T) {
	for _, tt := range []struct {
		silent time.Duration
		rate   float64
	}{{forgetAfter - time.Second, 400}, {forgetAfter, 0}} {
		var m Meter
		m.Look(noon, []stats.Snapshot{busy("a", 100)})
		m.Look(noon.Add(tt.silent), nil)
		v := m.Look(noon.Add(tt.silent+time.Second), []stats.Snapshot{busy("a", 161)})
		if got := orders(t, v).Rate; got != tt.rate {
			t.Errorf("silent for %v: %v a second, want %v", tt.silent, got, tt.rate)
		}
	}
}

// Counters that go back are no reason to show nonsense.
func TestMore(t *testing.T) {
	got := more([]uint64{5, 3, 7, 2}, []uint64{2, 4, 7})
	if diff := cmp.Diff([]uint64{3, 3, 0, 2}, got); diff != "" {
		t.Error(diff)
	}
}

func TestQuantile(t *testing.T) {
	for _, tt := range []struct {
		name string
		fill func(*histogram)
		q    float64
		want float64
	}{
		{"the middle of a bucket", func(h *histogram) { h.add(bounds, []uint64{0, 10}) }, 0.5, 0.0055},
		{"its end", func(h *histogram) { h.add(bounds, []uint64{0, 10}) }, 1, 0.010},
		{"across buckets", func(h *histogram) { h.add(bounds, []uint64{50, 50}) }, 0.75, 0.0055},
		{"empty buckets below", func(h *histogram) { h.add(bounds, []uint64{0, 0, 4}) }, 0, 0.010},
		{"the last one has no end", func(h *histogram) { h.add(bounds, []uint64{0, 0, 0, 0, 4}) }, 0.5, 1},
		{"more buckets than bounds", func(h *histogram) { h.add(bounds, []uint64{0, 0, 0, 0, 0, 0, 4}) }, 0.5, 1},
		{"no bounds", func(h *histogram) { h.add(nil, []uint64{4}) }, 0.5, 0},
		{"other bounds", func(h *histogram) {
			h.add(bounds, []uint64{0, 1})
			h.add([]time.Duration{5 * time.Millisecond}, []uint64{1})
		}, 1, 0.010},
	} {
		var h histogram
		tt.fill(&h)
		if got := h.quantile(tt.q); got != tt.want {
			t.Errorf("%s: %v, want %v", tt.name, got, tt.want)
		}
	}
}

func TestNumbers(t *testing.T) {
	for _, tt := range []struct {
		n    float64
		want string
	}{
		{0, "0"}, {0.0001, "0.01"}, {0.5, "0.50"}, {0.999, "1.0"}, {9.94, "9.9"}, {9.96, "10"}, {1234.4, "1234"},
		{99_999, "99999"}, {100_000, "100.0k"}, {999_949, "999.9k"}, {999_951, "1.0M"}, {12_345_678, "12.3M"},
	} {
		if got := rate(tt.n); got != tt.want {
			t.Errorf("rate(%v) = %s, want %s", tt.n, got, tt.want)
		}
	}
	for _, tt := range []struct {
		d    time.Duration
		want string
	}{
		{0, "0s"}, {1234 * time.Nanosecond, "1.23µs"}, {123456 * time.Nanosecond, "123µs"}, {12345 * time.Microsecond, "12.3ms"},
		{9999 * time.Millisecond, "10s"}, {83456 * time.Millisecond, "1m23.5s"}, {5 * time.Minute, "5m0s"}, {20 * time.Minute, "20m0s"},
	} {
		if got := duration(tt.d.Seconds()); got != tt.want {
			t.Errorf("duration(%v) = %s, want %s", tt.d, got, tt.want)
		}
	}
}

// Every column has a name and a key of its own, which are none of those that do
// something else.
func TestColumns(t *testing.T) {
	seen := map[any]bool{byte('q'): true, byte('s'): true}
	for _, c := range Columns {
		if c.Name == "" || c.title == "" || seen[c.Name] || seen[c.Key] {
			t.Errorf("column %q, key %q: occurs twice, or is not named", c.Name, c.Key)
		}
		seen[c.Name], seen[c.Key] = true, true
		if len(c.title) >= cellWidth && c.value != nil {
			t.Errorf("column %s: its title does not fit", c.Name)
		}
	}
}

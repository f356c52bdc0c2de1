package bench

import (
	"strings"
	"testing"
)

func TestParseThreshold(t *testing.T) {
	for _, tt := range []struct {
		text, metric, op string
		value            float64
		err              string
	}{
		{text: "ratio>=0.7", metric: "ratio", op: ">=", value: 0.7},
		{text: "open.w1.engine.p99<=20ms", metric: "open.w1.engine.p99", op: "<=", value: 20e6},
		{text: "rate > 100k", metric: "rate", op: ">", value: 1e5},
		{text: "binary<=40MB", metric: "binary", op: "<=", value: 4e7},
		{text: "memory<5KiB", metric: "memory", op: "<", value: 5120},
		{text: "failed<=50%", metric: "failed", op: "<=", value: 0.5},
		{text: "ratio=1", err: "want NAME>=VALUE"},
		{text: ">=1", err: "want NAME>=VALUE"},
		{text: "ratio>=", err: `"" is no number`},
		{text: "p99<=fast", err: `"fast" is no number, time or size`},
	} {
		got, err := ParseThreshold(tt.text)
		if tt.err != "" {
			if err == nil || !strings.Contains(err.Error(), tt.err) {
				t.Errorf("%s: error %v, want %q", tt.text, err, tt.err)
			}
			continue
		}
		if err != nil || got.Metric != tt.metric || got.Op != tt.op || got.Value != tt.value || got.Text != tt.text {
			t.Errorf("%s: got %+v, %v", tt.text, got, err)
		}
	}
}

func TestJudge(t *testing.T) {
	for _, tt := range []struct {
		name       string
		thresholds []string
		broken     int // thresholds; -1 that nothing is said at all
	}{
		{"nothing is asked for, and nothing lost", nil, -1},
		{"kept at its bound", []string{"ratio>=0.7", "ratio<=0.7"}, 0},
		{"broken at its bound", []string{"ratio>0.7", "ratio<0.7"}, 2},
		{"of one section", []string{"open.w1.engine.p99<=20ms"}, 0},
		{"of one row", []string{"w1.engine.p99<=10ms"}, 1},
		{"not of half a name", []string{"atio>=0"}, 1},
		{"nothing of the name", []string{"backlog.w2.engine.ratio>=0"}, 1},
		{"the worst round counts for events", []string{"events<=1"}, 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := sampleReport()
			var all []Threshold
			for _, text := range tt.thresholds {
				one, err := ParseThreshold(text)
				if err != nil {
					t.Fatal(err)
				}
				all = append(all, one)
			}
			r.Judge(all)
			broken := 0
			for _, v := range r.Verdicts {
				if len(v.Broken) > 0 {
					broken++
				}
			}
			if tt.broken == -1 && len(r.Verdicts) > 0 || broken != max(tt.broken, 0) || r.OK() != (broken == 0) {
				t.Errorf("got %+v, want %d broken", r.Verdicts, tt.broken)
			}
		})
	}
}

// A run that loses events or fails executions is not sound, unless somebody says
// that it is.
func TestJudgeLosses(t *testing.T) {
	for _, name := range losses {
		r := sampleReport()
		r.Sections[0].Row("w1.engine").Add(name, Count, 0)
		r.Sections[0].Row("w1.engine").Add(name, Count, 3) // in one round of many
		r.Sections[0].Row("w1.engine").Add(name, Count, 0)
		r.Judge(nil)
		if r.OK() || len(r.Verdicts) != 1 || r.Verdicts[0].Text != name+"<=0" {
			t.Errorf("%s: got %+v", name, r.Verdicts)
		}
		allowed, err := ParseThreshold(name + "<=3")
		if err != nil {
			t.Fatal(err)
		}
		r.Verdicts = nil
		if r.Judge([]Threshold{allowed}); !r.OK() {
			t.Errorf("%s, where it may be three: got %+v", name, r.Verdicts)
		}
	}
}

package bench

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// A Threshold is what a report has to keep, for its command to succeed: what
// ParseThreshold reads, and what became of it.
type Threshold struct {
	Text   string   `json:"threshold"`        // as it was written
	Metric string   `json:"-"`                // the last parts of "section.row.metric"
	Op     string   `json:"-"`                // ">=", "<=", ">" or "<"
	Value  float64  `json:"-"`                // times in nanoseconds
	Broken []string `json:"broken,omitempty"` // the metrics that do not keep it, each with its value
}

// suffixes of values, each with what it stands for.
var suffixes = []struct {
	text string
	of   float64
}{{"KiB", 1 << 10}, {"MiB", 1 << 20}, {"KB", 1e3}, {"MB", 1e6}, {"k", 1e3}, {"%", 1e-2}}

// ParseThreshold reads "ratio>=0.7", "open.w1.engine.p99<=20ms", "rate>=100k" or
// "size<=40MB".
func ParseThreshold(text string) (Threshold, error) {
	at := strings.IndexAny(text, "<>")
	if at <= 0 {
		return Threshold{}, fmt.Errorf("threshold %q: want NAME>=VALUE or NAME<=VALUE", text)
	}
	op := text[at : at+1]
	value := text[at+1:]
	if rest, ok := strings.CutPrefix(value, "="); ok {
		op, value = op+"=", rest
	}
	t := Threshold{Metric: strings.TrimSpace(text[:at]), Op: op, Text: text}
	value = strings.TrimSpace(value)
	if d, err := time.ParseDuration(value); err == nil {
		t.Value = float64(d)
		return t, nil
	}
	factor := 1.0
	for _, s := range suffixes {
		if rest, ok := strings.CutSuffix(value, s.text); ok {
			value, factor = rest, s.of
			break
		}
	}
	number, err := strconv.ParseFloat(value, 64)
	if err != nil {
		return Threshold{}, fmt.Errorf("threshold %q: %q is no number, time or size", text, value)
	}
	t.Value = number * factor
	return t, nil
}

// keeps reports whether a value keeps t.
func (t *Threshold) keeps(v float64) bool {
	switch t.Op {
	case ">=":
		return v >= t.Value
	case "<=":
		return v <= t.Value
	case ">":
		return v > t.Value
	default:
		return v < t.Value
	}
}

// losses are the metrics that are zero in a run that is sound.
var losses = []string{"refused", "failed", "dead", "lost"}

// Judge holds r to thresholds: to those of the caller, and to that no event was
// refused, failed, dead or lost where the caller says nothing of that.
func (r *Report) Judge(thresholds []Threshold) {
	for _, name := range losses {
		named := false
		for _, t := range thresholds {
			named = named || t.Metric == name || strings.HasSuffix(t.Metric, "."+name)
		}
		if !named {
			r.judge(Threshold{Metric: name, Op: "<=", Text: name + "<=0"}, false)
		}
	}
	for _, t := range thresholds {
		r.judge(t, true)
	}
}

// judge holds r to t. Where it is asked for, there has to be such a metric.
func (r *Report) judge(t Threshold, asked bool) {
	measured := false
	for _, s := range r.Sections {
		for _, row := range s.Rows {
			for _, m := range row.Metrics {
				path := s.Name + "." + row.Name + "." + m.Name
				if path != t.Metric && !strings.HasSuffix(path, "."+t.Metric) {
					continue
				}
				measured = true
				// One round with a loss is one too many; else it is the median.
				v := m.Median()
				if m.Unit == Count {
					for _, sample := range m.Samples {
						v = max(v, sample)
					}
				}
				if !t.keeps(v) {
					t.Broken = append(t.Broken, path+" is "+m.Unit.Format(v))
				}
			}
		}
	}
	if asked && !measured {
		t.Broken = []string{"nothing that is called " + t.Metric + " was measured"}
	}
	if asked || len(t.Broken) > 0 {
		r.Verdicts = append(r.Verdicts, t)
	}
}

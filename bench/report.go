package bench

import (
	"encoding/json"
	"io"
	"os"
	"runtime"
	"slices"
	"strings"
	"time"
)

// A Unit says what a Metric counts.
type Unit string

const (
	PerSecond Unit = "1/s"
	Ratio     Unit = "ratio"
	Time      Unit = "ns"
	Count     Unit = "count"
	Bytes     Unit = "bytes"
	Fraction  Unit = "ns for each" // of what grows
)

// A Metric is what was measured in each round.
type Metric struct {
	Name    string    `json:"name"`
	Unit    Unit      `json:"unit"`
	Samples []float64 `json:"samples"`
}

// Median is that of the samples, of which there is at least one.
func (m *Metric) Median() float64 { return median(m.Samples) }

// MarshalJSON adds the median to the samples.
func (m *Metric) MarshalJSON() ([]byte, error) {
	type plain Metric
	return json.Marshal(struct {
		*plain
		Median float64 `json:"median"`
	}{(*plain)(m), m.Median()})
}

// A Row is one thing that was measured. Its name has parts with dots between
// them: workload, side.
type Row struct {
	Name    string    `json:"name"`
	Metrics []*Metric `json:"metrics"`
}

// Metric is the one with the name, nil if there is none.
func (r *Row) Metric(name string) *Metric {
	for _, m := range r.Metrics {
		if m.Name == name {
			return m
		}
	}
	return nil
}

// A Section is what was measured in the same way, side by side.
type Section struct {
	Name   string   `json:"name"`
	Title  string   `json:"title"`
	Rows   []*Row   `json:"rows"`
	Charts []*Chart `json:"-"`
}

// Row is the one with the name, which is added where it is missing.
func (s *Section) Row(name string) *Row {
	for _, r := range s.Rows {
		if r.Name == name {
			return r
		}
	}
	r := &Row{Name: name}
	s.Rows = append(s.Rows, r)
	return r
}

// Add adds a sample of a metric.
func (r *Row) Add(name string, u Unit, sample float64) {
	m := r.Metric(name)
	if m == nil {
		m = &Metric{Name: name, Unit: u}
		r.Metrics = append(r.Metrics, m)
	}
	m.Samples = append(m.Samples, sample)
}

// A Machine is where a run took place.
type Machine struct {
	System string  `json:"system"`
	CPU    string  `json:"cpu,omitempty"`
	Cores  int     `json:"cores"`
	Go     string  `json:"go"`
	Load   float64 `json:"load"` // average of the minute before; more than 0 says that others used it, too
}

// ThisMachine is what this process runs on.
func ThisMachine() Machine {
	m := Machine{System: runtime.GOOS + "/" + runtime.GOARCH, Cores: runtime.NumCPU(), Go: runtime.Version()}
	if text, err := os.ReadFile("/proc/cpuinfo"); err == nil {
		_, rest, _ := strings.Cut(string(text), "model name")
		line, _, _ := strings.Cut(rest, "\n")
		m.CPU = strings.TrimLeft(line, "\t :")
	}
	if text, err := os.ReadFile("/proc/loadavg"); err == nil {
		first, _, _ := strings.Cut(string(text), " ")
		json.Unmarshal([]byte(first), &m.Load) // 0 is as good where it is no number
	}
	return m
}

// A Report is what a run has measured.
type Report struct {
	Date     time.Time   `json:"date"`
	Machine  Machine     `json:"machine"`
	Split    bool        `json:"processes"` // broker, engine and generator had a process each
	Sections []*Section  `json:"sections"`
	Verdicts []Threshold `json:"thresholds"`
}

// WriteJSON prints everything, on one line.
func (r *Report) WriteJSON(w io.Writer) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	return enc.Encode(r)
}

// OK reports whether every threshold is kept.
func (r *Report) OK() bool {
	return !slices.ContainsFunc(r.Verdicts, func(t Threshold) bool { return len(t.Broken) > 0 })
}

func median(f []float64) float64 {
	s := slices.Sorted(slices.Values(f))
	n := len(s)
	if n%2 == 0 {
		return (s[n/2-1] + s[n/2]) / 2
	}
	return s[n/2]
}

// ratio is a over b; 0 where b is.
func ratio(a, b float64) float64 {
	if b == 0 {
		return 0
	}
	return a / b
}

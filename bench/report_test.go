package bench

import (
	"bytes"
	"flag"
	"math"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// golden compares got with a file.
func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(file, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(string(want), string(got)); d != "" {
		t.Errorf("%s (-want +got):\n%s", name, d)
	}
}

// sampleReport is one of three rounds.
func sampleReport() *Report {
	r := &Report{
		Date:    time.Date(2026, time.March, 4, 5, 6, 0, 0, time.UTC),
		Machine: Machine{System: "linux/amd64", CPU: "Model 3", Cores: 2, Go: "go1.26", Load: 0.25},
	}
	backlog := &Section{Name: "backlog", Title: "From a backlog"}
	engine, bare := backlog.Row("w1.engine"), backlog.Row("w1.bare")
	for i, rate := range []float64{70_000, 63_000, 84_000} {
		engine.Add("rate", PerSecond, rate)
		engine.Add("cpu", Time, 15_000)
		engine.Add("allocs", Count, 13.25)
		engine.Add("failed", Count, 0)
		engine.Add("events", Count, float64(i))
		bare.Add("rate", PerSecond, 100_000)
		engine.Add("ratio", Ratio, rate/100_000)
	}
	backlog.Charts = []*Chart{{
		Title: "backlog w1", X: "round", Y: "events a second", XUnit: Count, YUnit: PerSecond,
		Lines: []Line{{"engine", [][2]float64{{1, 70_000}, {2, 63_000}, {3, 84_000}}}, {"bare <loop>", [][2]float64{{1, 100_000}, {2, 100_000}, {3, 100_000}}}},
	}}
	open := &Section{Name: "open", Title: "At a fixed rate"}
	open.Row("w1.engine").Add("p99", Time, 12_345_678)
	open.Row("w1.engine").Add("rss", Bytes, 50<<20)
	r.Sections = []*Section{backlog, open}
	return r
}

func TestWriteText(t *testing.T) {
	r := sampleReport()
	kept, err := ParseThreshold("ratio>=0.7")
	if err != nil {
		t.Fatal(err)
	}
	broken, err := ParseThreshold("p99<=10ms")
	if err != nil {
		t.Fatal(err)
	}
	r.Judge([]Threshold{kept, broken})
	var b bytes.Buffer
	if err := r.WriteText(&b); err != nil {
		t.Fatal(err)
	}
	golden(t, "report.txt", b.Bytes())
}

func TestWriteJSON(t *testing.T) {
	r := sampleReport()
	r.Judge(nil)
	var b bytes.Buffer
	if err := r.WriteJSON(&b); err != nil {
		t.Fatal(err)
	}
	golden(t, "report.json", b.Bytes())
}

func TestWritePage(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "page.md")
	page := "# Page\n<!-- backlog -->\nold\n<!-- end of backlog -->\nbetween\n<!-- open -->\n<!-- end of open -->\nafter\n"
	if err := os.WriteFile(file, []byte(page), 0o644); err != nil {
		t.Fatal(err)
	}
	r := sampleReport()
	for range 2 { // the second time changes nothing
		if err := r.WritePage(file); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "page.md", got)
	if _, err := os.Stat(filepath.Join(dir, "performance", "backlog-w1.svg")); err != nil {
		t.Error(err)
	}
	r.Sections[1].Name = "sync"
	if err := r.WritePage(file); err == nil {
		t.Error("a section without a place in the page is no error")
	}
}

func TestFormat(t *testing.T) {
	for _, tt := range []struct {
		unit Unit
		v    float64
		want string
	}{
		{PerSecond, 123_456.7, "123457/s"},
		{Ratio, 0.756, "0.76"},
		{Time, 999, "999 ns"},
		{Time, 12_345, "12.3 us"},
		{Time, 1_234_567, "1235 us"},
		{Time, 12_345_678, "12.3 ms"},
		{Time, 123_456_789, "123 ms"},
		{Time, 65e9, "65.0 s"},
		{Count, 3, "3"},
		{Count, 3.14, "3.1"},
		{Bytes, 2_048, "2048 B"},
		{Bytes, 20 << 10, "20 KiB"},
		{Bytes, 50 << 20, "50.0 MiB"},
		{Fraction, 34.44, "34.4 ns"},
	} {
		if got := tt.unit.Format(tt.v); got != tt.want {
			t.Errorf("%v %s is %q, want %q", tt.v, tt.unit, got, tt.want)
		}
	}
}

func TestTick(t *testing.T) {
	for _, tt := range []struct {
		unit Unit
		v    float64
		want string
	}{
		{PerSecond, 0, "0/s"},
		{PerSecond, 160_000, "160k/s"},
		{Time, 0, "0 ns"},
		{Time, 999, "999 ns"},
		{Time, 1_000, "1 us"},
		{Time, 2_500, "2.5 us"},
		{Time, 1e9, "1 s"},
		{Time, 1e13, "1e+04 s"},
		{Count, 1, "1"},
		{Count, math.Pow(10, 6), "1M"},
		{Bytes, 20 << 10, "20 KiB"},
	} {
		if got := tt.unit.tick(tt.v); got != tt.want {
			t.Errorf("%v %s is %q, want %q", tt.v, tt.unit, got, tt.want)
		}
	}
}

func TestMedian(t *testing.T) {
	for _, tt := range []struct {
		of   []float64
		want float64
	}{{[]float64{3}, 3}, {[]float64{4, 1}, 2.5}, {[]float64{9, 1, 5}, 5}} {
		if got := median(tt.of); got != tt.want {
			t.Errorf("of %v it is %v, want %v", tt.of, got, tt.want)
		}
	}
}

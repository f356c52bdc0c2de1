package bench

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"testing"
)

func TestWriteSVG(t *testing.T) {
	for _, tt := range []struct {
		file  string
		chart *Chart
	}{
		{"lines.svg", sampleReport().Sections[0].Charts[0]},
		{"log.svg", latencyChart("open w1", []string{"engine"}, []Latency{{Curve: []Percentile{{0, 400_000}, {0.5, 500_000}, {0.99, 20_000_000}}}})},
		{"point.svg", &Chart{Title: "one point", XUnit: Count, YUnit: Time, LogX: true, LogY: true, Lines: []Line{{"a", [][2]float64{{1, 1}}}}}},
		{"empty.svg", &Chart{Title: "nothing", XUnit: Count, YUnit: Time}},
	} {
		t.Run(tt.file, func(t *testing.T) {
			var b bytes.Buffer
			if err := tt.chart.WriteSVG(&b); err != nil {
				t.Fatal(err)
			}
			golden(t, tt.file, b.Bytes())
			for dec := xml.NewDecoder(&b); ; {
				if _, err := dec.Token(); errors.Is(err, io.EOF) {
					break
				} else if err != nil {
					t.Fatal(err)
				}
			}
		})
	}
}

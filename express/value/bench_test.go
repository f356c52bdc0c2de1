package value

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/valyala/fastjson"
)

// event is a document of about n bytes, at least 218.
func event(n int) []byte {
	var b strings.Builder
	b.WriteString(`{"id":"e-000000000001","type":"sensor.reading","device":{"id":"dev-4711","site":"plant-3","fw":"2.4.1"},"ts":1763700000123,"temp":21.75,"hum":48.2,"status":"OK","note":"café, north","ok":true,"items":[`)
	for i := 0; b.Len() < n-2; i++ {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, `{"k":"sensor-%04d","v":%d.%d}`, i, i, i%10)
	}
	b.WriteString("]}")
	return []byte(b.String())
}

var sizes = []int{218, 2_000, 20_000}

// With an escape in it a document is not built but converted (value-escapes).
// fastjson's tree is of no use after its parser has read the next document, and
// fastjson accepts what is not JSON: the scan, or Validate, comes on top.
func BenchmarkParse(b *testing.B) {
	var reused fastjson.Parser
	s := newScanner()
	scan := func(d []byte) error {
		s.reset(d, false)
		if err := s.document(); err != nil {
			return err
		}
		return nil
	}
	for _, p := range []struct {
		name  string
		parse func([]byte) error
	}{
		{"value", func(d []byte) error { _, err := Parse(d); return err }},
		{"value-owned", func(d []byte) error { _, err := ParseOwned(d); return err }},
		{"scan", scan},
		{"value-escapes", func(d []byte) error {
			if err := scan(d); err != nil {
				return err
			}
			_, err := convert(d, s.shape, false)
			return err
		}},
		{"fastjson-validate", fastjson.ValidateBytes},
		{"fastjson-reused", func(d []byte) error { _, err := reused.ParseBytes(d); return err }},
		{"fastjson-new", func(d []byte) error { _, err := new(fastjson.Parser).ParseBytes(d); return err }},
		{"encoding-json", func(d []byte) error { var v any; return json.Unmarshal(d, &v) }},
	} {
		for _, size := range sizes {
			d := event(size)
			b.Run(fmt.Sprintf("%s/%d", p.name, size), func(b *testing.B) {
				b.ReportAllocs()
				b.SetBytes(int64(len(d)))
				for b.Loop() {
					if err := p.parse(d); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}

func BenchmarkAppendJSON(b *testing.B) {
	for _, size := range sizes {
		v := must(b, string(event(size)))
		var tree any
		if err := json.Unmarshal(event(size), &tree); err != nil {
			b.Fatal(err)
		}
		buf := make([]byte, 0, 2*size)
		b.Run(fmt.Sprintf("value/%d", size), func(b *testing.B) {
			b.ReportAllocs()
			b.SetBytes(int64(v.Size()))
			for b.Loop() {
				v.AppendJSON(buf)
			}
		})
		b.Run(fmt.Sprintf("encoding-json/%d", size), func(b *testing.B) {
			b.ReportAllocs()
			b.SetBytes(int64(v.Size()))
			for b.Loop() {
				if _, err := json.Marshal(tree); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkAccess(b *testing.B) {
	v := must(b, string(event(2000)))
	for name, f := range map[string]func(){
		"Get/first": func() { v.Get("id") },
		"Get/last":  func() { v.Get("items") },
		"Size":      func() { v.Size() },
		"With":      func() { v.With("temp", Null) },
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				f()
			}
		})
	}
}

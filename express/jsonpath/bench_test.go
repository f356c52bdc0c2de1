package jsonpath

import (
	"testing"

	"github.com/seed66d9166c/express/express/value"
)

func BenchmarkEval(b *testing.B) {
	doc, err := value.ParseString(`{
		"id": "e-1", "type": "reading", "a": {"x": 0, "b": {"c": 1}},
		"items": [{"n": 1, "kind": "Red"}, {"n": 2, "kind": "Blue"}, {"n": 3, "kind": "Red"}]
	}`)
	if err != nil {
		b.Fatal(err)
	}
	for _, src := range []string{
		"$.id",
		"$.a.b.c",
		"$.items[1].kind",
		"$.items[*].n",
		"$.items[?(@.kind == 'Red' && @.n > 1)].n",
		"$..n",
	} {
		p, err := Parse(src)
		if err != nil {
			b.Fatal(err)
		}
		b.Run(src, func(b *testing.B) {
			b.ReportAllocs()
			steps := int64(1) << 62
			for b.Loop() {
				if _, err := p.Eval(doc, &steps); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

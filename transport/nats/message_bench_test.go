package nats

import (
	"testing"

	"github.com/seed66d9166c/express/express/value"
)

// BenchmarkMessage is what a task costs before it is sent, with a subject that is
// fixed and one that has data in it.
func BenchmarkMessage(b *testing.B) {
	in, err := value.ParseString(`{"device": "a1", "room": "B 12", "temperature": 21.5, "tags": ["office", "floor-2"]}`)
	if err != nil {
		b.Fatal(err)
	}
	for _, target := range []string{"office.readings", "office.{room}.{device}"} {
		b.Run(target, func(b *testing.B) {
			c := exampleCall(target, in)
			b.ReportAllocs()
			for b.Loop() {
				if _, err := message(c); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

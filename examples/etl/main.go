// Command etl is the example of streaming extraction and loading with Map.
//
//	go run ./examples/etl
package main

import (
	"context"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/seed66d9166c/express/examples/internal/demo"
)

func main() { demo.Main(etl) }

var etl = demo.Demo{
	Name:       "etl",
	Background: makeStream,
	Events: []demo.Event{
		{About: "A batch with two bad lines", Input: `{"lines":["oslo, NO, -4.5","lisbon, PT, 18","nowhere","porto, pt, 21.25","x, y, warm"]}`},
	},
}

// makeStream makes the stream that readings are published to.
func makeStream(ctx context.Context, nc *nats.Conn) error {
	js, err := jetstream.New(nc)
	if err != nil {
		return err
	}
	_, err = js.CreateOrUpdateStream(ctx, jetstream.StreamConfig{Name: "READINGS", Subjects: []string{"etl.readings.*"}})
	return err
}

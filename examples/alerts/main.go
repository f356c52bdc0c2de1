// Command alerts is the example of alerting for devices.
//
//	go run ./examples/alerts
package main

import (
	"context"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/seed66d9166c/express/examples/internal/demo"
)

func main() { demo.Main(alerts) }

var alerts = demo.Demo{
	Name:       "alerts",
	Background: makeState,
	Events: []demo.Event{
		{About: "A boiler that is well", Input: `{"device":"d-1","room":"boiler","celsius":38,"time":"2030-01-01T00:00:00Z"}`},
		{About: "It gets too hot", Input: `{"device":"d-1","room":"boiler","celsius":61,"time":"2030-01-01T00:01:00Z"}`},
		{About: "It still is: no second alert", Input: `{"device":"d-1","room":"boiler","celsius":62,"time":"2030-01-01T00:02:00Z"}`},
		{About: "It cools down", Input: `{"device":"d-1","room":"boiler","celsius":39,"time":"2030-01-01T00:03:00Z"}`},
	},
}

// makeState makes the bucket that remembers how devices are.
func makeState(ctx context.Context, nc *nats.Conn) error {
	js, err := jetstream.New(nc)
	if err != nil {
		return err
	}
	_, err = js.CreateOrUpdateKeyValue(ctx, jetstream.KeyValueConfig{Bucket: "alerts"})
	return err
}

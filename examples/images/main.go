// Command images is the example of a pipeline with fan-out.
//
//	go run ./examples/images
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"path"
	"strings"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/seed66d9166c/express/examples/internal/demo"
)

func main() { demo.Main(images) }

var images = demo.Demo{
	Name: "images",
	Services: map[string]demo.Service{
		"images.inspect": inspect,
		"images.resize":  resize,
		"images.label":   label,
	},
	Background: makeIndex,
	Events: []demo.Event{
		{About: "A picture in three sizes", Input: `{"name":"cat.png","sizes":[100,200,400]}`},
		{About: "Something else", Input: `{"name":"notes.txt","sizes":[100]}`},
	},
}

// makeIndex makes the bucket that images are entered in.
func makeIndex(ctx context.Context, nc *nats.Conn) error {
	js, err := jetstream.New(nc)
	if err != nil {
		return err
	}
	_, err = js.CreateOrUpdateKeyValue(ctx, jetstream.KeyValueConfig{Bucket: "images"})
	return err
}

type request struct {
	Name  string
	Width int
}

// inspect goes by the name: there is no image to look at.
func inspect(in []byte) (any, error) {
	var r request
	if err := json.Unmarshal(in, &r); err != nil {
		return nil, err
	}
	kind := "text/plain"
	if path.Ext(r.Name) == ".png" {
		kind = "image/png"
	}
	return map[string]any{"type": kind, "width": 800}, nil
}

func resize(in []byte) (any, error) {
	var r request
	if err := json.Unmarshal(in, &r); err != nil {
		return nil, err
	}
	stem := strings.TrimSuffix(r.Name, path.Ext(r.Name))
	return map[string]string{"name": fmt.Sprintf("%s-%d.png", stem, r.Width)}, nil
}

func label([]byte) (any, error) { return []string{"cat", "sofa"}, nil }

// Command services is the example of orchestrating micro services: two of them
// here, and one in JavaScript, which npm installs.
//
//	npm ci --prefix examples/services
//	go run ./examples/services
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"

	"github.com/nats-io/nats.go"

	"github.com/seed66d9166c/express/examples/internal/demo"
)

func main() { demo.Main(services(filepath.Join("examples", "services"))) }

// services is the example; dir holds what npm has installed.
func services(dir string) demo.Demo {
	return demo.Demo{
		Name: "services",
		Services: map[string]demo.Service{
			"customers.get":   customer,
			"inventory.count": stock,
		},
		Background: func(ctx context.Context, nc *nats.Conn) error { return startPricing(ctx, dir, nc.ConnectedUrl()) },
		Events: []demo.Event{
			{About: "Three cups of tea", Input: `{"customer":"c-1","sku":"tea","count":3}`},
			{About: "More coffee than there is", Input: `{"customer":"c-2","sku":"coffee","count":40}`},
			{About: "What nobody sells", Input: `{"customer":"c-1","sku":"moon","count":1}`},
		},
	}
}

// startPricing starts the service in JavaScript and waits until it answers.
func startPricing(ctx context.Context, dir, url string) error {
	cmd := exec.CommandContext(ctx, "node", "pricing.mjs")
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "NATS_URL="+url)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("start the pricing service: %w", err)
	}
	if _, err := bufio.NewReader(out).ReadString('\n'); err != nil {
		return errors.Join(errors.New("the pricing service has not started: has npm ci been run here?"), cmd.Wait())
	}
	go cmd.Wait()
	return nil
}

func customer(in []byte) (any, error) {
	var q struct{ ID string }
	if err := json.Unmarshal(in, &q); err != nil {
		return nil, err
	}
	known := map[string]any{
		"c-1": map[string]any{"name": "Ada", "discount": 10},
		"c-2": map[string]any{"name": "Grace", "discount": 0},
	}
	if known[q.ID] == nil {
		return nil, demo.Failure{Name: "Customers.NotFound", Cause: "no " + q.ID}
	}
	return known[q.ID], nil
}

func stock(in []byte) (any, error) {
	var q struct{ SKU string }
	if err := json.Unmarshal(in, &q); err != nil {
		return nil, err
	}
	return map[string]int{"count": map[string]int{"tea": 5, "coffee": 12}[q.SKU]}, nil
}

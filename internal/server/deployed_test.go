package server

import (
	"encoding/json"
	"testing"
	"time"

	natsjs "github.com/nats-io/nats.go/jetstream"

	"github.com/seed66d9166c/express/internal/catalog"
	"github.com/seed66d9166c/express/transport"
)

// awaitOutput asks for an execution of a workflow until it says something.
func (c *client) awaitOutput(workflow, want string) {
	c.Helper()
	var got string
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); time.Sleep(5 * time.Millisecond) {
		reply, err := c.nc.Request(transport.SyncSubject(workflow), []byte("{}"), time.Second)
		if err != nil {
			continue
		}
		var o struct{ Output string }
		json.Unmarshal(reply.Data, &o)
		if got = o.Output; got == want {
			return
		}
	}
	c.Fatalf("%s says %q, want %q", workflow, got, want)
}

// What is deployed at the broker is served beside the files, and goes on after a
// restart.
func TestDeployed(t *testing.T) {
	dir := app(t, map[string]string{"own.asl.json": says("own")})
	c := serve(t, dir, options(t))
	js, err := natsjs.New(c.nc)
	if err != nil {
		t.Fatal(err)
	}
	store, err := catalog.OpenBuckets(t.Context(), js, 0)
	if err != nil {
		t.Fatal(err)
	}
	r := catalog.NewRegistry(store, catalog.RegistryOptions{Account: catalog.DefaultAccount})
	if _, _, err := r.Create(t.Context(), catalog.Create{Name: "orders.new", Type: catalog.Express, Definition: says("one")}); err != nil {
		t.Fatal(err)
	}
	start := time.Now()
	c.awaitOutput("orders.new", "one")
	t.Log("running after", time.Since(start))
	two := says("two")
	if _, _, err := r.Update(t.Context(), r.ARN("orders.new").String(), catalog.Update{Definition: &two}); err != nil {
		t.Fatal(err)
	}
	c.awaitOutput("orders.new", "two")
	c.awaitOutput("own", "own")
}

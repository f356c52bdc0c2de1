package server

import (
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	natsjs "github.com/nats-io/nats.go/jetstream"

	"github.com/seed66d9166c/express/internal/catalog"
)

// says is a definition whose output is text.
func says(text string) string {
	return `{"StartAt": "A", "States": {"A": {"Type": "Pass", "Result": "` + text + `", "End": true}}}`
}

// What changes on disk is served at once; what is not valid is told, and runs
// on as it was; triggers come and go.
func TestReload(t *testing.T) {
	dir := app(t, map[string]string{
		"orders.asl.json": says("one"),
		"express.yaml":    "workflows: {orders: }\n",
	})
	reloads := make(chan Reload, 1)
	o := options(t)
	o.Dev = true
	o.Reloaded = func(r Reload) { reloads <- r }
	c := serve(t, dir, o)
	// change writes a file, and waits for what becomes of it.
	change := func(name, text string) Reload {
		t.Helper()
		write(t, filepath.Join(dir, name), text)
		select {
		case r := <-reloads:
			return r
		case <-time.After(patience):
			t.Fatal("nothing was reloaded")
		}
		return Reload{}
	}
	output := func() string { return string(c.outcome(c.sync("orders", `{}`)).Output) }

	first, _ := c.catalog.Get("orders")
	r := change("orders.asl.json", says("two"))
	second, _ := c.catalog.Get("orders")
	if diff := cmp.Diff([]catalog.Change{{Workflow: "orders", Old: first.Version, New: second.Version}}, r.Changes); diff != "" || r.Findings != nil {
		t.Errorf("changes (-want +got):\n%s%v", diff, r.Findings)
	}
	if got := output(); got != `"two"` {
		t.Errorf("orders says %s", got)
	}

	r = change("orders.asl.json", `{"StartAt": "B", "States": {}}`)
	if r.Findings.Err() == nil || len(r.Changes) > 0 {
		t.Errorf("not valid: %+v, want errors and no change", r)
	}
	if got := output(); got != `"two"` {
		t.Errorf("orders says %s, want what it said before", got)
	}

	r = change("express.yaml", "worklows: {}\n")
	if r.Findings.Err() == nil {
		t.Errorf("not valid: %+v, want errors", r)
	}
	change("orders.asl.json", says("three")) // which no valid application has; it tells the finding again

	const triggered = "workflows: {orders: , refunds: {file: orders.asl.json}}\ntriggers: [{subject: shop.orders, workflow: orders, result: shop.done}]\n"
	r = change("express.yaml", triggered)
	if r.Err != nil || r.Findings != nil || len(r.Changes) != 2 || len(c.Info().Triggers) != 1 {
		t.Fatalf("a trigger and a workflow more: %+v, and triggers %+v", r, c.Info().Triggers)
	}
	done := c.subscribe("shop.done")
	c.publish("shop.orders", "a", `{}`)
	if got := c.outcomes(done, 1)["a"].Output; string(got) != `"three"` {
		t.Errorf("its outcome is %s", got)
	}
	if o := c.outcome(c.sync("refunds", `{}`)); string(o.Output) != `"three"` {
		t.Errorf("the new workflow says %+v", o)
	}

	r = change("express.yaml", "workflows: {orders: }\nlisten: 127.0.0.1:1\ndrain: 1s\nembedded: {durability: safe}\n")
	if want := []string{"drain", "embedded"}; !slices.Equal(r.Restart, want) { // a flag wins over listen
		t.Errorf("only after a restart count %v, want %v", r.Restart, want)
	}
	if n := len(c.Info().Triggers); n != 0 || len(r.Changes) != 1 {
		t.Errorf("%d triggers, changes %v, want the trigger and the workflow gone", n, r.Changes)
	}

	if _, err := c.js.CreateStream(t.Context(), natsjs.StreamConfig{Name: "OTHER", Subjects: []string{"other.>"}}); err != nil {
		t.Fatal(err)
	}
	r = change("express.yaml", "workflows: {orders: }\ntriggers: [{subject: shop.orders, stream: OTHER, workflow: orders}]\n")
	if r.Err == nil {
		t.Errorf("a trigger that cannot be served: %+v, want an error", r)
	}
	if got := output(); got != `"three"` {
		t.Errorf("orders says %s", got)
	}
}

package server

import (
	"context"
	"encoding/json"
	"errors"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/nats-io/nats.go/micro"
	"go.uber.org/goleak"

	"github.com/seed66d9166c/express/express"
	"github.com/seed66d9166c/express/express/value"
	"github.com/seed66d9166c/express/internal/config"
	"github.com/seed66d9166c/express/transport"
	"github.com/seed66d9166c/express/transport/nats"
)

func TestMain(m *testing.M) {
	if dir := os.Getenv(childDir); dir != "" {
		os.Exit(child(dir))
	}
	goleak.VerifyTestMain(m)
}

const charge = `{
  "StartAt": "Amount",
  "States": {
    "Amount": {"Type": "Choice", "Choices": [{"Variable": "$.amount", "NumericGreaterThan": 0, "Next": "Charge"}], "Default": "Nothing"},
    "Nothing": {"Type": "Fail", "Error": "Order.Empty", "Cause": "there is nothing to pay"},
    "Charge": {
      "Type": "Task", "Resource": "arn:aws:lambda:eu-central-1:123456789012:function:charge",
      "Parameters": {"amount.$": "$.amount", "id.$": "$$.Execution.Id"}, "ResultPath": "$.charge", "Next": "Done"
    },
    "Done": {"Type": "Succeed"}
  }
}`

const chargeApp = `
name: shop
tasks: {"arn:aws:lambda:*:*:function:charge": nats:request:cards.charge}
triggers:
  - {subject: shop.orders.>, stream: SHOP, workflow: orders, result: shop.done}
  - {subject: shop.strict, stream: SHOP, workflow: orders, result: shop.done, deadLetter: failed}
`

// chargeCards answers cards.charge as a NATS micro service.
func (c *client) chargeCards() {
	c.Helper()
	s, err := micro.AddService(c.nc, micro.Config{Name: "cards", Version: "1.0.0"})
	if err != nil {
		c.Fatal(err)
	}
	c.Cleanup(func() { s.Stop() })
	err = s.AddEndpoint("charge", micro.HandlerFunc(func(r micro.Request) {
		var q struct {
			Amount float64
			ID     string
		}
		switch err := json.Unmarshal(r.Data(), &q); {
		case err != nil:
			r.Error("400", err.Error(), nil)
		case q.Amount > 1000:
			r.Error("Card.Declined", "no money", nil)
		default:
			r.RespondJSON(map[string]any{"paid": q.Amount, "by": q.ID})
		}
	}), micro.WithEndpointSubject("cards.charge"))
	if err != nil {
		c.Fatal(err)
	}
	if err := c.nc.Flush(); err != nil {
		c.Fatal(err)
	}
}

// Events have outcomes, requests have answers, what is no event is a dead
// letter.
func TestEndToEnd(t *testing.T) {
	c := serve(t, app(t, map[string]string{"orders.asl.json": charge, "express.yaml": chargeApp}), options(t))
	c.chargeCards()
	done := c.subscribe("shop.done")

	c.publish("shop.orders.eu", "a", `{"amount": 12.50}`)
	c.publish("shop.orders.us", "b", `{"amount": 2000}`)
	c.publish("shop.orders.us", "c", `{"amount": 0}`)
	c.publish("shop.strict", "d", `{"amount": 0}`)
	c.publish("shop.orders.eu", "e", `{"amount": `)
	got := c.outcomes(done, 4)
	const arn = "arn:aws:states:us-east-1:123456789012:express:orders:a:1"
	want := map[string]outcome{
		"a": {Name: "a", Status: "SUCCEEDED", Output: json.RawMessage(`{"amount":12.50,"charge":{"by":"` + arn + `","paid":12.5}}`)},
		"b": {Name: "b", Status: "FAILED", Error: "Card.Declined", Cause: "no money"},
		"c": {Name: "c", Status: "FAILED", Error: "Order.Empty", Cause: "there is nothing to pay"},
		"d": {Name: "d", Status: "FAILED", Error: "Order.Empty", Cause: "there is nothing to pay"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("outcomes (-want +got):\n%s", diff)
	}
	var letters []string
	for _, m := range c.letters(2) {
		letters = append(letters, m.Subject+" "+m.Header.Get(transport.HeaderExecution)+" "+string(m.Data))
	}
	slices.Sort(letters)
	if diff := cmp.Diff([]string{`express.dlq.orders.decode e {"amount": `, `express.dlq.orders.failed d {"amount": 0}`}, letters); diff != "" {
		t.Errorf("dead letters (-want +got):\n%s", diff)
	}

	if o := c.outcome(c.sync("orders", `{"amount": 3}`)); o.Status != "SUCCEEDED" || !strings.Contains(string(o.Output), `"paid":3`) {
		t.Errorf("sync: %+v", o)
	}
	if m := c.sync("orders", `{`); m.Header.Get(micro.ErrorCodeHeader) != "400" {
		t.Errorf("sync with bad input: %v", m.Header)
	}

	if got, want := c.Counts().Ended, [...]uint64{express.Succeeded: 2, express.Failed: 3, express.Aborted: 0}; got != want {
		t.Errorf("ended by status: %v, want %v", got, want)
	}
	info, err := c.nc.Request("$SRV.INFO.express", nil, patience)
	if err != nil || !strings.Contains(string(info.Data), `"express.sync.orders"`) || !strings.Contains(string(info.Data), `"slots":"4096"`) {
		t.Errorf("$SRV.INFO: %s, %v", info.Data, err)
	}
}

// Every workflow can be started by its name; where completion is publish, the
// outcome is in a stream.
func TestStartByName(t *testing.T) {
	dir := app(t, map[string]string{
		"orders.asl.json": `{"StartAt": "A", "States": {"A": {"Type": "Pass", "End": true}}}`,
		"express.yaml":    "completion: publish\n",
	})
	c := serve(t, dir, options(t))
	done := c.subscribe(transport.DoneSubjects)
	c.publish(transport.StartSubject("orders"), "x", `{"n": 1}`)
	m, err := done.NextMsg(patience)
	if err != nil {
		t.Fatal(err)
	}
	if want := transport.DoneSubject("orders", express.Succeeded); m.Subject != want || string(c.outcome(m).Output) != `{"n":1}` {
		t.Errorf("%s on %s, want it on %s", m.Data, m.Subject, want)
	}
	stored(t, c.js, 1)
}

// A task that nothing performs does not stop the application, says what is
// missing when it is called, and is named at the start.
func TestUnbound(t *testing.T) {
	dir := app(t, map[string]string{
		"jobs.asl.json": `{"StartAt": "Fork", "States": {"Fork": {"Type": "Parallel", "End": true, "Branches": [
		  {"StartAt": "Run", "States": {"Run": {"Type": "Task", "Resource": "arn:aws:states:::glue:startJobRun.sync", "End": true}}}]}}}`,
		"calls.asl.json": `{"StartAt": "Call", "States": {"Call": {"Type": "Task", "Resource": "func:charge", "End": true}}}`,
		"own.asl.json":   `{"StartAt": "Own", "States": {"Own": {"Type": "Task", "Resource": "func:own", "End": true}}}`,
		"mail.asl.json":  `{"StartAt": "Send", "States": {"Send": {"Type": "Task", "Resource": "smtp:send", "End": true}}}`,
	})
	o := options(t)
	o.Funcs = map[string]express.Invoker{
		"own": express.InvokerFunc(func(_ context.Context, c *express.Call) (value.Value, error) { return value.String("by Go"), nil }),
	}
	c := serve(t, dir, o)
	var got []string
	for _, u := range c.Info().Unbound {
		got = append(got, u.Workflow+" "+u.State+" "+u.Resource)
	}
	want := []string{
		"calls Call func:charge",
		"jobs Run arn:aws:states:::glue:startJobRun.sync",
		"mail Send smtp:send",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("unbound (-want +got):\n%s", diff)
	}
	for workflow, want := range map[string]string{
		"calls": "register a Go handler as charge",
		"mail":  `tasks: {"smtp:send": "nats:request:SUBJECT"}`,
	} {
		if o := c.outcome(c.sync(workflow, `{}`)); o.Error != errUnbound || !strings.Contains(o.Cause, want) {
			t.Errorf("%s: %+v, want a cause with %s", workflow, o, want)
		}
	}
	if o := c.outcome(c.sync("own", `{}`)); string(o.Output) != `"by Go"` {
		t.Errorf("own: %+v", o)
	}
}

func TestInfo(t *testing.T) {
	dir := app(t, map[string]string{"orders.asl.json": charge, "express.yaml": chargeApp})
	o := options(t)
	o.Config.Flags["embedded.durability"] = "safe"
	c := serve(t, dir, o)
	i := c.Info()
	version, _ := c.catalog.Get("orders")
	want := Info{
		Name:       "shop",
		Dir:        dir,
		Broker:     i.Broker,
		Embedded:   true,
		Store:      filepath.Join(dir, ".express"),
		Durability: i.Durability,
		Health:     i.Health,
		Callbacks:  i.Callbacks,
		API:        i.API,
		Workflows:  []WorkflowInfo{{"orders", version.Version, filepath.Join(dir, "orders.asl.json"), "express.start.orders", "express.sync.orders"}},
		Triggers: []TriggerInfo{
			{"shop.orders.>", "SHOP", "express-orders-shop-orders-all", "orders", "shop.done"},
			{"shop.strict", "SHOP", "express-orders-shop-strict", "orders", "shop.done"},
		},
		DeadLetters: "express.dlq.>",
		Next: []string{
			"express pub shop.orders.test --server " + i.Broker + " < events.ndjson",
			"express sync orders --server " + i.Broker + " -i '{}'",
		},
	}
	if diff := cmp.Diff(want, i); diff != "" {
		t.Errorf("Info (-want +got):\n%s", diff)
	}
	if !strings.HasPrefix(i.Durability, "safe: ") || !strings.HasPrefix(i.Broker, "nats://127.0.0.1:") || !strings.HasPrefix(i.Health, "http://127.0.0.1:") || !strings.HasPrefix(i.Callbacks, "http://127.0.0.1:") {
		t.Errorf("Info is %+v", i)
	}
	if b, err := os.ReadFile(filepath.Join(dir, ".express", ".gitignore")); string(b) != "*\n" {
		t.Errorf("the store is not hidden from Git: %q, %v", b, err)
	}
}

func TestHealth(t *testing.T) {
	dir := app(t, map[string]string{"orders.asl.json": `{"StartAt": "A", "States": {"A": {"Type": "Task", "Resource": "func:wait", "End": true}}}`})
	o := options(t)
	called, release := make(chan struct{}), make(chan struct{})
	o.Funcs = map[string]express.Invoker{"wait": express.InvokerFunc(func(context.Context, *express.Call) (value.Value, error) {
		close(called)
		<-release
		return value.Null, nil
	})}
	c := serve(t, dir, o)
	for path, want := range map[string]string{
		"/healthz": "ok", "/readyz": "ready", "/metrics": "express_execution_active{express_state_machine_name=\"orders\"} 0", "/debug/pprof/goroutine?debug=1": "goroutine profile",
	} {
		if status, body := c.get(path); status != http.StatusOK || !strings.Contains(body, want) {
			t.Errorf("%s: %d %s, want %s", path, status, body, want)
		}
	}
	c.publish(transport.StartSubject("orders"), "x", `{}`)
	<-called
	stopped := make(chan error, 1)
	go func() { stopped <- c.Stop() }()
	<-c.stopping.Done()
	if status, body := c.get("/readyz"); status != http.StatusServiceUnavailable || body != "stopping\n" {
		t.Errorf("while draining /readyz is %d %s", status, body)
	}
	if status, _ := c.get("/healthz"); status != http.StatusOK {
		t.Errorf("while draining /healthz is %d", status)
	}
	close(release)
	if err := <-stopped; err != nil {
		t.Error(err)
	}
	if _, err := http.Get(c.Info().Health + "/healthz"); err == nil {
		t.Error("the listener is still there")
	}
}

// Profiles are shown to this machine only, wherever the listener listens.
func TestProfilesAreLocal(t *testing.T) {
	for addr, want := range map[string]int{"127.0.0.1:7": 200, "[::1]:7": 200, "192.0.2.1:7": 403, "": 403} {
		w := &recorder{header: http.Header{}, status: 200}
		local(func(http.ResponseWriter, *http.Request) {})(w, &http.Request{RemoteAddr: addr})
		if w.status != want {
			t.Errorf("%q: status %d, want %d", addr, w.status, want)
		}
	}
}

type recorder struct {
	header http.Header
	status int
}

func (r *recorder) Header() http.Header         { return r.header }
func (r *recorder) Write(b []byte) (int, error) { return len(b), nil }
func (r *recorder) WriteHeader(status int)      { r.status = status }

// What keeps a server from starting is said in one sentence, by its kind.
func TestStartErrors(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	free.Close()
	good := map[string]string{"orders.asl.json": charge}
	for _, tt := range []struct {
		name  string
		files map[string]string
		flags map[string]string
		want  string // part of the sentence
		kind  any
	}{
		{"definition", map[string]string{"orders.asl.json": "{"}, nil, "1 error in ", new(config.Reports)},
		{"settings", map[string]string{"orders.asl.json": charge, "express.yaml": "slot: 1"}, nil, "1 error in ", new(config.Reports)},
		{"definition and no broker", map[string]string{"orders.asl.json": "{"}, map[string]string{"nats.url": "nats://" + free.Addr().String()}, "1 error in ", new(config.Reports)},
		{"no broker", good, map[string]string{"nats.url": "nats://" + free.Addr().String()}, "no NATS server answers at nats://" + free.Addr().String(), new(*nats.ConnectError)},
		{"no context", good, map[string]string{"nats.context": "nowhere"}, "nowhere", new(*nats.ConnectError)},
		{"health port", good, map[string]string{"listen": taken.Addr().String()}, "listen on " + taken.Addr().String() + ": the port is taken by another program; listen can name another", nil},
		{"broker port", good, map[string]string{"embedded.listen": taken.Addr().String()}, "the port is taken by another program", nil},
		{"store", good, map[string]string{"embedded.store": "/dev/null/x"}, "store directory", nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Setenv("XDG_CONFIG_HOME", t.TempDir())
			o := options(t)
			for key, v := range tt.flags {
				o.Config.Flags[key] = v
			}
			s, err := Start(t.Context(), app(t, tt.files), o)
			if err == nil {
				s.Stop()
				t.Fatal("it started")
			}
			if !strings.Contains(err.Error(), tt.want) || strings.Contains(err.Error(), "\n") {
				t.Errorf("error is %q, want one line with %q", err, tt.want)
			}
			if tt.kind != nil && !errors.As(err, tt.kind) {
				t.Errorf("error is a %T, want a %T", err, tt.kind)
			}
		})
	}
}

// A store that another process uses is not touched.
func TestStoreInUse(t *testing.T) {
	dir := app(t, map[string]string{"orders.asl.json": charge})
	serve(t, dir, options(t))
	if _, err := Start(t.Context(), dir, options(t)); err == nil || !strings.Contains(err.Error(), "in use") {
		t.Errorf("error is %v, want that it is in use", err)
	}
}

func TestSemantic(t *testing.T) {
	for version, want := range map[string]string{
		"v1.2.3": "1.2.3", "1.2.3-4-gabcdef": "1.2.3-4-gabcdef", "dev": "0.0.0", "": "0.0.0", "abcdef0-dirty": "0.0.0",
	} {
		if got := semantic(version); got != want {
			t.Errorf("semantic(%s) = %s, want %s", version, got, want)
		}
	}
}

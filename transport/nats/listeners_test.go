package nats

import (
	"context"
	"encoding/json"
	"net/url"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/seed66d9166c/express/transport/embedded"
)

// Who listens is found without that anybody hears of it.
func TestFindListeners(t *testing.T) {
	nc := connect(t)
	js, err := jetstream.New(nc)
	if err != nil {
		t.Fatal(err)
	}
	stream, err := js.CreateStream(t.Context(), jetstream.StreamConfig{Name: "ORDERS", Subjects: []string{"orders.>"}})
	if err != nil {
		t.Fatal(err)
	}
	bucket(t, nc, jetstream.KeyValueConfig{Bucket: "stock"})
	heard := make(chan *nats.Msg, 10)
	for _, subject := range []string{"prices.*", "prices.eu", "orders.eu"} {
		if _, err := nc.Subscribe(subject, func(m *nats.Msg) { heard <- m }); err != nil {
			t.Fatal(err)
		}
	}
	subjects := []string{"prices.eu", "prices.us", "orders.eu", "orders.us", "nobody", "$KV.stock.%", "$KV.nowhere.%"}
	got, err := FindListeners(t.Context(), nc, subjects)
	if err != nil {
		t.Fatal(err)
	}
	me := nc.Opts.Name
	want := []Listeners{
		{Subject: "prices.eu", Clients: []string{me, me}},
		{Subject: "prices.us", Clients: []string{me}},
		{Subject: "orders.eu", Clients: []string{me}, Streams: []string{"ORDERS"}},
		{Subject: "orders.us", Streams: []string{"ORDERS"}},
		{Subject: "nobody"},
		{Subject: "$KV.stock.%", Streams: []string{"KV_stock"}},
		{Subject: "$KV.nowhere.%"},
	}
	if d := cmp.Diff(want, got, cmpopts.EquateErrors()); d != "" {
		t.Errorf("-want +got:\n%s", d)
	}
	info, err := stream.Info(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if len(heard) > 0 || info.State.Msgs > 0 {
		t.Errorf("%d messages were delivered, %d stored", len(heard), info.State.Msgs)
	}
}

// What the broker does not say is an error of the subject alone.
func TestFindListenersFails(t *testing.T) {
	s, err := embedded.Start(embedded.Options{Dir: t.TempDir(), Listen: "127.0.0.1:0", Config: writeConf(t, `
		authorization { users: [{user: a, password: b, permissions: {publish: ["prices.*", "_INBOX.>"], subscribe: ["_INBOX.>", "prices.*"]}}] }`)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	nc, err := Connect(Settings{URL: s.URL(), User: "a", Password: "b"}, "test", nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(nc.Close)
	if _, err := nc.SubscribeSync("prices.*"); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	got, err := FindListeners(ctx, nc, []string{"prices.eu", "orders.eu"})
	if err != nil {
		t.Fatal(err)
	}
	if got[0].Err != nil || !slices.Equal(got[0].Clients, []string{"test"}) || got[1].Err == nil {
		t.Errorf("got %+v, want an error for the subject that is not permitted, and only there", got)
	}
}

// Those at another server of the cluster are found, too.
func TestFindListenersInACluster(t *testing.T) {
	var connections []*nats.Conn
	var routes []*url.URL
	for _, name := range []string{"n1", "n2"} {
		s, err := server.NewServer(&server.Options{
			ServerName: name, Host: "127.0.0.1", Port: server.RANDOM_PORT, NoSigs: true, NoLog: true, Routes: routes,
			Cluster: server.ClusterOpts{Name: "plant", Host: "127.0.0.1", Port: server.RANDOM_PORT},
		})
		if err != nil {
			t.Fatal(err)
		}
		go s.Start()
		t.Cleanup(func() { s.Shutdown(); s.WaitForShutdown() })
		if !s.ReadyForConnections(10 * time.Second) {
			t.Fatal("the server does not start")
		}
		routes = append(routes, &url.URL{Scheme: "nats", Host: s.ClusterAddr().String()})
		nc, err := Connect(Settings{URL: s.ClientURL()}, name, nil)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(nc.Close)
		connections = append(connections, nc)
		if _, err := nc.SubscribeSync("prices.eu"); err != nil {
			t.Fatal(err)
		}
	}
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	for ctx.Err() == nil { // until the servers have told each other
		got, err := FindListeners(ctx, connections[0], []string{"prices.eu"})
		if err != nil {
			t.Fatal(err)
		}
		if slices.Sort(got[0].Clients); got[0].Err == nil && slices.Equal(got[0].Clients, []string{"n1", "n2"}) {
			return
		}
	}
	t.Error("the listener at the other server is not found")
}

// Servers answer in any order: the question is open until the last has.
func TestTracesInAnyOrder(t *testing.T) {
	read := func(text string) *trace {
		var tr trace
		if err := json.Unmarshal([]byte(text), &tr); err != nil {
			t.Fatal(err)
		}
		return &tr
	}
	first := read(`{"events": [{"type": "in", "kind": 0}, {"type": "eg", "kind": 1, "hop": "1"}, {"type": "eg", "kind": 1, "hop": "2"}]}`)
	second := read(`{"request": {"header": {"Nats-Trace-Hop": ["1"]}}, "events": [{"type": "in", "kind": 1},
		{"type": "eg", "kind": 0, "name": "b"}, {"type": "eg", "kind": 2, "hop": "1.1"}]}`)
	third := read(`{"request": {"header": {"Nats-Trace-Hop": ["2"]}}, "events": [{"type": "in", "kind": 1}, {"type": "eg", "kind": 0, "name": "c", "error": "closed"}]}`)
	fourth := read(`{"request": {"header": {"Nats-Trace-Hop": ["1.1"]}}, "events": [{"type": "in", "kind": 2}, {"type": "si", "acc": "D"}]}`)
	for _, order := range [][]*trace{{first, second, third, fourth}, {fourth, third, second, first}, {third, first, fourth, second}} {
		q := newQuestion(new(Listeners))
		for i, tr := range order {
			if done := q.answer(tr); done != (i == len(order)-1) {
				t.Errorf("after %d traces it is done: %t", i+1, done)
			}
		}
		if slices.Sort(q.of.Clients); !slices.Equal(q.of.Clients, []string{"account D", "b"}) || q.of.Err != nil {
			t.Errorf("listeners are %+v", q.of)
		}
	}

	q := newQuestion(new(Listeners))
	old := read(`{"events": [{"type": "in", "kind": 0}, {"type": "eg", "kind": 1, "hop": "1", "error": "it does not support tracing"}]}`)
	if done := q.answer(old); !done || q.of.Err == nil {
		t.Errorf("with an old server in the cluster: done is %t, listeners are %+v", done, q.of)
	}
}

func TestCanTrace(t *testing.T) {
	for version, want := range map[string]bool{
		"2.15.2": true, "2.11.0": true, "2.11.0-RC.1": true, "3.0.0": true, "2.10.29": false, "1.99.0": false, "": false, "dev": false,
	} {
		if got := canTrace(version); got != want {
			t.Errorf("version %q can trace: %t, want %t", version, got, want)
		}
	}
}

func TestSubject(t *testing.T) {
	for resource, want := range map[string]string{
		"nats:request:prices.eu":                                  "prices.eu",
		"nats:publish:alerts.x":                                   "alerts.x",
		"nats:jetstream:orders.new":                               "orders.new",
		"nats:kv:update:stock":                                    "$KV.stock.%",
		"nats:object:put:scans":                                   "$O.scans.M.%",
		"arn:aws:lambda:eu-west-1:123456789012:function:enrich":   "express.lambda.enrich",
		"arn:aws:lambda:eu-west-1:123456789012:function:enrich:7": "express.lambda.enrich.7",
		"arn:aws:states:::sqs:sendMessage":                        "express.aws.sqs.sendMessage",
		"arn:aws:states:::sqs:sendMessage.waitForTaskToken":       "express.aws.sqs.sendMessage",
		"arn:aws:states:::aws-sdk:s3:getObject":                   "express.aws-sdk.s3.getObject",
		"arn:aws:states:::lambda:invoke":                          "",
		"arn:aws:states:::http:invoke":                            "",
		"nats:request:alerts.{room}.{a.b}":                        "alerts.%.%",
		"func:enrich":                                             "",
	} {
		task := resolve(t, resource)
		if got, ok := Subject(&task); got != want || ok != (want != "") {
			t.Errorf("the subject of %s is %q (%t), want %q", resource, got, ok, want)
		}
	}
}

package server

import (
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"

	natsio "github.com/nats-io/nats.go"
	natsjs "github.com/nats-io/nats.go/jetstream"

	"github.com/seed66d9166c/express/internal/config"
	"github.com/seed66d9166c/express/transport"
	"github.com/seed66d9166c/express/transport/jetstream"
)

// patience bounds every wait of these tests: what it waits for takes
// milliseconds.
const patience = 30 * time.Second

// app writes an application directory.
func app(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		write(t, filepath.Join(dir, name), text)
	}
	return dir
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
}

// options are those of a server that a test may start beside others.
func options(t *testing.T) Options {
	return Options{
		Config: config.Options{
			Flags: map[string]string{"listen": "127.0.0.1:0", "callbacks.listen": "127.0.0.1:0", "api.listen": "127.0.0.1:0", "embedded.listen": "127.0.0.1:0"},
			Env:   func(string) (string, bool) { return "", false },
		},
		Version: "v1.2.3",
		Log:     slog.New(slog.NewTextHandler(t.Output(), nil)),
	}
}

// A client is what a test says to a server.
type client struct {
	*testing.T
	*Server
	nc *natsio.Conn
	js natsjs.JetStream
}

// serve starts a server, which is stopped when the test ends.
func serve(t *testing.T, dir string, o Options) *client {
	t.Helper()
	t.Setenv("NATS_URL", "") // nor what else a developer has set
	t.Setenv("NATS_CONTEXT", "")
	t.Setenv("XDG_CONFIG_HOME", t.TempDir())
	s, err := Start(t.Context(), dir, o)
	if err != nil {
		t.Fatalf("start: %v", err)
	}
	c := &client{T: t, Server: s}
	t.Cleanup(func() {
		if err := s.Stop(); err != nil {
			t.Errorf("stop: %v", err)
		}
	})
	c.nc, c.js = dial(t, s.Info().Broker)
	return c
}

func dial(t *testing.T, url string) (*natsio.Conn, natsjs.JetStream) {
	t.Helper()
	nc, err := natsio.Connect(url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(nc.Close)
	js, err := natsjs.New(nc)
	if err != nil {
		t.Fatal(err)
	}
	return nc, js
}

// publish publishes an event to a stream.
func (c *client) publish(subject, id, body string) {
	c.Helper()
	ctx, cancel := context.WithTimeout(c.Context(), patience)
	defer cancel()
	m := &natsio.Msg{Subject: subject, Data: []byte(body), Header: natsio.Header{}}
	if _, err := c.js.PublishMsg(ctx, m, natsjs.WithMsgID(id)); err != nil {
		c.Fatalf("publish to %s: %v", subject, err)
	}
}

// An outcome is the body of a result.
type outcome struct {
	Name, Status string
	Output       json.RawMessage `json:",omitempty"`
	Error, Cause string          `json:",omitempty"`
}

// outcomes hands out n results of a subject, by name.
func (c *client) outcomes(sub *natsio.Subscription, n int) map[string]outcome {
	c.Helper()
	all := make(map[string]outcome)
	for len(all) < n {
		m, err := sub.NextMsg(patience)
		if err != nil {
			c.Fatalf("after %d of %d outcomes: %v", len(all), n, err)
		}
		o := c.outcome(m)
		all[o.Name] = o
	}
	return all
}

func (c *client) outcome(m *natsio.Msg) outcome {
	c.Helper()
	return parse(c.T, m.Data)
}

func parse(t *testing.T, body []byte) (o outcome) {
	t.Helper()
	if err := json.Unmarshal(body, &o); err != nil {
		t.Fatalf("%s: %v", body, err)
	}
	return o
}

// stored waits until the stream of outcomes has those of n executions, by name.
func stored(t *testing.T, js natsjs.JetStream, n int) map[string]outcome {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	c, err := js.OrderedConsumer(ctx, jetstream.DoneStream, natsjs.OrderedConsumerConfig{})
	if err != nil {
		t.Fatal(err)
	}
	all := make(map[string]outcome)
	for len(all) < n {
		m, err := c.Next(natsjs.FetchMaxWait(time.Second))
		if err != nil && ctx.Err() != nil {
			t.Fatalf("after %d of %d outcomes: %v", len(all), n, err)
		}
		if err == nil {
			o := parse(t, m.Data())
			all[o.Name] = o
		}
	}
	return all
}

func (c *client) subscribe(subject string) *natsio.Subscription {
	c.Helper()
	sub, err := c.nc.SubscribeSync(subject)
	if err != nil {
		c.Fatal(err)
	}
	if err := c.nc.Flush(); err != nil {
		c.Fatal(err)
	}
	return sub
}

// sync requests an execution.
func (c *client) sync(workflow, input string) *natsio.Msg {
	c.Helper()
	m, err := c.nc.Request(transport.SyncSubject(workflow), []byte(input), patience)
	if err != nil {
		c.Fatalf("sync %s: %v", workflow, err)
	}
	return m
}

// letters waits for n dead letters, and returns all there are.
func (c *client) letters(n int) []*natsjs.RawStreamMsg {
	c.Helper()
	ctx, cancel := context.WithTimeout(c.Context(), patience)
	defer cancel()
	sub := c.subscribe(transport.DeadSubjects)
	stream, err := c.js.Stream(ctx, jetstream.DeadStream)
	if err != nil {
		c.Fatal(err)
	}
	for {
		info, err := stream.Info(ctx)
		if err != nil {
			c.Fatal(err)
		}
		if info.State.Msgs >= uint64(n) {
			break
		}
		sub.NextMsg(time.Second) // or it came before the subscription
	}
	var all []*natsjs.RawStreamMsg
	for seq := range stream.CachedInfo().State.LastSeq {
		m, err := stream.GetMsg(ctx, seq+1)
		if err != nil {
			c.Fatal(err)
		}
		all = append(all, m)
	}
	return all
}

// get is what the health listener answers.
func (c *client) get(path string) (status int, body string) {
	c.Helper()
	r, err := http.Get(c.Info().Health + path)
	if err != nil {
		c.Fatal(err)
	}
	defer r.Body.Close()
	b, err := io.ReadAll(r.Body)
	if err != nil {
		c.Fatal(err)
	}
	http.DefaultClient.CloseIdleConnections()
	return r.StatusCode, string(b)
}

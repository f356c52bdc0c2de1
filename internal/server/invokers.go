package server

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"os"
	"strings"

	natsio "github.com/nats-io/nats.go"

	"github.com/seed66d9166c/express/compiler"
	"github.com/seed66d9166c/express/express"
	"github.com/seed66d9166c/express/express/program"
	"github.com/seed66d9166c/express/express/value"
	"github.com/seed66d9166c/express/internal/config"
	"github.com/seed66d9166c/express/internal/nested"
	"github.com/seed66d9166c/express/internal/telemetry/metrics"
	"github.com/seed66d9166c/express/transport"
	"github.com/seed66d9166c/express/transport/callback"
	httptask "github.com/seed66d9166c/express/transport/http"
	"github.com/seed66d9166c/express/transport/nats"
)

// kindFunc is the kind of tasks that Go code in this process performs.
const kindFunc = "func"

// A performers is what performs tasks.
type performers struct {
	byKind    map[string]express.Invoker
	requests  *nats.Requests
	http      *httptask.Invoker
	callbacks *callback.Registry
}

// perform sets up what performs tasks: one row a kind, each of which may wait for
// a callback.
func (s *Server) perform(ctx context.Context) (err error) {
	p := &s.tasks
	keys, err := s.callbackKeys(ctx)
	if err != nil {
		return fmt.Errorf("keys of callbacks: %w", err)
	}
	if p.callbacks, err = callback.New(callback.Options{
		Keys:    keys,
		NATS:    s.broker.nc,
		Version: semantic(s.o.Version),
		Log:     s.log,
	}); err != nil {
		return err
	}
	if p.http, err = httptask.New(httptask.Options{Allow: allowed(s.app), Connections: connections(s.app)}); err != nil {
		return err
	}
	p.requests = nats.NewRequests(s.broker.nc)
	byKind, err := nats.Invokers(s.broker.nc, nats.Options{JetStream: s.broker.js, Requests: p.requests, Function: s.function, Region: s.account().Region, Account: s.account().ID})
	if err != nil {
		return err
	}
	maps.Copy(byKind, map[string]express.Invoker{
		kindFunc:              byName(s.o.Funcs),
		compiler.KindHTTP:     p.http,
		"https":               p.http,
		compiler.KindStates:   nested.New(nested.Options{Machine: s.machine, Publish: s.publishStart}),
		compiler.KindCallback: p.callbacks.Sender(),
	})
	s.telemetry.Metrics().Observe(metrics.TaskLate, p.late)
	p.byKind = make(map[string]express.Invoker)
	for kind, by := range byKind {
		p.byKind[kind] = p.callbacks.Wrap(by)
	}
	return nil
}

// late is how many answers nobody waited for, by what they were.
func (p *performers) late() []metrics.Sample {
	c := p.callbacks.Counts()
	return []metrics.Sample{
		{Value: int64(p.requests.Late()), Of: []string{"request"}},
		{Value: int64(c.Late), Of: []string{"callback_late"}},
		{Value: int64(c.Twice), Of: []string{"callback_twice"}},
	}
}

// close ends what performs tasks, when none is performed any more.
func (p *performers) close() error {
	if p.http != nil {
		p.http.Close()
	}
	if p.callbacks != nil {
		return p.callbacks.Close()
	}
	return nil
}

// byName performs tasks of the form func:NAME.
type byName map[string]express.Invoker

func (n byName) Invoke(ctx context.Context, c *express.Call) (value.Value, error) {
	if h := n[c.Task.Target]; h != nil {
		return h.Invoke(ctx, c)
	}
	return unbound(ctx, c)
}

// callbackKeys are what the tokens of callbacks are signed with: a word of the key
// file each, or the key that the engines share through the broker.
func (s *Server) callbackKeys(ctx context.Context) ([][]byte, error) {
	if file := s.app.Callbacks.KeyFile; file != "" {
		text, err := os.ReadFile(file)
		return bytes.Fields(text), err
	}
	key, err := callback.SharedKey(ctx, s.broker.js, s.app.Streams.Replicas)
	return [][]byte{key}, err
}

// publishStart stores the event that starts an execution of a workflow.
func (s *Server) publishStart(ctx context.Context, workflow, id string, body []byte, hops int, trace string) error {
	m := &natsio.Msg{Subject: transport.StartSubject(workflow), Header: transport.StartHeader(workflow, id), Data: body}
	m.Header.Set(transport.HeaderHops, fmt.Sprint(hops))
	if trace != "" {
		m.Header.Set(transport.TraceKey(trace), trace)
	}
	_, err := s.broker.js.PublishMsg(ctx, m)
	return err
}

// function is what a binding makes of a Lambda function.
func (s *Server) function(arn string) (express.Invoker, *program.Task) {
	b := s.now.Load().Binding(arn)
	if b == nil {
		return nil, nil
	}
	t := &program.Task{Resource: arn}
	t.Kind, t.Target = b.Split()
	return s.tasks.byKind[t.Kind], t
}

// allowed is what HTTP tasks may call: what app says, and the URLs that it binds
// tasks to.
func allowed(app *config.Config) []string {
	all := app.HTTP.Allow
	for _, b := range app.Tasks {
		if kind, target := b.Split(); strings.HasPrefix(kind, "http") {
			host, _, _ := strings.Cut(strings.TrimPrefix(target, "//"), "/")
			all = append(all, host)
		}
	}
	return all
}

// connections are those of app.
func connections(app *config.Config) map[string]*httptask.Connection {
	all := make(map[string]*httptask.Connection)
	for _, c := range app.Connections {
		to := &httptask.Connection{
			Headers: secrets(c.Headers), Query: secrets(c.Query), Body: secrets(c.Body),
			Authority: c.Authority, Certificate: c.Certificate, CertificateKey: c.CertificateKey,
		}
		switch c.Type {
		case config.ConnectionBasic:
			to.Basic = &httptask.Basic{Username: c.Username, Password: secret(c.Password, c.PasswordFile)}
		case config.ConnectionAPIKey:
			to.APIKey = &httptask.APIKey{Header: c.Header, Key: secret(c.Key, c.KeyFile)}
		case config.ConnectionOAuth:
			to.OAuth = &httptask.OAuth{
				TokenURL: c.TokenURL, Method: c.TokenMethod, ClientID: c.ClientID,
				ClientSecret: secret(c.ClientSecret, c.ClientSecretFile), InBody: c.ClientInBody, Scope: c.Scope, Parameters: secrets(c.Parameters),
			}
		}
		all[c.Name] = to
	}
	return all
}

// secret is what a file holds, if one is named, else text.
func secret(text, file string) httptask.Secret {
	if file != "" {
		return httptask.File(file)
	}
	return httptask.Text(text)
}

func secrets(texts map[string]string) map[string]httptask.Secret {
	all := make(map[string]httptask.Secret)
	for name, text := range texts {
		all[name] = httptask.Text(text)
	}
	return all
}

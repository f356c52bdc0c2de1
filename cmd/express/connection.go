package main

import (
	"errors"
	"log/slog"

	natsio "github.com/nats-io/nats.go"
	natsjs "github.com/nats-io/nats.go/jetstream"
	"github.com/spf13/pflag"

	"github.com/seed66d9166c/express/internal/telemetry"
	"github.com/seed66d9166c/express/transport/nats"
)

// A connection is the flags that say how to reach NATS, with the names that the
// nats command gives them. What they do not say is taken from the NATS_*
// variables, then from the context that is selected.
type connection struct{ nats.Settings }

// connecting is the section of the flags of a connection.
const connecting = "connection"

// connectionFlags is a row for each of them. Together with natsKeys, key is the
// name of the setting in express.yaml.
var connectionFlags = []struct {
	name, short string
	in          func(*nats.Settings) *string
	key, help   string
}{
	{"server", "s", func(s *nats.Settings) *string { return &s.URL }, "url", "`URL` of a server, or of some with commas between them ($NATS_URL)"},
	{"context", "", func(s *nats.Settings) *string { return &s.Context }, "context", "`name` of a context of the nats command ($NATS_CONTEXT)"},
	{"creds", "", func(s *nats.Settings) *string { return &s.Creds }, "creds", "`file` of credentials ($NATS_CREDS)"},
	{"nkey", "", func(s *nats.Settings) *string { return &s.NKey }, "nkey", "`file` of the seed of an NKey ($NATS_NKEY)"},
	{"user", "", func(s *nats.Settings) *string { return &s.User }, "user", "`name` of a user ($NATS_USER)"},
	{"password", "", func(s *nats.Settings) *string { return &s.Password }, "password", "`password`, which is safer in the environment ($NATS_PASSWORD)"},
	{"token", "", func(s *nats.Settings) *string { return &s.Token }, "token", "`token`, which is safer in the environment ($NATS_TOKEN)"},
	{"tlscert", "", func(s *nats.Settings) *string { return &s.Certificate }, "certificate", "PEM `file` of the client's certificate ($NATS_CERT)"},
	{"tlskey", "", func(s *nats.Settings) *string { return &s.Key }, "key", "PEM `file` of the client's key ($NATS_KEY)"},
	{"tlsca", "", func(s *nats.Settings) *string { return &s.Authority }, "authority", "PEM `file` of the authorities that may sign the server's certificate ($NATS_CA)"},
}

// natsKeys begins the names of the settings of express.yaml that say how to
// reach NATS.
const natsKeys = "nats."

func (c *connection) flags(f *pflag.FlagSet) {
	for _, row := range connectionFlags {
		f.StringVarP(row.in(&c.Settings), row.name, row.short, "", row.help)
		f.SetAnnotation(row.name, section, []string{connecting})
	}
}

// open connects, to nats://127.0.0.1:4222 if nothing says where: the address of
// the broker in express dev.
func (a *app) open(c connection) (*natsio.Conn, error) {
	nc, err := nats.Connect(c.WithEnvironment(), "express command", a.logger(slog.LevelWarn))
	if err != nil {
		return nil, unreachable(err)
	}
	return nc, nil
}

// openJetStream connects, and is the JetStream there.
func (a *app) openJetStream(c connection) (*natsio.Conn, natsjs.JetStream, error) {
	nc, err := a.open(c)
	if err != nil {
		return nil, nil, err
	}
	js, err := c.WithEnvironment().JetStream(nc)
	if err != nil {
		nc.Close()
		return nil, nil, unreachable(err)
	}
	return nc, js, nil
}

// unreachable gives err, if it is why there is no connection, its exit code.
func unreachable(err error) error {
	if _, ok := errors.AsType[*nats.ConnectError](err); ok {
		return failure{exitConnect, err}
	}
	return err
}

// logger is for what is to be said besides the result.
func (a *app) logger(level slog.Level) *slog.Logger {
	return telemetry.NewLogger(a.stderr, a.output == jsonFormat, isTerminal(a.stderr), level)
}

package nats

import (
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// JetStream is the JetStream that s means, over the connection of Connect: that
// of the domain, or behind the prefix, that its context names.
func (s Settings) JetStream(nc *nats.Conn) (jetstream.JetStream, error) {
	if s.Context == "" {
		return jetstream.New(nc)
	}
	c, err := readContext(s.Context)
	if err != nil {
		return nil, err
	}
	switch {
	case c.Domain != "":
		return jetstream.NewWithDomain(nc, c.Domain)
	case c.APIPrefix != "":
		return jetstream.NewWithAPIPrefix(nc, c.APIPrefix)
	}
	return jetstream.New(nc)
}

package nats

import (
	"fmt"

	"github.com/nats-io/jsm.go/natscontext"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// JetStream is the JetStream that s means, over the connection of Connect: that
// of the domain, or behind the prefix, that its context names.
func (s Settings) JetStream(nc *nats.Conn) (jetstream.JetStream, error) {
	if s.Context == "" {
		return jetstream.New(nc)
	}
	c, err := natscontext.New(s.Context, true)
	if err != nil {
		return nil, &ConnectError{fmt.Sprintf("there is no NATS context %q that can be read: %v", s.Context, err), err}
	}
	switch {
	case c.JSDomain() != "":
		return jetstream.NewWithDomain(nc, c.JSDomain())
	case c.JSAPIPrefix() != "":
		return jetstream.NewWithAPIPrefix(nc, c.JSAPIPrefix())
	}
	return jetstream.New(nc)
}

package otlp

import (
	"context"
	"time"
)

// A client sends the batches of one queue somewhere.
type client interface {
	// encode makes the body of a request. It stays what it is until the next call,
	// as long as b does.
	encode(b *batch) ([]byte, error)
	// send makes one attempt; rejected is how many of the records were not
	// wanted, and err why. Another error is worth another attempt, unless it is a
	// refusal that says otherwise.
	send(ctx context.Context, body []byte) (rejected int, err error)
	close()
}

// A refusal is an answer that is not a plain yes.
type refusal struct {
	text  string
	final bool          // there is no sense in another attempt
	taken bool          // the records were taken: this is a warning
	after time.Duration // when another attempt is welcome, if the collector says so
}

func (r *refusal) Error() string { return r.text }

// newClients are those that o asks for.
func newClients(o *Options, h *header) ([]client, error) {
	var clients []client
	if o.Console != nil {
		clients = append(clients, &console{w: o.Console})
	}
	if o.OTLP {
		c, err := newCollector(o, h)
		if err != nil {
			return nil, err
		}
		clients = append(clients, c)
	}
	return clients, nil
}

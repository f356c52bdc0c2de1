package httptask

import (
	"cmp"
	"context"
	"fmt"
	"strings"

	"github.com/seed66d9166c/express/express"
	"github.com/seed66d9166c/express/express/program"
	"github.com/seed66d9166c/express/express/value"
)

// Options of an Invoker. The zero value calls public servers by HTTPS, and knows
// no connections.
type Options struct {
	// Allow lists what may be called besides public servers by HTTPS. An entry is
	//
	//	orders.internal       a host, on all ports and without TLS, too
	//	orders.internal:8080  the same on one port
	//	10.1.2.3, 10.1.0.0/16 addresses, whatever the name, as above
	//	10.1.2.3:8080         an address on one port
	//
	// A host that is listed by name may be at a private or loopback address;
	// link-local ones, where clouds hand out credentials, have to be listed as
	// addresses.
	Allow       []string
	Connections map[string]*Connection // by name
	Region      string                 // in the User-Agent of HTTP Tasks, as AWS has it; "" is us-east-1
}

// An Invoker performs tasks over HTTP: those of http:invoke, and those whose
// Target begins with //, whose kind is the scheme. It is safe for concurrent use.
type Invoker struct {
	none        *connection // of tasks that name none
	connections map[string]*connection
	agent       string
}

var _ express.Invoker = (*Invoker)(nil)

// New makes an Invoker. It reads the certificates of connections, which have to
// be there; secrets are read when they are used.
func New(o Options) (*Invoker, error) {
	g, err := newGuard(o.Allow)
	if err != nil {
		return nil, err
	}
	i := &Invoker{
		connections: make(map[string]*connection, len(o.Connections)),
		agent:       "Amazon|StepFunctions|HttpInvoke|" + cmp.Or(o.Region, "us-east-1"),
	}
	if i.none, err = newConnection("", new(Connection), g); err != nil {
		return nil, err
	}
	for name, c := range o.Connections {
		if i.connections[name], err = newConnection(name, c, g); err != nil {
			return nil, fmt.Errorf("connection %s: %w", name, err)
		}
	}
	return i, nil
}

// Invoke sends the request of a task, and yields its answer: for http:invoke as
// {"Headers","ResponseBody","StatusCode","StatusText"}, else the answer itself.
func (i *Invoker) Invoke(ctx context.Context, c *express.Call) (value.Value, error) {
	if c.Task.Pattern != program.Request {
		return value.Value{}, failure(ErrPattern, "Tasks over HTTP have no jobs and no callbacks: %s", c.Task.Resource)
	}
	ctx, cancel := context.WithTimeoutCause(ctx, Timeout, errTimeout)
	defer cancel()
	if strings.HasPrefix(c.Task.Target, "//") {
		r, err := post(c.Task.Kind+":"+c.Task.Target, c.Input, callHeader(c))
		if err != nil {
			return value.Value{}, err
		}
		return exchange(ctx, c, i.none, r, (*answer).result)
	}
	r, name, err := httpTask(c.Input, callHeader(c), i.agent)
	if err != nil {
		return value.Value{}, err
	}
	k := i.none
	if name != "" {
		if k = i.connections[name]; k == nil {
			return value.Value{}, failure(ErrNoConnection, "There is no connection %q.", name)
		}
	}
	return exchange(ctx, c, k, r, (*answer).response)
}

// exchange sends r over k, and yields what result makes of a success.
func exchange(ctx context.Context, c *express.Call, k *connection, r *request,
	result func(a *answer, c *express.Call, host string) (value.Value, error),
) (value.Value, error) {
	a, creds, err := k.send(ctx, r)
	if err != nil {
		e := failed(c, r.url.Host, err)
		e.Cause = creds.redact(e.Cause)
		return value.Value{}, e
	}
	if !a.ok() {
		return value.Value{}, a.refusal(creds)
	}
	return result(a, c, r.url.Host)
}

// Close closes the connections that are kept. Calls that are under way end by
// themselves.
func (i *Invoker) Close() {
	i.none.client.close()
	for _, k := range i.connections {
		k.client.close()
	}
}

package nats

import (
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/micro"
	"github.com/nats-io/nuid"

	"github.com/seed66d9166c/express/transport"
)

// A discovery shows the engine to who asks on $SRV.PING, $SRV.INFO and $SRV.STATS
// for NATS micro services, and listens for its endpoints. It is safe for
// concurrent use.
//
// The package micro, whose types it has, answers on any subject that a request
// asks it to: somebody who may not write to a bucket or start a workflow would
// have the engine do so.
type discovery struct {
	nc          *nats.Conn
	identity    micro.ServiceIdentity
	description string
	started     time.Time

	mu        sync.Mutex // guards what follows
	subs      []*nats.Subscription
	endpoints []*endpoint
}

// An endpoint takes requests on a subject, one engine of all that do so each.
type endpoint struct {
	micro.EndpointInfo
	requests atomic.Int64
}

// discover shows a service from now on, which has no endpoints yet.
func discover(nc *nats.Conn, name, version, description string, metadata map[string]string) (*discovery, error) {
	d := &discovery{
		nc:          nc,
		identity:    micro.ServiceIdentity{Name: name, ID: nuid.Next(), Version: version, Metadata: metadata},
		description: description,
		started:     time.Now().UTC(),
	}
	for verb, says := range map[micro.Verb]func() any{micro.PingVerb: d.ping, micro.InfoVerb: d.info, micro.StatsVerb: d.stats} {
		for _, of := range []struct{ name, id string }{{}, {name, ""}, {name, d.identity.ID}} {
			subject, err := micro.ControlSubject(verb, of.name, of.id)
			if err == nil {
				err = d.listen(subject, "", func(m *nats.Msg) { d.answer(m, says()) })
			}
			if err != nil {
				return nil, errors.Join(err, d.stop())
			}
		}
	}
	return d, nil
}

// add takes requests to an endpoint. Each engine that has it is asked in turn.
func (d *discovery) add(name, subject string, metadata map[string]string, f func(*nats.Msg)) error {
	e := &endpoint{EndpointInfo: micro.EndpointInfo{Name: name, Subject: subject, QueueGroup: micro.DefaultQueueGroup, Metadata: metadata}}
	err := d.listen(subject, e.QueueGroup, func(m *nats.Msg) {
		e.requests.Add(1)
		f(m)
	})
	if err != nil {
		return err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.endpoints = append(d.endpoints, e)
	return nil
}

// listen takes messages.
func (d *discovery) listen(subject, group string, f func(*nats.Msg)) error {
	sub, err := d.nc.QueueSubscribe(subject, group, f)
	if err != nil {
		return fmt.Errorf("answer requests on %s: %w", subject, err)
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.subs = append(d.subs, sub)
	return nil
}

func (d *discovery) answer(m *nats.Msg, says any) {
	if !transport.Answerable(m.Reply, d.nc.Opts.InboxPrefix) {
		return
	}
	if b, err := json.Marshal(says); err == nil {
		m.Respond(b)
	}
}

func (d *discovery) ping() any {
	return micro.Ping{ServiceIdentity: d.identity, Type: micro.PingResponseType}
}

func (d *discovery) info() any {
	d.mu.Lock()
	defer d.mu.Unlock()
	all := make([]micro.EndpointInfo, len(d.endpoints))
	for i, e := range d.endpoints {
		all[i] = e.EndpointInfo
	}
	return micro.Info{ServiceIdentity: d.identity, Type: micro.InfoResponseType, Description: d.description, Endpoints: all}
}

func (d *discovery) stats() any {
	d.mu.Lock()
	defer d.mu.Unlock()
	all := make([]*micro.EndpointStats, len(d.endpoints))
	for i, e := range d.endpoints {
		all[i] = &micro.EndpointStats{Name: e.Name, Subject: e.Subject, QueueGroup: e.QueueGroup, NumRequests: int(e.requests.Load())}
	}
	return micro.Stats{ServiceIdentity: d.identity, Type: micro.StatsResponseType, Started: d.started, Endpoints: all}
}

// stop takes no more requests. What has come in is still handed out.
func (d *discovery) stop() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	var all error
	for _, sub := range d.subs {
		if err := sub.Drain(); err != nil && !errors.Is(err, nats.ErrConnectionClosed) {
			all = errors.Join(all, fmt.Errorf("stop listening on %s: %w", sub.Subject, err))
		}
	}
	d.subs = nil
	return all
}

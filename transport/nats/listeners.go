package nats

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"

	"github.com/nats-io/nats.go"
)

// Headers of a message that the broker only traces: it says who would have got
// it, and nobody does.
const (
	headerTraceDest = "Nats-Trace-Dest"
	headerTraceOnly = "Nats-Trace-Only"
	headerTraceHop  = "Nats-Trace-Hop" // by which way it came to a server
)

// The first version of NATS that has them. An older one would deliver the message.
const traceMajor, traceMinor = 2, 11

func canTrace(version string) bool {
	var major, minor int
	_, err := fmt.Sscanf(version, "%d.%d", &major, &minor)
	return err == nil && (major > traceMajor || major == traceMajor && minor >= traceMinor)
}

// Listeners are who gets what is published on a subject.
type Listeners struct {
	Subject string
	Clients []string // names of connections, "" for one that has none
	Streams []string
	// Err is why the broker does not say it, or not all: no permission to publish
	// there, or no word in time.
	Err error
}

// FindListeners asks the broker who listens to subjects, by messages that it
// traces and delivers to nobody. That needs no right but to publish on them, and
// an inbox. It waits until all is known or ctx is done.
func FindListeners(ctx context.Context, nc *nats.Conn, subjects []string) ([]Listeners, error) {
	if v := nc.ConnectedServerVersion(); !canTrace(v) {
		return nil, fmt.Errorf("the NATS server has version %s, which cannot say who listens: that needs %d.%d", v, traceMajor, traceMinor)
	}
	inbox := nc.NewInbox() + "."
	sub, err := nc.SubscribeSync(inbox + "*")
	if err != nil {
		return nil, fmt.Errorf("listen for traces: %w", err)
	}
	defer sub.Unsubscribe()

	all := make([]Listeners, len(subjects))
	asked := make(map[string]*question, len(subjects)) // by the subject of its answers
	for i, s := range subjects {
		all[i].Subject = s
		to := inbox + strconv.Itoa(i)
		m := &nats.Msg{Subject: s, Header: nats.Header{headerTraceDest: {to}, headerTraceOnly: {"true"}}}
		if all[i].Err = nc.PublishMsg(m); all[i].Err == nil {
			asked[to] = newQuestion(&all[i])
		}
	}
	for len(asked) > 0 {
		m, err := sub.NextMsgWithContext(ctx)
		if err != nil {
			for _, q := range asked {
				q.of.Err = fmt.Errorf("no word from the NATS server: %w", err)
			}
			return all, nil
		}
		q := asked[m.Subject]
		if q == nil {
			continue // not from the broker
		}
		var t trace
		if err := json.Unmarshal(m.Data, &t); err != nil {
			return nil, fmt.Errorf("read a trace of the NATS server: %w", err)
		}
		if q.answer(&t) {
			delete(asked, m.Subject)
		}
	}
	return all, nil
}

// A question is a subject of which not all servers have said who listens there.
type question struct {
	of *Listeners
	// open are the ways that the message took from one server to another of which
	// only one end has spoken. The first server is at the end of the way "".
	open map[string]bool
}

func newQuestion(of *Listeners) *question { return &question{of, map[string]bool{"": true}} }

// answer takes what a server says, in any order, and reports whether it was the
// last.
func (q *question) answer(t *trace) bool {
	way := ""
	if hop := t.Request.Header[headerTraceHop]; len(hop) > 0 {
		way = hop[0]
	}
	q.spoken(way)
	for _, e := range t.Events {
		switch {
		case e.Error != "":
			if e.Type == traceIngress || e.Hop != "" { // nothing is known of what is behind
				q.of.Err = errors.New(e.Error)
			}
		case e.Type == traceStream:
			q.of.Streams = append(q.of.Streams, e.Stream)
		case e.Type == traceImport:
			q.of.Clients = append(q.of.Clients, "account "+e.Account)
		case e.Type == traceEgress && e.Hop != "":
			q.spoken(e.Hop)
		case e.Type == traceEgress && e.Kind == kindClient:
			q.of.Clients = append(q.of.Clients, e.Name)
		}
	}
	return len(q.open) == 0
}

// spoken says that one end of a way has spoken.
func (q *question) spoken(way string) {
	if q.open[way] {
		delete(q.open, way)
	} else {
		q.open[way] = true
	}
}

// A trace is what one server says of a message.
type trace struct {
	Request struct {
		Header map[string][]string `json:"header"`
	} `json:"request"`
	Events []struct {
		Type    string `json:"type"`
		Kind    int    `json:"kind"`
		Name    string `json:"name"`
		Hop     string `json:"hop"` // the way to another server
		Account string `json:"acc"`
		Stream  string `json:"stream"`
		Error   string `json:"error"`
	} `json:"events"`
}

// Types of what is in a trace, and the kind of a connection that is a client's.
const (
	traceIngress = "in"
	traceImport  = "si" // a service of another account
	traceStream  = "js"
	traceEgress  = "eg"
	kindClient   = 0
)

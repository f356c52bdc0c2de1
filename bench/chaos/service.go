package main

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"strconv"
	"sync"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/seed66d9166c/express/transport"
)

// An order is an event: what its execution asks the service for.
type order struct {
	ID      string `json:"id"`
	Delay   int    `json:"delay,omitempty"` // milliseconds that the service takes
	Do      string `json:"do,omitempty"`    // a row of answers; "" answers
	Poison  string `json:"poison,omitempty"`
	Padding string `json:"padding,omitempty"`
}

// An effect is a line of the service's ledger: a call of the task.
type effect struct {
	At        int64  `json:"at"` // nanoseconds
	ID        string `json:"id"` // of the order
	Execution string `json:"execution"`
	Key       string `json:"key"`
	Attempt   int    `json:"attempt"`
	Retry     int    `json:"retry"`
}

// taskSubject is where the service is asked.
const taskSubject = "chaos.effect"

// answers are what the service may do with a request.
var answers = map[string]func(m *nats.Msg){
	"":      func(m *nats.Msg) { m.Respond([]byte(`{"ok":1}`)) },
	"never": func(*nats.Msg) {},
	"twice": func(m *nats.Msg) { m.Respond([]byte(`{"ok":1}`)); m.Respond([]byte(`{"ok":2}`)) },
	"half":  func(m *nats.Msg) { m.Respond([]byte(`{"ok":`)) },
	"big":   func(m *nats.Msg) { m.Respond(append(bytes.Repeat([]byte(" "), 600<<10), `{"ok":1}`...)) },
	"bomb": func(m *nats.Msg) { // an array of four thousand million, says the header
		m.RespondMsg(&nats.Msg{Header: nats.Header{"Content-Type": {"application/msgpack"}}, Data: []byte{0xdd, 0xff, 0xff, 0xff, 0xff}})
	},
}

// service performs the task: args are the servers and the path of its ledger,
// which has a call before it is answered.
func service(ctx context.Context, args []string) error {
	file, err := os.OpenFile(args[1], os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer file.Close()
	nc, err := connect(args[0], "service", credentials...)
	if err != nil {
		return err
	}
	defer nc.Close()
	var mu sync.Mutex // one line after the other
	_, err = nc.QueueSubscribe(taskSubject, "service", func(m *nats.Msg) {
		var o order
		if err := json.Unmarshal(m.Data, &o); err != nil {
			return
		}
		line, err := json.Marshal(effect{
			At:        time.Now().UnixNano(),
			ID:        o.ID,
			Execution: m.Header.Get(transport.HeaderExecution),
			Key:       m.Header.Get(transport.HeaderKey),
			Attempt:   number(m.Header.Get(transport.HeaderAttempt)),
			Retry:     number(m.Header.Get(transport.HeaderRetry)),
		})
		if err != nil {
			panic(err) // texts and numbers
		}
		mu.Lock()
		_, err = file.Write(append(line, '\n'))
		mu.Unlock()
		if err != nil {
			return // nobody may believe in what is not in the ledger
		}
		if answer := answers[o.Do]; o.Delay > 0 {
			time.AfterFunc(time.Duration(o.Delay)*time.Millisecond, func() { answer(m) })
		} else {
			answer(m)
		}
	})
	if err != nil {
		return err
	}
	<-ctx.Done()
	return nil
}

// number is the number that a header has, 0 for none.
func number(s string) int {
	n, _ := strconv.Atoi(s)
	return n
}

// connect connects to servers, and again for ever.
func connect(servers, name string, more ...nats.Option) (*nats.Conn, error) {
	return nats.Connect(servers, append([]nats.Option{
		nats.Name("chaos " + name),
		nats.MaxReconnects(-1),
		nats.RetryOnFailedConnect(true),
		nats.ReconnectWait(100 * time.Millisecond),
		nats.PingInterval(2 * time.Second),
		nats.ErrorHandler(func(*nats.Conn, *nats.Subscription, error) {}), // faults are what this is about
	}, more...)...)
}

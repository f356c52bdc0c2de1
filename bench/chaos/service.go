package main

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
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

// taskSubject is where the service is asked over NATS, and taskPath over HTTP.
const (
	taskSubject = "chaos.effect"
	taskPath    = "/effect"
)

// answers are what the service may do with a request over NATS.
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

// pages are what it may answer over HTTP.
var pages = map[string]func(w http.ResponseWriter){
	"":     func(w http.ResponseWriter) { io.WriteString(w, `{"ok":1}`) },
	"half": func(w http.ResponseWriter) { io.WriteString(w, `{"ok":`) },
	"big":  func(w http.ResponseWriter) { w.Write(spaces) },
	"bomb": func(w http.ResponseWriter) { w.Header().Set("Content-Encoding", "gzip"); w.Write(bomb) },
}

// spaces are 10 MB before a document that does not come, and bomb is as much and
// six times more in gzip, which makes 64 KB of it.
var (
	spaces = bytes.Repeat([]byte(" "), 10<<20)
	bomb   = zipped(64 << 20)
)

// zipped is n zeros in gzip.
func zipped(n int) []byte {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	if _, err := z.Write(make([]byte, n)); err != nil || z.Close() != nil {
		panic(err) // it is written to memory
	}
	return b.Bytes()
}

// A performer performs the task. Its ledger has a call before it is answered.
type performer struct {
	mu   sync.Mutex // one line after the other
	file *os.File
}

// service performs the task: args are the servers, the path of its ledger, and its
// address for HTTP.
func service(ctx context.Context, args []string) (err error) {
	p := new(performer)
	if p.file, err = os.OpenFile(args[1], os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600); err != nil {
		return err
	}
	defer p.file.Close()
	nc, err := connect(args[0], "service", credentials...)
	if err != nil {
		return err
	}
	defer nc.Close()
	if _, err = nc.QueueSubscribe(taskSubject, "service", p.answer); err != nil {
		return err
	}
	if err := nc.FlushTimeout(startPatience); err != nil {
		return err
	}
	mux := http.NewServeMux()
	mux.HandleFunc("POST "+taskPath, p.serve)
	s := &http.Server{Addr: args[2], Handler: mux}
	defer context.AfterFunc(ctx, func() { s.Close() })()
	if err := s.ListenAndServe(); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

// note writes down a call, with the headers that get finds, and returns its order.
// Nobody may believe in a call that is not in the ledger: it is not answered.
func (p *performer) note(body []byte, get func(name string) string) (o order, ok bool) {
	if err := json.Unmarshal(body, &o); err != nil {
		return o, false
	}
	line, err := json.Marshal(effect{
		At:        time.Now().UnixNano(),
		ID:        o.ID,
		Execution: get(transport.HeaderExecution),
		Key:       get(transport.HeaderKey),
		Attempt:   number(get(transport.HeaderAttempt)),
		Retry:     number(get(transport.HeaderRetry)),
	})
	if err != nil {
		panic(err) // texts and numbers
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	_, err = p.file.Write(append(line, '\n'))
	return o, err == nil
}

// answer is asked over NATS.
func (p *performer) answer(m *nats.Msg) {
	o, ok := p.note(m.Data, m.Header.Get)
	switch answer := answers[o.Do]; {
	case !ok:
	case o.Delay > 0:
		time.AfterFunc(time.Duration(o.Delay)*time.Millisecond, func() { answer(m) })
	default:
		answer(m)
	}
}

// serve is asked over HTTP.
func (p *performer) serve(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return // the client is gone
	}
	o, ok := p.note(body, r.Header.Get)
	if !ok {
		http.Error(w, "not in the ledger", http.StatusServiceUnavailable)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	pages[o.Do](w)
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

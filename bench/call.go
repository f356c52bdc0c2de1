package bench

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"sync"
)

// A message is a request to another process, or the answer to the one of that ID.
// They go both ways as JSON. Package net/rpc would do that too, but it calls methods
// by names that the linker does not know, for which it would keep all of them: a
// sixth of the binary.
type message struct {
	ID     uint64
	Method string          `json:",omitempty"` // of a request
	Body   json.RawMessage `json:",omitempty"` // its argument, or the answer
	Error  string          `json:",omitempty"`
}

// methods are what Serve does, by name.
var methods = map[string]func(*worker, json.RawMessage) (any, error){
	"Broker":   method((*worker).startBroker),
	"Start":    method((*worker).start),
	"Stop":     method((*worker).stop),
	"Generate": method((*worker).generate),
	"Listen":   method((*worker).listen),
	"Wait":     method((*worker).wait),
	"Usage":    method((*worker).usage),
	"Progress": method((*worker).progress),
}

func method[A, R any](do func(*worker, A) (R, error)) func(*worker, json.RawMessage) (any, error) {
	return func(w *worker, body json.RawMessage) (any, error) {
		var arg A
		if err := json.Unmarshal(body, &arg); err != nil {
			return nil, err
		}
		return do(w, arg)
	}
}

// answer answers requests, each in a goroutine of its own, until conn is closed.
// Then it calls gone, and returns when they have ended.
func (w *worker) answer(conn io.ReadWriter, gone func()) {
	var running sync.WaitGroup
	defer running.Wait()
	defer gone()
	var writing sync.Mutex
	out, in := json.NewEncoder(conn), json.NewDecoder(conn)
	for {
		var m message
		if in.Decode(&m) != nil {
			return
		}
		running.Go(func() {
			a := message{ID: m.ID}
			if err := w.do(m, &a.Body); err != nil {
				a.Error = err.Error()
			}
			writing.Lock()
			defer writing.Unlock()
			out.Encode(a) // who asked may be gone
		})
	}
}

// do does what m asks for.
func (w *worker) do(m message, answer *json.RawMessage) error {
	do, ok := methods[m.Method]
	if !ok {
		return fmt.Errorf("there is no method %q", m.Method)
	}
	a, err := do(w, m.Body)
	if err != nil {
		return err
	}
	*answer, err = json.Marshal(a)
	return err
}

// errGone is that the process which was asked has ended.
var errGone = errors.New("the process has ended")

// A Caller asks the process that serves the other end of a connection: see Serve. It
// is safe for concurrent use.
type Caller struct {
	conn io.ReadWriteCloser
	out  *json.Encoder
	done chan struct{} // closed when there is no more to receive

	mu      sync.Mutex // guards what follows, and out
	last    uint64
	waiting map[uint64]chan message // nil when the other end is gone
}

// NewCaller is a Caller on conn.
func NewCaller(conn io.ReadWriteCloser) *Caller {
	c := &Caller{conn: conn, out: json.NewEncoder(conn), done: make(chan struct{}), waiting: make(map[uint64]chan message)}
	go c.receive()
	return c
}

// Close closes the connection, and returns when nothing more can come.
func (c *Caller) Close() error {
	err := c.conn.Close()
	<-c.done
	return err
}

// receive hands out answers until the connection is closed.
func (c *Caller) receive() {
	defer close(c.done)
	for in := json.NewDecoder(c.conn); ; {
		var m message
		err := in.Decode(&m)
		c.mu.Lock()
		if err != nil {
			for _, to := range c.waiting {
				close(to)
			}
			c.waiting = nil
			c.mu.Unlock()
			return
		}
		if to := c.waiting[m.ID]; to != nil {
			to <- m
			delete(c.waiting, m.ID)
		}
		c.mu.Unlock()
	}
}

// send sends a request; its answer comes through the channel, which is closed if
// none comes.
func (c *Caller) send(method string, arg any) (<-chan message, error) {
	body, err := json.Marshal(arg)
	if err != nil {
		return nil, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.waiting == nil {
		return nil, errGone
	}
	c.last++
	answer := make(chan message, 1)
	c.waiting[c.last] = answer
	return answer, c.out.Encode(message{ID: c.last, Method: method, Body: body})
}

// Call has the process at the other end of c do what one of methods does.
func Call[A, R any](ctx context.Context, c *Caller, method string, arg A, answer *R) error {
	answered, err := c.send(method, arg)
	if err != nil {
		return fmt.Errorf("%s: %w", method, err)
	}
	select {
	case m, ok := <-answered:
		switch {
		case !ok:
			err = errGone
		case m.Error != "":
			err = errors.New(m.Error)
		default:
			err = json.Unmarshal(m.Body, answer)
		}
		if err != nil {
			return fmt.Errorf("%s: %w", method, err)
		}
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

package sim

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"strconv"
	"time"
)

// A Port is where the connections of one process come in, so that faults find
// them. It is a nats.InProcessConnProvider.
type Port struct {
	b    *Broker
	name string

	// Guarded by the Broker's lock.
	clients map[*client]struct{}
	held    time.Time // until when nothing gets through
	gone    bool      // the process is dead
}

// Port makes a Port for the process called name.
func (b *Broker) Port(name string) *Port {
	p := &Port{b: b, name: name, clients: make(map[*client]struct{})}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.ports = append(b.ports, p)
	return p
}

var errUnreachable = errors.New("the server cannot be reached")

// InProcessConn opens a connection. It does not block, as nats.go holds a lock
// while it connects, and time does not go on in a bubble while somebody waits
// for a lock.
func (p *Port) InProcessConn() (net.Conn, error) {
	b := p.b
	b.mu.Lock()
	defer b.mu.Unlock()
	if p.gone || b.down || time.Now().Before(p.held) {
		return nil, errUnreachable
	}
	near, far := net.Pipe()
	c := &client{
		port: p,
		conn: far,
		in:   newLink[frame](b.delay, p.held),
		out:  newLink[[]byte](b.delay, p.held),
		subs: make(map[string]*subscription),
	}
	p.clients[c] = struct{}{}
	go c.serve()
	return near, nil
}

// Hold keeps back everything that the process sends, or is sent, for d: it is
// stopped, or cut off by a network that loses nothing.
func (p *Port) Hold(d time.Duration) {
	p.b.mu.Lock()
	defer p.b.mu.Unlock()
	p.held = time.Now().Add(d)
	for c := range p.clients {
		c.in.hold(p.held)
		c.out.hold(p.held)
	}
}

// Cut resets the connections of the process, and lets it come back after d.
// What was on its way is lost.
func (p *Port) Cut(d time.Duration) {
	p.b.mu.Lock()
	defer p.b.mu.Unlock()
	p.held = time.Now().Add(d)
	p.reset()
}

// Kill is the death of the process.
func (p *Port) Kill() {
	p.b.mu.Lock()
	defer p.b.mu.Unlock()
	p.gone = true
	p.reset()
}

func (p *Port) reset() {
	for c := range p.clients {
		c.close()
	}
}

// A client is one connection.
type client struct {
	port *Port
	conn net.Conn
	in   *link[frame]
	out  *link[[]byte]
	subs map[string]*subscription // by sid; guarded by the Broker's lock
}

// A frame is one operation of the protocol, as clients send it.
type frame struct {
	verb           string
	subject, reply string // the reply subject, or the sid of a subscription
	queue          string // SUB: the queue group, "" for none
	max            int    // UNSUB: messages until it takes effect, 0 for none
	header, data   []byte
}

// close ends the connection. The Broker's lock is held.
func (c *client) close() {
	delete(c.port.clients, c)
	for _, s := range c.subs {
		c.port.b.unsubscribe(s)
	}
	c.in.close()
	c.out.close()
	c.conn.Close()
}

// serve is the life of a connection.
func (c *client) serve() {
	b := c.port.b
	defer c.in.put(frame{verb: "END"}) // behind what was sent
	go c.in.run(func(batch []frame) {
		b.mu.Lock()
		defer b.mu.Unlock()
		for i := range batch {
			c.handle(&batch[i])
		}
	})
	r := bufio.NewReader(c.conn)
	if err := c.greet(r); err != nil {
		return
	}
	go c.out.run(func(batch [][]byte) {
		c.conn.Write(bytes.Join(batch, nil)) // an error is the end of the connection, which the reader sees
	})
	for {
		f, err := readFrame(r)
		if err != nil {
			return
		}
		c.in.put(f)
	}
}

// greet is the handshake, which takes no time: see Port.InProcessConn.
func (c *client) greet(r *bufio.Reader) error {
	info, err := json.Marshal(map[string]any{
		"server_id": "model", "server_name": "model", "version": "2.15.0", "proto": 1,
		"headers": true, "jetstream": true, "max_payload": maxPayload,
	})
	if err != nil {
		return err
	}
	if _, err := fmt.Fprintf(c.conn, "INFO %s\r\n", info); err != nil {
		return err
	}
	for {
		f, err := readFrame(r)
		if err != nil {
			return err
		}
		if f.verb == "PING" {
			_, err = c.conn.Write(pong)
			return err
		}
	}
}

var pong = []byte("PONG\r\n")

// handle takes in one operation. The Broker's lock is held.
func (c *client) handle(f *frame) {
	b := c.port.b
	switch f.verb {
	case "END":
		c.close()
	case "PING":
		c.out.put(pong)
	case "SUB":
		s := &subscription{client: c, sid: f.reply, subject: f.subject, queue: f.queue}
		c.subs[s.sid] = s
		b.subs = append(b.subs, s)
	case "UNSUB":
		if s := c.subs[f.reply]; s != nil && f.max == 0 {
			b.unsubscribe(s)
		} else if s != nil {
			s.left = f.max
		}
	case "PUB", "HPUB":
		b.route(&message{subject: f.subject, reply: f.reply, header: f.header, data: f.data})
	}
}

// readFrame reads one operation.
func readFrame(r *bufio.Reader) (frame, error) {
	line, err := r.ReadBytes('\n')
	if err != nil {
		return frame{}, err
	}
	words := bytes.Fields(line)
	if len(words) == 0 {
		return frame{}, nil
	}
	word := func(i int) string { // from the end if it is negative
		if i < 0 {
			i += len(words)
		}
		return string(words[i])
	}
	f := frame{verb: word(0)}
	switch f.verb {
	case "SUB": // subject [queue] sid
		f.subject, f.reply = word(1), word(-1)
		if len(words) == 4 {
			f.queue = word(2)
		}
		return f, nil
	case "UNSUB": // sid [max]
		f.reply = word(1)
		if len(words) == 3 {
			f.max, err = strconv.Atoi(word(2))
		}
		return f, err
	case "PUB", "HPUB": // subject [reply] [header size] size
	default:
		return f, nil
	}
	f.subject = word(1)
	sizes := 1
	if f.verb == "HPUB" {
		sizes = 2
	}
	if len(words) == 3+sizes {
		f.reply = word(2)
	}
	size, err := strconv.Atoi(word(-1))
	if err != nil {
		return f, err
	}
	body := make([]byte, size+len("\r\n"))
	if _, err := io.ReadFull(r, body); err != nil {
		return f, err
	}
	f.data = body[:size]
	if f.verb == "HPUB" {
		n, err := strconv.Atoi(word(-2))
		if err != nil {
			return f, err
		}
		f.header, f.data = f.data[:n], f.data[n:]
	}
	return f, nil
}

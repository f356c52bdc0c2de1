package main

import (
	"bytes"
	"io"
	"math/rand/v2"
	"net"
	"sync"
	"time"
)

// A link says what a proxy does to the bytes that pass.
type link struct {
	refuse  bool          // takes no connections
	deaf    bool          // what the server sends is swallowed: a half-open link
	latency time.Duration // of every read, in each direction
	jitter  time.Duration // more or less of that
	trickle bool          // one byte a second
	// standing leaves connections alone that are made later.
	standing bool
	// cutAfter ends a connection behind the first bytes from the client that hold
	// it, cuts times in all.
	cutAfter []byte
	cuts     int
}

// A proxy stands between clients and a server, and is a bad network on demand.
// It is safe for concurrent use.
type proxy struct {
	net.Listener
	to    string
	going sync.WaitGroup

	mu    sync.Mutex // guards what follows
	link  link
	turn  int // how often the link was changed
	conns map[net.Conn]bool
	cut   int // connections ended by cutAfter
	rng   *rand.Rand
}

func newProxy(to string, seed uint64) (*proxy, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	p := &proxy{Listener: l, to: to, conns: make(map[net.Conn]bool), rng: rand.New(rand.NewPCG(seed, 0))}
	p.going.Go(p.serve)
	return p, nil
}

// set changes the link, also of connections that stand.
func (p *proxy) set(l link) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.link = l
	p.turn++
}

// reset ends all connections.
func (p *proxy) reset() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for c := range p.conns {
		c.(*net.TCPConn).SetLinger(0) // the peer sees a reset; an error says that it is closed
		c.Close()
	}
	clear(p.conns)
}

// cutSoFar is how many connections cutAfter has ended.
func (p *proxy) cutSoFar() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.cut
}

func (p *proxy) close() {
	p.Listener.Close()
	p.reset()
	p.going.Wait()
}

func (p *proxy) serve() {
	for {
		client, err := p.Accept()
		if err != nil {
			return // closed
		}
		p.mu.Lock()
		refuse := p.link.refuse
		p.mu.Unlock()
		if refuse {
			client.Close()
			continue
		}
		server, err := net.Dial("tcp", p.to)
		if err != nil {
			client.Close()
			continue
		}
		p.mu.Lock()
		p.conns[client], p.conns[server] = true, true
		turn := p.turn
		p.mu.Unlock()
		p.going.Go(func() { p.copy(server, client, true, turn) })
		p.going.Go(func() { p.copy(client, server, false, turn) })
	}
}

// copy moves bytes until one side ends, then ends both, which were connected in
// the given turn.
func (p *proxy) copy(to, from net.Conn, fromClient bool, turn int) {
	defer func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		for _, c := range []net.Conn{to, from} {
			c.Close()
			delete(p.conns, c)
		}
	}()
	buf := make([]byte, 64<<10)
	for {
		n, err := from.Read(buf)
		if err != nil {
			return
		}
		l, wait := p.now(turn)
		time.Sleep(wait)
		cut := fromClient && p.hit(buf[:n])
		switch {
		case l.deaf && !fromClient:
			continue
		case l.trickle && !p.drip(to, buf[:n], turn):
			return
		case l.trickle:
			continue
		}
		if _, err := to.Write(buf[:n]); err != nil || cut {
			return
		}
	}
}

// now is the link of connections that were made in a turn, and how long what has
// just arrived is on its way.
func (p *proxy) now(turn int) (link, time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.link.standing && turn == p.turn {
		return link{}, 0
	}
	wait := p.link.latency
	if j := int64(p.link.jitter); j > 0 {
		wait += time.Duration(p.rng.Int64N(2*j) - j)
	}
	return p.link, wait
}

// hit reports whether b is what a connection is to be cut behind.
func (p *proxy) hit(b []byte) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.link.cuts == 0 || !bytes.Contains(b, p.link.cutAfter) {
		return false
	}
	p.link.cuts--
	p.cut++
	return true
}

// drip writes a byte a second for as long as the link trickles, then the rest.
func (p *proxy) drip(to io.Writer, b []byte, turn int) bool {
	for len(b) > 0 {
		l, _ := p.now(turn)
		n := 1
		if !l.trickle {
			n = len(b)
		}
		if _, err := to.Write(b[:n]); err != nil {
			return false
		}
		if b = b[n:]; len(b) > 0 {
			time.Sleep(time.Second)
		}
	}
	return true
}

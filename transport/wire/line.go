package wire

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net"
	"os"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/nats-io/nats.go"
)

const (
	// writeTimeout bounds a write: a server that takes nothing for as long is dead,
	// or the way to it is. Servers give clients as long.
	writeTimeout = 10 * time.Second
	// maxText bounds the buffer that is kept for the next write.
	maxText = 1 << 20
)

// A line is one data connection, until it breaks.
type line struct {
	nc         *nats.Conn
	conn       net.Conn
	in         *reader
	maxPayload atomic.Int64

	mu    sync.Mutex // guards what follows; held while something is written
	out   []byte
	pongs []func() // what to do at each answer to a ping, in order
	err   error    // why nothing is written any more

	subs struct { // not held while something is written
		sync.Mutex
		last uint64
		by   map[uint64]*Subscription
	}
}

// write writes what add appends to what it is given.
func (l *line) write(add func([]byte) []byte) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.writeLocked(add)
}

func (l *line) writeLocked(add func([]byte) []byte) error {
	if l.err != nil {
		return l.err
	}
	l.out = add(l.out[:0])
	l.conn.SetWriteDeadline(time.Now().Add(writeTimeout)) // an error shows in the write
	if _, l.err = l.conn.Write(l.out); l.err != nil {
		l.conn.Close() // the reader sees it
	}
	if cap(l.out) > maxText {
		l.out = nil
	}
	return l.err
}

func (l *line) send(all []Msg) error {
	return l.write(func(b []byte) []byte {
		for i := range all {
			b = all[i].append(b)
		}
		return b
	})
}

var ping, pong = []byte("PING\r\n"), []byte("PONG\r\n")

// ping calls then, from the reader, when the server has everything that was written
// before, or when the line has broken.
func (l *line) ping(then func()) {
	l.mu.Lock()
	err := l.writeLocked(func(b []byte) []byte { return append(b, ping...) })
	if err == nil {
		l.pongs = append(l.pongs, then)
	}
	l.mu.Unlock()
	if err != nil {
		then()
	}
}

// flush waits until the server has everything that was written, or the line has
// broken.
func (l *line) flush(ctx context.Context) error {
	reached := make(chan struct{})
	l.ping(func() { close(reached) })
	select {
	case <-reached:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// subscribe begins a subscription.
func (l *line) subscribe(s *Subscription, subject string) error {
	l.subs.Lock()
	l.subs.last++
	s.line, s.sid = l, l.subs.last
	l.subs.by[s.sid] = s
	l.subs.Unlock()
	return l.write(func(b []byte) []byte { return fmt.Appendf(b, "SUB %s %d\r\n", subject, s.sid) })
}

// serve reads until the line breaks, and says why it did.
func (l *line) serve(ctx context.Context) error {
	defer context.AfterFunc(ctx, func() { l.conn.Close() })()
	var (
		f     frame
		heard []*Subscription // which have something to hand over
		said  error           // by the server
	)
	handOver := func() {
		for _, s := range heard {
			s.handOver()
		}
		clear(heard)
		heard = heard[:0]
	}
	defer handOver()
	var last *Subscription // that a message was for: nearly always that of the next
	for {
		ok, err := l.in.next(&f)
		if err != nil {
			return err
		}
		if !ok {
			handOver()
			last = nil
			if err := l.fill(); err != nil {
				return errors.Join(said, err)
			}
			continue
		}
		switch f.verb {
		case verbMsg:
			if last == nil || last.sid != f.sid {
				if last = l.subscription(f.sid); last == nil {
					continue // of one that has ended
				}
			}
			if len(last.batch) == 0 {
				heard = append(heard, last)
			}
			last.batch = append(last.batch, f.msg)
		case verbPing:
			l.write(func(b []byte) []byte { return append(b, pong...) }) // an error shows in the next read
		case verbPong:
			handOver()
			l.ponged()
		case verbInfo:
			if i, err := readInfo(f.text); err == nil && i.MaxPayload > 0 {
				l.maxPayload.Store(i.MaxPayload)
			}
		case verbErr:
			said = errors.New("nats: " + string(f.text))
			if report := l.nc.ErrorHandler(); report != nil {
				report(l.nc, nil, said)
			}
		}
	}
}

// fill reads. While nothing comes it asks whether the server is there, as often as
// nats.go does.
func (l *line) fill() error {
	every := l.nc.Opts.PingInterval
	for unanswered := 0; ; unanswered++ {
		if every > 0 {
			l.conn.SetReadDeadline(time.Now().Add(every)) // an error shows in the read
		}
		err := l.in.fill()
		if !errors.Is(err, os.ErrDeadlineExceeded) {
			return err
		}
		if unanswered >= l.nc.Opts.MaxPingsOut {
			return nats.ErrStaleConnection
		}
		l.ping(func() {})
	}
}

func (l *line) subscription(sid uint64) *Subscription {
	l.subs.Lock()
	defer l.subs.Unlock()
	return l.subs.by[sid]
}

// ponged does what waits for the first answer.
func (l *line) ponged() {
	l.mu.Lock()
	var then func()
	if len(l.pongs) > 0 {
		then = l.pongs[0]
		l.pongs = slices.Delete(l.pongs, 0, 1)
	}
	l.mu.Unlock()
	if then != nil {
		then()
	}
}

// end tells everybody that the line has broken.
func (l *line) end() {
	l.conn.Close()
	l.mu.Lock()
	l.err = errLost
	waiting := l.pongs
	l.pongs = nil
	l.mu.Unlock()
	for _, then := range waiting {
		then()
	}
	l.subs.Lock()
	left := slices.Collect(maps.Values(l.subs.by))
	clear(l.subs.by)
	l.subs.Unlock()
	for _, s := range left {
		s.broken.Store(true)
		s.receive(nil)
	}
}

// An info is what the client needs to know of a server.
type info struct {
	MaxPayload   int64  `json:"max_payload"`
	Headers      bool   `json:"headers"`
	TLSRequired  bool   `json:"tls_required"`
	TLSAvailable bool   `json:"tls_available"`
	Nonce        string `json:"nonce"`
}

func readInfo(text []byte) (i info, err error) {
	if err = json.Unmarshal(text, &i); err != nil {
		err = fmt.Errorf("read INFO: %w", err)
	}
	return i, err
}

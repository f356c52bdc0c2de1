package bench

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"strconv"
	"strings"

	"github.com/nats-io/nats.go"

	"github.com/seed66d9166c/express/transport"
)

// raw is bare without nats.go: one goroutine, one write for all that one read has
// brought, nothing allocated for a message. It is the least that the broker's
// protocol asks for, not a client to use.
func raw(ctx context.Context, nc *nats.Conn, t *Take, ready func()) error {
	if _, err := consumer(ctx, nc, t); err != nil {
		return err
	}
	u, err := url.Parse(nc.ConnectedUrl())
	if err != nil {
		return err
	}
	c, err := new(net.Dialer).DialContext(ctx, "tcp", u.Host)
	if err != nil {
		return err
	}
	defer context.AfterFunc(ctx, func() { c.Close() })()
	defer c.Close()
	r := &rawLoop{in: bufio.NewReaderSize(c, rawBuffer), out: bufio.NewWriterSize(c, rawBuffer)}
	r.next = fmt.Sprintf("PUB $JS.API.CONSUMER.MSG.NEXT.%s.%s %s %%d\r\n%%s\r\n", streamName, t.Consumer, rawInbox)
	header := "NATS/1.0\r\n" + transport.HeaderHops + ": 1\r\n\r\n"
	r.result = fmt.Appendf(nil, "HPUB %s %d %d\r\n%s%s\r\n", resultSubject, len(header), len(header)+len(t.Outcome), header, t.Outcome)
	if _, err := r.in.ReadSlice('\n'); err != nil { // INFO
		return err
	}
	fmt.Fprintf(r.out, "CONNECT {\"verbose\":false,\"pedantic\":false,\"headers\":true,\"no_responders\":true}\r\nSUB %s 1\r\n", rawInbox)
	ready()
	return r.run(t.Events)
}

const (
	rawInbox  = "_INBOX.express-bench"
	rawBuffer = 64 << 10
)

// A rawLoop is the connection of raw.
type rawLoop struct {
	in     *bufio.Reader
	out    *bufio.Writer
	next   string // the request for more, without its body and its length
	result []byte // the publication of a result
	asked  int    // events that are asked for and have not come
}

// run takes so many events.
func (r *rawLoop) run(events int) error {
	for taken := 0; taken < events; {
		if r.asked <= bareBatch/2 {
			body := fmt.Sprintf(`{"batch":%d,"expires":%d}`, bareBatch, fetchWait)
			fmt.Fprintf(r.out, r.next, len(body), body)
			r.asked += bareBatch
		}
		if r.in.Buffered() == 0 {
			if err := r.out.Flush(); err != nil {
				return err
			}
		}
		event, err := r.read()
		if err != nil {
			return err
		}
		if event {
			taken++
			r.asked--
		}
	}
	return r.out.Flush()
}

// read takes one message of the protocol, and reports whether it was an event.
func (r *rawLoop) read() (event bool, err error) {
	line, err := r.in.ReadSlice('\n')
	if err != nil {
		return false, err
	}
	line = bytes.TrimRight(line, "\r\n")
	verb, rest, _ := bytes.Cut(line, []byte(" "))
	switch string(verb) {
	case "PING":
		_, err = r.out.WriteString("PONG\r\n")
		return false, err
	case "-ERR":
		return false, errors.New(strings.Trim(string(rest), "'"))
	case "MSG", "HMSG":
	default:
		return false, nil // PONG, +OK, INFO
	}
	var fields [5][]byte // subject, sid, reply, header length, length
	n := 0
	for f := range bytes.SplitSeq(rest, []byte(" ")) {
		if n < len(fields) {
			fields[n] = f
			n++
		}
	}
	// An event has one field more than a status of the consumer, which has no
	// subject to reply to, and which ends a request.
	event = n == 5 || string(verb) == "MSG" && n == 4
	if event {
		r.out.Write(r.result)
		r.out.WriteString("PUB ")
		r.out.Write(fields[2])
		r.out.WriteString(" 4\r\n+ACK\r\n")
	} else {
		r.asked = 0
	}
	size, err := strconv.Atoi(string(fields[n-1]))
	if err != nil {
		return false, fmt.Errorf("read %q: %w", line, err)
	}
	_, err = r.in.Discard(size + len("\r\n"))
	return event, err
}

package wire

import (
	"bytes"
	"errors"
	"fmt"
	"io"
)

const (
	// readSize is how much is read at a time: some two hundred events.
	readSize = 64 << 10
	// maxLine bounds a line of the protocol: what a server takes from clients
	// unless told otherwise. INFO, which lists the servers of a cluster, may be as
	// long as readSize.
	maxLine = 4 << 10
	// maxMessage bounds a message, its headers included: what a server lets wait for
	// a client. Its own limit for publishers is smaller, but may have been another
	// one when the message was stored.
	maxMessage = 64 << 20
)

var (
	errLine    = fmt.Errorf("a line of more than %d bytes", maxLine)
	errMessage = errors.New("a message with wrong lengths")
)

// A verb is an operation of the protocol, as a server sends it.
type verb uint8

const (
	verbOther verb = iota // +OK, and what future servers say
	verbMsg
	verbPing
	verbPong
	verbInfo
	verbErr
)

// verbs are those that mean something to a client; MSG and HMSG are read apart.
var verbs = map[string]verb{"PING": verbPing, "PONG": verbPong, "INFO": verbInfo, "-ERR": verbErr}

// A frame is one operation.
type frame struct {
	verb verb
	sid  uint64 // of the subscription that msg is for
	msg  Msg
	text []byte // of INFO and -ERR; valid until the next read
}

// A reader takes the operations of a server out of large reads.
type reader struct {
	from io.Reader
	buf  []byte
	i, n int // buf[i:n] is not taken yet
	need int // how much the operation has that begins at i, 0 if that is not known
}

func newReader(from io.Reader) *reader { return &reader{from: from, buf: make([]byte, readSize)} }

// fill reads once.
func (r *reader) fill() error {
	rest := r.buf[r.i:r.n]
	switch {
	case r.need > len(r.buf):
		r.buf = make([]byte, r.need)
	case len(rest) == 0 && len(r.buf) > readSize:
		r.buf = make([]byte, readSize) // after a large message
	}
	r.i, r.n = 0, copy(r.buf, rest)
	n, err := r.from.Read(r.buf[r.n:])
	r.n += n
	if n > 0 {
		return nil
	}
	return err
}

// next takes an operation, and reports whether there was one: if not, it has not
// been read completely. Its error is one of the protocol, after which nothing can be
// read any more.
func (r *reader) next(f *frame) (bool, error) {
	b := r.buf[r.i:r.n]
	if len(b) < r.need {
		return false, nil
	}
	end := bytes.IndexByte(b, '\n')
	if (end < 0 && len(b) >= maxLine || end >= maxLine) && (!bytes.HasPrefix(b, []byte("INFO ")) || end < 0 && len(b) >= readSize) {
		return false, errLine
	}
	if end < 0 {
		return false, nil
	}
	name, args, _ := bytes.Cut(bytes.TrimSuffix(b[:end], []byte("\r")), []byte(" "))
	switch string(name) {
	case "MSG":
		return r.message(f, b, end+1, args, false)
	case "HMSG":
		return r.message(f, b, end+1, args, true)
	}
	f.verb, f.text = verbs[string(name)], bytes.Trim(args, " '")
	r.i += end + 1
	return true, nil
}

// message takes the message that begins b, which the line of arguments describes
// and whose payload begins at body:
//
//	<subject> <sid> [reply] [length of the headers] <length>
func (r *reader) message(f *frame, b []byte, body int, args []byte, headers bool) (bool, error) {
	var fields [5][2]int // where they begin and end in b
	n := 0
	first := bytes.IndexByte(b, ' ') + 1
	for i, start := first, first; i <= first+len(args); i++ {
		if i < first+len(args) && b[i] != ' ' && b[i] != '\t' {
			continue
		}
		if i > start {
			if n == len(fields) {
				return false, errMessage
			}
			fields[n] = [2]int{start, i}
			n++
		}
		start = i + 1
	}
	numbers := 1
	if headers {
		numbers = 2
	}
	if n != 2+numbers && n != 3+numbers {
		return false, errMessage
	}
	field := func(i int) []byte { return b[fields[i][0]:fields[i][1]] }
	size, ok := number(field(n - 1))
	head, sid := uint64(0), uint64(0)
	if headers && ok {
		head, ok = number(field(n - 2))
	}
	if ok {
		sid, ok = number(field(1))
	}
	if !ok || size > maxMessage || head > size {
		return false, errMessage
	}
	whole := body + int(size) + len("\r\n")
	if whole > len(b) {
		r.need = whole
		return false, nil
	}
	if b[whole-2] != '\r' || b[whole-1] != '\n' {
		return false, errMessage
	}
	text := string(b[:body+int(head)])
	f.verb, f.sid = verbMsg, sid
	f.msg = Msg{
		Subject: text[fields[0][0]:fields[0][1]],
		Header:  text[body:],
		Data:    bytes.Clone(b[len(text) : whole-2]),
	}
	if n == 3+numbers {
		f.msg.Reply = text[fields[2][0]:fields[2][1]]
	}
	r.i, r.need = r.i+whole, 0
	return true, nil
}

// number is the value of digits.
func number(digits []byte) (n uint64, ok bool) {
	if len(digits) == 0 || len(digits) > 18 { // which fit
		return 0, false
	}
	for _, c := range digits {
		if c < '0' || c > '9' {
			return 0, false
		}
		n = 10*n + uint64(c-'0')
	}
	return n, true
}

package jetstream

import (
	"context"
	"crypto/sha256"
	"encoding/base32"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/seed66d9166c/express/express"
	"github.com/seed66d9166c/express/transport"
	"github.com/seed66d9166c/express/transport/wire"
)

// A delivery is one copy of an event.
type delivery struct {
	source  *Source
	stream  *stream
	msg     wire.Msg
	id      string
	seq     uint64 // in the stream
	stored  int64  // when, in nanoseconds
	attempt int
	over    atomic.Bool // ended, or about to be

	// Guarded by the Source's lock.
	prev, next *delivery // in held
	beat       time.Time // when the next one is due
	lapse      time.Time // when it counts as lost; zero before it is handed out
	size       int       // that the Budget counts for it
}

// delivery reads what the reply subject of m says:
//
//	$JS.ACK.<stream>.<consumer>.<delivered>.<stream seq>.<consumer seq>.<stored>.<pending>
//
// or, with domain and account before the stream and a token at the end, the
// same in eleven tokens or more.
func (s *Source) delivery(str *stream, m *wire.Msg) (*delivery, error) {
	rest, ok := strings.CutPrefix(m.Reply, "$JS.ACK.")
	skip := 2 // stream, consumer
	if n := strings.Count(rest, "."); n >= 8 {
		skip = 4
	} else if n != 6 {
		ok = false
	}
	for range skip {
		_, rest, _ = strings.Cut(rest, ".")
	}
	var numbers [4]int64
	for i := range numbers {
		var text string
		text, rest, _ = strings.Cut(rest, ".")
		var err error
		if numbers[i], err = strconv.ParseInt(text, 10, 64); err != nil {
			ok = false
		}
	}
	if !ok {
		return nil, errors.New("it has no acknowledgement subject: " + strconv.Quote(m.Reply))
	}
	d := &delivery{source: s, stream: str, msg: *m, attempt: int(numbers[0]), seq: uint64(numbers[1]), stored: numbers[3]}
	d.id = str.nameOf(m, d.seq)
	return d, nil
}

// nameOf is the name of the execution of event seq: what its publisher has named
// it, if that is a name.
func (s *stream) nameOf(m *wire.Msg, seq uint64) string {
	for _, key := range [...]string{transport.HeaderName, nats.MsgIdHdr} {
		if name := m.Get(key); transport.ValidName(name) {
			return name
		}
	}
	return s.execution(seq)
}

// lower is the alphabet of base32 in lower case.
var lower = base32.NewEncoding("abcdefghijklmnopqrstuvwxyz234567").WithPadding(base32.NoPadding)

// execution is the name of the execution of event seq: equal for every
// redelivery, another one for the same sequence once the stream was deleted and
// made again.
func (s *stream) execution(seq uint64) string {
	var buf [320]byte // stream names have 255 bytes at most
	b := append(buf[:0], s.name...)
	b = append(b, 0)
	b = strconv.AppendInt(b, s.created.UnixNano(), 10)
	b = append(b, 0)
	sum := sha256.Sum256(strconv.AppendUint(b, seq, 10))
	name := [54]byte{'e', '-'}
	lower.Encode(name[2:], sum[:])
	return string(name[:28])
}

// digest is the hash of words, as a token of a subject: 26 letters and digits.
func digest(words ...string) string {
	sum := sha256.Sum256([]byte(strings.Join(words, "\x00")))
	return lower.EncodeToString(sum[:])[:26]
}

func (d *delivery) ID() string      { return d.id }
func (d *delivery) Subject() string { return d.msg.Subject }
func (d *delivery) Time() time.Time { return time.Unix(0, d.stored) }
func (d *delivery) Data() []byte    { return d.msg.Data }
func (d *delivery) Attempt() int    { return d.attempt }

func (d *delivery) Header(key string) string { return d.msg.Get(key) }

// claim makes the caller the one that ends d.
func (d *delivery) claim() error {
	if d.over.Swap(true) {
		return transport.ErrEnded
	}
	return nil
}

// Ack publishes the outcome, as the completion level says, and acknowledges
// the event after it.
func (d *delivery) Ack(o express.Outcome, done func(error)) {
	if done == nil {
		done = func(error) {}
	}
	if err := d.claim(); err != nil {
		done(err)
		return
	}
	d.source.complete(d, o, done)
}

func (d *delivery) Reack() error { return d.answer("+ACK") }

func (d *delivery) Nak(after time.Duration) error {
	if after <= 0 {
		return d.answer("-NAK")
	}
	return d.answer(`-NAK {"delay":` + strconv.FormatInt(int64(after), 10) + `}`)
}

func (d *delivery) Bury(ctx context.Context, l transport.Letter) error {
	if err := d.claim(); err != nil {
		return err
	}
	err := d.source.bury(ctx, d, l)
	if err == nil {
		err = d.tell("+TERM " + l.Reason)
	}
	if err != nil {
		d.over.Store(false)
		return fmt.Errorf("bury event %d of stream %s: %w", d.seq, d.stream.name, err)
	}
	return nil
}

// answer ends d with a word to the server.
func (d *delivery) answer(word string) error {
	if err := d.claim(); err != nil {
		return err
	}
	return d.tell(word)
}

// tell sends the word, and lets go of d: whether or not it could be sent, no
// more beats go out.
func (d *delivery) tell(word string) error {
	d.source.release(d)
	return d.source.link.Send(wire.Msg{Subject: d.msg.Reply, Data: []byte(word)})
}

// release stops the beats of d.
func (s *Source) release(d *delivery) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.letGo(d)
	s.rest()
}

package jetstream_test

import (
	"log/slog"
	"net/url"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/seed66d9166c/express/transport"
	"github.com/seed66d9166c/express/transport/embedded"
	ejs "github.com/seed66d9166c/express/transport/jetstream"
	"github.com/seed66d9166c/express/transport/transporttest"
	"github.com/seed66d9166c/express/transport/wire"
)

// serve starts a server that ends with the test.
func serve(t testing.TB) *embedded.Server {
	t.Helper()
	s, err := embedded.Start(embedded.Options{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s
}

// connect is a connection to s that ends with the test.
func connect(t testing.TB, s *embedded.Server) jetstream.JetStream {
	t.Helper()
	nc, err := nats.Connect("", s.Connection())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(nc.Close)
	js, err := jetstream.New(nc)
	if err != nil {
		t.Fatal(err)
	}
	return js
}

// open is a Source on connections of its own.
func open(t testing.TB, s *embedded.Server, o ejs.Options) (*ejs.Source, jetstream.JetStream) {
	t.Helper()
	js := connect(t, s)
	if o.Link == nil {
		o.Link = links["wire"](js.Conn())
	}
	src, err := ejs.Open(t.Context(), js, o)
	if err != nil {
		t.Fatal(err)
	}
	return src, js
}

func TestSource(t *testing.T) {
	for name, link := range links {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			testSource(t, link)
		})
	}
}

// links are the ways between a Source and its server.
var links = map[string]func(*nats.Conn) *wire.Conn{
	"nats.go": wire.Plain,
	"wire":    func(nc *nats.Conn) *wire.Conn { return wire.Open(nc, slog.Default()) },
}

func testSource(t *testing.T, link func(*nats.Conn) *wire.Conn) {
	transporttest.TestSource(t, nil, func(t *testing.T, s transporttest.Settings) *transporttest.Bed {
		server := serve(t)
		publisher := connect(t, server)
		var mu sync.Mutex
		conns := map[transport.Source]*nats.Conn{}
		b := &transporttest.Bed{
			Open: func() transport.Source {
				js := connect(t, server)
				src, err := ejs.Open(t.Context(), js, ejs.Options{
					Workflow: "readings",
					Subject:  "readings.>",
					AckWait:  s.AckWait,
					Deadline: s.Deadline,
					Slots:    100,
					Link:     link(js.Conn()),
				})
				if err != nil {
					t.Fatal(err)
				}
				mu.Lock()
				defer mu.Unlock()
				conns[src] = js.Conn()
				return src
			},
			Kill: func(src transport.Source) {
				mu.Lock()
				defer mu.Unlock()
				conns[src].Close()
			},
			Publish: func(e transporttest.Event) {
				m := &nats.Msg{Subject: e.Subject, Data: e.Data, Header: nats.Header{}}
				for k, v := range e.Header {
					m.Header[k] = []string{v}
				}
				if e.ID != "" {
					m.Header[nats.MsgIdHdr] = []string{e.ID}
				}
				if _, err := publisher.PublishMsg(t.Context(), m); err != nil {
					t.Error(err)
				}
			},
			Dead: func() (dead []transporttest.Dead) {
				err := ejs.DeadLetters(t.Context(), publisher, ejs.DeadFilter{}, true, func(l *ejs.DeadLetter) error {
					dead = append(dead, transporttest.Dead{Workflow: l.Workflow, Reason: l.Reason, Data: l.Data})
					return nil
				})
				if err != nil {
					t.Error(err)
				}
				return dead
			},
		}
		return b
	})
}

// letters are all dead letters.
func letters(t testing.TB, js jetstream.JetStream) (all []jetstream.Msg) {
	t.Helper()
	c, err := js.OrderedConsumer(t.Context(), ejs.DeadStream, jetstream.OrderedConsumerConfig{})
	if err != nil {
		t.Fatal(err)
	}
	info, err := c.Info(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for range info.NumPending {
		m, err := c.Next(jetstream.FetchMaxWait(10 * time.Second))
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, m)
	}
	return all
}

// text is the value of a header of a dead letter.
func text(m jetstream.Msg, key string) string {
	s, err := url.PathUnescape(m.Headers().Get(key))
	if err != nil {
		return err.Error()
	}
	return s
}

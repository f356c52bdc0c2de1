package wire

import (
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"log/slog"
	"net"
	"net/http/httptest"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nkeys"
)

// patience bounds the wait for what must come.
const patience = 10 * time.Second

// serve starts a server that ends with the test.
func serve(t *testing.T, o server.Options) *server.Server {
	t.Helper()
	o.Host, o.Port = "127.0.0.1", cmp.Or(o.Port, -1)
	o.NoLog, o.NoSigs = true, true
	s, err := server.NewServer(&o)
	if err != nil {
		t.Fatal(err)
	}
	s.Start()
	t.Cleanup(func() {
		s.Shutdown()
		s.WaitForShutdown()
	})
	if !s.ReadyForConnections(patience) {
		t.Fatal("the server is not ready")
	}
	return s
}

// connect is a connection of nats.go, and a Conn beside it.
func connect(t *testing.T, url string, options ...nats.Option) (*nats.Conn, *Conn) {
	t.Helper()
	options = append([]nats.Option{nats.Name("engine"), nats.MaxReconnects(-1), nats.ReconnectWait(20 * time.Millisecond)}, options...)
	nc, err := nats.Connect(url, options...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(nc.Close)
	c := Open(nc, slog.New(slog.DiscardHandler))
	t.Cleanup(c.Close)
	return nc, c
}

// listen subscribes to a subject; what arrives is sent to the channel, "" when the
// Subscription has become stale.
func listen(t *testing.T, c *Conn, subject string) (*Subscription, chan string) {
	t.Helper()
	got := make(chan string, 1000)
	s, err := c.Subscribe(subject, func(all []Msg) {
		for _, m := range all {
			got <- string(m.Data)
		}
		if len(all) == 0 {
			got <- ""
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	return s, got
}

// expect waits for what arrives next.
func expect(t *testing.T, got <-chan string, want string) {
	t.Helper()
	select {
	case is := <-got:
		if is != want {
			t.Errorf("%.100q arrived, want %.100q", is, want)
		}
	case <-time.After(patience):
		t.Fatalf("%.100q has not arrived", want)
	}
}

// eventually waits until is.
func eventually(t *testing.T, what string, is func() bool) {
	t.Helper()
	for end := time.Now().Add(patience); !is(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("%s: not after %v", what, patience)
		}
	}
}

// exchange sends a message either way.
func exchange(t *testing.T, nc *nats.Conn, c *Conn) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	s, got := listen(t, c, "in")
	if err := c.Flush(ctx); err != nil {
		t.Fatal(err)
	}
	if err := nc.Publish("in", []byte("event")); err != nil {
		t.Fatal(err)
	}
	expect(t, got, "event")
	out, err := nc.SubscribeSync("out")
	if err != nil {
		t.Fatal(err)
	}
	defer out.Unsubscribe()
	if err := nc.FlushWithContext(ctx); err != nil {
		t.Fatal(err)
	}
	if err := c.Send(Msg{Subject: "out", Reply: "r", Header: Header("K", "v"), Data: []byte("result")}, Msg{Subject: "out", Data: []byte("ack")}); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"result", "ack"} {
		m, err := out.NextMsgWithContext(ctx)
		if err != nil || string(m.Data) != want || want == "result" && (m.Reply != "r" || m.Header.Get("K") != "v") {
			t.Fatalf("%+v, want %s: %v", m, want, err)
		}
	}
	over := make(chan struct{})
	s.Drain(func() { close(over) })
	select {
	case <-over:
	case <-ctx.Done():
		t.Fatal("the subscription does not end")
	}
}

// certificate is one of 127.0.0.1, and who trusts it.
func certificate(t *testing.T) (*tls.Config, nats.Option) {
	s := httptest.NewUnstartedServer(nil)
	s.StartTLS()
	t.Cleanup(s.Close)
	roots := x509.NewCertPool()
	roots.AddCert(s.Certificate())
	return &tls.Config{Certificates: s.TLS.Certificates}, nats.Secure(&tls.Config{RootCAs: roots})
}

// TestOpen connects in every way that there is, as nats.go does.
func TestOpen(t *testing.T) {
	key, err := nkeys.CreateUser()
	if err != nil {
		t.Fatal(err)
	}
	public, err := key.PublicKey()
	if err != nil {
		t.Fatal(err)
	}
	encryption, trust := certificate(t)
	user := server.Options{Username: "u", Password: "p"}
	token := server.Options{Authorization: "secret"}
	for name, tt := range map[string]struct {
		server  server.Options
		user    string // in the URL
		options []nats.Option
	}{
		"nobody":             {},
		"no echo of name":    {options: []nats.Option{nats.Name("")}},
		"user":               {server: user, options: []nats.Option{nats.UserInfo("u", "p")}},
		"user of a function": {server: user, options: []nats.Option{nats.UserInfoHandler(func() (string, string) { return "u", "p" })}},
		"user in the URL":    {server: user, user: "u:p@"},
		"token":              {server: token, options: []nats.Option{nats.Token("secret")}},
		"token in the URL":   {server: token, user: "secret@"},
		"token of a function": {server: token, options: []nats.Option{
			nats.TokenHandler(func() string { return "secret" }),
		}},
		"nkey": {server: server.Options{Nkeys: []*server.NkeyUser{{Nkey: public}}}, options: []nats.Option{nats.Nkey(public, key.Sign)}},
		"TLS":  {server: server.Options{TLSConfig: encryption, TLSTimeout: 10}, options: []nats.Option{trust}},
		"TLS and a user": {
			server:  server.Options{TLSConfig: encryption, TLSTimeout: 10, Username: "u", Password: "p"},
			options: []nats.Option{trust, nats.UserInfo("u", "p")},
		},
		"TLS first": {
			server:  server.Options{TLSConfig: encryption, TLSTimeout: 10, TLSHandshakeFirst: true},
			options: []nats.Option{trust, nats.TLSHandshakeFirst()},
		},
		"dialer": {options: []nats.Option{nats.SetCustomDialer(new(net.Dialer))}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := serve(t, tt.server)
			nc, c := connect(t, "nats://"+tt.user+s.Addr().String(), tt.options...)
			if c.line.Load() == nil {
				t.Fatal("there is no data connection")
			}
			exchange(t, nc, c)
			if got, want := names(t, s), []string{nc.Opts.Name, nc.Opts.Name + "-data"}; !slices.Equal(got, want) {
				t.Errorf("connections %q, want %q", got, want)
			}
		})
	}
}

// names are those of the connections of s.
func names(t *testing.T, s *server.Server) (names []string) {
	t.Helper()
	z, err := s.Connz(nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range z.Conns {
		names = append(names, c.Name)
	}
	slices.Sort(names)
	return names
}

func TestInProcess(t *testing.T) {
	s := serve(t, server.Options{DontListen: true})
	nc, c := connect(t, "", nats.InProcessServer(s))
	if c.line.Load() == nil {
		t.Fatal("there is no data connection")
	}
	exchange(t, nc, c)
}

func TestCredentials(t *testing.T) {
	jwt := func() (string, error) { return "a.b.c", nil }
	sign := func(nonce []byte) ([]byte, error) { return append([]byte("of "), nonce...), nil }
	h, err := credentials(&nats.Options{UserJWT: jwt, SignatureCB: sign}, nil, "nonce")
	if err != nil || h.JWT != "a.b.c" || h.Signature != "b2Ygbm9uY2U" {
		t.Errorf("%+v: %v", h, err)
	}
	if _, err := credentials(&nats.Options{UserJWT: jwt}, nil, "nonce"); err == nil {
		t.Error("nothing is signed, and that is no error")
	}
}

// TestPlain has no data connection: messages go all the same.
func TestPlain(t *testing.T) {
	for name, tt := range map[string]struct {
		server server.Options
		url    func(*server.Server) string
	}{
		"refused":   {server.Options{MaxConn: 1}, (*server.Server).ClientURL},
		"WebSocket": {server.Options{Websocket: server.WebsocketOpts{Host: "127.0.0.1", Port: -1, NoTLS: true}}, (*server.Server).WebsocketURL},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := serve(t, tt.server)
			nc, c := connect(t, tt.url(s))
			if c.line.Load() != nil {
				t.Fatal("there is a data connection")
			}
			exchange(t, nc, c)
		})
	}
}

// TestRestart takes the server away: who listens is told, what is sent meanwhile
// arrives later, and there is a data connection again.
func TestRestart(t *testing.T) {
	s := serve(t, server.Options{})
	nc, c := connect(t, s.ClientURL())
	sub, got := listen(t, c, "in")
	if sub.Stale() {
		t.Error("the subscription is stale from the beginning")
	}
	port := s.Addr().(*net.TCPAddr).Port
	s.Shutdown()
	s.WaitForShutdown()
	expect(t, got, "")
	if !sub.Stale() {
		t.Error("the subscription is not stale")
	}
	eventually(t, "disconnected", func() bool { return !c.Connected() })
	if err := c.Send(Msg{Subject: "out", Data: []byte("late")}); err != nil {
		t.Errorf("what is sent meanwhile: %v", err)
	}
	meanwhile, err := c.Subscribe("in", func([]Msg) {})
	if err != nil {
		t.Fatal(err)
	}
	serve(t, server.Options{Port: port})
	eventually(t, "connected again", func() bool { return c.line.Load() != nil })
	if !meanwhile.Stale() {
		t.Error("a subscription by nats.go is not stale although there is a data connection")
	}
	exchange(t, nc, c)
}

// TestFailover takes away one of two servers: the data connection follows nats.go
// to the other one.
func TestFailover(t *testing.T) {
	a := serve(t, server.Options{ServerName: "a", Cluster: server.ClusterOpts{Name: "c", Host: "127.0.0.1", Port: -1}})
	b := serve(t, server.Options{
		ServerName: "b",
		Cluster:    server.ClusterOpts{Name: "c", Host: "127.0.0.1", Port: -1},
		Routes:     server.RoutesFromStr("nats://" + a.ClusterAddr().String()),
	})
	nc, c := connect(t, a.ClientURL()+","+b.ClientURL(), nats.DontRandomize())
	a.Shutdown()
	eventually(t, "connected to b", func() bool { return len(names(t, b)) == 2 && c.line.Load() != nil })
	exchange(t, nc, c)
}

// TestPermissions sends what the user must not: that is said as nats.go says it, and
// the connection stays.
func TestPermissions(t *testing.T) {
	deny := &server.SubjectPermission{Deny: []string{"secret"}}
	s := serve(t, server.Options{Users: []*server.User{{
		Username: "u", Password: "p", Permissions: &server.Permissions{Publish: deny, Subscribe: deny},
	}}})
	errs := make(chan error, 10)
	nc, c := connect(t, s.ClientURL(), nats.UserInfo("u", "p"), nats.ErrorHandler(func(_ *nats.Conn, _ *nats.Subscription, err error) { errs <- err }))
	l := c.line.Load()
	if err := c.Send(Msg{Subject: "secret"}); err != nil {
		t.Fatal(err)
	}
	listen(t, c, "secret")
	for _, what := range []string{"Publish", "Subscription"} {
		select {
		case err := <-errs:
			if want := "Permissions Violation for " + what + ` to "secret"`; !strings.Contains(err.Error(), want) {
				t.Errorf("%v, want %s", err, want)
			}
		case <-time.After(patience):
			t.Fatalf("nothing is said of the %s", what)
		}
	}
	exchange(t, nc, c)
	if c.line.Load() != l {
		t.Error("the data connection has not stayed")
	}
}

// A dialer makes connections that can fall silent.
type dialer struct{ silent atomic.Bool }

func (d *dialer) Dial(network, address string) (net.Conn, error) {
	c, err := net.Dial(network, address)
	return &halfOpen{c, d}, err
}

type halfOpen struct {
	net.Conn
	of *dialer
}

func (c *halfOpen) Read(b []byte) (int, error) {
	for {
		n, err := c.Conn.Read(b)
		if err != nil || !c.of.silent.Load() {
			return n, err
		}
	}
}

func (c *halfOpen) Write(b []byte) (int, error) {
	if c.of.silent.Load() {
		return len(b), nil
	}
	return c.Conn.Write(b)
}

// TestHalfOpen cuts the connection so that neither end is told.
func TestHalfOpen(t *testing.T) {
	d := new(dialer)
	nc, c := connect(t, serve(t, server.Options{}).ClientURL(), nats.SetCustomDialer(d), nats.PingInterval(20*time.Millisecond), nats.MaxPingsOutstanding(2))
	l := c.line.Load()
	_, got := listen(t, c, "in")
	time.Sleep(200 * time.Millisecond) // pings are answered meanwhile
	if c.line.Load() != l {
		t.Error("an idle connection is given up")
	}
	d.silent.Store(true)
	expect(t, got, "")
	d.silent.Store(false)
	eventually(t, "connected again", func() bool { return c.line.Load() != nil && nc.IsConnected() })
	exchange(t, nc, c)
}

// TestWriteTimeout writes to who does not read.
func TestWriteTimeout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		near, far := net.Pipe()
		defer far.Close()
		l := &line{conn: near}
		began := time.Now()
		if err := l.send([]Msg{{Subject: "a"}}); err == nil {
			t.Error("it was written")
		}
		if took := time.Since(began); took != writeTimeout {
			t.Errorf("it took %v, want %v", took, writeTimeout)
		}
		if err := l.send([]Msg{{Subject: "a"}}); err == nil {
			t.Error("it was written later")
		}
	})
}

// TestLarge has messages as large as a server takes, and MaxPayload says how large
// that is.
func TestLarge(t *testing.T) {
	nc, c := connect(t, serve(t, server.Options{}).ClientURL())
	if got, want := c.MaxPayload(), int(nc.MaxPayload()); got != want {
		t.Errorf("MaxPayload is %d, want %d", got, want)
	}
	_, got := listen(t, c, "in")
	body := strings.Repeat("x", c.MaxPayload())
	for _, data := range []string{"small", body, "small again"} {
		if err := c.Send(Msg{Subject: "in", Data: []byte(data)}); err != nil {
			t.Fatal(err)
		}
		expect(t, got, data)
	}
}

// TestOrder hands over everything in order, whatever arrives together, and shares
// no memory between messages.
func TestOrder(t *testing.T) {
	nc, c := connect(t, serve(t, server.Options{}).ClientURL())
	_, got := listen(t, c, "in")
	const n = 1000
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	if err := c.Flush(ctx); err != nil {
		t.Fatal(err)
	}
	for i := range n {
		if err := nc.Publish("in", fmt.Append(nil, i)); err != nil {
			t.Fatal(err)
		}
	}
	for i := range n {
		expect(t, got, fmt.Sprint(i))
	}
}

// BenchmarkRead reads an event and hands it over.
func BenchmarkRead(b *testing.B) {
	event := "HMSG orders 1 $JS.ACK.ORDERS.express-orders.1.1000000.1000000.1795293798839528981.1000 39 289\r\nNATS/1.0\r\nNats-Msg-Id: 0123456789ab\r\n\r\n" + strings.Repeat("x", 250) + "\r\n"
	all := strings.Repeat(event, 100)
	from := strings.NewReader(all)
	r := newReader(from)
	var f frame
	b.ReportAllocs()
	for b.Loop() {
		for {
			ok, err := r.next(&f)
			if err != nil {
				b.Fatal(err)
			}
			if ok {
				break
			}
			if r.fill() != nil {
				from.Reset(all)
			}
		}
	}
}

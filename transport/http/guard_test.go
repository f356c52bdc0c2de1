package httptask

import (
	"context"
	"encoding/binary"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/seed66d9166c/express/express/value"
)

// resolving makes i ask a name server of the test's: names yields the addresses
// of a name, which it has no other of.
func resolving(t *testing.T, i *Invoker, names func(name string) []string) {
	t.Helper()
	pc, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	t.Cleanup(func() { pc.Close(); <-done })
	go func() {
		defer close(done)
		b := make([]byte, 1500)
		for {
			n, from, err := pc.ReadFrom(b)
			if err != nil {
				return
			}
			pc.WriteTo(dnsAnswer(b[:n], names), from)
		}
	}()
	i.none.client.guard.resolver = &net.Resolver{
		PreferGo: true,
		Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, "udp", pc.LocalAddr().String())
		},
	}
}

// dnsAnswer answers a query with the IPv4 addresses of its name, of which an
// IPv6 query has none.
func dnsAnswer(query []byte, names func(string) []string) []byte {
	const header, typeA = 12, 1
	var labels []string
	end := header
	for query[end] != 0 {
		n := int(query[end])
		labels = append(labels, string(query[end+1:end+1+n]))
		end += 1 + n
	}
	end++
	ips := names(strings.Join(labels, "."))
	code := byte(0)
	if ips == nil {
		code = 3 // no such name
	}
	if binary.BigEndian.Uint16(query[end:]) != typeA {
		ips = nil
	}
	b := append([]byte{}, query[:2]...)
	b = append(b, 0x84, 0x80|code, 0, 1, 0, byte(len(ips)), 0, 0, 0, 0)
	b = append(b, query[header:end+4]...)
	for _, ip := range ips {
		b = append(b, 0xc0, header, 0, typeA, 0, 1, 0, 0, 0, 0, 0, 4)
		b = append(b, netip.MustParseAddr(ip).AsSlice()...)
	}
	return b
}

// Every URL is refused before a byte of a request is sent.
func TestURLs(t *testing.T) {
	const permission, runtime = "States.Permissions: ", "States.Runtime: "
	tests := []struct{ url, want string }{
		// addresses
		{"https://127.0.0.1/", permission + "127.0.0.1 must not be called: it is a loopback address, which http.allow does not permit."},
		{"https://127.255.255.254:8443/", permission + "127.255.255.254 must not be called: it is a loopback address"},
		{"https://0.0.0.0/", permission + "0.0.0.0 must not be called: it is this host"},
		{"https://10.0.0.1/", permission + "10.0.0.1 must not be called: it is a private address"},
		{"https://172.16.0.1/", permission + "172.16.0.1 must not be called: it is a private address"},
		{"https://172.31.255.255/", permission + "172.31.255.255 must not be called: it is a private address"},
		{"https://192.168.1.1/", permission + "192.168.1.1 must not be called: it is a private address"},
		{"https://100.64.0.1/", permission + "100.64.0.1 must not be called: it is a carrier's address"},
		{"https://169.254.169.254/latest/meta-data/", permission + "169.254.169.254 must not be called: it is a link-local address"},
		{"https://100.100.100.200/", permission + "100.100.100.200 must not be called: it is cloud metadata"},
		{"https://168.63.129.16/", permission + "168.63.129.16 must not be called: it is cloud metadata"},
		{"https://192.0.0.192/", permission + "192.0.0.192 must not be called: it is a reserved address"},
		{"https://224.0.0.1/", permission + "224.0.0.1 must not be called: it is a multicast address"},
		{"https://255.255.255.255/", permission + "255.255.255.255 must not be called: it is a reserved address"},
		{"https://[::1]/", permission + "::1 must not be called: it is a loopback address"},
		{"https://[::]/", permission + ":: must not be called: it is this host"},
		{"https://[fe80::1]/", permission + "fe80::1 must not be called: it is a link-local address"},
		{"https://[fd00:ec2::254]/", permission + "fd00:ec2::254 must not be called: it is cloud metadata"},
		{"https://[fc00::1]/", permission + "fc00::1 must not be called: it is a private address"},
		{"https://[::ffff:127.0.0.1]/", permission + "::ffff:127.0.0.1 must not be called: it is a loopback address"},
		{"https://[::ffff:a9fe:a9fe]/", permission + "::ffff:a9fe:a9fe must not be called: it is a link-local address"},
		{"https://[::127.0.0.1]/", permission + "::127.0.0.1 must not be called: it is a reserved address"},
		{"https://[64:ff9b::10.0.0.1]/", permission + "64:ff9b::10.0.0.1 must not be called: it is a private address"},
		{"https://[64:ff9b:1::1]/", permission + "64:ff9b:1::1 must not be called: it is a reserved address"},
		{"https://[2002:7f00:1::]/", permission + "2002:7f00:1:: must not be called: it is a loopback address"},
		{"https://[2001:0:1::1]/", permission + "2001:0:1::1 must not be called: it is a reserved address"},
		{"https://[ff02::1]/", permission + "ff02::1 must not be called: it is a multicast address"},
		// addresses in other writings
		{"https://2130706433/", runtime + "The value of the field 'ApiEndpoint' is not a URL that can be called: it names no host."},
		{"https://0x7f000001/", runtime},
		{"https://0x7f.0.0.1/", runtime},
		{"https://0177.0.0.1/", runtime},
		{"https://127.1/", runtime},
		{"https://127.0.0.1./", runtime},
		{"https://127.0.0.0x1/", runtime},
		{"https://127.0.0.0XfFfFfFfFfFfFfFfFf01/", runtime},
		{"https://a.0x/", runtime},
		{"https://１２７.０.０.１/", permission}, // IDNA makes digits of them
		{"https://[fe80::1%25eth0]/", runtime},
		{"https://[::1/", runtime},
		// names
		{"https://localhost/", permission + "localhost must not be called: it is a loopback address"},
		{"https://Inside.TEST./", permission + "Inside.TEST. must not be called: it is a private address"},
		{"https://ｌｏｃａｌｈｏｓｔ/", permission}, // as above
		{"https://inside.test/", permission + "inside.test must not be called: it is a private address"},
		{"https://metadata.test/", permission + "metadata.test must not be called: it is a link-local address"},
		{"https://both.test/", permission}, // one private, one loopback
		{"http://named.test:7/", permission + "named.test must not be called: it is a loopback address"},
		{"https://nowhere.test/", "States.Http.Socket: There is no host nowhere.test."},
		{"https://-.test/", "States.Http.Socket: There is no host -.test."},
		// what is no URL of a server
		{"https://user:pass@a.test/", runtime + "The value of the field 'ApiEndpoint' is not a URL that can be called: it names a user: credentials belong into a connection."},
		{"https://user@a.test/", runtime},
		{"https://a.test@127.0.0.1/", runtime},
		{"https://a.test\\@127.0.0.1/", runtime},
		{"https://a.test#@127.0.0.1/", "States.Http.Socket: There is no host a.test."},
		{"https://a.test:0/", runtime + "The value of the field 'ApiEndpoint' is not a URL that can be called: its port is out of range."},
		{"https://a.test:65536/", runtime},
		{"https://a.test:x/", runtime},
		{"https://a.test:80:80/", runtime},
		{"https:///path", runtime},
		{"https://", runtime},
		{"https:a.test", runtime},
		{"https://.", runtime},
		{"https://a..test/", runtime},
		{"https://a,test/", runtime},
		{"https://a b.test/", runtime},
		{"https://a.test/\r\nX: y", runtime},
		{"HTTPS\t://a.test", runtime},
		{"//a.test/", runtime},
		{"/etc/passwd", runtime},
		{"", runtime},
		{"file:///etc/passwd", runtime},
		{"ftp://a.test/", runtime},
		{"gopher://127.0.0.1:70/", runtime},
		{"unix:///var/run/docker.sock", runtime},
		{"javascript:alert(1)", runtime},
	}
	i := open(t, Options{Allow: []string{"named.test:8"}})
	resolving(t, i, func(name string) []string {
		return map[string][]string{
			"inside.test":   {"10.1.2.3"},
			"metadata.test": {"169.254.169.254"},
			"both.test":     {"10.1.2.3", "127.0.0.1"},
			"named.test":    {"127.0.0.1"},
		}[strings.ToLower(name)]
	})
	for _, tt := range tests {
		if got := outcome(i.Invoke(t.Context(), get(t, tt.url))); !strings.HasPrefix(got, tt.want) {
			t.Errorf("%s\ngot  %s\nwant %s", tt.url, got, tt.want)
		}
	}
}

func TestPermit(t *testing.T) {
	g, err := newGuard([]string{
		"Orders.Internal.", "billing.internal:8443", "10.1.0.0/16", "192.168.7.7", "127.0.0.1:9000", "::ffff:169.254.170.2", "fd00:1::/32", "public.test",
	})
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		host, port, to string
		plain, ok      bool
	}{
		{"a.test", "443", "93.184.216.34", false, true},
		{"a.test", "443", "2606:2800:220:1::1", false, true},
		{"a.test", "443", "::ffff:93.184.216.34", false, true},
		{"a.test", "443", "64:ff9b::93.184.216.34", false, true},
		{"a.test", "80", "93.184.216.34", true, false},
		{"public.test", "80", "93.184.216.34", true, true},
		{"a.test", "443", "9.255.255.255", false, true}, // the addresses around a class
		{"a.test", "443", "11.0.0.0", false, true},
		{"a.test", "443", "100.63.255.255", false, true},
		{"a.test", "443", "100.128.0.0", false, true},
		{"a.test", "443", "172.15.255.255", false, true},
		{"a.test", "443", "172.32.0.0", false, true},
		{"a.test", "443", "2001:200::1", false, true},
		{"a.test", "443", "4000::1", false, false},

		{"orders.internal", "80", "10.9.9.9", true, true},
		{"ORDERS.internal.", "443", "127.0.0.1", false, true},
		{"orders.internal", "80", "169.254.169.254", true, false}, // a name does not open these
		{"orders.internal", "80", "0.0.0.0", true, false},
		{"orders.internal", "80", "fe80::1%eth0", true, false},
		{"x.orders.internal", "443", "10.9.9.9", false, false},
		{"billing.internal", "8443", "10.9.9.9", true, true},
		{"billing.internal", "443", "10.9.9.9", false, false},
		{"billing.internal", "443", "93.184.216.34", false, true},

		{"any.test", "80", "10.1.255.255", true, true},
		{"any.test", "80", "::ffff:10.1.2.3", true, true},
		{"any.test", "80", "10.2.0.0", true, false},
		{"any.test", "443", "10.2.0.0", false, false},
		{"192.168.7.7", "80", "192.168.7.7", true, true},
		{"192.168.7.8", "80", "192.168.7.8", true, false},
		{"127.0.0.1", "9000", "127.0.0.1", true, true},
		{"127.0.0.1", "9001", "127.0.0.1", true, false},
		{"any.test", "9000", "127.0.0.1", true, false}, // the port was of the address
		{"any.test", "80", "169.254.170.2", true, true},
		{"any.test", "80", "fd00:1:2::3", true, true},
		{"any.test", "80", "fd00:2::3", true, false},
	}
	for _, tt := range tests {
		err := g.permit(tt.host, tt.port, netip.MustParseAddr(tt.to), tt.plain)
		if (err == nil) != tt.ok {
			t.Errorf("%s:%s at %s, plain %t: %v", tt.host, tt.port, tt.to, tt.plain, err)
		}
		if err != nil && tt.to != tt.host && strings.Contains(err.Error(), tt.to) {
			t.Errorf("the error tells the address: %v", err)
		}
	}
}

func TestAllowEntries(t *testing.T) {
	for entry, ok := range map[string]bool{
		"orders.internal":      true,
		"orders":               true,
		"my_host:1":            true,
		"orders.internal:8080": true,
		"10.0.0.0/8":           true,
		"10.1.2.3":             true,
		"10.1.2.3:80":          true,
		"::1":                  true,
		"[::1]:8080":           true,
		"fd00::/8":             true,
		"0.0.0.0/0":            true,
		"::ffff:10.1.2.3":      true,
		"::ffff:10.0.0.0/104":  false,
		"":                     false,
		" orders":              false,
		"*":                    false,
		"*.internal":           false,
		"http://orders":        false,
		"orders:":              false,
		"orders:0":             false,
		"orders:http":          false,
		"orders:65536":         false,
		"10.0.0.0/33":          false,
		"10.0.0/8":             false,
		"256.1.1.1":            false,
		"2130706433":           false,
		"bücher.test":          false,
		"[::1]":                false,
		"fe80::1%eth0/64":      false,
	} {
		if _, err := newGuard([]string{entry}); (err == nil) != ok {
			t.Errorf("allow %q: %v", entry, err)
		}
	}
	if _, err := New(Options{Allow: []string{"a b"}}); err == nil || err.Error() != `allow "a b": expected the name of a host, in ASCII, an address or a network` {
		t.Errorf("New says %v", err)
	}
}

// listen starts a server on an address of loopback.
func listen(t *testing.T, address string, h http.HandlerFunc) (port string) {
	t.Helper()
	l, err := net.Listen("tcp", address)
	if err != nil {
		t.Skipf("listen on %s: %v", address, err) // only Linux has all of 127.0.0.0/8
	}
	s := &httptest.Server{Listener: l, Config: &http.Server{Handler: h}}
	s.Start()
	t.Cleanup(s.Close)
	_, port, _ = net.SplitHostPort(l.Addr().String())
	return port
}

// A name is compared as it is asked for, in ASCII.
func TestInternationalName(t *testing.T) {
	port := listen(t, "127.0.0.1:0", func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, r.Host) })
	i := open(t, Options{Allow: []string{"xn--bcher-kva.test:" + port}})
	resolving(t, i, func(name string) []string {
		if strings.EqualFold(name, "xn--bcher-kva.test") {
			return []string{"127.0.0.1"}
		}
		return nil
	})
	for _, host := range []string{"bücher.test", "BÜCHER.test", "xn--bcher-kva.test", "XN--bcher-kva.TEST"} {
		if _, err := i.Invoke(t.Context(), posting("http://"+host+":"+port, value.Null)); err != nil {
			t.Errorf("%s: %v", host, err)
		}
	}
}

// What counts is the address that is connected to, whatever the name server has
// said before, or says besides.
func TestRebinding(t *testing.T) {
	var inside atomic.Int32
	port := listen(t, "127.0.0.2:0", func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, `"outside"`) })
	listen(t, "127.0.0.1:"+port, func(w http.ResponseWriter, r *http.Request) { inside.Add(1) })
	i := open(t, Options{Allow: []string{"127.0.0.2"}})
	var answers atomic.Value
	resolving(t, i, func(string) []string { return answers.Load().([]string) })
	url := "http://rebind.test:" + port + "/"
	call := posting(url, parse(t, "{}"))

	for _, tt := range []struct {
		answers []string
		want    string
	}{
		{[]string{"127.0.0.2"}, `"\"outside\""`},
		{[]string{"127.0.0.1"}, "States.Permissions: rebind.test must not be called: it is a loopback address, which http.allow does not permit."},
		{[]string{"127.0.0.1", "127.0.0.2"}, `"\"outside\""`},
	} {
		answers.Store(tt.answers)
		wantOutcome(t, i, call, tt.want)
		i.Close()
	}
	if n := inside.Load(); n > 0 {
		t.Errorf("the address that is not permitted got %d requests", n)
	}
}

func TestNoProxy(t *testing.T) {
	if p := open(t, loopback).none.client.http.Transport.(*http.Transport).Proxy; p != nil {
		t.Error("the environment's proxy is used")
	}
}

func TestRedirects(t *testing.T) {
	other := serve(t, func(w http.ResponseWriter, r *http.Request) { t.Errorf("another origin got %v", r.Header) })
	var s *httptest.Server
	s = serve(t, func(w http.ResponseWriter, r *http.Request) {
		var n int
		switch fmt.Sscanf(r.URL.Path, "/down/%d", &n); {
		case r.URL.Path == "/end", n == 1:
			fmt.Fprintf(w, "%s %s", r.Method, r.Header.Get("Authorization"))
		case n > 1:
			http.Redirect(w, r, fmt.Sprintf("/down/%d", n-1), http.StatusFound)
		default:
			code, to, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
			var status int
			fmt.Sscan(code, &status)
			to = strings.NewReplacer("SELF", s.URL, "OTHER", other.URL).Replace(to)
			w.Header().Set("Location", to)
			w.WriteHeader(status)
		}
	})
	i := open(t, Options{
		Allow:       []string{"127.0.0.1", "localhost"},
		Connections: map[string]*Connection{"basic": {Basic: &Basic{Username: "ada", Password: Text("pw")}}},
	})
	host := func(url string) string { return strings.TrimPrefix(url, "http://") }
	tests := []struct{ path, want string }{
		{"/302/SELF/end", `"GET Basic YWRhOnB3"`},
		{"/303/end", "States.Http.StatusCode.303: 303 See Other"}, // relative, so for ever
		{"/303//end", `"GET Basic YWRhOnB3"`},
		{"/307//end", `"POST Basic YWRhOnB3"`},
		{"/308/SELF/end", `"POST Basic YWRhOnB3"`},
		{"/down/11", `"GET Basic YWRhOnB3"`},
		{"/down/12", "States.Http.StatusCode.302: "},
		{"/302/OTHER/", "States.Http.StatusCode.302: The redirect to " + host(other.URL) + " is not followed."},
		{"/307/OTHER/", "States.Http.StatusCode.307: The redirect to " + host(other.URL) + " is not followed."},
		{"/302/http://localhost:1/", "States.Http.StatusCode.302: The redirect to localhost:1 is not followed."},
		{"/302/http://169.254.169.254/", "States.Http.StatusCode.302: The redirect to 169.254.169.254 is not followed."},
		{"/302/https://" + host(s.URL) + "/end", "States.Http.StatusCode.302: The redirect to " + host(s.URL) + " is not followed."},
		{"/302/http://ada:pw@" + host(s.URL) + "/end", "States.Http.StatusCode.302: The redirect to " + host(s.URL) + " is not followed."},
		{"/302/file:///etc/passwd", "States.Http.StatusCode.302: 302 Found"},
		{"/304/", "States.Http.StatusCode.304: 304 Not Modified"},
		{"/302/", "States.Http.StatusCode.302: 302 Found"},
	}
	for _, tt := range tests {
		c := task(t, `{"Method":"POST","ApiEndpoint":%q,"RequestBody":{},"Authentication":{"ConnectionArn":"basic"}}`, s.URL+tt.path)
		v, err := i.Invoke(t.Context(), c)
		got := outcome(v, err)
		if err == nil {
			body, _ := v.Get("ResponseBody")
			got = body.String()
		}
		if !strings.HasPrefix(got, tt.want) {
			t.Errorf("%s\ngot  %s\nwant %s", tt.path, got, tt.want)
		}
	}
}

func TestSameOrigin(t *testing.T) {
	for _, tt := range []struct {
		a, b string
		want bool
	}{
		{"https://a.test/x", "https://A.test.:443/y", true},
		{"http://a.test", "http://a.test:80", true},
		{"http://a.test", "https://a.test", true},
		{"https://a.test", "http://a.test", false},
		{"http://a.test:8080", "https://a.test", false},
		{"http://a.test", "https://a.test:8443", false},
		{"https://a.test", "https://a.test:444", false},
		{"https://a.test", "https://b.a.test", false},
		{"https://b.a.test", "https://a.test", false},
	} {
		a, err := endpoint(tt.a)
		if err != nil {
			t.Fatal(err)
		}
		b, err := endpoint(tt.b)
		if err != nil {
			t.Fatal(err)
		}
		if got := sameOrigin(a, b); got != tt.want {
			t.Errorf("%s and %s: %t", tt.a, tt.b, got)
		}
	}
}

package httptask

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// An authority signs the certificates of a test.
type authority struct {
	certificate *x509.Certificate
	key         *ecdsa.PrivateKey
}

func newAuthority(t *testing.T) *authority {
	t.Helper()
	a := new(authority)
	template := &x509.Certificate{
		Subject: pkix.Name{CommonName: "authority"}, SerialNumber: big.NewInt(1), IsCA: true, BasicConstraintsValid: true,
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), KeyUsage: x509.KeyUsageCertSign,
	}
	a.certificate, a.key = template, newKey(t)
	a.certificate = a.sign(t, template, a.key)
	return a
}

func newKey(t *testing.T) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func (a *authority) sign(t *testing.T, template *x509.Certificate, key *ecdsa.PrivateKey) *x509.Certificate {
	t.Helper()
	der, err := x509.CreateCertificate(rand.Reader, template, a.certificate, &key.PublicKey, a.key)
	if err != nil {
		t.Fatal(err)
	}
	c, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// issue makes a certificate for name, a server's or a client's, good at
// 127.0.0.1 as well.
func (a *authority) issue(t *testing.T, name string) tls.Certificate {
	t.Helper()
	key := newKey(t)
	c := a.sign(t, &x509.Certificate{
		Subject: pkix.Name{CommonName: name}, SerialNumber: big.NewInt(2), DNSNames: []string{name}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), KeyUsage: x509.KeyUsageDigitalSignature,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	}, key)
	return tls.Certificate{Certificate: [][]byte{c.Raw}, PrivateKey: key}
}

func (a *authority) pool() *x509.CertPool {
	p := x509.NewCertPool()
	p.AddCert(a.certificate)
	return p
}

// write puts PEM into files of dir: authority.pem, and for a certificate
// client.pem and client.key.
func (a *authority) write(t *testing.T, dir string, c *tls.Certificate) (authority, certificate, key string) {
	t.Helper()
	put := func(name, kind string, der []byte) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	authority = put("authority.pem", "CERTIFICATE", a.certificate.Raw)
	if c == nil {
		return authority, "", ""
	}
	der, err := x509.MarshalPKCS8PrivateKey(c.PrivateKey)
	if err != nil {
		t.Fatal(err)
	}
	return authority, put("client.pem", "CERTIFICATE", c.Certificate[0]), put("client.key", "PRIVATE KEY", der)
}

// secure starts a server with TLS, which answers with the name of the client.
func secure(t *testing.T, config *tls.Config) *httptest.Server {
	t.Helper()
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		name := "nobody"
		if len(r.TLS.PeerCertificates) > 0 {
			name = r.TLS.PeerCertificates[0].Subject.CommonName
		}
		fmt.Fprintf(w, "%s by %s", name, r.Proto)
	}))
	s.Config.ErrorLog = discard
	s.TLS = config
	s.StartTLS()
	t.Cleanup(s.Close)
	return s
}

// invokeUsing is the body of a GET of url with the connection "c".
func invokeUsing(t *testing.T, i *Invoker, url string) string {
	t.Helper()
	v, err := i.Invoke(t.Context(), task(t, `{"Method":"GET","ApiEndpoint":%q,"InvocationConfig":{"ConnectionArn":"c"}}`, url))
	if err != nil {
		return outcome(v, err)
	}
	body, _ := v.Get("ResponseBody")
	return body.String()
}

func TestAuthority(t *testing.T) {
	ours, others := newAuthority(t), newAuthority(t)
	s := secure(t, &tls.Config{Certificates: []tls.Certificate{ours.issue(t, "server")}, NextProtos: []string{"h2", "http/1.1"}})
	host := strings.TrimPrefix(s.URL, "https://")
	file, _, _ := ours.write(t, t.TempDir(), nil)
	wrong, _, _ := others.write(t, t.TempDir(), nil)
	for _, tt := range []struct{ name, authority, want string }{
		{"ours", file, `"nobody by HTTP/1.1"`},
		{"another", wrong, "States.Http.Socket: The certificate of " + host + " is not trusted: x509: certificate signed by unknown authority"},
		{"those of the system", "", "States.Http.Socket: The certificate of " + host + " is not trusted: x509: certificate signed by unknown authority."},
	} {
		t.Run(tt.name, func(t *testing.T) {
			i := open(t, Options{Allow: loopback.Allow, Connections: map[string]*Connection{"c": {Authority: tt.authority}}})
			if got := invokeUsing(t, i, s.URL); !strings.HasPrefix(got, tt.want) {
				t.Errorf("got %s, want %s", got, tt.want)
			}
		})
	}
}

func TestServerName(t *testing.T) {
	ours := newAuthority(t)
	s := secure(t, &tls.Config{Certificates: []tls.Certificate{ours.issue(t, "orders.test")}})
	file, _, _ := ours.write(t, t.TempDir(), nil)
	i := open(t, Options{Allow: loopback.Allow, Connections: map[string]*Connection{"c": {Authority: file}}})
	resolving(t, i, func(string) []string { return []string{"127.0.0.1"} })
	port := s.URL[strings.LastIndexByte(s.URL, ':'):]
	for host, want := range map[string]string{
		"orders.test":   `"nobody by HTTP/1.1"`,
		"Orders.Test.":  `"nobody by HTTP/1.1"`,
		"invoices.test": "States.Http.Socket: The certificate of invoices.test" + port + " is not trusted: x509: certificate is valid for orders.test, not invoices.test.",
	} {
		if got := invokeUsing(t, i, "https://"+host+port); got != want {
			t.Errorf("%s: got %s, want %s", host, got, want)
		}
	}
}

func TestOldTLS(t *testing.T) {
	ours := newAuthority(t)
	s := secure(t, &tls.Config{Certificates: []tls.Certificate{ours.issue(t, "server")}, MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS11})
	file, _, _ := ours.write(t, t.TempDir(), nil)
	i := open(t, Options{Allow: loopback.Allow, Connections: map[string]*Connection{"c": {Authority: file}}})
	if got := invokeUsing(t, i, s.URL); !strings.HasPrefix(got, "States.Http.Socket: ") || !strings.Contains(got, "protocol version") {
		t.Errorf("TLS 1.1: %s", got)
	}
}

// A client certificate is read anew for every connection that is made.
func TestClientCertificate(t *testing.T) {
	ours := newAuthority(t)
	s := secure(t, &tls.Config{
		Certificates: []tls.Certificate{ours.issue(t, "server")}, ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: ours.pool(),
	})
	dir := t.TempDir()
	first, second := ours.issue(t, "first"), ours.issue(t, "second")
	var c Connection
	c.Authority, c.Certificate, c.CertificateKey = ours.write(t, dir, &first)
	i := open(t, Options{Allow: loopback.Allow, Connections: map[string]*Connection{"c": &c, "none": {Authority: c.Authority}}})
	check := func(want string) {
		t.Helper()
		if got := invokeUsing(t, i, s.URL); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
		i.Close() // what is kept knows the old certificate
	}
	check(`"first by HTTP/1.1"`)
	ours.write(t, dir, &second)
	check(`"second by HTTP/1.1"`)
	if err := os.Remove(c.CertificateKey); err != nil {
		t.Fatal(err)
	}
	check("Events.ConnectionResource.InvalidConnectionState: The certificates of the connection cannot be loaded.")

	got := outcome(i.Invoke(t.Context(), task(t, `{"Method":"GET","ApiEndpoint":%q,"InvocationConfig":{"ConnectionArn":"none"}}`, s.URL)))
	if !strings.HasPrefix(got, "States.Http.Socket: ") {
		t.Errorf("without a certificate: %s", got)
	}
}

func TestHandshake(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ours, theirs := net.Pipe()
		go io.Copy(io.Discard, theirs)
		began := time.Now()
		_, err := handshake(t.Context(), ours, &tls.Config{ServerName: "a.test"})
		if took := time.Since(began); !errors.Is(err, errHandshake) || took != handshakeTimeout {
			t.Errorf("it ended after %v: %v", took, err)
		}
	})
	i := open(t, loopback)
	host := raw(t, func(net.Conn) {}) // reads what is no request, and closes
	wantOutcome(t, i, get(t, "https://"+host), "States.Http.Socket: "+host+" has closed the connection before its answer was complete.")
}

package awsapi_test

import (
	"bufio"
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"io"
	"log/slog"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/seed66d9166c/express/compiler"
	"github.com/seed66d9166c/express/express"
	"github.com/seed66d9166c/express/express/value"
	"github.com/seed66d9166c/express/transport/awsapi"
)

// serve serves until the test ends, and is the address.
func serve(t testing.TB, s *awsapi.Server) net.Addr {
	t.Helper()
	l, err := s.Listen(t.Context(), "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan error)
	go func() { done <- s.Serve(ctx, l) }()
	t.Cleanup(func() {
		stop()
		if err := <-done; err != nil {
			t.Errorf("Serve: %v", err)
		}
	})
	return l.Addr()
}

// Without keys nobody else is let in.
func TestListenOpen(t *testing.T) {
	open := newServer(t, newEngine(compiler.Options{}), awsapi.Options{})
	for _, address := range []string{":0", "0.0.0.0:0", "[::]:0"} {
		if l, err := open.Listen(t.Context(), address); !errors.Is(err, awsapi.ErrOpen) {
			t.Errorf("%s without keys: %v, %v", address, l, err)
		}
	}
	closed := newServer(t, newEngine(compiler.Options{}), awsapi.Options{KeysFile: writeKeys(t, allScopes)})
	l, err := closed.Listen(t.Context(), ":0")
	if err != nil {
		t.Fatal(err)
	}
	l.Close()
}

// writeCertificate writes a certificate for 127.0.0.1, and is the pool that has it.
func writeCertificate(t *testing.T, serial int64, cert, key string) *x509.CertPool {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(serial),
		NotAfter:     time.Now().Add(time.Hour),
		IPAddresses:  []net.IP{net.IPv4(127, 0, 0, 1)},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &private.PublicKey, private)
	if err != nil {
		t.Fatal(err)
	}
	pkcs8, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	certPEM := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	keyPEM := pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: pkcs8})
	for path, b := range map[string][]byte{key: keyPEM, cert: certPEM} {
		if err := os.WriteFile(path, b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(certPEM)
	return pool
}

// The certificate is that in the file, also after it was changed; nothing older
// than TLS 1.2 is spoken.
func TestTLS(t *testing.T) {
	dir := t.TempDir()
	cert, key := filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	pool := writeCertificate(t, 1, cert, key)
	s := newServer(t, newEngine(compiler.Options{}), awsapi.Options{CertificateFile: cert, KeyFile: key})
	address := serve(t, s).String()
	serial := func(c *tls.Config) (int64, error) {
		conn, err := tls.Dial("tcp", address, c)
		if err != nil {
			return 0, err
		}
		defer conn.Close()
		return conn.ConnectionState().PeerCertificates[0].SerialNumber.Int64(), nil
	}
	if n, err := serial(&tls.Config{RootCAs: pool}); n != 1 {
		t.Errorf("certificate %d, %v", n, err)
	}
	if _, err := serial(&tls.Config{RootCAs: pool, MaxVersion: tls.VersionTLS11}); err == nil {
		t.Error("TLS 1.1 is spoken")
	}
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool}}}
	defer client.CloseIdleConnections()
	r := request("ListStateMachines", "{}")
	r.RequestURI, r.URL.Scheme, r.URL.Host = "", "https", address
	answer, err := client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		t.Errorf("status %d", answer.StatusCode)
	}

	pool = writeCertificate(t, 2, cert, key)
	for n := int64(1); n != 2; { // files are looked at once a second
		if n, err = serial(&tls.Config{RootCAs: pool, InsecureSkipVerify: true}); err != nil {
			t.Fatal(err)
		}
	}

	if l, err := newServer(t, newEngine(compiler.Options{}), awsapi.Options{CertificateFile: key, KeyFile: key}).Listen(t.Context(), "127.0.0.1:0"); err == nil {
		l.Close()
		t.Error("there is no certificate in the file, and no error")
	}
}

// A pipeListener is a network without a system, for bubbles of synctest.
type pipeListener struct {
	conns  chan net.Conn
	closed chan struct{}
}

func newPipe() *pipeListener {
	return &pipeListener{make(chan net.Conn), make(chan struct{})}
}

func (l *pipeListener) Accept() (net.Conn, error) {
	select {
	case c := <-l.conns:
		return c, nil
	case <-l.closed:
		return nil, net.ErrClosed
	}
}

func (l *pipeListener) Close() error {
	close(l.closed)
	return nil
}

func (l *pipeListener) Addr() net.Addr { return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)} }

func (l *pipeListener) dial() net.Conn {
	client, server := net.Pipe()
	l.conns <- server
	return client
}

// A client that sends its body slowly is told so after a while, one that sends its
// headers slowly is left; one whose execution takes long is not.
func TestSlow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := chargeServer(t, new(bytes.Buffer), func(context.Context, *express.Call) (value.Value, error) {
			time.Sleep(4 * time.Minute)
			return value.String("done"), nil
		})
		l := newPipe()
		ctx, stop := context.WithCancel(t.Context())
		done := make(chan error)
		go func() { done <- s.Serve(ctx, l) }()

		const head = "POST / HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-amz-json-1.0\r\nX-Amz-Target: AWSStepFunctions.StartSyncExecution\r\n"
		body := `{"stateMachineArn":"` + machines + `orders"}`
		length := "Content-Length: " + strconv.Itoa(len(body)) + "\r\n\r\n"
		ask := func(parts ...string) string {
			c := l.dial()
			defer c.Close()
			go func() {
				for _, part := range parts {
					io.WriteString(c, part) // the server may have gone
					time.Sleep(20 * time.Second)
				}
			}()
			answer, err := http.ReadResponse(bufio.NewReader(c), nil)
			if err != nil {
				return err.Error()
			}
			b, err := io.ReadAll(answer.Body)
			return answer.Status + string(b) + fmtError(err)
		}
		if got := ask(head, length+body); !strings.Contains(got, "EOF") {
			t.Errorf("slow headers: %s", got)
		}
		if got := ask(head+length, body[:5], body[5:10], body[10:]); !strings.Contains(got, "RequestTimeoutException") {
			t.Errorf("a slow body: %s", got)
		}
		if got := ask(head+length, body); !strings.Contains(got, `"status":"SUCCEEDED"`) {
			t.Errorf("a long execution: %s", got)
		}
		stop()
		if err := <-done; err != nil {
			t.Errorf("Serve: %v", err)
		}
	})
}

func fmtError(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

// Who stops waits for the executions that are waited for, and takes no more.
func TestServeStops(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log bytes.Buffer
		ended := false
		e := newEngine(compiler.Options{})
		e.bind = func(o *express.Options) {
			o.Invokers["func"] = express.InvokerFunc(func(context.Context, *express.Call) (value.Value, error) {
				time.Sleep(time.Minute)
				ended = true
				return value.Null, nil
			})
		}
		s := newServer(t, e, awsapi.Options{Log: slog.New(slog.NewTextHandler(&log, nil))})
		call(t, s, "CreateStateMachine", object{"name": "orders", "definition": charge, "roleArn": role, "type": "EXPRESS"})
		l := newPipe()
		ctx, stop := context.WithCancel(t.Context())
		done := make(chan error)
		go func() { done <- s.Serve(ctx, l) }()
		c := l.dial()
		r := startSync("a", object{})
		go r.Write(c)
		synctest.Wait()
		c.Close() // its client has gone: the execution has not
		time.Sleep(10 * time.Second)
		stop()
		if err := <-done; err != nil || !ended {
			t.Errorf("Serve: %v, before the execution has ended: %v", err, !ended)
		}
	})
}

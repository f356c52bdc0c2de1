package httptask

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// piped makes i talk to a server within the process, which a bubble of synctest
// sees.
func piped(t *testing.T, i *Invoker, server func(net.Conn)) {
	var servers sync.WaitGroup
	i.none.client.http.Transport.(*http.Transport).DialContext = func(context.Context, string, string) (net.Conn, error) {
		ours, theirs := net.Pipe()
		servers.Go(func() { server(theirs) })
		return ours, nil
	}
	t.Cleanup(func() { i.Close(); servers.Wait() })
}

func TestTimeout(t *testing.T) {
	hang := func(c net.Conn) { io.Copy(io.Discard, c) }
	trickle := func(c net.Conn) {
		http.ReadRequest(bufio.NewReader(c))
		io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
		for range 1000 {
			time.Sleep(time.Second)
			if _, err := c.Write([]byte("1")); err != nil {
				return
			}
		}
	}
	for _, tt := range []struct {
		name   string
		server func(net.Conn)
	}{{"never answers", hang}, {"answers a byte a second", trickle}} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				i := open(t, Options{})
				piped(t, i, tt.server)
				began := time.Now()
				wantOutcome(t, i, get(t, "http://a.test/"), "States.Http.Socket: a.test has not answered within 60 seconds.")
				if took := time.Since(began); took != Timeout {
					t.Errorf("it took %v", took)
				}
			})
		})
	}
}

// A task that has less time ends when its context does.
func TestCancel(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		i := open(t, Options{})
		piped(t, i, func(c net.Conn) { io.Copy(io.Discard, c) })
		ctx, cancel := context.WithCancelCause(t.Context())
		time.AfterFunc(7*time.Second, func() { cancel(errors.New("the task has taken too long")) })
		began := time.Now()
		if got, want := outcome(i.Invoke(ctx, get(t, "http://a.test/"))), "States.Http.Socket: The connection to a.test has failed: the task has taken too long."; got != want {
			t.Errorf("got %s, want %s", got, want)
		}
		if took := time.Since(began); took != 7*time.Second {
			t.Errorf("it took %v", took)
		}
	})
}

// pooled is an Invoker whose server takes a second for an answer, and the number
// of connections that there have been.
func pooled(t *testing.T) (*Invoker, *atomic.Int32) {
	var conns atomic.Int32
	i := open(t, Options{})
	piped(t, i, func(c net.Conn) {
		conns.Add(1)
		serveOne(c, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			time.Sleep(time.Second)
			fmt.Fprint(w, "done")
		}))
	})
	return i, &conns
}

// burst makes n calls at once.
func burst(t *testing.T, i *Invoker, n int) {
	var wg sync.WaitGroup
	for range n {
		wg.Go(func() {
			if _, err := i.Invoke(t.Context(), get(t, "http://a.test/")); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
}

func TestConnectionsAreKept(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		i, conns := pooled(t)
		burst(t, i, 1)
		time.Sleep(idleTimeout - time.Second)
		burst(t, i, 1)
		if n := conns.Load(); n != 1 {
			t.Errorf("%d connections before the timeout, want 1", n)
		}
		time.Sleep(idleTimeout + time.Second)
		burst(t, i, 1)
		if n := conns.Load(); n != 2 {
			t.Errorf("%d connections after it, want 2", n)
		}
	})
	synctest.Test(t, func(t *testing.T) {
		i, conns := pooled(t)
		burst(t, i, maxIdle+1)
		synctest.Wait()
		burst(t, i, maxIdle+1)
		if n := conns.Load(); n != maxIdle+2 {
			t.Errorf("%d connections, want %d and a new one", n, maxIdle+1)
		}
	})
}

func TestConnectionsPerHost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		i, conns := pooled(t)
		began := time.Now()
		burst(t, i, maxConns+1) // the last one waits for a connection of another
		if n, took := conns.Load(), time.Since(began); n != maxConns || took != 2*time.Second {
			t.Errorf("%d connections, %v, want %d and 2s", n, took, maxConns)
		}
	})
}

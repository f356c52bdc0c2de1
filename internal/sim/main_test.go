package sim

import (
	"runtime"
	"testing"
	"testing/synctest"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// bubble runs f in a synctest bubble. nats.go keeps timers in a pool, which must
// not come from one bubble into the next: two collections empty it.
func bubble(t *testing.T, f func(t *testing.T)) {
	runtime.GC()
	runtime.GC()
	synctest.Test(t, f)
}

// instantly is the delay of a Broker whose messages take no time.
func instantly() time.Duration { return 0 }

// connect is a connection to b that ends with the test.
func connect(t testing.TB, at nats.InProcessConnProvider) jetstream.JetStream {
	t.Helper()
	nc, err := nats.Connect("", nats.InProcessServer(at), nats.MaxReconnects(-1), nats.ReconnectWait(250*time.Millisecond))
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

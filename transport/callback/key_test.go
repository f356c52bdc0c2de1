package callback

import (
	"bytes"
	"strings"
	"sync"
	"testing"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

func jet(t *testing.T, nc *nats.Conn) jetstream.JetStream {
	t.Helper()
	js, err := jetstream.New(nc)
	if err != nil {
		t.Fatal(err)
	}
	return js
}

// Engines that start at the same time have the same key, and so has one that
// comes later.
func TestSharedKey(t *testing.T) {
	connect := broker(t)
	keys := make([][]byte, 8)
	var wg sync.WaitGroup
	for i := range keys {
		js := jet(t, connect())
		wg.Go(func() {
			var err error
			if keys[i], err = SharedKey(t.Context(), js, 1); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	later, err := SharedKey(t.Context(), jet(t, connect()), 1)
	if err != nil {
		t.Fatal(err)
	}
	for i, k := range keys {
		if len(k) != minKey || !bytes.Equal(k, later) {
			t.Errorf("engine %d has the key %x, a later one %x", i, k, later)
		}
	}
}

func TestSharedKeyRefuses(t *testing.T) {
	connect := broker(t)
	js := jet(t, connect())
	kv, err := js.CreateKeyValue(t.Context(), jetstream.KeyValueConfig{Bucket: KeyBucket, History: 5}) // with settings of somebody else
	if err != nil {
		t.Fatal(err)
	}
	if _, err := kv.PutString(t.Context(), keyName, "secret"); err != nil {
		t.Fatal(err)
	}
	const want = "the key callback in bucket EXPRESS_KEYS has 6 bytes, which is too short"
	if _, err := SharedKey(t.Context(), js, 1); err == nil || !strings.HasPrefix(err.Error(), want) || strings.Contains(err.Error(), "secret") {
		t.Errorf("got %v, want %s", err, want)
	}
}

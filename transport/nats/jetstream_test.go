package nats

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/seed66d9166c/express/transport/embedded"
)

// TestJetStream takes the domain or the prefix from a context of the nats command.
func TestJetStream(t *testing.T) {
	home := t.TempDir()
	t.Setenv("XDG_CONFIG_HOME", home)
	dir := filepath.Join(home, "nats", "context")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	s, err := embedded.Start(embedded.Options{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	nc, err := nats.Connect("", s.Connection())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(nc.Close)
	for name, tt := range map[string]struct {
		context string
		want    jetstream.JetStreamOptions
	}{
		"plain":  {`{}`, jetstream.JetStreamOptions{}},
		"domain": {`{"jetstream_domain": "leaf"}`, jetstream.JetStreamOptions{Domain: "leaf"}},
		"prefix": {`{"jetstream_api_prefix": "JS.other"}`, jetstream.JetStreamOptions{APIPrefix: "JS.other"}},
	} {
		if err := os.WriteFile(filepath.Join(dir, name+".json"), []byte(tt.context), 0o600); err != nil {
			t.Fatal(err)
		}
		js, err := Settings{Context: name}.JetStream(nc)
		if err != nil {
			t.Fatal(err)
		}
		if got := js.Options(); got.Domain != tt.want.Domain || tt.want.APIPrefix != "" && got.APIPrefix != tt.want.APIPrefix {
			t.Errorf("%s: domain %q, prefix %q, want %q, %q", name, got.Domain, got.APIPrefix, tt.want.Domain, tt.want.APIPrefix)
		}
	}
	if js, err := (Settings{URL: "nats://elsewhere"}).JetStream(nc); err != nil || js.Options().Domain != "" {
		t.Errorf("without a context: %v, %v", js, err)
	}
	var e *ConnectError
	if _, err := (Settings{Context: "nowhere"}).JetStream(nc); !errors.As(err, &e) {
		t.Errorf("error is %v, want a *ConnectError", err)
	}
}

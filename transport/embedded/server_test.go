package embedded_test

import (
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"go.uber.org/goleak"

	"github.com/seed66d9166c/express/transport/embedded"
)

func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m)
}

// start starts a server that ends with the test.
func start(t *testing.T, o embedded.Options) *embedded.Server {
	t.Helper()
	s, err := embedded.Start(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s
}

func connect(t *testing.T, url string, o ...nats.Option) *nats.Conn {
	t.Helper()
	nc, err := nats.Connect(url, o...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(nc.Close)
	return nc
}

func TestWithoutListener(t *testing.T) {
	s := start(t, embedded.Options{Dir: t.TempDir()})
	if s.URL() != "" {
		t.Errorf("it listens on %s", s.URL())
	}
	js, err := connect(t, "", s.Connection()).JetStream()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := js.AccountInfo(); err != nil {
		t.Errorf("JetStream: %v", err)
	}
}

func TestListener(t *testing.T) {
	s := start(t, embedded.Options{Dir: t.TempDir(), Listen: ":0"})
	if !strings.HasPrefix(s.URL(), "nats://127.0.0.1:") {
		t.Fatalf("it listens on %q, want 127.0.0.1", s.URL())
	}
	if err := connect(t, s.URL()).Flush(); err != nil {
		t.Error(err)
	}
}

func TestEventsSurviveARestart(t *testing.T) {
	dir := t.TempDir()
	for _, sync := range []bool{false, true} {
		s, err := embedded.Start(embedded.Options{Dir: dir, SyncAlways: sync})
		if err != nil {
			t.Fatal(err)
		}
		nc := connect(t, "", s.Connection())
		js, err := nc.JetStream()
		if err != nil {
			t.Fatal(err)
		}
		if _, err := js.AddStream(&nats.StreamConfig{Name: "READINGS", Subjects: []string{"readings"}}); err != nil {
			t.Fatal(err)
		}
		if _, err := js.Publish("readings", []byte("1")); err != nil {
			t.Fatal(err)
		}
		nc.Close()
		s.Close()
	}
	s := start(t, embedded.Options{Dir: dir})
	js, err := connect(t, "", s.Connection()).JetStream()
	if err != nil {
		t.Fatal(err)
	}
	info, err := js.StreamInfo("READINGS")
	if err != nil || info.State.Msgs != 2 {
		t.Errorf("the stream is %+v, %v, want 2 events", info, err)
	}
}

func TestConfig(t *testing.T) {
	config := write(t, `
		listen: "127.0.0.1:-1"
		max_payload: 2MB
		jetstream { store_dir: "/nowhere" }
		authorization { user: anna, password: secret }`)
	dir := t.TempDir()
	s := start(t, embedded.Options{Dir: dir, Config: config})
	if nc, err := nats.Connect(s.URL()); err == nil {
		nc.Close()
		t.Error("it lets in anybody, want the config's authorization")
	}
	nc := connect(t, s.URL(), nats.UserInfo("anna", "secret"))
	if nc.MaxPayload() != 2<<20 {
		t.Errorf("max_payload is %d, want the config's", nc.MaxPayload())
	}
	if _, err := os.Stat(filepath.Join(dir, "jetstream")); err != nil {
		t.Errorf("the store is not in Dir: %v", err)
	}
}

func TestConfigWithoutListener(t *testing.T) {
	s := start(t, embedded.Options{Dir: t.TempDir(), Config: write(t, "max_payload: 2MB")})
	if s.URL() != "" {
		t.Errorf("it listens on %s, and nobody asked for that", s.URL())
	}
}

func write(t *testing.T, config string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "nats.conf")
	if err := os.WriteFile(path, []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestRefusals has a row for everything that must not start, and what it says.
func TestRefusals(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	inUse := t.TempDir()
	start(t, embedded.Options{Dir: inUse})
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name string
		o    embedded.Options
		want string
	}{
		{"taken port", embedded.Options{Listen: taken.Addr().String()}, "the port is taken by another program"},
		{"no address", embedded.Options{Listen: "4222"}, `"4222" is no host:port`},
		{"no port", embedded.Options{Listen: "127.0.0.1:nats"}, "is no host:port"},
		{"directory in use", embedded.Options{Dir: inUse}, "in use by another express process"},
		{"no directory", embedded.Options{Dir: file}, "create the store directory"},
		{"open to all", embedded.Options{Listen: "0.0.0.0:0"}, `refusing to listen for NATS clients on "0.0.0.0" without authorization`},
		{"open to all by config", embedded.Options{Config: write(t, "port: 4222")}, "refusing to listen for NATS clients"},
		{"WebSocket open to all", embedded.Options{Config: write(t, "websocket { port: 8080, no_tls: true }")}, "refusing to listen for WebSocket clients"},
		{"MQTT open to all", embedded.Options{Config: write(t, "server_name: s\nmqtt { port: 1883 }")}, "refusing to listen for MQTT clients"},
		{"no config", embedded.Options{Config: filepath.Join(t.TempDir(), "absent.conf")}, "absent.conf"},
		{"wrong config", embedded.Options{Config: write(t, "max_payload: many")}, "read "},
		{"config that cannot run", embedded.Options{Config: write(t, "server_name: s\nmqtt { host: 127.0.0.1, port: 1883, no_auth_user: nobody }")}, "start the embedded NATS server"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if tt.o.Dir == "" {
				tt.o.Dir = t.TempDir()
			}
			s, err := embedded.Start(tt.o)
			if err == nil {
				s.Close()
				t.Fatal("it started")
			}
			if !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error is %q, want %q in it", err, tt.want)
			}
		})
	}
}

func TestAuthorizedListener(t *testing.T) {
	config := write(t, `authorization { token: "s3cr3t" }`)
	s := start(t, embedded.Options{Dir: t.TempDir(), Config: config, Listen: "0.0.0.0:0"})
	nc := connect(t, strings.Replace(s.URL(), "0.0.0.0", "127.0.0.1", 1), nats.Token("s3cr3t"), nats.Timeout(5*time.Second))
	if err := nc.Flush(); err != nil {
		t.Error(err)
	}
}

package nats

import (
	"errors"
	"net"
	"strings"
	"testing"

	"github.com/seed66d9166c/express/transport/embedded"
)

func TestConnectSays(t *testing.T) {
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	free.Close() // nobody listens there now
	s, err := embedded.Start(embedded.Options{Dir: t.TempDir(), Listen: "127.0.0.1:0", Config: writeConf(t, `authorization { user: a, password: b }`)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	t.Setenv("XDG_CONFIG_HOME", t.TempDir())
	for _, tt := range []struct {
		name string
		s    Settings
		want string
	}{
		{"nobody there", Settings{URL: "nats://me:secret@" + free.Addr().String()}, "no NATS server answers at nats://" + free.Addr().String()},
		{"wrong password", Settings{URL: s.URL(), User: "a", Password: "c"}, "the NATS server at " + s.URL() + " refuses the credentials"},
		{"no such context", Settings{Context: "nowhere"}, `there is no NATS context "nowhere" that can be read`},
		{"no such seed", Settings{URL: s.URL(), NKey: "/nonexistent"}, "NKey file /nonexistent: "},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := Connect(tt.s, "test", nil)
			var e *ConnectError
			if !errors.As(err, &e) || !strings.HasPrefix(e.Error(), tt.want) || strings.Contains(e.Error(), "secret") {
				t.Errorf("got %v, want %s", err, tt.want)
			}
		})
	}
	nc, err := Connect(Settings{URL: s.URL(), User: "a", Password: "b"}, "test", nil)
	if err != nil {
		t.Fatal(err)
	}
	nc.Close()
}

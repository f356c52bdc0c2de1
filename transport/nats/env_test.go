package nats

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/nats-io/jsm.go/natscontext"
)

func writeConf(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "nats.conf")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// Flags come before the environment, that before the selected context.
func TestEnvironment(t *testing.T) {
	t.Setenv("XDG_CONFIG_HOME", t.TempDir())
	for _, v := range variables {
		t.Setenv(v.name, "")
	}
	if s := (Settings{}).WithEnvironment(); s.Given() {
		t.Errorf("with nothing set: got %+v", s)
	}
	c, err := natscontext.New("plant", false, natscontext.WithServerURL("nats://plant:4222"))
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Save("plant"); err != nil {
		t.Fatal(err)
	}
	if err := natscontext.SelectContext("plant"); err != nil {
		t.Fatal(err)
	}
	if s := (Settings{}).WithEnvironment(); s.Context != "plant" {
		t.Errorf("with a selected context: got %+v", s)
	}
	t.Setenv("NATS_URL", "nats://there:4222")
	t.Setenv("NATS_CREDS", "there.creds")
	s := Settings{Creds: "here.creds"}.WithEnvironment()
	if want := (Settings{URL: "nats://there:4222", Creds: "here.creds"}); s != want {
		t.Errorf("with variables: got %+v, want %+v", s, want)
	}
}

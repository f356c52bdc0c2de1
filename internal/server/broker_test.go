package server

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/seed66d9166c/express/transport/embedded"
)

// The broker is the one that the flags name, else the environment, else
// express.yaml, else the context that is selected, else the embedded one; in
// development it is that unless a flag names another.
func TestBroker(t *testing.T) {
	other, err := embedded.Start(embedded.Options{Dir: t.TempDir(), Listen: "127.0.0.1:0"})
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	contexts := t.TempDir()
	for name, text := range map[string]string{
		"nats/context/other.json": `{"url": "` + other.URL() + `"}`,
		"nats/context.txt":        "other",
	} {
		path := filepath.Join(contexts, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
			t.Fatal(err)
		}
		write(t, path, text)
	}
	const none = "nats://127.0.0.1:1"
	for _, tt := range []struct {
		name       string
		dev        bool
		flags, env map[string]string
		file       string // url in express.yaml
		selected   bool   // the context of other
		embedded   bool   // is what is wanted, else other
	}{
		{name: "nothing", embedded: true},
		{name: "flag", flags: map[string]string{"nats.url": other.URL()}, env: map[string]string{"NATS_URL": none}, file: none},
		{name: "flag for a context", flags: map[string]string{"nats.context": "other"}},
		{name: "environment", env: map[string]string{"NATS_URL": other.URL()}, file: none},
		{name: "file", file: other.URL()},
		{name: "selected context", selected: true},
		{name: "flags say none", flags: map[string]string{"nats.url": "", "nats.context": ""}, env: map[string]string{"NATS_URL": none}, selected: true, embedded: true},
		{name: "development", dev: true, env: map[string]string{"NATS_URL": none}, file: none, selected: true, embedded: true},
		{name: "development with a flag", dev: true, flags: map[string]string{"nats.url": other.URL()}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			files := map[string]string{"orders.asl.json": says("one")}
			if tt.file != "" {
				files["express.yaml"] = "nats: {url: '" + tt.file + "'}\n"
			}
			o := options(t)
			o.Dev = tt.dev
			o.Config.Env = func(name string) (string, bool) {
				v, ok := tt.env[name]
				return v, ok
			}
			for key, v := range tt.flags {
				o.Config.Flags[key] = v
			}
			t.Setenv("NATS_URL", "")
			t.Setenv("NATS_CONTEXT", "")
			t.Setenv("XDG_CONFIG_HOME", t.TempDir())
			if tt.selected || tt.flags["nats.context"] != "" {
				t.Setenv("XDG_CONFIG_HOME", contexts)
			}
			s, err := Start(t.Context(), app(t, files), o)
			if err != nil {
				t.Fatal(err)
			}
			defer s.Stop()
			i := s.Info()
			if i.Embedded != tt.embedded || (i.Broker == other.URL()) == tt.embedded {
				t.Errorf("the broker is %s, embedded %t; want it embedded %t, else %s", i.Broker, i.Embedded, tt.embedded, other.URL())
			}
		})
	}
}

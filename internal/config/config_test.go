package config

import (
	"flag"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// Each archive of testdata/findings is an application directory, beside the
// environment ("env", NAME=value lines), the command line ("flags", key=value
// lines) and what is found ("want").
func TestFindings(t *testing.T) {
	paths, err := filepath.Glob("testdata/findings/*.txt")
	if err != nil || len(paths) == 0 {
		t.Fatalf("no golden files: %v", err)
	}
	for _, path := range paths {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".txt"), func(t *testing.T) {
			archive, err := txtar.ParseFile(path)
			if err != nil {
				t.Fatal(err)
			}
			dir := filepath.Join(t.TempDir(), "shop")
			special := unpack(t, dir, archive)
			c, reports := Load(dir, Options{Flags: special["flags"], Env: lookup(special["env"])})
			if (c == nil) != (reports.Err() != nil) {
				t.Errorf("Config is nil: %t, but the findings' error is %v", c == nil, reports.Err())
			}
			var b strings.Builder
			if err := reports.Write(&b); err != nil {
				t.Fatal(err)
			}
			if err := reports.Err(); err != nil {
				b.WriteString("error: " + err.Error() + "\n")
			}
			got := strings.ReplaceAll(b.String(), filepath.Dir(dir)+string(filepath.Separator), "")
			golden(t, path, archive, got)
		})
	}
}

func TestSplit(t *testing.T) {
	for target, want := range map[string][2]string{
		"nats:request:a.b":       {"nats:request", "a.b"},
		"func:charge":            {"func", "charge"},
		"https://x.example:81/a": {"https", "//x.example:81/a"},
		"ftp://x.example":        {"", ""},
	} {
		b := Binding{Target: target}
		if kind, rest := b.Split(); [2]string{kind, rest} != want {
			t.Errorf("%s is split to %q and %q, want %q", target, kind, rest, want)
		}
	}
}

// unpack writes the files of a to dir, and returns the settings that lie beside
// them, by file and name.
func unpack(t *testing.T, dir string, a *txtar.Archive) map[string]map[string]string {
	t.Helper()
	special := make(map[string]map[string]string)
	if err := os.MkdirAll(dir, 0o777); err != nil {
		t.Fatal(err)
	}
	for _, f := range a.Files {
		switch f.Name {
		case "env", "flags":
			special[f.Name] = make(map[string]string)
			for line := range strings.Lines(string(f.Data)) {
				name, v, _ := strings.Cut(strings.TrimSpace(line), "=")
				special[f.Name][name] = v
			}
		case "want":
		default:
			if err := os.WriteFile(filepath.Join(dir, f.Name), f.Data, 0o666); err != nil {
				t.Fatal(err)
			}
		}
	}
	return special
}

func lookup(m map[string]string) func(string) (string, bool) {
	return func(name string) (string, bool) {
		v, ok := m[name]
		return v, ok
	}
}

// golden compares got with the file "want" of the archive at path.
func golden(t *testing.T, path string, a *txtar.Archive, got string) {
	t.Helper()
	i := slices.IndexFunc(a.Files, func(f txtar.File) bool { return f.Name == "want" })
	if i < 0 {
		i = len(a.Files)
		a.Files = append(a.Files, txtar.File{Name: "want"})
	}
	if *update {
		a.Files[i].Data = []byte(got)
		if err := os.WriteFile(path, txtar.Format(a), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	if diff := cmp.Diff(string(a.Files[i].Data), got); diff != "" {
		t.Errorf("findings (-want +got):\n%s", diff)
	}
}

// files writes an application directory.
func files(t *testing.T, contents map[string]string) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "shop")
	a := new(txtar.Archive)
	for _, name := range slices.Sorted(maps.Keys(contents)) {
		a.Files = append(a.Files, txtar.File{Name: name, Data: []byte(contents[name])})
	}
	unpack(t, dir, a)
	return dir
}

const definition = `{"StartAt": "A", "States": {"A": {"Type": "Succeed"}}}`

func TestLoad(t *testing.T) {
	dir := files(t, map[string]string{
		"orders.asl.json":  definition,
		"refunds.asl.yaml": "StartAt: A\nStates: {A: {Type: Succeed}}\n",
		"express.yaml": `
name: shop-eu
strict: true
completion: none
logging: {level: ERROR, includeExecutionData: true, redact: [card*, pin], share: 0.1, slow: 2s}
slots: 8
drain: 1m
nats:
  creds: keys/shop.creds
embedded: {durability: safe, config: nats.conf, store: /var/lib/shop}
streams: {maxBytes: 2GiB, replicas: 3}
set: {Region: "${REGION:-eu}", Stage: "$${kept}", Table: all}
tasks:
  "arn:aws:lambda:*:*:function:charge": nats:request:cards.${REGION:-eu}.charge
  "arn:aws:lambda:*": nats:request:lambda
http: {allow: ["stock.internal:8080", 10.1.0.0/16]}
callbacks: {listen: "off", keyFile: keys/callbacks}
api: {region: eu-central-1, account: "000011112222", keysFile: keys/api}
connections:
  bank:
    type: oauth
    tokenUrl: https://bank.example/token
    clientId: shop
    clientSecretFile: keys/bank
    scope: pay
    parameters: {audience: cards}
    headers: {X-Shop: "${REGION:-eu}"}
    authority: bank.pem
  stock: {type: apiKey, header: X-Key, key: "${KEY:-k}"}
workflows:
  refunds:
    logging: {level: "OFF", full: block, redact: [address], share: 1}
    completion: publish
    set: {Table: refunds}
  orders:
triggers:
  - subject: shop.orders.>
    stream: SHOP
    workflow: orders
    result: shop.done
    deadLetter: failed
    ackWait: 5s
  - {subject: shop.refunds.*.new, stream: SHOP, workflow: refunds, durable: refunds, maxPending: 100}
`,
	})
	c, reports := Load(dir, Options{Env: lookup(nil)})
	if c == nil {
		reports.Write(t.Output())
		t.Fatal(reports)
	}
	want := &Config{
		Dir:        dir,
		File:       filepath.Join(dir, "express.yaml"),
		Name:       "shop-eu",
		Strict:     true,
		Set:        map[string]string{"Region": "eu", "Stage": "${kept}", "Table": "all"},
		Completion: CompletionNone,
		Logging:    Logging{Level: "ERROR", Data: true, Redact: []string{"card*", "pin"}, Full: FullDrop, Share: 0.1, Slow: 2 * time.Second},
		Lines:      LinesOff,
		Slots:      8,
		Drain:      time.Minute,
		Ack:        AckAsync,
		Listen:     "127.0.0.1:8230",
		NATS:       NATS{Creds: filepath.Join(dir, "keys/shop.creds")},
		Embedded:   Embedded{Store: "/var/lib/shop", Listen: "127.0.0.1:4222", Durability: DurabilitySafe, Config: filepath.Join(dir, "nats.conf")},
		Streams:    Streams{MaxBytes: 2 << 30, DeadMaxBytes: 256 << 20, Replicas: 3},
		API:        API{Listen: "127.0.0.1:8232", Region: "eu-central-1", Account: "000011112222", KeysFile: filepath.Join(dir, "keys/api")},
		Deployed:   true,
		HTTP:       HTTP{Allow: []string{"stock.internal:8080", "10.1.0.0/16"}},
		Callbacks:  Callbacks{Listen: Off, KeyFile: filepath.Join(dir, "keys/callbacks")},
		Connections: []*Connection{
			{
				Name: "bank", Type: ConnectionOAuth, TokenURL: "https://bank.example/token", TokenMethod: "POST",
				ClientID: "shop", ClientSecretFile: filepath.Join(dir, "keys/bank"), Scope: "pay",
				Parameters: map[string]string{"audience": "cards"}, Headers: map[string]string{"X-Shop": "eu"},
				Authority: filepath.Join(dir, "bank.pem"),
			},
			{Name: "stock", Type: ConnectionAPIKey, TokenMethod: "POST", Header: "X-Key", Key: "k"},
		},
		Workflows: []*Workflow{
			{
				Name: "orders", File: filepath.Join(dir, "orders.asl.json"), Completion: CompletionNone,
				Logging: Logging{Level: "ERROR", Data: true, Full: FullDrop, Share: 0.1, Slow: 2 * time.Second},
				Set:     map[string]string{"Region": "eu", "Stage": "${kept}", "Table": "all"},
			},
			{
				Name: "refunds", File: filepath.Join(dir, "refunds.asl.yaml"), Completion: CompletionPublish,
				Logging: Logging{Level: "OFF", Data: true, Redact: []string{"address"}, Full: FullBlock, Share: 1, Slow: 2 * time.Second},
				Set:     map[string]string{"Region": "eu", "Stage": "${kept}", "Table": "refunds"},
			},
		},
		Triggers: []*Trigger{
			{
				Subject: "shop.orders.>", Stream: "SHOP", Workflow: "orders", Result: "shop.done",
				DeadLetter: "failed", Durable: "express-orders-shop-orders-all", AckWait: 5 * time.Second,
			},
			{
				Subject: "shop.refunds.*.new", Stream: "SHOP", Workflow: "refunds",
				Durable: "refunds", AckWait: 30 * time.Second, MaxPending: 100,
			},
		},
		Tasks: []*Binding{
			{"arn:aws:lambda:*:*:function:charge", "nats:request:cards.eu.charge"},
			{"arn:aws:lambda:*", "nats:request:lambda"},
		},
	}
	if diff := cmp.Diff(want, c); diff != "" {
		t.Errorf("Load (-want +got):\n%s", diff)
	}
}

// Without express.yaml every definition of the directory is a workflow.
func TestLoadWithoutFile(t *testing.T) {
	dir := files(t, map[string]string{
		"orders.asl.json": definition,
		"refunds.asl.yml": definition,
		"package.json":    "{}",
	})
	c, reports := Load(dir, Options{Env: lookup(nil)})
	if c == nil {
		t.Fatal(reports)
	}
	var names []string
	for _, w := range c.Workflows {
		names = append(names, w.Name)
	}
	if want := []string{"orders", "refunds"}; !slices.Equal(names, want) {
		t.Errorf("workflows are %q, want %q", names, want)
	}
	if c.Name != "shop" {
		t.Errorf("name is %q, want that of the directory", c.Name)
	}
}

// A flag wins over the environment, that over the file, that over the default.
func TestOrder(t *testing.T) {
	file := "slots: 2\n"
	env := map[string]string{"EXPRESS_SLOTS": "3"}
	flags := map[string]string{"slots": "4"}
	alias := map[string]string{"NATS_URL": "nats://a"}
	dir := files(t, map[string]string{"orders.asl.json": definition, "express.yaml": "nats: {url: nats://b}\n"})
	if c, _ := Load(dir, Options{Env: lookup(alias)}); c == nil || c.NATS.URL != "nats://a" {
		t.Errorf("$NATS_URL does not win over the file: %+v", c)
	}
	alias["EXPRESS_NATS_URL"] = "nats://c"
	if c, _ := Load(dir, Options{Env: lookup(alias)}); c == nil || c.NATS.URL != "nats://c" {
		t.Errorf("$EXPRESS_NATS_URL does not win over $NATS_URL: %+v", c)
	}
	for _, tt := range []struct {
		name  string
		file  string
		env   map[string]string
		flags map[string]string
		want  int
	}{
		{"default", "", nil, nil, 4096},
		{"file", file, nil, nil, 2},
		{"empty in the environment", file, map[string]string{"EXPRESS_SLOTS": ""}, nil, 2},
		{"environment", file, env, nil, 3},
		{"flag", file, env, flags, 4},
	} {
		t.Run(tt.name, func(t *testing.T) {
			dir := files(t, map[string]string{"orders.asl.json": definition, "express.yaml": tt.file})
			c, reports := Load(dir, Options{Env: lookup(tt.env), Flags: tt.flags})
			if c == nil {
				t.Fatal(reports)
			}
			if c.Slots != tt.want {
				t.Errorf("slots are %d, want %d", c.Slots, tt.want)
			}
		})
	}
}

// The paths of flags and of the environment are relative to the working
// directory, those of the file to its own.
func TestPaths(t *testing.T) {
	dir := files(t, map[string]string{"orders.asl.json": definition, "express.yaml": "nats: {creds: a, nkey: b}\n"})
	c, reports := Load(dir, Options{
		Env:   lookup(map[string]string{"EXPRESS_NATS_NKEY": "keys/n"}),
		Flags: map[string]string{"nats.key": "keys/k"},
	})
	if c == nil {
		t.Fatal(reports)
	}
	want := NATS{Creds: filepath.Join(dir, "a"), NKey: "keys/n", Key: "keys/k"}
	if diff := cmp.Diff(want, c.NATS); diff != "" {
		t.Errorf("NATS (-want +got):\n%s", diff)
	}
	if got, want := c.Embedded.Store, filepath.Join(dir, ".express"); got != want {
		t.Errorf("store is %s, want %s", got, want)
	}
}

func TestMaxSize(t *testing.T) {
	for _, tt := range []struct {
		size int
		ok   bool
	}{{maxSize, true}, {maxSize + 1, false}} {
		text := "slots: 2 #"
		dir := files(t, map[string]string{
			"orders.asl.json": definition,
			"express.yaml":    text + strings.Repeat("x", tt.size-len(text)),
		})
		if c, reports := Load(dir, Options{Env: lookup(nil)}); (c != nil) != tt.ok {
			t.Errorf("%d bytes: %v, want accepted %t", tt.size, reports.Err(), tt.ok)
		}
	}
}

func TestBinding(t *testing.T) {
	c := &Config{Tasks: []*Binding{
		{"arn:aws:lambda:*:*:function:charge", "nats:request:charge"},
		{"arn:aws:states:::sqs:*Message", "nats:publish:queue"},
		{"arn:aws:lambda:*", "nats:request:lambda"},
	}}
	for _, tt := range []struct{ resource, want string }{
		{"arn:aws:lambda:eu-central-1:123456789012:function:charge", "nats:request:charge"},
		{"arn:aws:lambda:eu-central-1:123456789012:function:charge:7", "nats:request:lambda"},
		{"arn:aws:states:::sqs:sendMessage", "nats:publish:queue"},
		{"arn:aws:states:::sqs:sendMessage.waitForTaskToken", ""},
		{"arn:aws:lambda:eu-central-1:123456789012:function:charge:$LATEST", "nats:request:charge"},
	} {
		got := ""
		if b := c.Binding(tt.resource); b != nil {
			got = b.Target
		}
		if got != tt.want {
			t.Errorf("Binding(%s) = %q, want %q", tt.resource, got, tt.want)
		}
	}
}

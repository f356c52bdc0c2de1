package httptask

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const canary = "canary-3f9c/1+b"

func TestSecretDoesNotPrint(t *testing.T) {
	c := &Connection{
		Basic:   &Basic{"ada", Text(canary)},
		APIKey:  &APIKey{"X-Key", Text(canary)},
		OAuth:   &OAuth{ClientID: "id", ClientSecret: Text(canary), Parameters: map[string]Secret{"p": Text(canary)}},
		Headers: map[string]Secret{"X": Text(canary)},
		Query:   map[string]Secret{"q": Text(canary)},
		Body:    map[string]Secret{"b": Text(canary)},
	}
	type holder struct{ inner Secret } // fmt calls no methods of what is unexported
	o := Options{Connections: map[string]*Connection{"c": c}}
	var b bytes.Buffer
	for _, v := range []any{o, c, *c, *c.Basic, *c.APIKey, *c.OAuth, c.Headers, Text(canary), new(Text(canary)), holder{Text(canary)}} {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
			fmt.Fprintf(&b, verb+"\n", v)
		}
		slog.New(slog.NewTextHandler(&b, nil)).Info("x", "v", v)
		slog.New(slog.NewJSONHandler(&b, nil)).Info("x", "v", v)
		if err := json.NewEncoder(&b).Encode(v); err != nil {
			t.Fatal(err)
		}
	}
	for _, form := range []string{canary, fmt.Sprintf("%x", canary), strings.ToUpper(fmt.Sprintf("%x", canary))} {
		if strings.Contains(b.String(), form) {
			t.Errorf("it prints:\n%s", b.String())
		}
	}
	if !strings.Contains(b.String(), hidden) {
		t.Error("nothing stands for it")
	}
}

func TestSecretRead(t *testing.T) {
	t.Setenv("EXPRESS_TEST_SECRET", "from the environment")
	t.Setenv("EXPRESS_TEST_EMPTY", "")
	dir := t.TempDir()
	file := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	tests := []struct {
		name   string
		secret Secret
		want   string
		err    string
	}{
		{"text", Text("a\n"), "a\n", ""},
		{"no text", Text(""), "", "the secret is empty"},
		{"environment", Env("EXPRESS_TEST_SECRET"), "from the environment", ""},
		{"no variable", Env("EXPRESS_TEST_NONE"), "", "EXPRESS_TEST_NONE is not set in the environment"},
		{"an empty variable", Env("EXPRESS_TEST_EMPTY"), "", "the secret is empty"},
		{"file", File(file("a", "from a file\r\n")), "from a file", ""},
		{"no file", File(filepath.Join(dir, "none")), "", "no such file"},
		{"an empty file", File(file("b", "\n")), "", "the secret is empty"},
		{"the largest file", File(file("c", strings.Repeat("x", maxSecret))), strings.Repeat("x", maxSecret), ""},
		{"a larger file", File(file("d", strings.Repeat("x", maxSecret+1))), "", "a secret has at most 65536 bytes"},
	}
	for _, tt := range tests {
		got, err := tt.secret.read()
		if got != tt.want || (err == nil) != (tt.err == "") || err != nil && !strings.Contains(err.Error(), tt.err) {
			t.Errorf("%s: got %.40q, %v", tt.name, got, err)
		}
	}
	rotated := file("e", "old")
	s := File(rotated)
	for _, want := range []string{"old", "new"} {
		file("e", want)
		if got, err := s.read(); got != want || err != nil {
			t.Errorf("got %q, %v, want %q", got, err, want)
		}
	}
	if (Secret{}).IsZero() == Text("").IsZero() {
		t.Error("no secret and an empty one are the same")
	}
}

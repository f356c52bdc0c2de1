package main

import (
	"io"
	"os"
	"testing"

	"github.com/seed66d9166c/express/internal/rates"
)

// Each column's key sorts by it; others do what they are for, or nothing.
func TestTopKeys(t *testing.T) {
	top := &top{draw: rates.DrawOptions{By: &rates.Columns[0]}}
	for i := range rates.Columns {
		c := &rates.Columns[i]
		if quits := top.press(c.Key); quits || top.draw.By != c {
			t.Errorf("%c sorts by %s, want %s; ends: %t", c.Key, top.draw.By.Name, c.Name, quits)
		}
	}
	by := top.draw.By
	for _, tt := range []struct {
		key        byte
		hide, ends bool
	}{{'s', true, false}, {'?', true, false}, {'s', false, false}, {'q', false, true}, {ctrlC, false, true}, {ctrlD, false, true}} {
		if quits := top.press(tt.key); quits != tt.ends || top.draw.Hide != tt.hide || top.draw.By != by {
			t.Errorf("%q: ends: %t, hides states: %t; want %t and %t", tt.key, quits, top.draw.Hide, tt.ends, tt.hide)
		}
	}
}

// A screen hands out single keys, not what arrows send, and draws over what was
// there.
func TestScreen(t *testing.T) {
	in, typed, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	shown, out, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer shown.Close()
	s := &screen{in: in, out: out, keys: make(chan byte), closed: make(chan struct{})}
	read := make(chan struct{})
	go func() {
		defer close(read)
		s.read()
	}()
	for _, tt := range []struct{ typed, want string }{{"q", "q"}, {"\x1b[5~\x1bOAa\x1b", "a"}, {"bc", "bc"}} {
		if _, err := io.WriteString(typed, tt.typed); err != nil {
			t.Fatal(err)
		}
		for _, want := range []byte(tt.want) {
			if got := <-s.keys; got != want {
				t.Errorf("key %q, want %q", got, want)
			}
		}
	}
	typed.Close()
	<-read

	if w, h := s.size(); w != 0 || h != 0 {
		t.Errorf("a pipe is %d by %d", w, h)
	}
	s.show([]byte("one\ntwo\n"))
	out.Close()
	got, err := io.ReadAll(shown)
	if want := "\x1b[Hone\x1b[K\r\ntwo\x1b[K\x1b[J"; string(got) != want || err != nil {
		t.Errorf("shows %q, want %q: %v", got, want, err)
	}
}

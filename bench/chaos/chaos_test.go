package main

import (
	"bytes"
	"context"
	"encoding/json"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"
)

// The test binary is also what its children are.
func TestMain(m *testing.M) {
	if code, isRole := act(os.Args[1:]); isRole {
		os.Exit(code)
	}
	os.Exit(m.Run())
}

// Real processes, few orders: the harness itself works, and the engine under it.
func TestRows(t *testing.T) {
	if testing.Short() {
		t.Skip("starts processes")
	}
	var log, out bytes.Buffer
	path := filepath.Join(t.TempDir(), "report.md")
	if err := os.WriteFile(path, []byte("before\n"+reportBegin+"stale\n"+reportEnd+"after\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	code := run([]string{"-rows", "2,20", "-events", "4000", "-ack-wait", "2s", "-slack", "10", "-seed", "1", "-o", "json", "-report", path}, &out, &log)
	if code != 0 {
		t.Fatalf("exit code %d\n%s", code, log.String())
	}
	var s summary
	if err := json.Unmarshal(out.Bytes(), &s); err != nil {
		t.Fatal(err)
	}
	if len(s.Rows) != 2 || s.Rows[1].Skipped == "" || s.Events != 4000+warmUp {
		t.Errorf("got %d rows and %d events:\n%s", len(s.Rows), s.Events, out.String())
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	got := string(text)
	if !strings.HasPrefix(got, "before\n"+reportBegin) || !strings.HasSuffix(got, reportEnd+"after\n") || !strings.Contains(got, "| 2 |") || strings.Contains(got, "stale") {
		t.Errorf("got the report\n%s", got)
	}
}

// Rows that were run again have new results in a page, the others those they had.
func TestPage(t *testing.T) {
	path := filepath.Join(t.TempDir(), "report.md")
	if err := os.WriteFile(path, []byte("before\n"+reportBegin+reportEnd+"after\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	of := func(i int, text string) result {
		r := table[i]
		return result{Row: r.num, Name: r.name, Promise: r.promise, Profile: r.profile(), OK: true, Events: 5, Figures: []figure{{"x", text}}}
	}
	first, second := &summary{Date: "2026-01-01", Engine: "one"}, &summary{Date: "2026-01-02", Engine: "two"}
	for _, step := range []struct {
		s *summary
		r result
	}{
		{first, of(1, "a|b")},
		{first, result{Row: 99, Name: "a fault of old"}},
		{first, of(0, "old")},
		{second, of(0, "new")},
		{second, result{Row: table[2].num, Name: table[2].name, Skipped: "no root"}},
	} {
		if err := step.s.add(step.r, path); err != nil {
			t.Fatal(err)
		}
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	p, err := readPage(text)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, cells := range p.rows {
		got = append(got, strings.Join([]string{cells[0], cells[eventsColumn], cells[wordColumn], cells[6], cells[runColumn][:len("2026-01-01 | one")]}, " "))
	}
	want := []string{"1 5 held x: new 2026-01-02 | two", `2 5 held x: a\|b 2026-01-01 | one`, "3  not run no root 2026-01-02 | two"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	if diff := cmp.Diff(string(text), string(p.text())); diff != "" {
		t.Errorf("a page that is read and written changes: (-was +is)\n%s", diff)
	}
	if all := "\n10 events; rows: 2 held, 1 not run.\n"; !strings.Contains(string(text), all) {
		t.Errorf("no line %q in\n%s", all, text)
	}
}

func TestUsage(t *testing.T) {
	for _, args := range [][]string{{"-select", "some"}, {"-o", "xml"}, {"more"}} {
		if code := run(args, new(bytes.Buffer), new(bytes.Buffer)); code != 2 {
			t.Errorf("%v: exit code %d, want 2", args, code)
		}
	}
	if code := run([]string{"-rows", "99"}, new(bytes.Buffer), new(bytes.Buffer)); code != 1 {
		t.Errorf("a row that is none: exit code %d, want 1", code)
	}
}

func TestTable(t *testing.T) {
	names := make(map[string]bool)
	for i, r := range table {
		if names[r.name] {
			t.Errorf("row %d: a page could not tell it from another", r.num)
		}
		names[r.name] = true
		if r.name == "" || r.promise == "" || i > 0 && table[i-1].num > r.num {
			t.Errorf("row %d has no name, no promise, or is out of order", r.num)
		}
		if (r.skip == "") != (r.set.pace.events > 0) {
			t.Errorf("row %d: a row has orders or a reason why it is not run", r.num)
		}
	}
}

// The checks must be able to fail: books that are wrong in one way each.
func TestVerdicts(t *testing.T) {
	at := time.Now().UnixNano()
	call := func(key string, attempt, retry int) effect {
		return effect{At: at, ID: "a", Key: key, Attempt: attempt, Retry: retry}
	}
	done := func(n int) map[string][]ending { return map[string][]ending{"a": make([]ending, n)} }
	for _, tt := range []struct {
		name  string
		books books
		fails string
	}{
		{"in order", books{done: done(1), effects: map[string][]effect{"a": {call("k", 1, 0), call("k", 1, 1)}}}, ""},
		{"lost", books{}, "L1"},
		{"run again", books{done: done(1), effects: map[string][]effect{"a": {call("k", 1, 0), call("k", 2, 0)}}}, "L2"},
		{"run again, the count forgotten", books{done: done(1), effects: map[string][]effect{"a": {call("k", 1, 0), call("k", 1, 0)}}}, "L2"},
		{"another key", books{done: done(1), effects: map[string][]effect{"a": {call("k", 1, 0), call("l", 1, 1)}}}, "L3"},
		{"a key of another", books{done: done(1), effects: map[string][]effect{"a": {call("k", 1, 0)}, "b": {{ID: "b", Key: "k"}}}}, "L3"},
		{"an innocent buried", books{dead: map[string][]ending{"a": {{Reason: "decode"}}}}, "L5"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := &stand{row: new(row)}
			tt.books.pub = map[string]publication{"a": {ID: "a", Acked: true, At: at}}
			s.lost(&tt.books)
			s.reruns(&tt.books)
			s.keys(&tt.books)
			s.buried(&tt.books)
			var failed []string
			for _, v := range s.verdicts {
				if !v.OK {
					failed = append(failed, v.Check)
				}
			}
			if got := strings.Join(failed, " "); got != tt.fails {
				t.Errorf("%q failed, want %q: %v", got, tt.fails, s.verdicts)
			}
		})
	}
}

// Bounds on times have the slack that a run is given, and a pause says what an
// election has to do with it.
func TestGaps(t *testing.T) {
	began := time.Now()
	at := func(seconds int) time.Time { return began.Add(time.Duration(seconds) * time.Second) }
	b := &books{
		pub:     map[string]publication{"a": {ID: "a", Acked: true, At: at(1).UnixNano()}, "b": {ID: "b", Acked: true, At: at(20).UnixNano()}},
		effects: map[string][]effect{"a": {{At: at(1).UnixNano(), Attempt: 1}, {At: at(41).UnixNano(), Attempt: 2}}},
		done:    map[string][]ending{"a": {{At: at(2)}}, "b": {{At: at(22)}}},
	}
	for slack, fails := range map[float64]string{1: "redelivery resume", 1.5: "resume", 10: ""} {
		s := &stand{row: &row{prompt: true, resume: 10 * time.Second}, set: setup{ackWait: 30 * time.Second}, slack: slack, loaded: began, elected: []time.Time{at(5), at(19), at(30)}}
		s.gaps(b)
		var failed []string
		for _, v := range s.verdicts {
			if !v.OK {
				failed = append(failed, v.Check)
			}
		}
		if got := strings.Join(failed, " "); got != fails {
			t.Errorf("slack %v: %q failed, want %q", slack, got, fails)
		}
		want := figure{"longest pause", "19s of publishing, 20s of endings, 3s of them after the last election"}
		if got := s.figures[len(s.figures)-1]; got != want {
			t.Errorf("got %v, want %v", got, want)
		}
	}
}

func TestProxy(t *testing.T) {
	defer goleak.VerifyNone(t)
	echo, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer echo.Close()
	go func() {
		for {
			c, err := echo.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				buf := make([]byte, 64)
				for {
					n, err := c.Read(buf)
					if err != nil {
						return
					}
					c.Write(buf[:n])
				}
			}()
		}
	}()
	p, err := newProxy(echo.Addr().String(), 1)
	if err != nil {
		t.Fatal(err)
	}
	defer p.close()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()

	ask := func(text string, wait time.Duration) (string, error) {
		c, err := new(net.Dialer).DialContext(ctx, "tcp", p.Addr().String())
		if err != nil {
			return "", err
		}
		defer c.Close()
		c.SetDeadline(time.Now().Add(wait))
		if _, err := c.Write([]byte(text)); err != nil {
			return "", err
		}
		buf := make([]byte, 64)
		n, err := c.Read(buf)
		return string(buf[:n]), err
	}
	for _, tt := range []struct {
		name string
		link link
		want string
		wait time.Duration
	}{
		{"open", link{}, "hello", 5 * time.Second},
		{"late", link{latency: 5 * time.Millisecond, jitter: 2 * time.Millisecond}, "hello", 5 * time.Second},
		{"trickle", link{trickle: true}, "h", 5 * time.Second},
		{"deaf", link{deaf: true}, "", 100 * time.Millisecond},
		{"deaf to others", link{deaf: true, standing: true}, "hello", 5 * time.Second},
		{"refuse", link{refuse: true}, "", 5 * time.Second},
		{"cut behind ell", link{cutAfter: []byte("ell"), cuts: 1}, "", 5 * time.Second},
		{"whole again", link{cutAfter: []byte("ell")}, "hello", 5 * time.Second},
	} {
		p.set(tt.link)
		got, err := ask("hello", tt.wait)
		// What is cut behind the request may have let the answer through.
		if got != tt.want && tt.link.cuts == 0 || tt.want == "" && tt.link.cuts == 0 && err == nil {
			t.Errorf("%s: got %q (%v), want %q", tt.name, got, err, tt.want)
		}
		p.reset()
	}
	if n := p.cutSoFar(); n != 1 {
		t.Errorf("%d connections were cut, want 1", n)
	}
}

package main

import (
	"context"
	"errors"
	"io"
	"math"
	"strings"
	"testing"
	"testing/iotest"
	"testing/synctest"
	"time"
)

func TestLinesOf(t *testing.T) {
	long := strings.Repeat("x", maxLine)
	broken := errors.New("broken pipe")
	for _, tt := range []struct {
		name string
		in   io.Reader
		n    int
		want string
		err  string
	}{
		{"all", strings.NewReader("1\n2\n3"), 0, "1 2 3", ""},
		{"some", strings.NewReader("1\n2\n3"), 2, "1 2", ""},
		{"blank", strings.NewReader("\n1\r\n \t\n2\n\n"), 2, "1 2", ""},
		{"none", strings.NewReader(""), 0, "", ""},
		{"longest", strings.NewReader(long + "\n1\n"), 0, long + " 1", ""},
		{"too long", strings.NewReader("1\n" + long + "x\n"), 0, "1", "line 2 is longer than 8388608 bytes"},
		{"unreadable", io.MultiReader(strings.NewReader("1\n"), iotest.ErrReader(broken)), 0, "1", "read line 2: broken pipe"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			l := linesOf(t.Context(), tt.in, tt.n)
			var got []string
			for line := range l.c {
				got = append(got, string(line))
			}
			if s := strings.Join(got, " "); s != tt.want {
				t.Errorf("got %.40q, want %.40q", s, tt.want)
			}
			if (l.err == nil) != (tt.err == "") || l.err != nil && l.err.Error() != tt.err {
				t.Errorf("error %v, want %q", l.err, tt.err)
			}
		})
	}
}

func TestLinesEndWithTheirContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	l := repeated(ctx, "{}", math.MaxInt)
	<-l.c
	cancel()
	for range l.c { // one may be on its way
	}
}

func TestPace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPace(100)
		start := time.Now()
		for range 101 {
			time.Sleep(p.wait())
			p.step()
		}
		if d := time.Since(start); d != time.Second-burst { // which begins ahead
			t.Errorf("101 events at 100 a second took %v", d)
		}
		time.Sleep(time.Minute)
		n := 0
		for ; p.wait() <= 0; n++ {
			p.step()
		}
		if n != 2 {
			t.Errorf("%d events at once after a minute without any, want the one that is due and one more", n)
		}
	})
}

func TestPaceBounds(t *testing.T) {
	if p := newPace(0); p.wait() > 0 {
		t.Errorf("no rate waits for %v", p.wait())
	}
	if p := newPace(math.SmallestNonzeroFloat64); p.interval != slowest {
		t.Errorf("the smallest rate has an interval of %v", p.interval)
	}
	if p := newPace(math.Inf(1)); p.interval != 0 {
		t.Errorf("an infinite rate has an interval of %v", p.interval)
	}
}

func TestProgress(t *testing.T) {
	var b strings.Builder
	p := progress{&b}
	p.show("published 1")
	p.clear()
	if want := "\r\x1b[Kpublished 1\r\x1b[K"; b.String() != want {
		t.Errorf("got %q, want %q", &b, want)
	}
	b.Reset()
	newProgress(&b).show("published 1") // no terminal
	if b.Len() > 0 {
		t.Errorf("got %q, want nothing", &b)
	}
}

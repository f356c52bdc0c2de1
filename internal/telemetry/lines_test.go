package telemetry

import (
	"errors"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/seed66d9166c/express/express"
)

// Lines are what a person reads: their golden files are to be looked at.
func TestLines(t *testing.T) {
	for _, tt := range []struct {
		name string
		o    LineOptions
	}{
		{"lines-executions", LineOptions{}},
		{"lines-events", LineOptions{Events: true}},
		{"lines-color", LineOptions{Color: true}},
		{"lines-json", LineOptions{JSON: true}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			unset(t)
			var out strings.Builder
			tel, err := New(t.Context(), Options{Lines: NewLines(&out, tt.o)})
			if err != nil {
				t.Fatal(err)
			}
			tel.Recorder(Workflow{Name: "refunds-eu"}) // it makes the column wide
			for _, declined := range []bool{false, true} {
				play(t, tel, Workflow{Name: "orders", Level: express.LevelOff}, declined)
			}
			closeNow(t, tel)
			golden(t, tt.name, out.String())
		})
	}
}

// A terminal that does not move on costs lines, and holds up no execution.
func TestLinesLeftOut(t *testing.T) {
	w := &stuck{entered: make(chan struct{}, 1), release: make(chan struct{})}
	l := NewLines(w, LineOptions{})
	line := []byte(strings.Repeat("x", 1023) + "\n")
	l.print(line)
	<-w.entered // it writes the first line, and no more
	const fit = maxBuffered / 1024
	for range fit + 3 {
		l.print(line)
	}
	close(w.release)
	l.close()
	if got := w.String(); strings.Count(got, "x\n") != 1+fit || !strings.HasSuffix(got, "(3 lines left out)\n") {
		t.Errorf("%d lines, and in the end %q; want %d and 3 left out", strings.Count(got, "x\n"), got[len(got)-30:], 1+fit)
	}
}

// stuck is a terminal that shows nothing until it is released.
type stuck struct {
	entered, release chan struct{}

	mu sync.Mutex // guards what follows
	strings.Builder
}

func (w *stuck) Write(b []byte) (int, error) {
	select {
	case w.entered <- struct{}{}:
	default:
	}
	<-w.release
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.Builder.Write(b)
}

func TestBrief(t *testing.T) {
	for d, want := range map[time.Duration]string{
		0:                         "0s",
		1234 * time.Nanosecond:    "1µs",
		1234567 * time.Nanosecond: "1.23ms",
		12345 * time.Millisecond:  "12.35s",
		299 * time.Second:         "4m59s",
	} {
		if got := brief(d); got != want {
			t.Errorf("brief(%v) = %s, want %s", d, got, want)
		}
	}
}

func TestShort(t *testing.T) {
	for name, want := range map[string]string{
		"order-7":      "order-7   ",
		"0123456789":   "0123456789",
		"a-0123456789": "…123456789",
		"größe-größe":  "…öße-größe",
	} {
		if got := short(name); got != want {
			t.Errorf("short(%s) = %q, want %q", name, got, want)
		}
	}
}

func TestLogger(t *testing.T) {
	for _, tt := range []struct {
		name             string
		asJSON, terminal bool
		want             []string // parts of the lines
	}{
		{"terminal", false, true, []string{
			" event buried workflow=orders reason=decode error=\"no JSON\"\n",
			" WARN forged\\u001b[2J line workflow=orders stream.name=S\n",
		}},
		{"text", false, false, []string{
			" level=INFO msg=\"event buried\" workflow=orders reason=decode error=\"no JSON\"\n",
			" level=WARN msg=\"forged\\x1b[2J line\" workflow=orders stream.name=S\n",
		}},
		{"JSON", true, false, []string{
			`"level":"INFO","msg":"event buried","workflow":"orders","reason":"decode","error":"no JSON"}` + "\n",
			`"level":"WARN","msg":"forged\u001b[2J line","workflow":"orders","stream":{"name":"S"}}` + "\n",
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var out strings.Builder
			l := NewLogger(&out, tt.asJSON, tt.terminal, slog.LevelInfo).With("workflow", "orders")
			l.Debug("not shown")
			l.Info("event buried", "reason", "decode", "error", errors.New("no JSON"))
			l.WithGroup("stream").Warn("forged\x1b[2J line", "name", "S")
			lines := strings.SplitAfter(out.String(), "\n")
			for i, want := range tt.want {
				if i >= len(lines) || !strings.HasSuffix(lines[i], want) {
					t.Errorf("line %d of %q, want it to end in %q", i, lines, want)
				}
			}
		})
	}
}

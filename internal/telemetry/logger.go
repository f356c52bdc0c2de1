package telemetry

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"sync"

	"github.com/seed66d9166c/express/internal/telemetry/text"
)

// NewLogger is for what the engine has to say of itself: on w, one line each;
// as JSON for programs, else as text, which on a terminal is brief.
func NewLogger(w io.Writer, asJSON, terminal bool, level slog.Level) *slog.Logger {
	o := &slog.HandlerOptions{Level: level}
	switch {
	case asJSON:
		return slog.New(slog.NewJSONHandler(w, o))
	case terminal:
		return slog.New(newBrief(w, o))
	}
	return slog.New(slog.NewTextHandler(w, o))
}

// A briefHandler writes the time of day, the level where it is not INFO, the message,
// and then the attributes as slog's text handler does.
type briefHandler struct {
	slog.Handler // of the attributes; writes to out
	out          *output
}

// An output is where a line is put together. Handlers that come from one
// another share it.
type output struct {
	mu   sync.Mutex // guards what follows
	line bytes.Buffer
	w    io.Writer
}

func newBrief(w io.Writer, o *slog.HandlerOptions) *briefHandler {
	out := &output{w: w}
	rest := *o
	rest.ReplaceAttr = func(groups []string, a slog.Attr) slog.Attr {
		if len(groups) == 0 && (a.Key == slog.TimeKey || a.Key == slog.LevelKey || a.Key == slog.MessageKey) {
			return slog.Attr{} // these stand before
		}
		return a
	}
	return &briefHandler{slog.NewTextHandler(&out.line, &rest), out}
}

func (h *briefHandler) Handle(ctx context.Context, r slog.Record) error {
	h.out.mu.Lock()
	defer h.out.mu.Unlock()
	b := &h.out.line
	b.Reset()
	b.WriteString(r.Time.Local().Format("15:04:05.000 "))
	if r.Level != slog.LevelInfo {
		b.WriteString(r.Level.String() + " ")
	}
	message, _ := text.Safe(r.Message, text.Max)
	b.WriteString(message + " ")
	if err := h.Handler.Handle(ctx, r); err != nil {
		return err
	}
	_, err := h.out.w.Write(b.Bytes())
	return err
}

func (h *briefHandler) WithAttrs(attrs []slog.Attr) slog.Handler {
	return &briefHandler{h.Handler.WithAttrs(attrs), h.out}
}

func (h *briefHandler) WithGroup(name string) slog.Handler {
	return &briefHandler{h.Handler.WithGroup(name), h.out}
}

package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"time"

	"golang.org/x/term"
)

// printJSON prints v on one line.
func (a *app) printJSON(v any) error {
	enc := json.NewEncoder(a.stdout)
	enc.SetEscapeHTML(false)
	return enc.Encode(v)
}

// isTerminal reports whether there is somebody at a stream.
func isTerminal(stream any) bool {
	f, ok := stream.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

// width is how many columns standard output has; where it is no terminal, as
// many as read well.
func (a *app) width() int {
	const page = 120
	if f, ok := a.stdout.(*os.File); ok {
		if w, _, err := term.GetSize(int(f.Fd())); err == nil && w > 0 {
			return w
		}
	}
	return page
}

// redraw is how often a progress line changes: often enough to be alive, seldom
// enough to be read.
const redraw = 200 * time.Millisecond

// A progress is a line on a terminal that tells how far long work has come. On
// anything but a terminal it prints nothing.
type progress struct {
	w io.Writer // nil where there is no terminal
}

func newProgress(w io.Writer) progress {
	if !isTerminal(w) {
		w = nil
	}
	return progress{w}
}

// show puts text in the place of what was shown before.
func (p progress) show(text string) {
	if p.w != nil {
		fmt.Fprintf(p.w, "\r\x1b[K%s", text)
	}
}

// clear takes the line away, for what comes next.
func (p progress) clear() { p.show("") }

// counted is n things: "1 file", "2 files".
func counted(n int, noun string) string {
	if n != 1 {
		noun += "s"
	}
	return fmt.Sprintf("%d %s", n, noun)
}

package telemetry

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"golang.org/x/term"

	"github.com/seed66d9166c/express/express"
	"github.com/seed66d9166c/express/internal/telemetry/text"
)

// LineOptions say what Lines print, and how.
type LineOptions struct {
	Events bool // a line an event; else one an execution, and one for each task that failed in it
	JSON   bool // an object a line, for programs
	Color  bool // see InColor
}

// InColor reports whether what is written to w may be coloured: somebody looks
// at it, and does not mind (no-color.org).
func InColor(w io.Writer) bool {
	f, ok := w.(*os.File)
	return ok && term.IsTerminal(int(f.Fd())) && os.Getenv("NO_COLOR") == ""
}

// maxBuffered is the most bytes of lines that wait for a slow terminal: beyond,
// lines are left out rather than executions held up.
const maxBuffered = 256 << 10

// Lines prints what executions do, for people who watch. It never blocks an
// execution. It is safe for concurrent use.
type Lines struct {
	w io.Writer
	o LineOptions

	mu     sync.Mutex // guards what follows
	buf    []byte
	out    int // lines left out
	width  int // of the longest workflow's name
	closed bool

	wake chan struct{}
	done chan struct{}
}

// NewLines prints to w, which must not be written to by others in the middle of
// a line.
func NewLines(w io.Writer, o LineOptions) *Lines {
	l := &Lines{w: w, o: o, wake: make(chan struct{}, 1), done: make(chan struct{})}
	go l.run()
	return l
}

// run writes what waits until l is closed.
func (l *Lines) run() {
	defer close(l.done)
	var buf []byte
	for range l.wake {
		l.mu.Lock()
		buf, l.buf = l.buf, buf[:0]
		out := l.out
		l.out = 0
		closed := l.closed
		l.mu.Unlock()
		if out > 0 {
			buf = fmt.Appendf(buf, "(%d lines left out)\n", out)
		}
		l.w.Write(buf) // a terminal that is gone is no reason to stop
		if closed {
			return
		}
	}
}

// print lets a line wait to be written.
func (l *Lines) print(line []byte) {
	l.mu.Lock()
	if len(l.buf)+len(line) > maxBuffered {
		l.out++
	} else {
		l.buf = append(l.buf, line...)
	}
	l.mu.Unlock()
	l.signal()
}

func (l *Lines) signal() {
	select {
	case l.wake <- struct{}{}:
	default: // it knows
	}
}

// close writes what waits. What is printed afterwards is lost.
func (l *Lines) close() {
	l.mu.Lock()
	l.closed = true
	l.mu.Unlock()
	l.signal()
	<-l.done
}

// widen makes room for the name of a workflow.
func (l *Lines) widen(workflow string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.width = max(l.width, utf8.RuneCountInString(workflow))
}

// mask is the types of events that have a line of their own. The end of an
// execution has one whatever the events.
func (l *Lines) mask() mask {
	return masked(func(t express.EventType) bool {
		if ends := strings.HasPrefix(t.String(), "Execution") && t != express.ExecutionStarted; ends {
			return false
		}
		return l.o.Events || slices.Contains(failures, t)
	})
}

// failures are the events that a Retry or a Catch may hide from the outcome.
var failures = []express.EventType{
	express.TaskFailed, express.TaskTimedOut,
	express.LambdaFunctionFailed, express.LambdaFunctionTimedOut,
	express.EvaluationFailed,
}

// A line is what is printed of an event, or of the end of an execution.
type line struct {
	Time      time.Time `json:"time"`
	Workflow  string    `json:"workflow"`
	Execution string    `json:"execution"`
	Seconds   float64   `json:"seconds"` // since the execution began
	What      string    `json:"what"`    // status, or type of the event
	State     string    `json:"state,omitempty"`
	Detail    string    `json:"detail,omitempty"`
	Error     string    `json:"error,omitempty"`
	Cause     string    `json:"cause,omitempty"`

	since time.Duration
	color string
}

// Escape sequences of colours.
const (
	dim    = "\x1b[2m"
	red    = "\x1b[31m"
	green  = "\x1b[32m"
	yellow = "\x1b[33m"
	plain  = "\x1b[0m"
)

// colors of the ways in which an execution can end.
var colors = [numStatus]string{
	express.Succeeded: green,
	express.Failed:    red,
	express.TimedOut:  red,
	express.Aborted:   yellow,
}

// end prints how an execution ended.
func (l *Lines) end(x *execution, o *express.Outcome) {
	e := line{
		Time:     o.Stop,
		Workflow: x.r.w.Name, Execution: x.start.Name,
		What:  o.Status.String(),
		since: o.Stop.Sub(o.Start),
		color: colors[o.Status],
	}
	if o.Status != express.Succeeded {
		e.State = o.State
	}
	e.failed(o.Err, x.r.w.Data)
	l.write(&e)
}

// event prints an event.
func (l *Lines) event(x *execution, ev *express.Event) {
	e := line{
		Time:     ev.Time,
		Workflow: x.r.w.Name, Execution: x.start.Name,
		What:  ev.Type.String(),
		State: ev.State,
		since: ev.Time.Sub(x.start.Time),
		color: dim,
	}
	if express.LevelError.Logs(ev.Type) {
		e.color = yellow
	}
	switch has := ev.Type.Has(); {
	case has&express.HasService != 0:
		e.Detail = ev.Task.Service + ":" + ev.Task.Action
	case has&express.HasResource != 0:
		e.Detail = ev.Task.Resource
	case has&express.HasIndex != 0:
		e.Detail = fmt.Sprintf("[%d]", ev.Index)
	case has&express.HasLength != 0:
		e.Detail = fmt.Sprintf("%d items", ev.Length)
	}
	e.failed(ev.Err, x.r.w.Data)
	l.write(&e)
}

// failed adds an error.
func (e *line) failed(err *express.Error, data bool) {
	if err == nil {
		return
	}
	e.Error = err.Name
	if !err.NoCause {
		e.Cause = causeOf(err, data)
	}
}

// write prints e in columns: time, workflow, execution, time since its start,
// what, and then what there is to say.
func (l *Lines) write(e *line) {
	for _, s := range []*string{&e.Execution, &e.State, &e.Detail, &e.Error, &e.Cause} {
		*s, _ = text.Safe(*s, text.Max)
	}
	e.Seconds = e.since.Seconds()
	if l.o.JSON {
		b, err := json.Marshal(e)
		if err != nil {
			panic(err) // no field of a line can fail
		}
		l.print(append(b, '\n'))
		return
	}
	l.mu.Lock()
	width := l.width
	l.mu.Unlock()
	what := max(len("SUCCEEDED"), len(e.What))
	if l.o.Events {
		what = len("LambdaFunctionScheduled")
	}
	var b strings.Builder
	l.paint(&b, dim, e.Time.Local().Format("15:04:05.000"))
	fmt.Fprintf(&b, " %-*s %s %7s ", width, e.Workflow, short(e.Execution), brief(e.since))
	l.paint(&b, e.color, fmt.Sprintf("%-*s", what, e.What))
	sep := " "
	for _, s := range []string{e.State, e.Detail, e.Error, e.Cause} {
		if s != "" {
			b.WriteString(sep + oneLine(s))
			sep = ": "
		}
	}
	l.print([]byte(strings.TrimRight(b.String(), " ") + "\n"))
}

func (l *Lines) paint(b *strings.Builder, color, s string) {
	if l.o.Color {
		s = color + s + plain
	}
	b.WriteString(s)
}

// shortName is how many characters of an execution's name are shown: the last
// ones, which are those that differ, in names that count as in those that are
// random.
const shortName = 10

func short(name string) string {
	r := []rune(name)
	if len(r) > shortName {
		name = "…" + string(r[len(r)-shortName+1:])
	}
	return fmt.Sprintf("%-*s", shortName, name)
}

// brief is d with three digits at most.
func brief(d time.Duration) string {
	switch {
	case d >= 100*time.Second:
		return d.Round(time.Second).String()
	case d >= time.Second:
		return d.Round(10 * time.Millisecond).String()
	case d >= time.Millisecond:
		return d.Round(10 * time.Microsecond).String()
	}
	return d.Round(time.Microsecond).String()
}

// maxShown is how many bytes of a cause a line holds, so that it stays one.
const maxShown = 160

func oneLine(s string) string {
	if s, cut := text.Safe(s, maxShown); cut {
		return s + "…"
	}
	return s
}

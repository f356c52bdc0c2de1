package telemetry

import (
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/seed66d9166c/express/express"
	"github.com/seed66d9166c/express/express/value"
	"github.com/seed66d9166c/express/internal/telemetry/otlp"
	"github.com/seed66d9166c/express/internal/telemetry/text"
)

// A writer writes a record, or what all records of an execution have.
type writer struct {
	limits              *limits
	b                   []byte // the fields of a LogRecord
	attributes, dropped int    // of it

	json []byte // of a value
	e    *express.Event
	x    *execution
}

// limits are those of OpenTelemetry: the attributes of a record, and the
// characters of one, 0 for any number.
type limits struct{ attributes, characters int }

// maxData is the most bytes of an input, an output, parameters or variables that
// a record holds: AWS's 248 KiB.
const maxData = 248 << 10

// writers are to be used again: they hold buffers.
var writers = sync.Pool{New: func() any { return new(writer) }}

// keepWriter is the most bytes of a buffer that is used again.
const keepWriter = 64 << 10

func newWriter(l *limits) *writer {
	w := writers.Get().(*writer)
	w.limits = l
	return w
}

func (w *writer) release() {
	*w = writer{b: w.b[:0], json: w.json[:0]}
	if cap(w.b)+cap(w.json) <= keepWriter {
		writers.Put(w)
	}
}

// room reports whether the record may have another attribute.
func (w *writer) room() bool {
	if w.attributes == w.limits.attributes {
		w.dropped++
		return false
	}
	w.attributes++
	return true
}

// text adds a name or an error.
func (w *writer) text(key, s string) {
	if w.room() {
		s, cut := text.Safe(s, text.Max)
		s, short := shorten(s, w.limits.characters)
		w.b = otlp.AppendString(w.b, key, s)
		w.truncated(key, cut || short)
	}
}

// some adds s if it is not empty.
func (w *writer) some(key, s string) {
	if s != "" {
		w.text(key, s)
	}
}

func (w *writer) int(key string, n int64) {
	if w.room() {
		w.b = otlp.AppendInt(w.b, key, n)
	}
}

// seconds adds a number of seconds above 0.
func (w *writer) seconds(key string, n float64) {
	if n > 0 && w.room() {
		w.b = otlp.AppendDouble(w.b, key, n)
	}
}

// data adds execution data, if there is any and it may be shown.
func (w *writer) data(key string, v value.Value) {
	if r := w.x.r; r.w.Data && !v.IsNothing() && w.room() {
		w.json = r.redaction.appendJSON(w.json[:0], v)
		s, cut := text.Safe(w.json, maxData)
		s, short := shorten(s, w.limits.characters)
		w.b = otlp.AppendString(w.b, key, s)
		w.truncated(key, cut || short)
	}
}

// truncated marks what was cut, which AWS does with truncated: true.
func (w *writer) truncated(key string, cut bool) {
	if cut && w.room() {
		w.b = otlp.AppendBool(w.b, key+".truncated", true)
	}
}

// common adds what all records of x have: its trace, and the attributes that say
// which execution of which workflow it is.
func (w *writer) common(x *execution) {
	if sc := x.span(); sc.IsValid() {
		w.b = otlp.AppendSpan(w.b, sc.TraceID(), sc.SpanID(), byte(sc.TraceFlags()))
	}
	id := x.m.Identity()
	w.some("express.execution.name", x.start.Name)
	w.some("express.execution.arn", x.m.ExecutionARN(x.start))
	w.some("express.state_machine.name", id.Name)
	w.some("express.state_machine.version", id.Version)
	w.some("aws.step_functions.state_machine.arn", id.ARN)
	if x.start.Delivery > 0 {
		w.int("express.execution.attempt", int64(x.start.Delivery))
	}
}

// event adds what the record of an event has besides.
func (w *writer) event(x *execution, e *express.Event) {
	w.e, w.x = e, x
	name := e.Type.String()
	w.b = otlp.AppendTime(w.b, e.Time)
	w.b = append(w.b, fixed[e.Type]...)
	w.text("express.history.event.type", name)
	w.int("express.history.event.id", int64(e.ID))
	w.int("express.history.event.previous_id", int64(e.Prev))
	w.some("express.state.type", stateTypes[e.Type])
	has := e.Type.Has()
	for i := range details {
		if has&details[i].has != 0 {
			details[i].add(w)
		}
	}
	if w.dropped > 0 {
		w.b = otlp.AppendDropped(w.b, w.dropped)
	}
}

// details is a row a detail of AWS's events: the attributes that hold it.
var details = []struct {
	has express.Details
	add func(w *writer)
}{
	{express.HasName | express.HasState, func(w *writer) { w.text("express.state.name", w.e.State) }},
	{express.HasInput, func(w *writer) { w.data("express.input", w.e.Input) }},
	{express.HasArgs, func(w *writer) { w.data("express.task.parameters", w.e.Input) }},
	{express.HasOutput, func(w *writer) { w.data("express.output", w.e.Output) }},
	{express.HasVars, func(w *writer) { w.data("express.assigned_variables", w.e.Vars) }},
	{express.HasError, func(w *writer) {
		if err := w.e.Err; err != nil {
			w.some("error.type", err.Name)
			if !err.NoCause {
				w.text("express.error.cause", causeOf(err, w.x.r.w.Data))
			}
		}
	}},
	{express.HasResource, func(w *writer) { w.text("express.task.resource", w.e.Task.Resource) }},
	{express.HasService, func(w *writer) {
		w.text("express.task.resource_type", w.e.Task.Service)
		w.text("express.task.resource", w.e.Task.Action)
	}},
	{express.HasLimits, func(w *writer) {
		w.seconds("express.task.timeout", w.e.Timeout.Seconds())
		w.seconds("express.task.heartbeat", w.e.Heartbeat.Seconds())
		w.some("express.task.role", w.e.Role)
	}},
	{express.HasLength, func(w *writer) { w.int("express.map.length", int64(w.e.Length)) }},
	{express.HasIndex, func(w *writer) { w.int("express.map.index", int64(w.e.Index)) }},
	{express.HasLocation, func(w *writer) { w.some("express.evaluation.location", w.e.Location) }},
	{express.HasRole, func(w *writer) { w.some("express.state_machine.role", w.x.m.Identity().Role) }},
}

// fixed is what records of a type of event have in common. What ends an
// execution badly is an error; what a Retry or a Catch may yet handle is a
// warning.
var fixed = func() (f [express.NumEvents][]byte) {
	for t := range express.NumEvents {
		severity := otlp.Info
		switch {
		case express.LevelFatal.Logs(t):
			severity = otlp.Error
		case express.LevelError.Logs(t):
			severity = otlp.Warn
		}
		f[t] = otlp.AppendSeverity(f[t], severity)
		f[t] = otlp.AppendEventName(f[t], t.LogName())
		f[t] = otlp.AppendBody(f[t], t.String())
	}
	return f
}()

// stateTypes are the types of states that types of events are about, "" for
// those that are about no state.
var stateTypes = func() (s [express.NumEvents]string) {
	for t := range express.NumEvents {
		if typ, _, ok := strings.Cut(t.String(), "State"); ok {
			s[t] = typ
		}
	}
	return s
}()

// shorten is the first characters of s, which is UTF-8, and whether there are
// more. No characters are no limit.
func shorten[T string | []byte](s T, characters int) (text T, cut bool) {
	if characters == 0 || len(s) <= characters {
		return s, false
	}
	n := 0
	for i := range len(s) {
		if !utf8.RuneStart(s[i]) {
			continue
		}
		if n == characters {
			return s[:i], true
		}
		n++
	}
	return s, false
}

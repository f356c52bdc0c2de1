package telemetry

import (
	"strings"

	"go.opentelemetry.io/otel/attribute"
	otellog "go.opentelemetry.io/otel/log"

	"github.com/seed66d9166c/express/express"
	"github.com/seed66d9166c/express/express/value"
)

// commonAttributes are those of all records of an execution.
func commonAttributes(m *express.Machine, s *express.Start) []attribute.KeyValue {
	id := m.Identity()
	a := make([]attribute.KeyValue, 0, 7)
	for _, kv := range [...]struct {
		key  attribute.Key
		text string
	}{
		{"express.execution.name", s.Name},
		{"express.execution.arn", m.ExecutionARN(s)},
		{"express.state_machine.name", id.Name},
		{"express.state_machine.version", id.Version},
		{"aws.step_functions.state_machine.arn", id.ARN},
	} {
		if kv.text != "" {
			text, _ := safe(kv.text, maxText)
			a = append(a, kv.key.String(text))
		}
	}
	if s.Delivery > 0 {
		a = append(a, attribute.Int("express.execution.attempt", s.Delivery))
	}
	return a
}

// A builder makes the record of an event.
type builder struct {
	e    *express.Event
	data bool
	role string // of the machine
	kv   []attribute.KeyValue
}

// text adds a name or an error.
func (b *builder) text(key, s string) {
	s, cut := safe(s, maxText)
	b.kv = append(b.kv, attribute.String(key, s))
	b.truncated(key, cut)
}

// json adds execution data, if there is any and it may be shown.
func (b *builder) json(key string, v value.Value) {
	if !b.data || v.IsNothing() {
		return
	}
	s, cut := safe(string(v.AppendJSON(nil)), maxData)
	b.kv = append(b.kv, attribute.String(key, s))
	b.truncated(key, cut)
}

// truncated marks what was cut, which AWS does with truncated: true.
func (b *builder) truncated(key string, cut bool) {
	if cut {
		b.kv = append(b.kv, attribute.Bool(key+".truncated", true))
	}
}

// details is a row a detail of AWS's events: the attributes that hold it.
var details = []struct {
	has express.Details
	add func(b *builder)
}{
	{express.HasName | express.HasState, func(b *builder) { b.text("express.state.name", b.e.State) }},
	{express.HasInput, func(b *builder) { b.json("express.input", b.e.Input) }},
	{express.HasArgs, func(b *builder) { b.json("express.task.parameters", b.e.Input) }},
	{express.HasOutput, func(b *builder) { b.json("express.output", b.e.Output) }},
	{express.HasVars, func(b *builder) { b.json("express.assigned_variables", b.e.Vars) }},
	{express.HasError, func(b *builder) {
		if err := b.e.Err; err != nil && err.Name != "" {
			b.text("error.type", err.Name)
		}
		if err := b.e.Err; err != nil && !err.NoCause {
			b.text("express.error.cause", causeOf(err, b.data))
		}
	}},
	{express.HasResource, func(b *builder) { b.text("express.task.resource", b.e.Task.Resource) }},
	{express.HasService, func(b *builder) {
		b.text("express.task.resource_type", b.e.Task.Service)
		b.text("express.task.resource", b.e.Task.Action)
	}},
	{express.HasLimits, func(b *builder) {
		if b.e.Timeout > 0 {
			b.kv = append(b.kv, attribute.Float64("express.task.timeout", b.e.Timeout.Seconds()))
		}
		if b.e.Heartbeat > 0 {
			b.kv = append(b.kv, attribute.Float64("express.task.heartbeat", b.e.Heartbeat.Seconds()))
		}
		if b.e.Role != "" {
			b.text("express.task.role", b.e.Role)
		}
	}},
	{express.HasLength, func(b *builder) { b.kv = append(b.kv, attribute.Int("express.map.length", b.e.Length)) }},
	{express.HasIndex, func(b *builder) { b.kv = append(b.kv, attribute.Int("express.map.index", b.e.Index)) }},
	{express.HasLocation, func(b *builder) {
		if b.e.Location != "" {
			b.text("express.evaluation.location", b.e.Location)
		}
	}},
	{express.HasRole, func(b *builder) {
		if b.role != "" {
			b.text("express.state_machine.role", b.role)
		}
	}},
}

// severities of events: what ends an execution badly is an error; what a Retry
// or a Catch may yet handle is a warning.
var severities = func() (s [express.NumEvents]otellog.Severity) {
	for t := range express.NumEvents {
		switch {
		case express.LevelFatal.Logs(t):
			s[t] = otellog.SeverityError
		case express.LevelError.Logs(t):
			s[t] = otellog.SeverityWarn
		default:
			s[t] = otellog.SeverityInfo
		}
	}
	return s
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

// emit makes the log record of e.
func (l *execution) emit(e *express.Event) {
	l.once.Do(l.begin)
	b := builder{e: e, data: l.r.w.Data, role: l.m.Identity().Role, kv: make([]attribute.KeyValue, 0, len(l.common)+12)}
	b.kv = append(b.kv, l.common...)
	b.kv = append(b.kv,
		attribute.String("express.history.event.type", e.Type.String()),
		attribute.Int64("express.history.event.id", int64(e.ID)),
		attribute.Int64("express.history.event.previous_id", int64(e.Prev)),
	)
	if typ := stateTypes[e.Type]; typ != "" {
		b.kv = append(b.kv, attribute.String("express.state.type", typ))
	}
	has := e.Type.Has()
	for i := range details {
		if has&details[i].has != 0 {
			details[i].add(&b)
		}
	}
	var r otellog.Record
	r.SetEventName(e.Type.LogName())
	r.SetTimestamp(e.Time)
	r.SetSeverity(severities[e.Type])
	r.SetBody(attribute.StringValue(e.Type.String()))
	r.AddAttributes(b.kv...)
	l.r.t.logger.Emit(l.ctx, r)
}

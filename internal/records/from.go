package records

import (
	"strings"

	"github.com/seed66d9166c/express/express"
	"github.com/seed66d9166c/express/express/value"
)

// From is the record of an event of the execution that s started on m, with all
// its data.
func From(m *express.Machine, s *express.Start, e *express.Event) Record {
	id := m.Identity()
	r := Record{
		Time: e.Time, Workflow: id.Name, Version: id.Version, Execution: s.Name, ARN: m.ExecutionARN(s), Attempt: s.Delivery,
		ID: e.ID, Prev: e.Prev, Type: e.Type.String(), State: e.State,
	}
	if typ, _, ok := strings.Cut(r.Type, "State"); ok {
		r.StateType = typ
	}
	has := e.Type.Has()
	if has&express.HasInput != 0 {
		r.Input = text(e.Input)
	}
	if has&express.HasArgs != 0 {
		r.Parameters = text(e.Input)
	}
	if has&express.HasOutput != 0 {
		r.Output = text(e.Output)
	}
	if has&express.HasVars != 0 {
		r.Variables = text(e.Vars)
	}
	if has&express.HasError != 0 && e.Err != nil {
		r.Error = e.Err.Name
		if !e.Err.NoCause {
			r.Cause = e.Err.Cause
		}
	}
	if has&express.HasResource != 0 {
		r.Resource = e.Task.Resource
	}
	if has&express.HasService != 0 {
		r.Service, r.Resource = e.Task.Service, e.Task.Action
	}
	if has&express.HasLimits != 0 {
		r.Timeout, r.Heartbeat, r.Role = e.Timeout.Seconds(), e.Heartbeat.Seconds(), e.Role
	}
	if has&express.HasLength != 0 {
		r.Length = e.Length
	}
	if has&express.HasIndex != 0 {
		r.Index = e.Index
	}
	if has&express.HasLocation != 0 {
		r.Location = e.Location
	}
	return r
}

// text is v as JSON, "" for nothing.
func text(v value.Value) string {
	if v.IsNothing() {
		return ""
	}
	return v.String()
}

// WithoutData takes away what includeExecutionData is about; the cause is the
// caller's, who knows whose words it is in.
func (r *Record) WithoutData() {
	r.Input, r.Output, r.Parameters, r.Variables = "", "", "", ""
}

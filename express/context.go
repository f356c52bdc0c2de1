package express

import (
	"time"

	"github.com/seed66d9166c/express/express/program"
	"github.com/seed66d9166c/express/express/template"
	"github.com/seed66d9166c/express/express/value"
)

// An item is what an ItemSelector sees of the item that it makes an input from.
type item struct {
	index int
	v     value.Value
}

// contextObject is the context object as x's state sees it: $$ in JSONPath,
// $states.context in JSONata.
func (x *execution) contextObject() value.Value {
	if !x.context.IsNothing() {
		return x.context
	}
	s, id := &x.run.start, &x.m.o.Identity
	exec := []value.Member{
		{Key: "Id", Val: value.String(x.m.ExecutionARN(s))},
		{Key: "Input", Val: s.Input},
		{Key: "Name", Val: value.String(s.Name)},
		{Key: "RoleArn", Val: value.String(id.Role)},
		{Key: "StartTime", Val: timestamp(s.Time)},
	}
	if !s.Sync {
		exec = append(exec, value.Member{Key: "RedriveCount", Val: value.Int(0)})
	}
	if s.Delivery > 0 { // an extension, so that a machine can tell a redelivery
		exec = append(exec, value.Member{Key: "Attempt", Val: value.Int(int64(s.Delivery))})
	}
	state := []value.Member{
		{Key: "Name", Val: value.String(x.state.Name)},
		{Key: "EnteredTime", Val: timestamp(x.enteredTime())},
	}
	if x.state.Type <= program.TypeMap {
		state = append(state, value.Member{Key: "RetryCount", Val: value.Int(int64(x.retry))})
	}
	all := []value.Member{
		{Key: "Execution", Val: value.Object(exec...)},
		{Key: "StateMachine", Val: value.Object(
			value.Member{Key: "Id", Val: value.String(id.ARN)},
			value.Member{Key: "Name", Val: value.String(id.Name)},
		)},
		{Key: "State", Val: value.Object(state...)},
	}
	if t := x.callback(); t != "" {
		all = append(all, value.Member{Key: "Task", Val: value.Object(value.Member{Key: "Token", Val: value.String(t)})})
	}
	if x.item != nil {
		all = append(all, value.Member{Key: "Map", Val: value.Object(value.Member{Key: "Item", Val: value.Object(
			value.Member{Key: "Index", Val: value.Int(int64(x.item.index))},
			value.Member{Key: "Value", Val: x.item.v},
			value.Member{Key: "Source", Val: value.String("STATE_DATA")},
		)})})
	}
	x.context = value.Object(all...)
	if p := x.m.o.Probe; p != nil {
		x.context = p.Context(x.context)
	}
	return x.context
}

// willWait is called before the state waits: when it was entered cannot be told
// later. It is what a log may want, or the context object.
func (x *execution) willWait() {
	if x.run.log != nil || x.m.wants&template.WantsContext != 0 {
		x.enteredTime()
	}
}

// enteredTime is when the state was entered. The clock is looked at when the time
// is first wanted, or before the state first waits, since most states want none.
func (x *execution) enteredTime() time.Time {
	if x.since.IsZero() {
		x.since = x.m.clock.Now()
	}
	return x.since
}

// timestamp is t as the context object writes it: trailing zeros of the
// milliseconds are left out.
func timestamp(t time.Time) value.Value {
	return value.String(t.UTC().Format("2006-01-02T15:04:05.999Z"))
}

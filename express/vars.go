package express

import (
	"fmt"

	"github.com/seed66d9166c/express/express/program"
	"github.com/seed66d9166c/express/express/value"
)

// An assignment is a value that a variable has from the next state on: all
// references in a state see the values at its entry.
type assignment struct {
	to *program.Assign
	v  value.Value
}

// assign evaluates an Assign.
func (x *execution) assign(list []program.Assign) *Error {
	size := 0
	for i := range list {
		v, err := x.eval(list[i].Expr)
		if err != nil {
			return err
		}
		if size += v.Size(); size > x.m.limits.Payload {
			return x.dataLimit(fmt.Sprintf("The variables assigned in the state '%s' exceed the maximum of %d bytes.", x.state.Name, x.m.limits.Payload))
		}
		if err := x.checkResult(v, x.state.Name); err != nil {
			return err
		}
		x.pending = append(x.pending, assignment{&list[i], v})
	}
	return nil
}

// commit makes the assignments of the state visible.
func (x *execution) commit() *Error {
	if len(x.pending) == 0 {
		return nil
	}
	grown := 0
	for _, a := range x.pending {
		grown += a.v.Size() - x.vars.Slots[a.to.Slot].Size()
	}
	if x.run.variables.Add(int64(grown)) > int64(x.m.limits.Variables) {
		return x.dataLimit(fmt.Sprintf("The variables of the execution exceed the maximum of %d bytes.", x.m.limits.Variables))
	}
	for _, a := range x.pending {
		x.vars.Slots[a.to.Slot] = a.v
	}
	return nil
}

// assigned are the assignments of the state as an object, for its event.
func (x *execution) assigned() value.Value {
	if len(x.pending) == 0 {
		return value.Value{}
	}
	m := make([]value.Member, len(x.pending))
	for i, a := range x.pending {
		m[i] = value.Member{Key: a.to.Name, Val: a.v}
	}
	return value.Object(m...)
}

// forget takes the variables of x, whose scope ends, off the account.
func (x *execution) forget() {
	size := 0
	for _, v := range x.vars.Slots {
		size += v.Size()
	}
	x.run.variables.Add(int64(-size))
}

package express

import (
	"time"

	"github.com/seed66d9166c/express/express/program"
	"github.com/seed66d9166c/express/express/value"
)

// A Probe makes an execution the test of a state, as AWS's TestState does it:
// branches and iterations do not run, and a state that would be tried again ends
// the execution with its error. The thread of the state calls the functions.
type Probe struct {
	// Context is the context object in the place of the engine's.
	Context func(value.Value) value.Value
	// Variables are what the variables of the machine are when a state begins;
	// others have no value. It needs Options.Inspect.
	Variables value.Value
	// Items are what a Map state runs over, nothing for what it says itself.
	Items value.Value
	// Children is the result of a Parallel or Map state, or why it failed; of the
	// iterations of a Map that has a result, Failed have failed. As on AWS, that
	// fails a Map only where it says how many it tolerates.
	Children func() (value.Value, error)
	Failed   int
	// Tried is how often the retrier that an error matches has tried again.
	Tried int
	// Retried is called for an error that retrier i would try again after d, and
	// Caught for one that catcher i has caught.
	Retried func(err *Error, i int, d time.Duration)
	Caught  func(err *Error, i int)
}

// assign gives the variables their values.
func (p *Probe) assign(x *execution) {
	for slot, name := range x.m.prog.Scopes[0].Names {
		x.vars.Slots[slot], _ = p.Variables.Get(name)
	}
}

// retry reports whether r, the retrier i of a state, tries again.
func (p *Probe) retry(err *Error, r *program.Retrier, i int) bool {
	if p.Tried >= r.Max {
		return false
	}
	p.Retried(err, i, interval(r, p.Tried))
	return true
}

// children takes the result of a Parallel or Map state under test.
func (x *execution) children() *Error {
	v, err := x.m.o.Probe.Children()
	if err != nil {
		return x.taskError(err)
	}
	x.cur, x.scope.Result = v, v
	return x.checkResult(v, x.state.Name)
}

// probeMap is what a Map state under test does in the place of its iterations.
func (x *execution) probeMap(p *Probe, m *program.Map, items value.Value, tolerated int) *Error {
	for i, v := range items.Elements() {
		if _, err := x.selected(m, i, v); err != nil {
			return err
		}
	}
	if err := x.children(); err != nil {
		return err
	}
	if p.Failed > tolerated && (m.Count != 0 || m.Percentage != 0) {
		return x.intolerable(m, nil)
	}
	return nil
}

package server

import (
	"context"
	"fmt"
	"strings"

	"github.com/seed66d9166c/express/express"
	"github.com/seed66d9166c/express/express/program"
	"github.com/seed66d9166c/express/express/value"
	"github.com/seed66d9166c/express/internal/nested"
)

// errUnbound is the name of the error of a task that nothing performs.
const errUnbound = "Express.Unbound"

// performing is what performs each kind of task in p. A kind that nothing here
// performs is one whose tasks fail: the rest of the workflow runs.
func (s *Server) performing(p *program.Program) map[string]express.Invoker {
	all := make(map[string]express.Invoker)
	for i := range p.Tasks {
		kind := p.Tasks[i].Kind
		if all[kind] = s.tasks.byKind[kind]; all[kind] == nil {
			all[kind] = express.InvokerFunc(unbound)
		}
	}
	return all
}

// unbound fails a task, and says what would perform it.
func unbound(_ context.Context, c *express.Call) (value.Value, error) {
	return value.Value{}, &express.Error{
		Name:  errUnbound,
		Cause: fmt.Sprintf("Nothing performs the task %s: %s.", c.Task.Resource, help(c.Task)),
	}
}

// help is what makes that something performs t.
func help(t *program.Task) string {
	switch {
	case t.Pattern == program.Sync || t.Pattern == program.Sync2:
		return "of jobs (.sync) only startExecution is performed; a mock can answer it"
	case t.Kind == kindFunc:
		return fmt.Sprintf("register a Go handler as %s, or bind it in express.yaml", t.Target)
	}
	return fmt.Sprintf(`bind it in express.yaml, as in tasks: {"%s": "nats:request:SUBJECT"}`, pattern(t.Resource))
}

// pattern is a pattern that fits resource in any region and account.
func pattern(resource string) string {
	parts := strings.SplitN(resource, ":", 6)
	if len(parts) < 6 || parts[0] != "arn" {
		return resource
	}
	for i := 3; i <= 4; i++ {
		if parts[i] != "" {
			parts[i] = "*"
		}
	}
	return strings.Join(parts, ":")
}

// unbound are the tasks of all workflows that nothing performs.
func (s *Server) unbound() []Unbound {
	var all []Unbound
	for _, u := range s.uses() {
		if !s.performs(u.task) {
			all = append(all, Unbound{Workflow: u.workflow, State: u.state, Resource: u.task.Resource, Help: help(u.task)})
		}
	}
	return all
}

// A use is a task where a workflow calls it.
type use struct {
	workflow, state string
	task            *program.Task
}

// uses are the tasks of all workflows.
func (s *Server) uses() []use {
	var all []use
	for _, w := range s.catalog.All() {
		p := w.Machine.Program()
		for pc, in := range p.Code {
			if in.Op == program.OpTask {
				all = append(all, use{w.Config.Name, stateAt(p, program.PC(pc)), &p.Tasks[in.A]})
			}
		}
	}
	return all
}

// stateAt is the name of the state that the instruction at pc belongs to: the
// innermost one.
func stateAt(p *program.Program, pc program.PC) string {
	name, size := "", program.PC(len(p.Code)+1)
	for i := range p.States {
		if st := &p.States[i]; st.Entry <= pc && pc < st.End && st.End-st.Entry < size {
			name, size = st.Name, st.End-st.Entry
		}
	}
	return name
}

// performs reports whether something performs t. Whether anybody listens to the
// subject of one that goes over NATS shows when it is called.
func (s *Server) performs(t *program.Task) bool {
	switch {
	case t.Kind == kindFunc:
		return s.o.Funcs[t.Target] != nil
	case t.Pattern == program.Sync || t.Pattern == program.Sync2:
		return nested.Performs(t)
	}
	return s.tasks.byKind[t.Kind] != nil
}

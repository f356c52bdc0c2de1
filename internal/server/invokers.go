package server

import (
	"context"
	"fmt"
	"maps"
	"strings"

	"github.com/seed66d9166c/express/compiler"
	"github.com/seed66d9166c/express/express"
	"github.com/seed66d9166c/express/express/program"
	"github.com/seed66d9166c/express/express/value"
)

// kindFunc is the kind of tasks that Go code in this process performs.
const kindFunc = "func"

// invokers is what performs tasks, by kind: a row for each. The tasks over NATS
// come by kind and action, as bindings have them; a Resource of the form
// nats:ACTION:SUBJECT has its action apart.
func invokers(overNATS, handlers map[string]express.Invoker) map[string]express.Invoker {
	all := maps.Clone(overNATS)
	all[compiler.KindNATS] = byAction(overNATS)
	all[kindFunc] = byName(handlers)
	return all
}

// byAction performs tasks of the form nats:ACTION:SUBJECT.
type byAction map[string]express.Invoker

func (a byAction) of(t *program.Task) express.Invoker { return a[t.Kind+":"+t.Action] }

func (a byAction) Invoke(ctx context.Context, c *express.Call) (value.Value, error) {
	return invoke(ctx, c, a.of(c.Task))
}

// byName performs tasks of the form func:NAME.
type byName map[string]express.Invoker

func (n byName) of(t *program.Task) express.Invoker { return n[t.Target] }

func (n byName) Invoke(ctx context.Context, c *express.Call) (value.Value, error) {
	return invoke(ctx, c, n.of(c.Task))
}

// invoke lets by perform a task, if it is not nil.
func invoke(ctx context.Context, c *express.Call, by express.Invoker) (value.Value, error) {
	if by == nil {
		return unbound(ctx, c)
	}
	return by.Invoke(ctx, c)
}

// errUnbound is the name of the error of a task that nothing performs.
const errUnbound = "Express.Unbound"

// performing is what performs each kind of task in p. A kind that nothing here
// performs is one whose tasks fail: the rest of the workflow runs.
func (s *Server) performing(p *program.Program) map[string]express.Invoker {
	all := make(map[string]express.Invoker)
	for i := range p.Tasks {
		kind := p.Tasks[i].Kind
		if all[kind] = s.invokers[kind]; all[kind] == nil {
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
	if t.Kind == kindFunc {
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
	for _, w := range s.catalog.All() {
		p := w.Machine.Program()
		for pc, in := range p.Code {
			if in.Op != program.OpTask || s.performs(&p.Tasks[in.A]) {
				continue
			}
			t := &p.Tasks[in.A]
			all = append(all, Unbound{Workflow: w.Config.Name, State: stateAt(p, program.PC(pc)), Resource: t.Resource, Help: help(t)})
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

// performs reports whether something performs t.
func (s *Server) performs(t *program.Task) bool {
	by := s.invokers[t.Kind]
	if some, ok := by.(interface {
		of(*program.Task) express.Invoker
	}); ok {
		by = some.of(t)
	}
	return by != nil
}

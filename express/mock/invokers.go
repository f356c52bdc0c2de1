package mock

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/seed66d9166c/express/express"
	"github.com/seed66d9166c/express/express/program"
	"github.com/seed66d9166c/express/express/value"
)

// invokers are what a machine for p is bound to: the states that mocks has are
// answered by with, the rest by the invoker that others has for the kind of their
// task. The error lists the states of mocks that are no Task of p, and the tasks
// that nobody performs.
func invokers[M any](p *program.Program, mocks map[string]M, with express.Invoker, others map[string]express.Invoker) (map[string]express.Invoker, error) {
	all := make(map[string]express.Invoker)
	tasks := make(map[string]bool)
	var errs []error
	for i := range p.States {
		s := &p.States[i]
		if s.Type != program.TypeTask {
			continue
		}
		tasks[s.Name] = true
		kind := taskOf(p, s).Kind
		if _, ok := mocks[s.Name]; !ok && others[kind] == nil {
			errs = append(errs, fmt.Errorf("state %q is not mocked, and there is no invoker for tasks of kind %q", s.Name, kind))
		}
		other := others[kind]
		all[kind] = express.InvokerFunc(func(ctx context.Context, c *express.Call) (value.Value, error) {
			if _, ok := mocks[c.State]; ok {
				return with.Invoke(ctx, c)
			}
			return other.Invoke(ctx, c)
		})
	}
	for _, name := range slices.Sorted(maps.Keys(mocks)) {
		if !tasks[name] {
			errs = append(errs, fmt.Errorf("the mocked state %q is no Task of %s", name, p.Name))
		}
	}
	return all, errors.Join(errs...)
}

// taskOf is the task of a Task state.
func taskOf(p *program.Program, s *program.State) *program.Task {
	for _, in := range p.Code[s.Entry:s.End] {
		if in.Op == program.OpTask {
			return &p.Tasks[in.A]
		}
	}
	panic("mock: a Task without a task")
}

package catalog

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"

	"github.com/seed66d9166c/express/compiler"
	"github.com/seed66d9166c/express/internal/config"
)

// Follow makes the state machines of store workflows that are served, beside those
// of the application: first all that are there, and from then on what changes. told
// is told of each change once it is served, the first time even if there is
// nothing. A file of the application wins over what is deployed under its name.
//
// What does not compile is reported, and stays as it was, if it was there.
// Executions that run go on as they began. Follow returns when ctx is done, or with
// what keeps it from going on; then all stays as it is.
func (c *Catalog) Follow(ctx context.Context, store Store, told func([]Change, config.Reports)) error {
	c.loading.Lock()
	c.store, c.seen = store, make(map[string]uint64)
	c.loading.Unlock()
	first := true
	return store.Watch(ctx, func(events []Event) {
		c.loading.Lock()
		reports := c.deploy(ctx, events)
		if first { // what was removed while nobody followed is not told of
			maps.DeleteFunc(c.deployed, func(name string, _ *deployment) bool { return c.seen[name] == 0 })
			first = false
		}
		changes := c.serve()
		c.loading.Unlock()
		told(changes, reports)
	})
}

// refresh asks the store for a name that somebody is sure of.
func (c *Catalog) refresh(ctx context.Context, name string) error {
	c.loading.Lock()
	defer c.loading.Unlock()
	if c.store == nil {
		return ErrNotFound
	}
	m, sequence, err := c.store.Get(ctx, name)
	if err != nil {
		return err
	}
	c.deploy(ctx, []Event{{Name: name, Machine: m, Sequence: sequence}})
	c.serve()
	if d := c.deployed[name]; d != nil && d.current == nil {
		return d.err
	}
	return nil
}

// deploy takes what has changed in the store, but what it has seen.
func (c *Catalog) deploy(ctx context.Context, events []Event) (reports config.Reports) {
	var next []*deployment
	for _, e := range slices.Backward(events) { // of a name the last one counts
		if e.Sequence <= c.seen[e.Name] {
			continue
		}
		c.seen[e.Name] = e.Sequence
		switch {
		case e.Err != nil:
			reports = append(reports, unreadable(e.Name, e.Err))
		case e.Machine == nil:
			delete(c.deployed, e.Name)
		default:
			next = append(next, c.succeed(e.Machine))
		}
	}
	reports = append(reports, c.compileAll(ctx, next)...)
	for _, d := range next {
		c.deployed[d.machine.Name] = d
		if _, ok := c.files[d.machine.Name]; ok {
			reports = append(reports, shadowed(d.machine.Name))
		}
	}
	return reports
}

// redeploy makes what is deployed again, as the application has changed.
func (c *Catalog) redeploy() config.Reports {
	var next []*deployment
	for name, d := range c.deployed {
		d = c.succeed(d.machine)
		c.deployed[name] = d
		next = append(next, d)
	}
	return c.compileAll(context.Background(), next)
}

// succeed is the deployment of m, with what was compiled of the one before.
func (c *Catalog) succeed(m *StateMachine) *deployment {
	d := &deployment{machine: m, app: c.app, store: c.store}
	before := c.deployed[m.Name]
	if before == nil {
		return d
	}
	wanted := m.definitions()
	before.compiled.Range(func(key, w any) bool {
		if slices.Contains(wanted, key.(build).definition) {
			d.compiled.Store(key, w)
		}
		return true
	})
	if before.current != nil { // stays until the new one compiles
		d.current = before.current.as(d)
	}
	return d
}

// as is w as a Workflow of d.
func (w *Workflow) as(d *deployment) *Workflow {
	own := *w
	own.of = d
	return &own
}

// readers is how many definitions are read at a time: reading one is waiting for
// the broker.
const readers = 16

// compileAll compiles the current revisions of deployments that nobody else knows
// yet, and reports what is found.
func (c *Catalog) compileAll(ctx context.Context, all []*deployment) config.Reports {
	reports := make(config.Reports, len(all))
	var workers sync.WaitGroup
	work := make(chan int)
	for range min(readers, len(all)) {
		workers.Go(func() {
			for i := range work {
				reports[i] = c.compileCurrent(ctx, all[i])
			}
		})
	}
	for i := range all {
		work <- i
	}
	close(work)
	workers.Wait()
	return slices.DeleteFunc(reports, func(r config.Report) bool { return len(r.Findings) == 0 })
}

func (c *Catalog) compileCurrent(ctx context.Context, d *deployment) config.Report {
	w, report, err := c.revision(ctx, d, &d.machine.Revision)
	if d.err = err; err == nil {
		d.current = w.as(d)
	} else if _, ok := errors.AsType[compiler.Diagnostics](err); !ok {
		return unreadable(d.machine.Name, err)
	}
	return report
}

func unreadable(name string, err error) config.Report {
	return config.Report{File: name, Findings: compiler.Diagnostics{{Code: config.Unreadable, Message: err.Error()}}}
}

// shadowed is the warning that a deployed workflow does not run.
func shadowed(name string) config.Report {
	return config.Report{File: name, Findings: compiler.Diagnostics{{
		Code:     config.Ambiguous,
		Severity: compiler.Warning,
		Message:  fmt.Sprintf("what is deployed as %s does not run: a file of the application defines that workflow", name),
	}}}
}

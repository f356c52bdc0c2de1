package catalog

import (
	"context"
	"fmt"
	"hash/fnv"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/seed66d9166c/express/compiler"
	"github.com/seed66d9166c/express/internal/config"
)

// A deployment is a state machine of a Store as it is served. A change of it makes
// a new one, which takes over what was compiled.
type deployment struct {
	machine  *StateMachine
	app      *config.Config // that it runs in
	store    Reader         // of its definitions
	current  *Workflow      // of its current revision; nil until one compiles
	err      error          // why the current revision is not served
	versions sync.Map       // *Workflow by number, of those that were chosen
	compiled sync.Map       // *Workflow by build, for the deployment that follows
}

// A build is all that a Workflow is made of, but its name.
type build struct {
	definition Digest
	settings   string
}

// buildOf is what app makes of a revision.
func buildOf(app *config.Config, name string, r *Revision) (build, *config.Workflow) {
	w := &config.Workflow{Name: name, Set: maps.Clone(app.Set), Logging: app.Logging, Completion: app.Completion}
	if w.Set == nil {
		w.Set = make(map[string]string)
	}
	maps.Copy(w.Set, r.Set)
	if r.Logging != nil && r.Logging.Level != "" {
		w.Logging.Level, w.Logging.Data = r.Logging.Level, r.Logging.Data
	}
	settings := fmt.Sprintf("%q %+v %s %v", w.Set, w.Logging, w.Completion, app.Strict)
	for _, b := range app.Tasks {
		settings += fmt.Sprintf(" %q: %q", b.Pattern, b.Target)
	}
	return build{r.Definition, settings}, w
}

// revision is a revision of d as it runs: compiled now, unless it was before.
func (c *Catalog) revision(ctx context.Context, d *deployment, r *Revision) (*Workflow, config.Report, error) {
	key, w := buildOf(d.app, d.machine.Name, r)
	report := config.Report{File: w.Name}
	if done, ok := d.compiled.Load(key); ok {
		return done.(*Workflow), report, nil
	}
	src, err := definition(ctx, d.store, r.Definition)
	if err != nil {
		return nil, report, fmt.Errorf("definition of %s: %w", w.Name, err)
	}
	p, found := compiler.Compile(w.Name, src, options(d.app, w.Set))
	report.Source, report.Findings = src, found
	if p == nil {
		return nil, report, found.Err()
	}
	v := version(src, w.Set)
	m, err := c.bind(w, v, p)
	if err != nil {
		return nil, report, fmt.Errorf("workflow %s: %w", w.Name, err)
	}
	done, _ := d.compiled.LoadOrStore(key, &Workflow{Config: w, Version: v, Machine: m})
	return done.(*Workflow), report, nil
}

const (
	// readAttempts is how often a definition is asked for that ought to be there:
	// the copy of the Store that is read may not have it yet.
	readAttempts = 4
	readPause    = 200 * time.Millisecond
)

func definition(ctx context.Context, store Reader, d Digest) (src []byte, err error) {
	for attempt := range readAttempts {
		if attempt > 0 {
			select {
			case <-time.After(readPause):
			case <-ctx.Done():
				return nil, ctx.Err()
			}
		}
		if src, err = store.Definition(ctx, d); err == nil {
			break
		}
	}
	return src, err
}

// Choose is what an execution of the workflow name runs. qualifier is the number of
// a version, the name of an alias, or "" for what was deployed last. An alias of
// two versions gives one name of an execution the same version each time, as long
// as its weights stay. What is not known yet is asked of the Store that is
// followed; the error is ErrNotFound where that does not have it, and a
// compiler.Diagnostics where it does not compile here.
func (c *Catalog) Choose(ctx context.Context, name, qualifier, execution string) (*Workflow, error) {
	if w, ok := c.Get(name); ok && (qualifier == "" || w.of == nil || w.of.machine.route(qualifier, execution) != nil) {
		return c.choose(ctx, w, qualifier, execution)
	}
	if err := c.refresh(ctx, name); err != nil {
		return nil, err
	}
	w, ok := c.Get(name)
	if !ok {
		return nil, ErrNotFound
	}
	return c.choose(ctx, w, qualifier, execution)
}

func (c *Catalog) choose(ctx context.Context, w *Workflow, qualifier, execution string) (*Workflow, error) {
	if qualifier == "" {
		return w, nil
	}
	if w.of == nil { // files have no versions
		return nil, ErrNotFound
	}
	v := w.of.machine.route(qualifier, execution)
	if v == nil {
		return nil, ErrNotFound
	}
	if chosen, ok := w.of.versions.Load(v.Number); ok {
		return chosen.(*Workflow), nil
	}
	chosen, _, err := c.revision(ctx, w.of, &v.Revision)
	if err == nil {
		w.of.versions.Store(v.Number, chosen)
	}
	return chosen, err
}

// route is the version that an execution of m runs, nil if there is none.
func (m *StateMachine) route(qualifier, execution string) *Version {
	if n := (ARN{Qualifier: qualifier}).Version(); n > 0 {
		return m.Version(n)
	}
	alias := m.Alias(qualifier)
	if alias == nil {
		return nil
	}
	h := fnv.New64a()
	h.Write([]byte(execution))
	share := int(h.Sum64() % 100)
	i := slices.IndexFunc(alias.Routes, func(r Route) bool {
		share -= r.Weight
		return share < 0
	})
	if i < 0 { // the weights do not make 100, which no Registry writes
		return nil
	}
	return m.Version(alias.Routes[i].Version)
}

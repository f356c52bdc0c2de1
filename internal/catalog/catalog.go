package catalog

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/seed66d9166c/express/compiler"
	"github.com/seed66d9166c/express/express"
	"github.com/seed66d9166c/express/express/program"
	"github.com/seed66d9166c/express/internal/config"
)

// A Workflow is one version of a workflow. It is immutable.
type Workflow struct {
	Config  *config.Workflow // File is "" where it was deployed
	Version string           // see version
	Machine *express.Machine

	of *deployment // nil where a file of the application defines it
}

// Bind binds a compiled workflow to the world.
type Bind func(w *config.Workflow, version string, p *program.Program) (*express.Machine, error)

// A Catalog is the workflows that are served, by name. It is safe for
// concurrent use.
type Catalog struct {
	bind Bind
	now  atomic.Pointer[snapshot]

	loading  sync.Mutex     // one change at a time; guards what follows
	app      *config.Config // as it was loaded last
	files    snapshot       // what it defines
	store    Store          // that is followed, nil for none
	deployed map[string]*deployment
	seen     map[string]uint64 // sequences of changes of the store, by name
}

// A snapshot is never changed.
type snapshot map[string]*Workflow

// New makes an empty Catalog.
func New(bind Bind) *Catalog {
	c := &Catalog{bind: bind, app: new(config.Config), deployed: make(map[string]*deployment), seen: make(map[string]uint64)}
	c.now.Store(new(snapshot))
	return c
}

// Get is the workflow that has this name, and whether there is one.
func (c *Catalog) Get(name string) (*Workflow, bool) {
	w, ok := (*c.now.Load())[name]
	return w, ok
}

// All are the workflows, sorted by name.
func (c *Catalog) All() []*Workflow {
	now := *c.now.Load()
	all := make([]*Workflow, 0, len(now))
	for _, name := range slices.Sorted(maps.Keys(now)) {
		all = append(all, now[name])
	}
	return all
}

// A Change is what a Load changed of a workflow: it is new where Old is "", and
// gone where New is "".
type Change struct {
	Workflow string `json:"workflow"`
	Old      string `json:"old,omitempty"` // versions
	New      string `json:"new,omitempty"`
}

// Load makes the workflows of app, and those that are deployed, the ones that are
// served. One that does not compile stays as it was, if it was there, and its
// findings are reported. The error says what could not be bound; then nothing has
// changed.
func (c *Catalog) Load(app *config.Config) ([]Change, config.Reports, error) {
	c.loading.Lock()
	defer c.loading.Unlock()
	next := make(snapshot)
	var reports config.Reports
	for _, w := range app.Workflows {
		p, version, report := compile(app, w)
		if len(report.Findings) > 0 {
			reports = append(reports, report)
		}
		if p == nil {
			if before := c.files[w.Name]; before != nil {
				next[w.Name] = before
			}
			continue
		}
		m, err := c.bind(w, version, p)
		if err != nil {
			return nil, reports, fmt.Errorf("workflow %s: %w", w.Name, err)
		}
		next[w.Name] = &Workflow{Config: w, Version: version, Machine: m}
	}
	c.app, c.files = app, next
	reports = append(reports, c.redeploy()...)
	return c.serve(), reports, nil
}

// serve makes what was loaded and deployed what is served.
func (c *Catalog) serve() []Change {
	old, next := *c.now.Load(), make(snapshot, len(c.files)+len(c.deployed))
	for name, d := range c.deployed {
		if d.current != nil {
			next[name] = d.current
		}
	}
	maps.Copy(next, c.files)
	c.now.Store(&next)
	return changes(old, next)
}

// changes are the differences in versions, sorted by name.
func changes(old, next snapshot) []Change {
	names := make(map[string]struct{})
	for _, s := range []snapshot{old, next} {
		for name := range s {
			names[name] = struct{}{}
		}
	}
	var all []Change
	for _, name := range slices.Sorted(maps.Keys(names)) {
		c := Change{Workflow: name}
		if w := old[name]; w != nil {
			c.Old = w.Version
		}
		if w := next[name]; w != nil {
			c.New = w.Version
		}
		if c.Old != c.New {
			all = append(all, c)
		}
	}
	return all
}

// Check compiles every workflow of app and reports what is found.
func Check(app *config.Config) config.Reports {
	var reports config.Reports
	for _, w := range app.Workflows {
		if _, _, r := compile(app, w); len(r.Findings) > 0 {
			reports = append(reports, r)
		}
	}
	return reports
}

// compile reads and compiles the definition of w. The program is nil if one of
// the findings is an error.
func compile(app *config.Config, w *config.Workflow) (*program.Program, string, config.Report) {
	report := config.Report{File: w.File}
	src, err := read(w.File)
	if err != nil {
		report.Findings = compiler.Diagnostics{{Code: config.Unreadable, Message: err.Error()}}
		return nil, "", report
	}
	p, found := compiler.Compile(w.File, src, options(app, w.Set))
	report.Source, report.Findings = src, found
	return p, version(src, w.Set), report
}

// options are how app has definitions compiled.
func options(app *config.Config, set map[string]string) *compiler.Options {
	return &compiler.Options{
		Strict:  app.Strict,
		Set:     set,
		Resolve: func(resource string) (program.Task, error) { return resolve(app, resource), nil },
	}
}

// Compiler is how app has definitions checked, for a Registry.
func Compiler(app *config.Config) *compiler.Options { return options(app, app.Set) }

// read is the beginning of the file path: one byte more than the compiler takes, so
// that it is the one that refuses.
func read(path string) ([]byte, error) {
	f, err := os.Open(path)
	if e, ok := errors.AsType[*fs.PathError](err); ok {
		return nil, e.Err // the path stands before it
	} else if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, MaxDefinition+1))
}

// version names what a definition with these substitutions compiles to: the
// first twelve digits of the SHA-256 of its text, and of what is substituted
// where that is anything.
func version(src []byte, set map[string]string) string {
	h := sha256.New()
	h.Write(src)
	for _, name := range slices.Sorted(maps.Keys(set)) {
		fmt.Fprintf(h, "\x00%s\x00%s", name, set[name])
	}
	return hex.EncodeToString(h.Sum(nil))[:12]
}

package suite

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"strings"

	"github.com/seed66d9166c/express/compiler"
	"github.com/seed66d9166c/express/express/mock"
	"github.com/seed66d9166c/express/express/program"
	"github.com/seed66d9166c/express/internal/config"
)

// A workflow is what a test file tests.
type workflow struct {
	name    string
	path    string
	program *program.Program
}

// definitions are what the definition beside a test file may end in.
var definitions = []string{".asl.json", ".asl.yaml", ".asl.yml", ".json"}

// definition is the path of the definition that f tests.
func (f *File) definition() (string, error) {
	if f.Workflow != "" {
		return f.Workflow, nil
	}
	var found []string
	for _, s := range definitions {
		if path := stem(f.Path) + s; isFile(path) {
			found = append(found, path)
		}
	}
	switch len(found) {
	case 0:
		return "", fmt.Errorf("there is no definition beside it: no %s.asl.json, .asl.yaml or .asl.yml; name one as its workflow", filepath.Base(stem(f.Path)))
	case 1:
		return found[0], nil
	}
	return "", fmt.Errorf("both %s and %s lie beside it; name one as its workflow", filepath.Base(found[0]), filepath.Base(found[1]))
}

func isFile(path string) bool {
	info, err := os.Stat(path)
	return err == nil && !info.IsDir()
}

// maxDefinition is one byte more than the compiler takes, so that it is the one
// that refuses.
const maxDefinition = 1<<20 + 1

// compile compiles the definition at path, which f tests, as it is served: with what
// an express.yaml in its directory or the nearest one above says of it. The workflow
// is nil if any of the findings is an error.
func (f *File) compile(path string, o *Options) (*workflow, config.Reports) {
	src, err := readFile(path, maxDefinition)
	if err != nil {
		if e, ok := errors.AsType[*fs.PathError](err); ok {
			err = e.Err // the path stands before it
		}
		return nil, config.Reports{{File: path, Findings: unreadable(err)}}
	}
	w := &workflow{name: workflowName(path), path: path}
	opts := &compiler.Options{Strict: o.Strict, Set: make(map[string]string)}
	if dir := application(filepath.Dir(path)); dir != "" {
		app, found := config.Load(dir, config.Options{Env: o.Env})
		if app == nil {
			return nil, found
		}
		opts.Strict = opts.Strict || app.Strict
		maps.Copy(opts.Set, app.Set)
		for _, served := range app.Workflows {
			if same(served.File, path) {
				w.name = served.Name
				maps.Copy(opts.Set, served.Set)
			}
		}
	}
	maps.Copy(opts.Set, f.Set)
	maps.Copy(opts.Set, o.Set)
	p, found := compiler.Compile(path, src, opts)
	reports := config.Reports{{File: path, Source: src, Findings: found}}
	if w.program = p; p == nil {
		return nil, reports
	}
	return w, reports
}

// workflowName is the name of the workflow that a file defines: order for
// flows/order.asl.json.
func workflowName(path string) string {
	name := filepath.Base(path)
	return strings.TrimSuffix(strings.TrimSuffix(name, filepath.Ext(name)), ".asl")
}

// application is the directory that dir is in, or is, that has an express.yaml;
// "" if there is none.
func application(dir string) string {
	for {
		if isFile(filepath.Join(dir, config.FileName)) {
			return dir
		}
		abs, err := filepath.Abs(dir)
		if err != nil || filepath.Dir(abs) == abs {
			return ""
		}
		dir = filepath.Join(dir, "..")
	}
}

// same reports whether two paths name one file.
func same(a, b string) bool {
	x, err := filepath.Abs(a)
	y, err2 := filepath.Abs(b)
	return err == nil && err2 == nil && x == y
}

// UnknownState is the code of a finding: the workflow has no state of this name.
const UnknownState compiler.Code = "UNKNOWN_STATE"

// checkStates reports the states that f names and p lacks.
func (f *File) checkStates(w *workflow) compiler.Diagnostics {
	r := new(reader)
	all := make(map[string]program.StateType)
	var states, tasks []string
	for i := range w.program.States {
		s := &w.program.States[i]
		all[s.Name] = s.Type
		states = append(states, s.Name)
		if s.Type == program.TypeTask {
			tasks = append(tasks, s.Name)
		}
	}
	for _, n := range f.states {
		typ, ok := all[n.name]
		switch {
		case !ok:
			known := states
			if n.task {
				known = tasks
			}
			r.Report(n.node, compiler.Diagnostic{
				Code:    UnknownState,
				Message: fmt.Sprintf("there is no state %q in %s", n.name, w.path),
				Suggest: nearest(n.name, known),
			})
		case n.task && typ != program.TypeTask:
			r.Reportf(n.node, config.InvalidValue, "the state %q is no Task but a %s: it calls nothing", n.name, typ)
		}
	}
	checked := make(map[*localMocks]bool) // cases share that of the file
	for _, c := range f.Cases {
		if l := c.local; l != nil && !checked[l] {
			checked[l] = true
			if _, err := l.invokers(w.program, w.name, anyTask(w.program, new(mock.Tasks))); err != nil {
				r.Reportf(l.node, config.InvalidValue, "%v", err)
			}
		}
	}
	return r.Found()
}

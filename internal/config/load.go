package config

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"go.yaml.in/yaml/v4"

	"github.com/seed66d9166c/express/compiler"
)

// maxSize bounds express.yaml, as a definition is bounded: 1 MiB.
const maxSize = 1 << 20

// Options of Load. The zero value works.
type Options struct {
	// Flags are settings of the command line, by the name of their key. They
	// win over the environment, which wins over express.yaml.
	Flags map[string]string
	// Env looks up a variable of the environment; nil is os.LookupEnv.
	Env func(name string) (string, bool)
}

// Load reads the application directory dir. The Config is nil if any of the
// findings is an error.
func Load(dir string, o Options) (*Config, Reports) {
	if o.Env == nil {
		o.Env = os.LookupEnv
	}
	if dir == "" {
		dir = "."
	}
	l := &loader{
		c: &Config{Dir: dir},
		d: &decoder{env: o.Env, given: make(map[any]*yaml.Node)},
	}
	defaults(applicationKeys, l.c)
	if l.file(); len(l.reports) > 0 { // there is nothing to read
		return nil, l.reports
	}
	l.relative()
	l.overrides(func(k Key) (from, text string, ok bool) {
		for _, name := range []string{k.Env(), k.Alias} {
			if text, _ = o.Env(name); text != "" && name != "" {
				return "$" + name, text, true
			}
		}
		return "", "", false
	})
	l.overrides(func(k Key) (from, text string, ok bool) {
		text, ok = o.Flags[k.Name]
		return "--" + k.Flag(), text, ok
	})
	l.workflows()
	l.triggers()
	l.bindings()
	l.connections()
	if found := l.d.Found(); len(found) > 0 {
		l.reports = append(Reports{{File: l.name(), Source: l.src, Findings: found}}, l.reports...)
	}
	if l.reports.Err() != nil {
		return nil, l.reports
	}
	return l.c, l.reports
}

// A loader makes a Config of an application directory.
type loader struct {
	c       *Config
	d       *decoder
	src     []byte // of express.yaml, nil if there is none
	files   []string
	reports Reports // of other sources
}

// name is what findings about the application as a whole stand under.
func (l *loader) name() string {
	if l.src == nil {
		return l.c.Dir
	}
	return l.c.File
}

// fail reports that what is called file cannot be read.
func (l *loader) fail(file string, err error) {
	if e, ok := errors.AsType[*fs.PathError](err); ok {
		err = e.Err // the path stands before it
	}
	l.reports = append(l.reports, Report{File: file, Findings: compiler.Diagnostics{{Code: Unreadable, Message: err.Error()}}})
}

// file lists the directory and reads its express.yaml, if it has one.
func (l *loader) file() {
	entries, err := os.ReadDir(l.c.Dir)
	if err != nil {
		l.fail(l.c.Dir, err)
		return
	}
	for _, e := range entries {
		if !e.IsDir() {
			l.files = append(l.files, e.Name())
		}
	}
	path := filepath.Join(l.c.Dir, FileName)
	src, err := read(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return
	case err != nil:
		l.fail(path, err)
		return
	}
	l.c.File, l.src = path, src
	if n := l.d.Parse(src); n != nil {
		section(l.d, n, applicationKeys, "", l.c)
	}
}

// read is the contents of the file path, at most maxSize bytes.
func read(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, maxSize+1))
	if err == nil && len(b) > maxSize {
		err = fmt.Errorf("it is longer than %d bytes", maxSize)
	}
	return b, err
}

// relative makes the paths that express.yaml and the defaults give relative to
// the directory.
func (l *loader) relative() {
	relative(l, applicationKeys, l.c)
	for _, c := range l.c.Connections {
		relative(l, connectionKeys, c)
	}
}

func relative[T any](l *loader, rs rows[T], t *T) {
	for i := range rs {
		if r := &rs[i]; r.file {
			path := r.in(t).(*string)
			*path = l.in(*path)
		}
	}
}

// in is a path of express.yaml seen from the working directory.
func (l *loader) in(path string) string {
	if path == "" || filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(l.c.Dir, path)
}

// overrides sets what another source sets: look finds the text of a key there,
// and what it stands under.
func (l *loader) overrides(look func(Key) (from, text string, ok bool)) {
	for i := range applicationKeys {
		r := &applicationKeys[i]
		to := r.in(l.c)
		if !isScalar(to) {
			continue
		}
		from, s, ok := look(r.Key)
		if !ok {
			continue
		}
		if err := set(&r.Key, r.valid, to, s); err != nil {
			l.reports = append(l.reports, Report{File: from, Findings: compiler.Diagnostics{{
				Code: InvalidValue, Message: err.Error(), Suggest: compiler.Nearest(s, slices.Values(r.OneOf)),
			}}})
		}
	}
}

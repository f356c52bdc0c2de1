package catalog

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"sync"

	"github.com/seed66d9166c/express/internal/config"
)

// Files are the state machines of an application directory, as it is at the
// moment. They are changed by changing its files alone. It is safe for concurrent
// use.
type Files struct {
	app  func() *config.Config
	path sync.Map // of a file that was read, by Digest
}

var _ Reader = (*Files)(nil)

// NewFiles makes the Files of the application that app returns.
func NewFiles(app func() *config.Config) *Files { return &Files{app: app} }

func (f *Files) Get(_ context.Context, name string) (*StateMachine, uint64, error) {
	w := f.app().Workflow(name)
	if w == nil {
		return nil, 0, ErrNotFound
	}
	m, err := f.machine(w)
	return m, 0, err
}

func (f *Files) List(context.Context) ([]*StateMachine, error) {
	var all []*StateMachine
	for _, w := range f.app().Workflows { // sorted by name
		m, err := f.machine(w)
		if err != nil {
			return nil, err
		}
		all = append(all, m)
	}
	return all, nil
}

// machine is what a workflow of the directory is to the API.
func (f *Files) machine(w *config.Workflow) (*StateMachine, error) {
	info, err := os.Stat(w.File)
	if err != nil {
		return nil, err
	}
	src, err := read(w.File)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", w.File, err)
	}
	d := DigestOf(src)
	f.path.Store(d, w.File)
	at := info.ModTime().UTC().Truncate(1e6)
	return &StateMachine{
		Name: w.Name,
		Type: Express,
		Revision: Revision{
			Definition: d,
			Set:        w.Set,
			Logging:    &Logging{Level: w.Logging.Level, Data: w.Logging.Data},
		},
		Created: at,
		Updated: at,
	}, nil
}

func (f *Files) Definition(_ context.Context, d Digest) ([]byte, error) {
	path, ok := f.path.Load(d)
	if !ok {
		return nil, ErrNotFound
	}
	b, err := read(path.(string))
	if errors.Is(err, fs.ErrNotExist) || err == nil && DigestOf(b) != d { // it has changed since
		f.path.Delete(d)
		return nil, ErrNotFound
	}
	return b, err
}

package catalog

import (
	"context"
	"maps"
	"os"
	"path/filepath"
	"time"

	"github.com/seed66d9166c/express/internal/config"
)

// watchEvery is how often files are looked at: soon enough for who has just
// saved one. File systems that report changes do not do so over mounts.
const watchEvery = 300 * time.Millisecond

// A Look is what the files that make up an application were like.
type Look map[string]stamp // by path; what cannot be read has none

// A stamp tells versions of a file apart.
type stamp struct {
	modified time.Time
	size     int64
}

// LookAt looks at the files of the directory dir. Who looks before it reads
// them misses no change.
func LookAt(dir string) Look {
	l := make(Look)
	entries, _ := os.ReadDir(dir)
	for _, e := range entries {
		l.add(filepath.Join(dir, e.Name()))
	}
	return l
}

// Add looks at the definitions of app, which may lie elsewhere.
func (l Look) Add(app *config.Config) {
	for _, w := range app.Workflows {
		if _, ok := l[w.File]; !ok {
			l.add(w.File)
		}
	}
}

// add looks at a file, or at what a link leads to: mounted settings are links.
func (l Look) add(path string) {
	if info, err := os.Stat(path); err == nil && info.Mode().IsRegular() {
		l[path] = stamp{info.ModTime(), info.Size()}
	}
}

// Watch calls changed when files of app are not as they were when it was read.
// It waits until they have stopped changing, as who writes one may not be done.
// changed returns the application as it is now, nil for no change. Watch
// returns when ctx is done.
func Watch(ctx context.Context, app *config.Config, read Look, changed func() *config.Config) {
	tick := time.NewTicker(watchEvery)
	defer tick.Stop()
	last := read
	for {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
		now := LookAt(app.Dir)
		now.Add(app)
		if !maps.Equal(now, read) && maps.Equal(now, last) {
			if next := changed(); next != nil {
				app = next
				now.Add(app)
			}
			read = now
		}
		last = now
	}
}

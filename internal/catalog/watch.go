package catalog

import (
	"context"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"time"

	"github.com/seed66d9166c/express/internal/config"
)

// watchEvery is how often files are looked at: soon enough for who has just
// saved one. File systems that report changes do not do so over mounts.
const watchEvery = 300 * time.Millisecond

// A stamp tells versions of a file apart.
type stamp struct {
	modified time.Time
	size     int64
}

// Watch calls changed when files that make up the application have changed:
// those in its directory, and definitions that lie elsewhere. It waits until
// they have stopped changing, as who writes one may not be done. changed
// returns the application as it is now, nil for no change. Watch returns when
// ctx is done.
func Watch(ctx context.Context, app *config.Config, changed func() *config.Config) {
	tick := time.NewTicker(watchEvery)
	defer tick.Stop()
	loaded := stamps(app)
	last := loaded
	for {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
		now := stamps(app)
		if !maps.Equal(now, loaded) && maps.Equal(now, last) {
			if next := changed(); next != nil {
				app = next
			}
			loaded = now
		}
		last = now
	}
}

// stamps are those of the files of app by path; what cannot be read has none.
func stamps(app *config.Config) map[string]stamp {
	all := make(map[string]stamp)
	add := func(path string, info fs.FileInfo, err error) {
		if err == nil && info.Mode().IsRegular() {
			all[path] = stamp{info.ModTime(), info.Size()}
		}
	}
	entries, _ := os.ReadDir(app.Dir)
	for _, e := range entries {
		path := filepath.Join(app.Dir, e.Name())
		info, err := os.Stat(path) // of what a link leads to: mounted settings are links
		add(path, info, err)
	}
	for _, w := range app.Workflows {
		info, err := os.Stat(w.File)
		add(w.File, info, err)
	}
	return all
}

package awsapi

import (
	"log/slog"
	"os"
	"slices"
	"sync"
	"time"
)

// reloadEvery is how often files are looked at, at most: certificates and keys
// are changed by hand or once in weeks, and looking costs a system call a file.
const reloadEvery = time.Second

// A reloaded is what was read from files, read again once one of them has
// changed. What cannot be read leaves what was there. It is safe for concurrent
// use.
type reloaded[T any] struct {
	paths []string
	read  func() (T, error)
	log   *slog.Logger

	mu     sync.Mutex // guards what follows
	now    T
	stamps []stamp
	looked time.Time
}

// A stamp tells versions of a file apart.
type stamp struct {
	modified time.Time
	size     int64
}

func reloading[T any](log *slog.Logger, read func() (T, error), paths ...string) (*reloaded[T], error) {
	r := &reloaded[T]{paths: paths, read: read, log: log}
	r.stamps, r.looked = r.stamp(), time.Now()
	var err error
	r.now, err = read()
	return r, err
}

// get is what the files hold.
func (r *reloaded[T]) get() T {
	r.mu.Lock()
	defer r.mu.Unlock()
	if time.Since(r.looked) < reloadEvery {
		return r.now
	}
	r.looked = time.Now()
	stamps := r.stamp()
	if slices.Equal(stamps, r.stamps) {
		return r.now
	}
	next, err := r.read()
	if err != nil {
		r.log.Error("files not read again: what was in them stays", "files", r.paths, "error", err)
	} else {
		r.now = next
		r.log.Info("files read again", "files", r.paths)
	}
	r.stamps = stamps // those of what was read, or of what is wrong, until they change again
	return r.now
}

// stamp is what the files are like; what cannot be looked at has the zero one.
func (r *reloaded[T]) stamp() []stamp {
	stamps := make([]stamp, len(r.paths))
	for i, path := range r.paths {
		if info, err := os.Stat(path); err == nil {
			stamps[i] = stamp{info.ModTime(), info.Size()}
		}
	}
	return stamps
}

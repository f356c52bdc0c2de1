package server

import (
	"encoding/json"
	"strings"

	"github.com/seed66d9166c/express/internal/catalog"
	"github.com/seed66d9166c/express/internal/config"
)

// A Reload is what became of a change on disk. Where Err is not nil, or there
// are errors among the findings, what they are about runs on as it was.
type Reload struct {
	Changes  []catalog.Change
	Findings config.Reports
	Restart  []string // settings that have changed, but count only from the next start on
	Err      error
}

// Nothing reports whether there is nothing to tell.
func (r *Reload) Nothing() bool {
	return len(r.Changes)+len(r.Findings)+len(r.Restart) == 0 && r.Err == nil
}

// watch reloads what changes on disk, beginning with what has since it was
// read, until s stops.
func (s *Server) watch(read catalog.Look) {
	app := s.app
	catalog.Watch(s.stopping, app, read, func() *config.Config {
		next, r := s.reload(app)
		if s.o.Reloaded != nil && !r.Nothing() {
			s.o.Reloaded(r)
		}
		if next != nil {
			app = next
		}
		return next
	})
}

// reload reads the application again. The Config is nil where it is not valid:
// then all runs on as it was.
func (s *Server) reload(app *config.Config) (*config.Config, Reload) {
	var r Reload
	next, found := config.Load(app.Dir, s.o.Config)
	r.Findings = found
	if next == nil {
		return nil, r
	}
	if s.o.Dev {
		forDevelopment(next, s.o.Config.Flags)
	}
	r.Restart = restart(s.app, next)
	s.now.Store(next)
	changes, found, err := s.catalog.Load(next)
	r.Changes, r.Findings = changes, append(r.Findings, found...)
	if err == nil {
		err = s.feed(s.stopping)
	}
	r.Err = err
	return next, r
}

// fixed is a row for each setting that is read at the start alone.
var fixed = []struct {
	key string
	of  func(c *config.Config) any
}{
	{"name", func(c *config.Config) any { return c.Name }},
	{"listen", func(c *config.Config) any { return c.Listen }},
	{"lines", func(c *config.Config) any { return c.Lines }},
	{"drain", func(c *config.Config) any { return c.Drain }},
	{"nats", func(c *config.Config) any { return c.NATS }},
	{"embedded", func(c *config.Config) any { return c.Embedded }},
	{"logging.redact", func(c *config.Config) any { return strings.Join(c.Logging.Redact, " ") }},
	{"http.allow", func(c *config.Config) any { return strings.Join(allowed(c), " ") }},
	{"callbacks", func(c *config.Config) any { return c.Callbacks }},
	{"api", func(c *config.Config) any { return c.API }},
	{"deployed", func(c *config.Config) any { return c.Deployed }},
	{"connections", func(c *config.Config) any { return inWords(c.Connections) }},
}

// inWords is v as a text, to compare it by.
func inWords(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err) // texts alone
	}
	return string(b)
}

// restart names the settings in which next differs from what was started.
func restart(app, next *config.Config) []string {
	var keys []string
	for _, f := range fixed {
		if f.of(app) != f.of(next) {
			keys = append(keys, f.key)
		}
	}
	return keys
}

// forDevelopment makes app one to develop with: the broker is the embedded one,
// unless a flag names another, and executions are seen.
func forDevelopment(app *config.Config, flags map[string]string) {
	if flags["nats.url"] == "" && flags["nats.context"] == "" {
		app.NATS = config.NATS{}
	}
	if app.Lines == config.LinesOff {
		app.Lines = config.LinesExecutions
	}
}

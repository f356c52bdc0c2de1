package config

import (
	"cmp"
	"fmt"
	"maps"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/seed66d9166c/express/compiler"
)

// suffixes are what definitions end in: the part before it is the name of the
// workflow. Those that other files have, too, count only where express.yaml
// names the workflow.
var suffixes = []struct {
	text  string
	plain bool
}{
	{".asl.json", false},
	{".asl.yaml", false},
	{".asl.yml", false},
	{".json", true},
}

// workflows completes the workflows: which there are, where their definitions
// lie, and what the application sets for all.
func (l *loader) workflows() {
	c, d := l.c, l.d
	if c.Name == "" {
		c.Name = directoryName(c.Dir)
	}
	if c.Workflows == nil {
		l.discover()
	}
	for _, w := range c.Workflows {
		if w.File != "" {
			w.File = l.in(w.File)
			if _, err := os.Stat(w.File); err != nil {
				d.Report(d.given[&w.File], compiler.Diagnostic{
					Code:    Unreadable,
					Message: fmt.Sprintf("there is no file %s", w.File),
					Suggest: compiler.Nearest(filepath.Base(w.File), slices.Values(l.files)),
				})
			}
		} else {
			l.find(w)
		}
		inherit(d, &w.Logging.Level, c.Logging.Level)
		inherit(d, &w.Logging.Data, c.Logging.Data)
		inherit(d, &w.Logging.Full, c.Logging.Full)
		inherit(d, &w.Logging.Share, c.Logging.Share)
		inherit(d, &w.Logging.Slow, c.Logging.Slow)
		w.Completion = cmp.Or(w.Completion, c.Completion)
		w.Set = merged(c.Set, w.Set)
	}
	slices.SortFunc(c.Workflows, func(a, b *Workflow) int { return strings.Compare(a.Name, b.Name) })
}

// inherit is what a workflow has of the application, where it does not say.
func inherit[T any](d *decoder, to *T, from T) {
	var in any = to
	if full, ok := in.(*Full); ok {
		in = (*string)(full) // as it is in the table
	}
	if d.given[in] == nil {
		*to = from
	}
}

// directoryName is the name of the directory dir, where it can be a name.
func directoryName(dir string) string {
	if abs, err := filepath.Abs(dir); err == nil {
		dir = abs
	}
	if base := filepath.Base(dir); validName(base) == nil {
		return base
	}
	return "express"
}

// discover makes every definition of the directory a workflow.
func (l *loader) discover() {
	for _, f := range l.files {
		for _, s := range suffixes {
			name, ok := strings.CutSuffix(f, s.text)
			if !ok || s.plain || name == "" {
				continue
			}
			if err := validName(name); err != nil {
				l.d.Reportf(nil, InvalidValue, "%s: %v; name it under workflows", f, err)
			} else if w := l.c.Workflow(name); w != nil {
				l.d.Reportf(nil, Ambiguous, "%s and %s both define workflow %s", filepath.Base(w.File), f, name)
			} else {
				l.c.Workflows = append(l.c.Workflows, &Workflow{Name: name, File: f})
			}
		}
	}
	if l.c.Workflows == nil {
		l.d.Reportf(nil, NoWorkflow, "there is no workflow: neither a definition (NAME.asl.json) nor workflows in %s", FileName)
	}
}

// find finds the definition of a workflow that names no file.
func (l *loader) find(w *Workflow) {
	at := l.d.given[&w.Name]
	for _, s := range suffixes {
		f := w.Name + s.text
		switch {
		case !slices.Contains(l.files, f):
		case w.File != "":
			l.d.Reportf(at, Ambiguous, "%s and %s both define workflow %s; name one as its file", filepath.Base(w.File), f, w.Name)
		default:
			w.File = l.in(f)
		}
	}
	if w.File == "" {
		l.d.Report(at, compiler.Diagnostic{
			Code:    Unreadable,
			Message: fmt.Sprintf("there is no definition of workflow %s: no %s.asl.json in %s", w.Name, w.Name, l.c.Dir),
			Suggest: compiler.Nearest(w.Name+".asl.json", slices.Values(l.files)),
		})
	}
}

// merged is base with what over gives for the same names.
func merged(base, over map[string]string) map[string]string {
	if len(base) == 0 {
		return over
	}
	all := maps.Clone(base)
	maps.Copy(all, over)
	return all
}

// reserved are the subjects that the engine itself listens to.
var reserved = []string{"express.start.>", "express.sync.>", "express.dlq.>"}

// reservedStreams are those that the engine writes for itself, by name or, with _ at
// the end, by what the name begins with.
var reservedStreams = []string{"EXPRESS_DLQ", "EXPRESS_ADV", "EXPRESS_RAN", "EXPRESS_BEGUN", "KV_EXPRESS_", "OBJ_EXPRESS_"}

// ownStream reports whether the engine writes a stream for itself.
func ownStream(name string) bool {
	return slices.ContainsFunc(reservedStreams, func(r string) bool {
		return name == r || strings.HasSuffix(r, "_") && strings.HasPrefix(name, r)
	})
}

// triggers checks each trigger, and each against the others.
func (l *loader) triggers() {
	d := l.d
	var names []string
	for _, w := range l.c.Workflows {
		names = append(names, w.Name)
	}
	for i, t := range l.c.Triggers {
		for _, need := range []struct {
			key string
			in  *string
		}{{"subject", &t.Subject}, {"workflow", &t.Workflow}} {
			if d.given[need.in] == nil {
				d.Reportf(d.given[t], MissingKey, "a trigger needs %s", need.key)
			}
		}
		for _, r := range reserved {
			if t.Subject != "" && overlap(t.Subject, r) {
				d.Reportf(d.given[&t.Subject], Ambiguous, "%s takes events of %s, which are the engine's own", t.Subject, r)
			}
		}
		if ownStream(t.Stream) {
			d.Reportf(d.given[&t.Stream], Ambiguous, "stream: %s holds what the engine itself keeps: no trigger can read it", t.Stream)
		}
		if t.Workflow != "" && l.c.Workflow(t.Workflow) == nil {
			d.Report(d.given[&t.Workflow], compiler.Diagnostic{
				Code:    UnknownWorkflow,
				Message: fmt.Sprintf("there is no workflow %s", t.Workflow),
				Suggest: compiler.Nearest(t.Workflow, slices.Values(names)),
			})
		}
		if t.MaxPending > 0 && t.MaxPending < l.c.Slots {
			d.Report(d.given[&t.MaxPending], compiler.Diagnostic{
				Code:     InvalidValue,
				Severity: compiler.Warning,
				Message:  fmt.Sprintf("maxPending: %d events at a time leave most of the %d slots idle", t.MaxPending, l.c.Slots),
			})
		}
		t.Durable = cmp.Or(t.Durable, durable(t.Workflow, t.Subject))
		for _, other := range l.c.Triggers[:i] {
			l.conflict(other, t)
		}
	}
	l.loops()
}

// conflict reports why two triggers cannot both be served.
func (l *loader) conflict(a, b *Trigger) {
	switch line := l.d.given[a].Line; {
	case a.Subject == "" || b.Subject == "":
	case a.Stream != b.Stream && a.Stream != "" && b.Stream != "":
	case overlap(a.Subject, b.Subject):
		l.d.Reportf(l.d.given[&b.Subject], Ambiguous,
			"there are events that fit both %s and %s, the subject of the trigger on line %d: an event of a stream starts one workflow", b.Subject, a.Subject, line)
	case a.Durable == b.Durable:
		l.d.Reportf(l.d.given[b], Ambiguous,
			"the trigger on line %d has the consumer %s, too; give one of them a durable of its own", line, a.Durable)
	}
}

// loops reports triggers whose outcomes lead back to them.
func (l *loader) loops() {
	all := slices.Clone(l.c.Triggers)
	for _, w := range l.c.Workflows {
		all = append(all, &Trigger{Subject: "express.start." + w.Name, Workflow: w.Name})
	}
	outcomes := func(t *Trigger) string { // where those of t go
		w := l.c.Workflow(t.Workflow)
		if t.Result == "" && w != nil && w.Completion == CompletionPublish {
			return "express.done." + w.Name + ".*"
		}
		return t.Result
	}
	for _, t := range l.c.Triggers {
		reached, next := []*Trigger{}, []*Trigger{t}
		for len(next) > 0 {
			subject := outcomes(next[0])
			next = next[1:]
			for _, to := range all {
				if subject != "" && overlap(subject, to.Subject) && !slices.Contains(reached, to) {
					reached, next = append(reached, to), append(next, to)
				}
			}
		}
		if slices.Contains(reached, t) {
			l.d.Reportf(cmp.Or(l.d.given[&t.Result], l.d.given[t]), TriggerLoop,
				"outcomes on %s start workflow %s again", outcomes(t), t.Workflow)
		}
	}
}

// targets is a row for each form that the target of a binding can have.
var targets = []struct {
	prefix, what string
	valid        func(string) error
}{
	{"nats:request:", "SUBJECT", validSubject},
	{"nats:publish:", "SUBJECT", validSubject},
	{"nats:jetstream:", "SUBJECT", validSubject},
	{"func:", "NAME", validName},
	{"https:", "//HOST/PATH", validPlace},
	{"http:", "//HOST/PATH", validPlace},
}

// validPlace wants a URL without its scheme.
func validPlace(s string) error {
	u, err := url.Parse(s)
	if err != nil || u.Host == "" || u.User != nil || u.Fragment != "" {
		return fmt.Errorf("expected a URL such as https://host/path, without a user, a password and a fragment, but got %q", s)
	}
	return nil
}

// Split is the kind of task that b's target makes, and what of that kind: nats:request
// and SUBJECT, https and //HOST/PATH.
func (b *Binding) Split() (kind, target string) {
	for _, t := range targets {
		if rest, ok := strings.CutPrefix(b.Target, t.prefix); ok {
			return strings.TrimSuffix(t.prefix, ":"), rest
		}
	}
	return "", ""
}

// checkTarget wants one of the forms of targets.
func checkTarget(s string) error {
	var forms []string
	for _, t := range targets {
		if rest, ok := strings.CutPrefix(s, t.prefix); ok && rest != "" {
			return t.valid(rest)
		}
		forms = append(forms, t.prefix+t.what)
	}
	return fmt.Errorf("expected %s but got %q", strings.Join(forms, " or "), s)
}

// bindings checks that each binding has a target and can be reached.
func (l *loader) bindings() {
	d := l.d
	for i, b := range l.c.Tasks {
		if b.Target == "" {
			d.Reportf(d.given[&b.Pattern], MissingKey, "%s needs what performs it, such as nats:request:SUBJECT", b.Pattern)
		} else if err := checkTarget(b.Target); err != nil {
			d.Reportf(d.given[&b.Target], InvalidValue, "%v", err)
		}
		for _, other := range l.c.Tasks[:i] {
			if matches(other.Pattern, b.Pattern) {
				d.Report(d.given[&b.Pattern], compiler.Diagnostic{
					Code:     Ambiguous,
					Severity: compiler.Warning,
					Message:  fmt.Sprintf("%s is never taken: all that fits it fits %s before it", b.Pattern, other.Pattern),
				})
				break
			}
		}
	}
}

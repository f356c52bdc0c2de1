package telemetry

import (
	"maps"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"

	"github.com/seed66d9166c/express/express/value"
)

// DefaultRedact are the names whose values no record shows unless the
// application says otherwise; see Options.Redact.
var DefaultRedact = []string{"pass", "secret", "token", "authorization", "cookie"}

// redacted stands where a value stood.
const redacted = `"[REDACTED]"`

const (
	// maxKnown is how many names of members a redaction remembers: those of the
	// data that most workflows see, not all that somebody may make up.
	maxKnown = 1024
	// maxKnownName is the most bytes of such a name.
	maxKnownName = 64
)

// A redaction hides the values of members by their names. It is safe for
// concurrent use.
type redaction struct {
	names *regexp.Regexp
	known atomic.Pointer[map[string]bool] // copied to be added to
}

// newRedaction hides what rules name: a rule is a part of a name, or with * and ?
// all of it; upper and lower case are the same. It is nil where there are none.
func newRedaction(rules []string) *redaction {
	var patterns []string
	for _, rule := range rules {
		p := regexp.QuoteMeta(rule)
		if strings.ContainsAny(rule, "*?") {
			p = "^" + strings.NewReplacer(`\*`, ".*", `\?`, ".").Replace(p) + "$"
		}
		if rule != "" {
			patterns = append(patterns, p)
		}
	}
	if patterns == nil {
		return nil
	}
	r := &redaction{names: regexp.MustCompile("(?is:" + strings.Join(patterns, "|") + ")")}
	r.known.Store(new(map[string]bool))
	return r
}

// appendJSON appends v as JSON without what r hides.
func (r *redaction) appendJSON(b []byte, v value.Value) []byte {
	switch {
	case r == nil:
	case v.Kind() == value.KindArray:
		b = append(b, '[')
		for i, e := range v.Elements() {
			if i > 0 {
				b = append(b, ',')
			}
			b = r.appendJSON(b, e)
		}
		return append(b, ']')
	case v.Kind() == value.KindObject:
		b = append(b, '{')
		for i := range v.Len() {
			if i > 0 {
				b = append(b, ',')
			}
			m := v.Member(i)
			b = append(value.AppendQuoted(b, m.Key), ':')
			if r.hides(m.Key) {
				b = append(b, redacted...)
			} else {
				b = r.appendJSON(b, m.Val)
			}
		}
		return append(b, '}')
	}
	return v.AppendJSON(b)
}

// hides reports whether r hides the value of a member of this name.
func (r *redaction) hides(name string) bool {
	known := r.known.Load()
	hidden, ok := (*known)[name]
	if ok {
		return hidden
	}
	hidden = r.names.MatchString(name)
	if len(*known) < maxKnown && len(name) <= maxKnownName {
		more := maps.Clone(*known)
		if more == nil {
			more = make(map[string]bool)
		}
		more[strings.Clone(name)] = hidden   // name may be part of a large text
		r.known.CompareAndSwap(known, &more) // who is late asks again
	}
	return hidden
}

// redact is what is hidden of w.
func (t *Telemetry) redact(w *Workflow) *redaction {
	if !w.Data {
		return nil
	}
	return newRedaction(slices.Concat(t.hidden, w.Redact))
}

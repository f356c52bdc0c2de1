package suite

import (
	"fmt"
	"math/big"
	"regexp"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v4"

	"github.com/seed66d9166c/express/compiler"
	"github.com/seed66d9166c/express/express/value"
	"github.com/seed66d9166c/express/internal/config"
	"github.com/seed66d9166c/express/internal/document"
)

// maxValues bounds the data that aliases may multiply a file to: some 50 MB.
const maxValues = 1 << 20

// spend counts values of the file that n leads to, and reports whether there may
// be so many.
func (r *reader) spend(n *yaml.Node, values int) bool {
	before := r.values
	r.values = min(before+values, maxValues+1)
	if r.values > maxValues && before <= maxValues {
		r.Reportf(n, config.InvalidValue, "the file has more than %d values, aliases resolved", maxValues)
	}
	return r.values <= maxValues
}

// value is n as data: what is no number, boolean or null is a string, with the
// text that was written.
func (r *reader) value(n *yaml.Node) value.Value { return r.nested(n, value.MaxDepth) }

// nested is value for n with at most depth brackets within each other.
func (r *reader) nested(n *yaml.Node, depth int) value.Value {
	n = document.Follow(n)
	if !r.spend(n, 1) {
		return value.Null
	}
	if n.Kind == yaml.ScalarNode {
		return r.scalar(n)
	}
	if depth == 0 {
		r.Reportf(n, config.InvalidValue, "values are nested deeper than %d", value.MaxDepth)
		return value.Null
	}
	if n.Kind == yaml.SequenceNode {
		list := make([]value.Value, len(n.Content))
		for i, e := range n.Content {
			list[i] = r.nested(e, depth-1)
		}
		return value.Array(list...)
	}
	var members []value.Member
	for k, v := range r.pairs(n) {
		members = append(members, value.Member{Key: k.Value, Val: r.nested(v, depth-1)})
	}
	return value.Object(members...)
}

func (r *reader) scalar(n *yaml.Node) value.Value {
	switch n.ShortTag() {
	case "!!null":
		return value.Null
	case "!!bool":
		return value.Bool(strings.EqualFold(n.Value, "true"))
	case "!!int", "!!float":
		if v, ok := value.ParseNumber(n.Value); ok {
			return v
		}
		if i, ok := new(big.Int).SetString(strings.TrimPrefix(n.Value, "+"), 0); ok {
			return value.NumberText(i.String())
		}
		r.Reportf(n, config.InvalidValue, "%s is no number in JSON", n.Value)
		return value.Null
	}
	return value.String(n.Value)
}

// text is the scalar n, and whether it is one.
func (r *reader) text(n *yaml.Node) (string, bool) {
	if n = document.Follow(n); !r.is(n, yaml.ScalarNode) {
		return "", false
	}
	return n.Value, true
}

// parse reads the scalar n with f, whose error says what was expected.
func parse[T any](r *reader, n *yaml.Node, f func(string) (T, error)) (x T) {
	s, ok := r.text(n)
	if !ok {
		return x
	}
	x, err := f(s)
	if err != nil {
		r.Reportf(n, config.InvalidValue, "%v", err)
	}
	return x
}

func parseText(s string) (string, error) { return s, nil }

func parseDuration(s string) (time.Duration, error) {
	d, err := time.ParseDuration(s)
	if err != nil || d < 0 {
		return 0, fmt.Errorf("expected a duration such as 20s or 1m30s but got %q", s)
	}
	return d, nil
}

func parseTime(s string) (time.Time, error) {
	t, err := time.Parse(time.RFC3339Nano, s)
	if err != nil {
		return t, fmt.Errorf("expected a time such as 2030-01-31T12:00:00Z but got %q", s)
	}
	return t, nil
}

func parseBool(s string) (bool, error) {
	if s != "true" && s != "false" {
		return false, fmt.Errorf("expected true or false but got %q", s)
	}
	return s == "true", nil
}

func parseRegexp(s string) (*regexp.Regexp, error) {
	re, err := regexp.Compile(s)
	if err != nil {
		return nil, fmt.Errorf("expected a regular expression: %w", err)
	}
	return re, nil
}

// maxCount bounds counts of calls and iterations: none can be higher than this
// in an execution.
const maxCount = 1_000_000

// parseCount reads a whole number from least to maxCount.
func parseCount(least int) func(string) (int, error) {
	return func(s string) (int, error) {
		n, err := strconv.Atoi(s)
		if err != nil || n < least || n > maxCount {
			return 0, fmt.Errorf("expected a whole number from %d to %d but got %q", least, maxCount, s)
		}
		return n, nil
	}
}

// oneOf reads one of some words.
func oneOf(words ...string) func(r *reader, n *yaml.Node) string {
	return func(r *reader, n *yaml.Node) string {
		s, ok := r.text(n)
		if !ok {
			return ""
		}
		for _, w := range words {
			if s == w {
				return s
			}
		}
		r.Report(n, compiler.Diagnostic{
			Code:    config.InvalidValue,
			Message: fmt.Sprintf("expected %s but got %q", strings.Join(words, " or "), s),
			Suggest: nearest(s, words),
		})
		return ""
	}
}

package suite

import (
	"go.yaml.in/yaml/v4"

	"github.com/seed66d9166c/express/express/value"
	"github.com/seed66d9166c/express/internal/config"
	"github.com/seed66d9166c/express/internal/document"
)

// pathNames takes in the states that a path names, which is nested at most so
// deep.
func (r *reader) pathNames(n *yaml.Node, depth int) {
	if n = document.Follow(n); depth == 0 || !r.spend(n, len(n.Content)) || !r.is(n, yaml.SequenceNode) {
		return
	}
	for _, step := range n.Content {
		switch step = document.Follow(step); step.Kind {
		case yaml.ScalarNode:
			r.states = append(r.states, stateName{step, step.Value, false})
		case yaml.MappingNode:
			if len(step.Content) != 2 {
				r.Reportf(step, config.InvalidValue, "expected one state and the paths in it, but got %d of them", len(step.Content)/2)
			}
			for k, inner := range r.pairs(step) {
				r.states = append(r.states, stateName{k, k.Value, false})
				if r.is(inner, yaml.SequenceNode) {
					for _, path := range inner.Content {
						r.pathNames(path, depth-1)
					}
				}
			}
		default:
			r.Reportf(step, config.InvalidValue, "expected the name of a state, or of one and the paths in it, but got %s", document.Kind(step.Kind))
		}
	}
}

// matchesPath reports whether a path is as it was expected. A Parallel or Map
// state of which no more than the name is expected matches whatever its paths are.
func matchesPath(want, got value.Value) bool {
	if want.Len() != got.Len() {
		return false
	}
	for i, w := range want.Elements() {
		g := got.Index(i)
		if w.Kind() == value.KindString && g.Kind() == value.KindObject {
			g = value.String(g.Member(0).Key)
		}
		if w.Kind() != value.KindObject || g.Kind() != value.KindObject {
			if !value.Equal(w, g) {
				return false
			}
			continue
		}
		a, b := w.Member(0), g.Member(0)
		if a.Key != b.Key || a.Val.Len() != b.Val.Len() {
			return false
		}
		for j, inner := range a.Val.Elements() {
			if !matchesPath(inner, b.Val.Index(j)) {
				return false
			}
		}
	}
	return true
}

// shownPath is got with no more than the name of a Parallel or Map state where
// want has no more.
func shownPath(want, got value.Value) value.Value {
	bare := make(map[string]bool)
	for _, w := range want.Elements() {
		if w.Kind() == value.KindString {
			bare[w.Text()] = true
		}
	}
	steps := make([]value.Value, got.Len())
	for i, g := range got.Elements() {
		if steps[i] = g; g.Kind() == value.KindObject && bare[g.Member(0).Key] {
			steps[i] = value.String(g.Member(0).Key)
		}
	}
	return value.Array(steps...)
}

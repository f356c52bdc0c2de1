package suite

import (
	"fmt"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"

	"github.com/seed66d9166c/express/compiler"
	"github.com/seed66d9166c/express/internal/config"
)

// A key is a key of T, a section of a test file: the reader, the reference and
// the tests read its row.
type key[T any] struct {
	name string
	kind string // of value, for the reference
	help string // one line
	read func(r *reader, n *yaml.Node, t *T)
}

// section reads the mapping n, whose keys are those of keys, into t. With own,
// it may have others that begin with x-, for the user's own use.
func section[T any](r *reader, n *yaml.Node, keys []key[T], own bool, t *T) {
	for k, v := range r.pairs(n) {
		i := slices.IndexFunc(keys, func(row key[T]) bool { return row.name == k.Value })
		switch {
		case i >= 0:
			keys[i].read(r, v, t)
		case !own || !strings.HasPrefix(k.Value, "x-"):
			r.Report(k, compiler.Diagnostic{
				Code:    config.UnknownKey,
				Message: fmt.Sprintf("there is no key %s here", k.Value),
				Suggest: nearest(k.Value, names(keys)),
			})
		}
	}
}

func names[T any](keys []key[T]) []string {
	all := make([]string, len(keys))
	for i := range keys {
		all[i] = keys[i].name
	}
	return all
}

func nearest(name string, names []string) string { return compiler.Nearest(name, slices.Values(names)) }

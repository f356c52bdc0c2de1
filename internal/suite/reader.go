package suite

import (
	"iter"

	"go.yaml.in/yaml/v4"

	"github.com/seed66d9166c/express/internal/config"
	"github.com/seed66d9166c/express/internal/document"
)

// A reader reads the nodes of a test file, which may be JSON as that is YAML, and
// keeps what is wrong with them.
type reader struct {
	document.Reader
	dir    string      // of the file
	values int         // of data so far, aliases resolved: see spend
	merges int         // within each other, of the mapping that is being read
	states []stateName // that the file names
}

// A stateName is a place that names a state.
type stateName struct {
	node *yaml.Node
	name string
	task bool // it has to be a Task
}

// is reports whether n is of a kind, and a finding if it is not.
func (r *reader) is(n *yaml.Node, want yaml.Kind) bool {
	got := document.Kind(n.Kind)
	if n.ShortTag() == "!!null" {
		got = "nothing"
	} else if n.Kind == want {
		return true
	}
	r.Reportf(n, config.InvalidValue, "expected %s but got %s", document.Kind(want), got)
	return false
}

// maxMerges bounds merge keys within merged mappings, which may hold themselves.
const maxMerges = 8

// pairs yields the names and values of the mapping n, then those of its merge
// keys (<<) that it lacks; a name that occurs twice is reported, and only its
// first value counts.
func (r *reader) pairs(n *yaml.Node) iter.Seq2[*yaml.Node, *yaml.Node] {
	return func(yield func(k, v *yaml.Node) bool) {
		if n = document.Follow(n); !r.is(n, yaml.MappingNode) || r.merges > 0 && !r.spend(n, len(n.Content)) {
			return
		}
		first := make(map[string]*yaml.Node)
		var merged []*yaml.Node
		for i := 0; i < len(n.Content); i += 2 {
			k, v := n.Content[i], n.Content[i+1]
			switch before := first[k.Value]; {
			case k.Kind != yaml.ScalarNode:
				r.Reportf(k, config.InvalidValue, "expected a name but got %s", document.Kind(document.Follow(k).Kind))
			case k.ShortTag() == "!!merge":
				merged = append(merged, sources(document.Follow(v))...)
			case before != nil:
				r.Reportf(k, config.DuplicateKey, "%s is given twice: the first is on line %d", k.Value, before.Line)
			default:
				first[k.Value] = k
				if !yield(k, document.Follow(v)) {
					return
				}
			}
		}
		if len(merged) > 0 && r.merges == maxMerges {
			r.Reportf(n, config.InvalidValue, "mappings are merged more than %d deep", maxMerges)
			return
		}
		r.merges++
		defer func() { r.merges-- }()
		for _, m := range merged {
			for k, v := range r.pairs(m) {
				if first[k.Value] == nil {
					first[k.Value] = k
					if !yield(k, v) {
						return
					}
				}
			}
		}
	}
}

// sources are the mappings that a merge key brings.
func sources(n *yaml.Node) []*yaml.Node {
	if n.Kind == yaml.SequenceNode {
		return n.Content
	}
	return []*yaml.Node{n}
}

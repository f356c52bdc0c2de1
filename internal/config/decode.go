package config

import (
	"fmt"
	"iter"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"

	"github.com/seed66d9166c/express/compiler"
	"github.com/seed66d9166c/express/internal/document"
)

// A decoder reads the nodes of express.yaml into a Config by the tables of
// keys.
type decoder struct {
	document.Reader
	env func(string) (string, bool)
	// given holds the node of each setting that the file has, by the pointer to
	// where its value is.
	given map[any]*yaml.Node
}

// is reports whether n is of a kind, and a finding if it is not. A key with
// nothing behind it is not, but there is nothing to say.
func (d *decoder) is(n *yaml.Node, want yaml.Kind) bool {
	switch {
	case n.ShortTag() == "!!null":
		return false
	case n.Kind != want:
		d.Reportf(n, InvalidValue, "expected %s but got %s", document.Kind(want), document.Kind(n.Kind))
		return false
	}
	return true
}

// pairs yields the names and values of the mapping n; a name that occurs twice
// is reported, and only its first value counts.
func (d *decoder) pairs(n *yaml.Node) iter.Seq2[*yaml.Node, *yaml.Node] {
	return func(yield func(k, v *yaml.Node) bool) {
		if n = document.Follow(n); !d.is(n, yaml.MappingNode) {
			return
		}
		first := make(map[string]*yaml.Node)
		for i := 0; i < len(n.Content); i += 2 {
			k, v := n.Content[i], n.Content[i+1]
			switch before, dup := first[k.Value]; {
			case k.Kind != yaml.ScalarNode:
				d.Reportf(k, InvalidValue, "expected a name but got %s", document.Kind(document.Follow(k).Kind))
			case dup:
				d.Reportf(k, DuplicateKey, "%s is given twice: the first is on line %d", k.Value, before.Line)
			default:
				first[k.Value] = k
				if !yield(k, v) {
					return
				}
			}
		}
	}
}

// section reads the mapping n, whose keys are those of rs that begin with
// prefix, into t.
func section[T any](d *decoder, n *yaml.Node, rs rows[T], prefix string, t *T) {
	for k, v := range d.pairs(n) {
		switch full := prefix + k.Value; {
		case rs.find(full) != nil:
			r := rs.find(full)
			d.setting(k, v, &r.Key, r.valid, r.in(t))
		case rs.isSection(full + "."):
			section(d, v, rs, full+".", t)
		default:
			d.Report(k, compiler.Diagnostic{
				Code:    UnknownKey,
				Message: fmt.Sprintf("there is no key %s here", k.Value),
				Suggest: compiler.Nearest(k.Value, slices.Values(rs.names(prefix))),
			})
		}
	}
}

// setting reads the value v of key k to where to points.
func (d *decoder) setting(k, v *yaml.Node, key *Key, valid check, to any) {
	v = document.Follow(v)
	switch to := to.(type) {
	case *map[string]string:
		*to = make(map[string]string)
		for k, v := range d.pairs(v) {
			if s, ok := d.text(v); ok {
				(*to)[k.Value] = s
			}
		}
	case *[]*Binding:
		for k, v := range d.pairs(v) {
			b := &Binding{Pattern: d.expand(k)}
			d.given[&b.Pattern] = k
			b.Target, _ = d.text(v)
			d.given[&b.Target] = document.Follow(v)
			*to = append(*to, b)
		}
	case *[]*Workflow:
		for name, v := range d.named(v) {
			w := &Workflow{Name: name.Value}
			d.given[&w.Name] = name
			section(d, v, workflowKeys, "", w)
			*to = append(*to, w)
		}
	case *[]*Connection:
		for name, v := range d.named(v) {
			c := &Connection{Name: name.Value}
			defaults(connectionKeys, c)
			d.given[&c.Name] = name
			section(d, v, connectionKeys, "", c)
			*to = append(*to, c)
		}
	case *[]string:
		for _, n := range d.list(v) {
			if s, ok := d.text(n); ok {
				*to = append(*to, s)
			}
		}
		d.given[to] = v
	case *[]*Trigger:
		for _, n := range d.list(v) {
			t := new(Trigger)
			defaults(triggerKeys, t)
			d.given[t] = document.Follow(n)
			section(d, n, triggerKeys, "", t)
			*to = append(*to, t)
		}
	default:
		s, ok := d.text(v)
		if !ok {
			break
		}
		d.given[to] = v
		if err := set(key, valid, to, s); err != nil {
			if s, ok := to.(*string); ok {
				*s = "" // or it would take part in what is found later
			}
			d.Report(v, compiler.Diagnostic{
				Code:    InvalidValue,
				Message: fmt.Sprintf("%s: %v", key.Name, err),
				Suggest: compiler.Nearest(s, slices.Values(key.OneOf)),
			})
		}
	}
}

// named yields the names and values of the mapping n, whose names are checked.
func (d *decoder) named(n *yaml.Node) iter.Seq2[*yaml.Node, *yaml.Node] {
	return func(yield func(name, v *yaml.Node) bool) {
		for k, v := range d.pairs(n) {
			if err := validName(k.Value); err != nil {
				d.Reportf(k, InvalidValue, "%v", err)
			}
			if !yield(k, v) {
				return
			}
		}
	}
}

// list is the elements of the list n.
func (d *decoder) list(n *yaml.Node) []*yaml.Node {
	if !d.is(n, yaml.SequenceNode) {
		return nil
	}
	return n.Content
}

// text is the scalar n with the environment's variables in it, and whether it
// is one.
func (d *decoder) text(n *yaml.Node) (string, bool) {
	if n = document.Follow(n); !d.is(n, yaml.ScalarNode) {
		return "", false
	}
	return d.expand(n), true
}

func (d *decoder) expand(n *yaml.Node) string {
	s, err := expand(n.Value, d.env)
	if err != nil {
		d.Reportf(n, UnsetVariable, "%v", err)
	}
	return s
}

// set puts the text s of key to where to points.
func set(key *Key, valid check, to any, s string) error {
	if key.OneOf != nil && !slices.Contains(key.OneOf, s) {
		return fmt.Errorf("expected %s but got %q", strings.Join(key.OneOf, " or "), s)
	}
	if err := parseScalar(to, s); err != nil {
		return err
	}
	if valid != nil {
		return valid(to)
	}
	return nil
}

// defaults sets what t has by default.
func defaults[T any](rs rows[T], t *T) {
	for i := range rs {
		r := &rs[i]
		if r.Default == "" {
			continue
		}
		if err := set(&r.Key, r.valid, r.in(t), r.Default); err != nil {
			panic(fmt.Sprintf("config: default of %s: %v", r.Name, err))
		}
	}
}

package config

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"iter"
	"slices"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v4"

	"github.com/seed66d9166c/express/compiler"
)

// A decoder reads the nodes of express.yaml into a Config by the tables of
// keys.
type decoder struct {
	env   func(string) (string, bool)
	found compiler.Diagnostics
	// given holds the node of each setting that the file has, by the pointer to
	// where its value is.
	given map[any]*yaml.Node
}

func (d *decoder) reportf(n *yaml.Node, code compiler.Code, format string, args ...any) {
	d.report(n, compiler.Diagnostic{Code: code, Message: fmt.Sprintf(format, args...)})
}

// report adds a finding at n; nil is for the file as a whole.
func (d *decoder) report(n *yaml.Node, f compiler.Diagnostic) {
	if n != nil {
		f.Pos.Line, f.Pos.Col = uint32(n.Line), uint32(n.Column)
		f.End = f.Pos
		switch n.Style &^ yaml.TaggedStyle {
		case 0:
			f.End.Col += uint32(utf8.RuneCountInString(n.Value))
		case yaml.SingleQuotedStyle, yaml.DoubleQuotedStyle:
			f.End.Col += uint32(utf8.RuneCountInString(n.Value)) + 2
		}
	}
	d.found = append(d.found, f)
}

// sorted is what was found, in the order of the text.
func (d *decoder) sorted() compiler.Diagnostics {
	slices.SortStableFunc(d.found, func(a, b compiler.Diagnostic) int {
		return cmp.Or(cmp.Compare(a.Pos.Line, b.Pos.Line), cmp.Compare(a.Pos.Col, b.Pos.Col))
	})
	return d.found
}

// parse reads YAML to the node of its top level, nil if it has none.
func (d *decoder) parse(src []byte) *yaml.Node {
	loader, err := yaml.NewLoader(bytes.NewReader(src), yaml.WithUniqueKeys(false)) // a key that occurs twice is our finding
	if err != nil {
		panic(err) // the options are constant
	}
	var doc, more yaml.Node
	switch err := loader.Load(&doc); {
	case err == io.EOF:
		return nil
	case err != nil:
		d.syntax(err)
		return nil
	}
	switch err := loader.Load(&more); {
	case err == io.EOF:
	case err != nil:
		d.syntax(err)
	default:
		d.reportf(more.Content[0], InvalidYAML, "expected one document but got a second")
	}
	return doc.Content[0]
}

// syntax reports what the YAML reader says.
func (d *decoder) syntax(err error) {
	e, ok := errors.AsType[*yaml.LoadError](err)
	if !ok {
		d.reportf(nil, InvalidYAML, "%v", err)
		return
	}
	message := e.Message
	if e.ContextMsg != "" {
		message = e.ContextMsg + ": " + message
	}
	var at *yaml.Node
	if e.Mark.Line > 0 {
		at = &yaml.Node{Line: e.Mark.Line, Column: e.Mark.Column}
	}
	d.reportf(at, InvalidYAML, "%s", message)
}

// follow is what n stands for: itself, or what it is an alias of.
func follow(n *yaml.Node) *yaml.Node {
	if n.Kind == yaml.AliasNode {
		return n.Alias // never an alias itself
	}
	return n
}

var kinds = map[yaml.Kind]string{
	yaml.MappingNode:  "a mapping",
	yaml.SequenceNode: "a list",
	yaml.ScalarNode:   "a value",
}

// is reports whether n is of a kind, and a finding if it is not. A key with
// nothing behind it is not, but there is nothing to say.
func (d *decoder) is(n *yaml.Node, want yaml.Kind) bool {
	switch {
	case n.ShortTag() == "!!null":
		return false
	case n.Kind != want:
		d.reportf(n, InvalidValue, "expected %s but got %s", kinds[want], kinds[n.Kind])
		return false
	}
	return true
}

// pairs yields the names and values of the mapping n; a name that occurs twice
// is reported, and only its first value counts.
func (d *decoder) pairs(n *yaml.Node) iter.Seq2[*yaml.Node, *yaml.Node] {
	return func(yield func(k, v *yaml.Node) bool) {
		if n = follow(n); !d.is(n, yaml.MappingNode) {
			return
		}
		first := make(map[string]*yaml.Node)
		for i := 0; i < len(n.Content); i += 2 {
			k, v := n.Content[i], n.Content[i+1]
			switch before, dup := first[k.Value]; {
			case k.Kind != yaml.ScalarNode:
				d.reportf(k, InvalidValue, "expected a name but got %s", kinds[follow(k).Kind])
			case dup:
				d.reportf(k, DuplicateKey, "%s is given twice: the first is on line %d", k.Value, before.Line)
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
			d.report(k, compiler.Diagnostic{
				Code:    UnknownKey,
				Message: fmt.Sprintf("there is no key %s here", k.Value),
				Suggest: compiler.Nearest(k.Value, slices.Values(rs.names(prefix))),
			})
		}
	}
}

// setting reads the value v of key k to where to points.
func (d *decoder) setting(k, v *yaml.Node, key *Key, valid check, to any) {
	v = follow(v)
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
			d.given[&b.Target] = follow(v)
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
			d.given[t] = follow(n)
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
			d.report(v, compiler.Diagnostic{
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
				d.reportf(k, InvalidValue, "%v", err)
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
	if n = follow(n); !d.is(n, yaml.ScalarNode) {
		return "", false
	}
	return d.expand(n), true
}

func (d *decoder) expand(n *yaml.Node) string {
	s, err := expand(n.Value, d.env)
	if err != nil {
		d.reportf(n, UnsetVariable, "%v", err)
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

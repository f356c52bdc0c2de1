package compiler

import (
	"errors"
	"fmt"
	"math/big"
	"strings"

	"github.com/seed66d9166c/express/express/value"
	"go.yaml.in/yaml/v4"
)

// maxNodes bounds what aliases may multiply a YAML text to: as many values as
// the longest JSON text can hold.
const maxNodes = maxSize / 2

// A yamlReader turns what the YAML library read to nodes.
type yamlReader struct {
	*checker
	nodes int
	depth int
}

func (c *checker) parseYAML() (*node, *syntaxError) {
	var doc yaml.Node
	// Names that occur twice are our finding, with both places.
	if err := yaml.Load([]byte(c.text), &doc, yaml.WithUniqueKeys(false)); err != nil {
		return nil, c.yamlError(err)
	}
	r := &yamlReader{checker: c}
	return r.node(doc.Content[0])
}

func (c *checker) yamlError(err error) *syntaxError {
	var many *yaml.LoadErrors
	if errors.As(err, &many) && len(many.Errors) > 0 {
		err = many.Errors[0]
	}
	var one *yaml.LoadError
	if !errors.As(err, &one) || one.Mark.Line == 0 {
		return &syntaxError{span{}, InvalidJSON, err.Error()}
	}
	off := c.offset(one.Mark.Line, one.Mark.Column)
	return &syntaxError{span{off, off}, InvalidJSON, "YAML: " + one.Message}
}

func (r *yamlReader) node(y *yaml.Node) (*node, *syntaxError) {
	off := r.offset(y.Line, y.Column)
	n := &node{at: span{off, off + 1}}
	if r.nodes++; r.nodes > maxNodes {
		return nil, &syntaxError{n.at, InvalidJSON, fmt.Sprintf("More than %d values, aliases resolved", maxNodes)}
	}
	if r.depth++; r.depth > maxDepth {
		return nil, &syntaxError{n.at, TooDeep, fmt.Sprintf("Values are nested deeper than %d", maxDepth)}
	}
	defer func() { r.depth-- }()
	var err *syntaxError
	switch y.Kind {
	case yaml.AliasNode:
		return r.node(y.Alias)
	case yaml.MappingNode:
		n.kind = value.KindObject
		err = r.members(n, y)
	case yaml.SequenceNode:
		n.kind = value.KindArray
		for i, e := range y.Content {
			k, err := r.node(e)
			if err != nil {
				return nil, err
			}
			k.up, k.index = n, i
			n.kids = append(n.kids, k)
		}
	default:
		n.at.to = r.end(y, off)
		err = r.scalar(n, y)
	}
	if tag := y.ShortTag(); err == nil && strings.HasPrefix(tag, "!") && !strings.HasPrefix(tag, "!!") {
		n = longForm(tag, n)
	}
	return n, err
}

// longForm is what a tag of CloudFormation stands for: {"Ref": X} for !Ref X,
// {"Fn::GetAtt": X} for !GetAtt X.
func longForm(tag string, n *node) *node {
	n.key, n.keyAt = "Fn::"+tag[1:], n.at
	if tag == "!Ref" {
		n.key = "Ref"
	}
	n.up = &node{kind: value.KindObject, at: n.at, kids: []*node{n}}
	return n.up
}

// members reads the mapping y into n; what merge keys bring comes last, and
// gives way to what is there.
func (r *yamlReader) members(n *node, y *yaml.Node) *syntaxError {
	var merged []*yaml.Node
	own := make(map[string]bool, len(y.Content)/2)
	for i := 0; i < len(y.Content); i += 2 {
		k, v := y.Content[i], y.Content[i+1]
		off := r.offset(k.Line, k.Column)
		at := span{off, r.end(k, off)}
		if k.Kind != yaml.ScalarNode {
			return &syntaxError{at, InvalidJSON, "A name must be a scalar"}
		}
		if k.ShortTag() == "!!merge" {
			merged = append(merged, v)
			continue
		}
		m, err := r.node(v)
		if err != nil {
			return err
		}
		m.up, m.key, m.keyAt = n, k.Value, at
		n.kids = append(n.kids, m)
		own[m.key] = true
	}
	for _, m := range merged {
		if err := r.merge(n, m, own); err != nil {
			return err
		}
	}
	return nil
}

// merge adds the members of the mapping y, or of each mapping in it, to n but
// for those that are there.
func (r *yamlReader) merge(n *node, y *yaml.Node, there map[string]bool) *syntaxError {
	from, err := r.node(y)
	if err != nil {
		return err
	}
	sources := from.kids
	if from.kind == value.KindObject {
		sources = []*node{from}
	}
	for _, s := range sources {
		for _, k := range s.kids {
			if !there[k.key] {
				there[k.key] = true
				k.up = n
				n.kids = append(n.kids, k)
			}
		}
	}
	return nil
}

// scalar reads y as JSON would have it: what is no number, boolean or null
// there is a string, with the text that was written.
func (r *yamlReader) scalar(n *node, y *yaml.Node) *syntaxError {
	n.kind, n.text = value.KindString, y.Value
	switch tag := y.ShortTag(); tag {
	case "!!null":
		n.kind, n.text = value.KindNull, "null"
	case "!!bool":
		n.kind, n.text = value.KindBool, strings.ToLower(y.Value)
	case "!!int", "!!float":
		if s := scalar(y.Value); s != nil {
			n.kind = s.kind
		} else if i, ok := new(big.Int).SetString(strings.TrimPrefix(y.Value, "+"), 0); ok && tag == "!!int" {
			n.kind, n.text = value.KindNumber, i.String()
		} else {
			return &syntaxError{n.at, InvalidJSON, fmt.Sprintf("%s is no number in JSON", y.Value)}
		}
	default:
		r.substitute(n)
	}
	return nil
}

// end is where the scalar y that begins at off ends in the text, or its first
// line where the text and the value differ.
func (r *yamlReader) end(y *yaml.Node, off uint32) uint32 {
	line := strings.TrimRight(r.text[off:r.source.end(y.Line)], " ")
	switch {
	case y.Style&(yaml.LiteralStyle|yaml.FoldedStyle) != 0:
		return off + 1
	case y.Style&(yaml.DoubleQuotedStyle|yaml.SingleQuotedStyle) != 0 && line != "" && strings.HasPrefix(line[1:], y.Value):
		return off + uint32(len(y.Value)) + 2
	case strings.HasPrefix(line, y.Value):
		return off + uint32(len(y.Value))
	}
	return off + uint32(len(line))
}

package cloudformation

import (
	"bytes"
	"encoding/json"
	"strings"

	"go.yaml.in/yaml/v4"

	"github.com/seed66d9166c/express/internal/document"
)

// maxNodes bounds what is read of a template, aliases followed, so that some that
// refer to each other do not fill the memory. A template may be 1 MB, of which a value
// takes four bytes at least.
const maxNodes = 300_000

// count counts n, and reports whether that is not too much.
func (t *template) count(n *yaml.Node) bool {
	if t.nodes++; t.nodes == maxNodes {
		t.Reportf(n, InvalidTemplate, "there are more than %d values", maxNodes)
	}
	return t.nodes < maxNodes
}

// object is a definition that is written as a part of the template.
func (t *template) object(n *yaml.Node) []byte {
	w := &writer{template: t, line: 1, column: 1}
	w.value(n)
	w.text("\n")
	return w.b.Bytes()
}

// literal is a definition that is written as a text.
func (t *template) literal(n *yaml.Node) []byte {
	text, ok := t.text(n)
	if !ok {
		t.unresolved(n)
		return nil
	}
	if _, argument := call(n); argument != nil {
		n = argument
		if n.Kind == yaml.SequenceNode {
			n = document.Follow(n.Content[0])
		}
	}
	above := n.Line - 1
	if n.Style&(yaml.LiteralStyle|yaml.FoldedStyle) != 0 {
		above++ // the text begins on the line that follows
	}
	return []byte(strings.Repeat("\n", above) + text)
}

func (t *template) unresolved(n *yaml.Node) {
	name, _ := call(n)
	if name == "" {
		t.Reportf(n, InvalidTemplate, "expected a text but got %s", document.Kind(n.Kind))
		return
	}
	t.Reportf(n, Unresolved, "what %s yields is not known here: name it in DefinitionSubstitutions and give it a value", name)
}

// A writer writes JSON in which values stand on the lines that they have in the
// template.
type writer struct {
	*template
	b            bytes.Buffer
	line, column int
}

func (w *writer) text(s string) {
	w.b.WriteString(s)
	w.column += len(s)
}

// to goes forward to where n stands, as far as that is forward.
func (w *writer) to(n *yaml.Node) {
	for ; w.line < n.Line; w.line++ {
		w.b.WriteByte('\n')
		w.column = 1
	}
	if w.line == n.Line && w.column < n.Column {
		w.text(strings.Repeat(" ", n.Column-w.column))
	}
}

func (w *writer) value(n *yaml.Node) {
	at := n
	n = document.Follow(n)
	if !w.count(n) {
		return
	}
	if name, _ := call(n); name != "" {
		text, ok := w.template.text(n)
		if !ok {
			w.unresolved(n)
		}
		w.scalar(at, quoted(text))
		return
	}
	switch n.Kind {
	case yaml.MappingNode:
		w.text("{")
		first := true
		for key, value := range members(n) {
			if !first {
				w.text(",")
			}
			first = false
			w.scalar(key, quoted(key.Value))
			w.text(": ")
			w.value(value)
		}
		w.text("}")
	case yaml.SequenceNode:
		w.text("[")
		for i, e := range n.Content {
			if i > 0 {
				w.text(",")
			}
			w.value(e)
		}
		w.text("]")
	default:
		w.scalar(at, literal(n))
	}
}

func (w *writer) scalar(n *yaml.Node, json string) {
	w.to(n)
	w.text(json)
}

// literal is a scalar in JSON.
func literal(n *yaml.Node) string {
	switch n.ShortTag() {
	case "!!null":
		return "null"
	case "!!bool":
		return strings.ToLower(n.Value)
	case "!!int", "!!float":
		if json.Valid([]byte(n.Value)) {
			return n.Value
		}
	}
	return quoted(n.Value)
}

func quoted(s string) string {
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.Encode(s) // of a string never fails
	return strings.TrimSuffix(b.String(), "\n")
}

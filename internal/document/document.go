// Package document reads the YAML, or JSON, that people write for the engine: to
// nodes that know their places, and to findings about all that is wrong.
package document

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"slices"
	"unicode/utf8"

	"go.yaml.in/yaml/v4"

	"github.com/seed66d9166c/express/compiler"
)

// InvalidYAML is the code of the finding that a text cannot be read at all.
const InvalidYAML compiler.Code = "INVALID_YAML"

// maxFindings bounds the findings about a text, as those about a definition: who
// has more has another problem.
const maxFindings = 1000

// A Reader keeps what is found in one text. The zero value is ready for use.
type Reader struct{ found compiler.Diagnostics }

// Reportf adds an error at n.
func (r *Reader) Reportf(n *yaml.Node, code compiler.Code, format string, args ...any) {
	r.Report(n, compiler.Diagnostic{Code: code, Message: fmt.Sprintf(format, args...)})
}

// Report adds a finding at n; nil is for the text as a whole.
func (r *Reader) Report(n *yaml.Node, d compiler.Diagnostic) {
	if len(r.found) == maxFindings {
		return
	}
	if n != nil {
		d.Pos.Line, d.Pos.Col = uint32(n.Line), uint32(n.Column)
		d.End = d.Pos
		switch n.Style &^ yaml.TaggedStyle {
		case 0:
			d.End.Col += uint32(utf8.RuneCountInString(n.Value))
		case yaml.SingleQuotedStyle, yaml.DoubleQuotedStyle:
			d.End.Col += uint32(utf8.RuneCountInString(n.Value)) + 2
		}
	}
	r.found = append(r.found, d)
}

// Found is what was found, in the order of the text.
func (r *Reader) Found() compiler.Diagnostics {
	slices.SortStableFunc(r.found, func(a, b compiler.Diagnostic) int {
		return cmp.Or(cmp.Compare(a.Pos.Line, b.Pos.Line), cmp.Compare(a.Pos.Col, b.Pos.Col))
	})
	return r.found
}

// Parse reads a text to the node of its top level, nil if it has none. Names that
// occur twice in a mapping are left to the caller.
func (r *Reader) Parse(src []byte) *yaml.Node {
	loader, err := yaml.NewLoader(bytes.NewReader(src), yaml.WithUniqueKeys(false))
	if err != nil {
		panic(err) // the options are constant
	}
	var doc, more yaml.Node
	switch err := loader.Load(&doc); {
	case err == io.EOF:
		return nil
	case err != nil:
		r.syntax(err)
		return nil
	}
	switch err := loader.Load(&more); {
	case err == io.EOF:
	case err != nil:
		r.syntax(err)
	default:
		r.Reportf(more.Content[0], InvalidYAML, "expected one document but got a second")
	}
	return doc.Content[0]
}

// syntax reports what the YAML library says.
func (r *Reader) syntax(err error) {
	e, ok := errors.AsType[*yaml.LoadError](err)
	if !ok {
		r.Reportf(nil, InvalidYAML, "%v", err)
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
	r.Reportf(at, InvalidYAML, "%s", message)
}

// Follow is what n stands for: itself, or what it is an alias of.
func Follow(n *yaml.Node) *yaml.Node {
	if n.Kind == yaml.AliasNode {
		return n.Alias // never an alias itself
	}
	return n
}

// Kind is a kind of node as findings call it.
func Kind(k yaml.Kind) string {
	switch k {
	case yaml.MappingNode:
		return "a mapping"
	case yaml.SequenceNode:
		return "a list"
	}
	return "a value"
}

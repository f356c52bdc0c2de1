package cloudformation

import (
	"regexp"
	"strings"

	"go.yaml.in/yaml/v4"

	"github.com/seed66d9166c/express/internal/document"
)

// functions are the intrinsic functions that make a text of what the template
// says, by the name of their short form. The others need an account.
var functions map[string]func(*template, *yaml.Node) (string, bool)

func init() { // they call each other through it
	functions = map[string]func(*template, *yaml.Node) (string, bool){
		"Ref":    (*template).ref,
		"GetAtt": (*template).attribute,
		"Sub":    (*template).sub,
		"Join":   (*template).join,
	}
}

// call is the intrinsic function that n calls, "" if it calls none, and its
// argument: !Ref Queue, or {"Ref": "Queue"}.
func call(n *yaml.Node) (name string, argument *yaml.Node) {
	if strings.HasPrefix(n.Tag, "!") && !strings.HasPrefix(n.Tag, "!!") && n.Tag != "!" {
		return n.Tag[1:], n
	}
	if n.Kind != yaml.MappingNode || len(n.Content) != 2 {
		return "", nil
	}
	key, value := n.Content[0].Value, document.Follow(n.Content[1])
	if name, ok := strings.CutPrefix(key, "Fn::"); ok {
		return name, value
	}
	if key == "Ref" {
		return key, value
	}
	return "", nil
}

// text is what n is as a text, with placeholders for what only an account knows,
// and whether it can be one.
func (t *template) text(n *yaml.Node) (string, bool) {
	n = document.Follow(n)
	if !t.count(n) {
		return "", false
	}
	if name, argument := call(n); name != "" {
		f := functions[name]
		if f == nil {
			return "", false
		}
		return f(t, argument)
	}
	return n.Value, n.Kind == yaml.ScalarNode
}

// ref is the value of a parameter, or what stands for a resource.
func (t *template) ref(n *yaml.Node) (string, bool) {
	return t.fill("${" + n.Value + "}"), n.Kind == yaml.ScalarNode
}

// attribute is what stands for an attribute of a resource.
func (t *template) attribute(n *yaml.Node) (string, bool) {
	if n.Kind == yaml.ScalarNode {
		return t.fill("${" + n.Value + "}"), true
	}
	var part []string
	for _, e := range n.Content {
		part = append(part, document.Follow(e).Value)
	}
	return t.fill("${" + strings.Join(part, ".") + "}"), n.Kind == yaml.SequenceNode
}

// sub is a text with placeholders, or a list of one and of what stands for some of
// them.
func (t *template) sub(n *yaml.Node) (string, bool) {
	if n.Kind == yaml.ScalarNode {
		return t.plain(n.Value), true
	}
	if n.Kind != yaml.SequenceNode || len(n.Content) != 2 {
		return "", false
	}
	own := make(map[string]string)
	for name, value := range members(n.Content[1]) {
		text, ok := t.text(value)
		if !ok {
			return "", false
		}
		own[name.Value] = text
	}
	return t.plain(filled(document.Follow(n.Content[0]).Value, own)), true
}

// plain is text with what its placeholders stand for; ${!Name} is how ${Name} is
// written for what it is.
func (t *template) plain(text string) string { return strings.ReplaceAll(t.fill(text), "${!", "${") }

// join is the texts of a list with another between them.
func (t *template) join(n *yaml.Node) (string, bool) {
	if n.Kind != yaml.SequenceNode || len(n.Content) != 2 {
		return "", false
	}
	list := document.Follow(n.Content[1])
	var all []string
	for _, e := range list.Content {
		text, ok := t.text(e)
		if !ok {
			return "", false
		}
		all = append(all, text)
	}
	return strings.Join(all, document.Follow(n.Content[0]).Value), list.Kind == yaml.SequenceNode
}

// placeholders are ${Name}.
var placeholders = regexp.MustCompile(`\$\{[^${}]+\}`)

// fill puts the values of parameters, and of what is set, into a text.
func (t *template) fill(text string) string { return filled(text, t.values) }

// filled is text with what values has for its placeholders.
func filled(text string, values map[string]string) string {
	return placeholders.ReplaceAllStringFunc(text, func(p string) string {
		name := strings.TrimSpace(p[2 : len(p)-1])
		if v, ok := values[name]; ok {
			return v
		}
		return p
	})
}

// Package cloudformation reads the state machines that templates of
// CloudFormation and SAM declare, with no account to deploy them to.
//
// What only an account could say becomes a placeholder of the States Language as
// the templates themselves have it: !Ref Queue and !Sub ${Queue} become ${Queue},
// !GetAtt Charge.Arn becomes ${Charge.Arn}. Whoever compiles the definition gives
// values to those, or binds tasks to them. Parameters have their defaults.
package cloudformation

import (
	"bytes"
	"iter"
	"maps"
	"regexp"
	"strings"

	"go.yaml.in/yaml/v4"

	"github.com/seed66d9166c/express/compiler"
	"github.com/seed66d9166c/express/internal/document"
)

// Codes of findings about a template; those of definitions are the compiler's.
const (
	InvalidTemplate compiler.Code = "INVALID_TEMPLATE"
	Unresolved      compiler.Code = "UNRESOLVED_FUNCTION" // an intrinsic function that needs an account
)

// Types of the resources that are state machines.
const (
	serverless    = "AWS::Serverless::StateMachine"
	stepFunctions = "AWS::StepFunctions::StateMachine"
)

// A StateMachine is one that a template declares.
type StateMachine struct {
	ID   string            // logical
	Name string            // that it is given, else its ID
	File string            // path of its definition as the template has it, "" where that is in Text
	Text []byte            // definition in JSON, each line of which is that of the template; nil where it is in File
	Set  map[string]string // what stands for ${Name} in the definition
}

// resources begins the resources of a template.
var resources = regexp.MustCompile(`(?m)^\s*["']?Resources["']?\s*:|[{,]\s*"Resources"\s*:`)

// Is reports whether src looks like a template that declares a state machine.
func Is(src []byte) bool {
	return (bytes.Contains(src, []byte(serverless)) || bytes.Contains(src, []byte(stepFunctions))) && resources.Match(src)
}

// pseudo are the parameters that every template has, as they are where there is no
// account.
var pseudo = map[string]string{
	"AWS::Partition": "aws",
	"AWS::Region":    "us-east-1",
	"AWS::AccountId": "123456789012",
	"AWS::URLSuffix": "amazonaws.com",
}

// Parse reads the state machines of a template in YAML or JSON, in its order. set
// are values for parameters, resources and substitutions, over those of the
// template. What is found stands at its place in the template; there are no state
// machines if any of it is an error.
func Parse(src []byte, set map[string]string) ([]StateMachine, compiler.Diagnostics) {
	t := &template{set: set, values: maps.Clone(pseudo)}
	var all []StateMachine
	if root := t.Reader.Parse(src); root != nil {
		t.parameters(member(root, "Parameters"))
		all = t.machines(member(root, "Resources"))
	}
	found := t.Found()
	if found.Err() != nil {
		return nil, found
	}
	return all, found
}

// A template is one that is being read.
type template struct {
	document.Reader
	set    map[string]string
	values map[string]string // of parameters
	nodes  int               // so far
}

// parameters takes the defaults of parameters, and what is set over them.
func (t *template) parameters(n *yaml.Node) {
	for name, parameter := range members(n) {
		if d := member(parameter, "Default"); d != nil && d.Kind == yaml.ScalarNode {
			t.values[name.Value] = d.Value
		}
	}
	maps.Copy(t.values, t.set)
}

func (t *template) machines(n *yaml.Node) (all []StateMachine) {
	for id, resource := range members(n) {
		kind := member(resource, "Type")
		if kind == nil || kind.Value != serverless && kind.Value != stepFunctions {
			continue
		}
		all = append(all, t.machine(id, member(resource, "Properties")))
	}
	if all == nil {
		t.Reportf(n, InvalidTemplate, "expected a resource of type %s or %s", serverless, stepFunctions)
	}
	return all
}

// machine reads the properties of a state machine.
func (t *template) machine(id, properties *yaml.Node) StateMachine {
	m := StateMachine{ID: id.Value, Name: id.Value, Set: maps.Clone(t.values)}
	for _, name := range []string{"Name", "StateMachineName"} {
		if n := member(properties, name); n != nil {
			if text, ok := t.text(n); ok && !strings.Contains(text, "${") {
				m.Name = text
			}
		}
	}
	for name, value := range members(member(properties, "DefinitionSubstitutions")) {
		if text, ok := t.text(value); ok {
			m.Set[name.Value] = text
		}
	}
	maps.Copy(m.Set, t.set)
	t.definition(&m, id, properties)
	return m
}

// definition finds the definition of a state machine.
func (t *template) definition(m *StateMachine, id, properties *yaml.Node) {
	given := 0
	for name, value := range members(properties) {
		switch name.Value {
		case "Definition":
			m.Text = t.object(value)
		case "DefinitionString":
			m.Text = t.literal(value)
		case "DefinitionUri":
			path, ok := t.text(value)
			if !ok || strings.Contains(path, "://") || strings.Contains(path, "${") {
				t.elsewhere(name)
			}
			m.File = path
		case "DefinitionS3Location":
			t.elsewhere(name)
		default:
			continue
		}
		given++
	}
	if given != 1 {
		t.Reportf(id, InvalidTemplate, "expected one of Definition, DefinitionString and DefinitionUri but got %d", given)
	}
}

// elsewhere reports that a definition is not at hand.
func (t *template) elsewhere(n *yaml.Node) {
	t.Reportf(n, InvalidTemplate, "the definition lies elsewhere, in S3 or where only a deployment knows: compile its file itself, or name that in DefinitionUri")
}

// member is the value of a name in a mapping, nil if there is none.
func member(n *yaml.Node, name string) *yaml.Node {
	for key, value := range members(n) {
		if key.Value == name {
			return value
		}
	}
	return nil
}

// members are the names and values of a mapping; what is none has none.
func members(n *yaml.Node) iter.Seq2[*yaml.Node, *yaml.Node] {
	return func(yield func(name, value *yaml.Node) bool) {
		if n == nil {
			return
		}
		n = document.Follow(n)
		if n.Kind != yaml.MappingNode {
			return
		}
		for i := 0; i+1 < len(n.Content); i += 2 {
			if !yield(document.Follow(n.Content[i]), document.Follow(n.Content[i+1])) {
				return
			}
		}
	}
}

package teststate

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/seed66d9166c/express/compiler"
	"github.com/seed66d9166c/express/express/program"
)

// A state is what a test reads of a state itself; the rest is the compiler's.
// What has the wrong type is as if it were not there: the compiler reports it.
type state struct {
	text    string // of the definition
	fields  object
	kind    program.StateType
	jsonata bool
	assigns []string // variables of the states around it
	name    string   // in the machine of the test,
	before  int      // which has so many states before it
}

// An object is a JSON object, read member by member.
type object map[string]json.RawMessage

func parseObject(b []byte) (o object) {
	if json.Unmarshal(b, &o) != nil {
		return nil
	}
	return o
}

// str is a string, "" if there is none.
func (o object) str(name string) (s string) {
	if json.Unmarshal(o[name], &s) != nil {
		return ""
	}
	return s
}

func (o object) object(name string) object { return parseObject(o[name]) }

// list are the objects in an array.
func (o object) list(name string) (l []object) {
	var all []json.RawMessage
	if json.Unmarshal(o[name], &all) != nil {
		return nil
	}
	for _, b := range all {
		l = append(l, parseObject(b))
	}
	return l
}

// bodies are what has States within a state.
func (o object) bodies() []object {
	return append(o.list("Branches"), o.object("ItemProcessor"), o.object("Iterator"))
}

// maxNesting is how deep states are looked for in a state: the compiler, which is
// asked after that, takes no more.
const maxNesting = 32

// within are the names of all states in a state, so many levels down.
func (o object) within(levels int) (names []string) {
	if levels == 0 {
		return nil
	}
	for _, body := range o.bodies() {
		for name, text := range body.object("States") {
			names = append(append(names, name), parseObject(text).within(levels-1)...)
		}
	}
	return names
}

// moves are what has a Next.
func (o object) moves() []object {
	return slices.Concat([]object{o}, o.list("Choices"), o.list("Catch"))
}

// find is the state called name in a body or within one of its states, nil if
// there is none.
func find(body object, name string, assigns []string) *state {
	states := body.object("States")
	for _, key := range slices.Sorted(maps.Keys(states)) {
		for _, m := range parseObject(states[key]).moves() {
			for name := range m.object("Assign") {
				assigns = append(assigns, strings.TrimSuffix(name, ".$"))
			}
		}
	}
	if text, ok := states[name]; ok {
		return &state{text: string(text), assigns: assigns}
	}
	for _, key := range slices.Sorted(maps.Keys(states)) {
		for _, inner := range parseObject(states[key]).bodies() {
			if s := find(inner, name, assigns); s != nil {
				return s
			}
		}
	}
	return nil
}

// stateName is what AWS calls the state under test in its context object.
const stateName = "StateName"

// file is the name of what is compiled: it is JSON, and not YAML.
const file = "definition.json"

// options of the compiler: iterations do not run, so that a Map may be in mode
// DISTRIBUTED.
var options = &compiler.Options{Distributed: true}

// compile finds the state to test and makes a machine of it, in which an empty
// state stands for each one that it can go on to. Variables with these names, and
// all that are assigned around the state, are declared by a state before it.
func compile(definition, name string, variables []string) (*state, *program.Program, *Error) {
	s := &state{text: definition}
	top := ""
	if name != "" {
		if _, found := compiler.Compile(file, []byte(definition), options); found.Err() != nil {
			return nil, nil, invalidDefinition(found)
		}
		machine := parseObject([]byte(definition))
		top = machine.str("QueryLanguage")
		if s = find(machine, name, nil); s == nil {
			return nil, nil, invalid("State not found in definition")
		}
	}
	s.fields = parseObject([]byte(s.text))
	if s.fields == nil {
		_, found := compiler.Compile(file, []byte(definition), options)
		return nil, nil, invalidDefinition(found)
	}
	targets := s.targets()
	taken := slices.Concat(targets, s.fields.within(maxNesting))
	s.name = other(stateName, taken)
	states := []string{member(s.name, s.text)}
	for _, t := range targets {
		states = append(states, member(t, `{"Type": "Succeed"}`))
	}
	start := s.name
	if names := union(variables, s.assigns); len(names) > 0 {
		start = other("Variables", taken)
		states = append(states, member(start, declaration(names, s.name)))
		s.before = 1
	}
	text := "{"
	if top != "" {
		text += member("QueryLanguage", quote(top)) + ", "
	}
	text += member("StartAt", quote(start)) + `, "States": {` + strings.Join(states, ",\n") + "}}"
	p, found := compiler.Compile(file, []byte(text), options)
	if found.Err() != nil {
		return nil, nil, invalidDefinition(found)
	}
	i := slices.IndexFunc(p.States, func(st program.State) bool { return st.Name == s.name })
	s.kind, s.jsonata = p.States[i].Type, p.States[i].JSONata
	return s, p, nil
}

// targets are the names of the states that s can go on to.
func (s *state) targets() []string {
	names := []string{s.fields.str("Default")}
	for _, m := range s.fields.moves() {
		names = append(names, m.str("Next"))
	}
	return slices.DeleteFunc(union(names), func(name string) bool { return name == "" })
}

// declaration is a state that assigns these variables, before the state called
// next.
func declaration(names []string, next string) string {
	assign := make([]string, len(names))
	for i, name := range names {
		assign[i] = member(name, "null")
	}
	return fmt.Sprintf(`{"Type": "Pass", "Assign": {%s}, "Next": %s}`, strings.Join(assign, ", "), quote(next))
}

// other is name, or one like it that is not taken.
func other(name string, taken []string) string {
	for slices.Contains(taken, name) {
		name += "'"
	}
	return name
}

// union is what the lists hold, sorted, each once.
func union(lists ...[]string) []string {
	all := slices.Concat(lists...)
	slices.Sort(all)
	return slices.Compact(all)
}

func member(name, text string) string { return quote(name) + ": " + text }

func quote(s string) string {
	b, err := json.Marshal(s)
	if err != nil {
		panic(err) // a string always has JSON
	}
	return string(b)
}

// invalidDefinition has the errors among what was found.
func invalidDefinition(found compiler.Diagnostics) *Error {
	var all []string
	for _, d := range found {
		if d.Severity != compiler.Error {
			continue
		}
		text := string(d.Code) + ": " + d.AWSMessage()
		if d.Path != "" && !strings.Contains(text, d.Path) {
			text += " at " + d.Path
		}
		all = append(all, text)
	}
	return &Error{InvalidDefinition, "Invalid State Machine Definition: '" + strings.Join(all, ", ") + "'"}
}

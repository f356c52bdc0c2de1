package jsonata

import "strings"

// An environment is what is known of the variables around an expression when it
// is compiled.
type environment struct {
	opts      *Options
	externals map[string]int // name -> slot
	groups    []group
	groupOf   map[string]int
	functions map[string]int
	table     []*function
}

// A group is an object whose fields are given apart.
type group struct {
	name   string
	fields []string
	slots  []int
}

func (g *group) slot(field string) int {
	for i, f := range g.fields {
		if f == field {
			return g.slots[i]
		}
	}
	return -1
}

func newEnvironment(o *Options) (*environment, error) {
	e := &environment{opts: o, externals: map[string]int{}, groupOf: map[string]int{}}
	for slot, name := range o.Vars {
		object, field, ok := strings.Cut(name, ".")
		if !ok {
			e.externals[name] = slot
			continue
		}
		i, ok := e.groupOf[object]
		if !ok {
			i = len(e.groups)
			e.groupOf[object] = i
			e.groups = append(e.groups, group{name: object})
		}
		g := &e.groups[i]
		g.fields = append(g.fields, field)
		g.slots = append(g.slots, slot)
	}
	functions, table, err := library(o)
	if err != nil {
		return nil, err
	}
	e.functions, e.table = functions, table
	return e, nil
}

// find is what a name means that the expression itself does not bind.
func (e *environment) find(name string) (beyond, int) {
	if i, ok := e.externals[name]; ok {
		return beyondExternal, i
	}
	if i, ok := e.groupOf[name]; ok {
		return beyondGroup, i
	}
	if i, ok := e.functions[name]; ok {
		return beyondFunction, i
	}
	return beyondNothing, -1
}

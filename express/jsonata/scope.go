package jsonata

// A variable is one binding of a name.
type variable struct {
	name     string
	fn       *fnScope
	slot     int
	captured bool // a lambda inside refers to it: it lives in a box of its own
	early    bool // may be read before it is bound
	bound    bool // while resolving: certainly bound at this point
}

// A scope is a region of the text in which names are bound.
type scope struct {
	up   *scope
	fn   *fnScope
	vars []*variable
}

// An fnScope is the text of one lambda, or of the whole expression: its
// variables share a frame.
type fnScope struct {
	up       *fnScope
	slots    int
	captures []*variable // of the functions around it
}

// A reference is what a variable in the text means: the innermost of vars that
// is bound, else what is beyond.
type reference struct {
	vars   []*variable
	beyond beyond
	index  int // of the external variable, group or function
}

type beyond uint8

const (
	beyondNothing  beyond = iota
	beyondExternal        // a variable of Options.Vars
	beyondGroup           // an object whose fields are variables of Options.Vars
	beyondFunction        // a function of the library
)

func (s *scope) find(name string) *variable {
	for _, v := range s.vars {
		if v.name == name {
			return v
		}
	}
	return nil
}

// add makes name a variable of s.
func (s *scope) add(name string) *variable {
	if v := s.find(name); v != nil && name != "" {
		return v
	}
	v := &variable{name: name, fn: s.fn, slot: s.fn.slots}
	s.fn.slots++
	s.vars = append(s.vars, v)
	return v
}

func (fn *fnScope) captured(v *variable) int {
	for i, c := range fn.captures {
		if c == v {
			return i
		}
	}
	return -1
}

package compiler

import (
	"fmt"
	"unicode"
	"unicode/utf8"
)

// maxName is the length of the names of states and variables, in characters.
const maxName = 80

// checkName reports a name that no state may have, or that another state has.
func (c *checker) checkName(n *node) {
	switch first := c.names[n.key]; {
	case n.key == "":
		c.find(Error, n.keyAt, n.path(), InvalidState, "State name cannot be empty")
	case utf8.RuneCountInString(n.key) > maxName:
		c.find(Error, n.keyAt, n.path(), InvalidState, "State name cannot be longer than %d characters", maxName)
	case first == nil:
		c.names[n.key] = n
	default:
		at := c.pos(first.keyAt.from)
		c.find(Error, n.keyAt, n.path(), DuplicateState, "Duplicate state '%s': the first is at line %d, column %d", n.key, at.Line, at.Col)
	}
}

// badVariable says why no variable can be called name, "" if one can.
func badVariable(name string) string {
	switch {
	case name == "states":
		return "is reserved"
	case utf8.RuneCountInString(name) > maxName:
		return fmt.Sprintf("is longer than %d characters", maxName)
	}
	for i, r := range name {
		if !(idStart(r) || i > 0 && idContinue(r)) {
			return "is no identifier"
		}
	}
	if name == "" {
		return "is empty"
	}
	return ""
}

// idStart and idContinue are the characters of identifiers (UAX #31).
func idStart(r rune) bool {
	return unicode.In(r, unicode.L, unicode.Nl, unicode.Other_ID_Start)
}

func idContinue(r rune) bool {
	return idStart(r) || unicode.In(r, unicode.Mn, unicode.Mc, unicode.Nd, unicode.Pc, unicode.Other_ID_Continue)
}

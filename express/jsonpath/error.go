package jsonpath

import (
	"errors"
	"fmt"
	"strings"

	"github.com/seed66d9166c/express/express/value"
)

// A SyntaxError says where a text is no path.
type SyntaxError struct {
	Offset  int // in bytes
	Message string
}

func (e *SyntaxError) Error() string {
	return fmt.Sprintf("%s at offset %d", e.Message, e.Offset)
}

// ErrBudget is the error of an evaluation that visits more nodes than it was
// granted, or selects more than [MaxMatches].
var ErrBudget = errors.New("the path visits too many nodes")

// A NotFound says that a path leads nowhere: a definite one because a step of
// it is missing, an indefinite one because it filters or slices what cannot be.
type NotFound struct {
	Path  string     // normalised, up to and with the step that leads nowhere: $['no']
	Step  string     // that step: ['no']
	Name  string     // what it asks for: no; of an index 0; "" of other steps
	Leaf  bool       // it is the last one
	Index bool       // it is an index outside of an array, which AWS reads as null in a payload template if it is the last
	In    value.Kind // what it was to be found in
}

// Error is worded as by Jayway, and with that as in the causes of AWS.
func (e *NotFound) Error() string {
	parent := strings.TrimSuffix(e.Path, e.Step)
	name := strings.HasPrefix(e.Step, "['")
	switch {
	case e.In == value.KindObject && name && !e.Leaf:
		return "Missing property in path " + e.Path
	case e.In == value.KindObject && name, e.Index:
		return "No results for path: " + e.Path
	case name:
		return fmt.Sprintf("Expected to find an object with property %s in path %s but found '%s'.", e.Step, parent, e.In)
	}
	return fmt.Sprintf("Filter: %s cannot be applied to the %s at %s", e.Step, e.In, parent)
}

// A PutError says why a value cannot be put where a reference path leads.
type PutError struct {
	Path  string     // normalised, up to and with the step that cannot be taken
	Step  string     // that step
	Index bool       // it is an index outside of an array
	In    value.Kind // what it leads into; nothing if that is missing
}

func (e *PutError) Error() string {
	parent := strings.TrimSuffix(e.Path, e.Step)
	switch {
	case e.Index:
		return fmt.Sprintf("index %s is outside of the array at %s", e.Step, parent)
	case e.In == value.KindNothing:
		return fmt.Sprintf("there is no array at %s to put %s into", parent, e.Step)
	}
	return fmt.Sprintf("the value at %s is of type %s: %s cannot be put into it", parent, e.In, e.Step)
}

// Package graph draws state machines: as SVG, laid out here, and as Mermaid and
// DOT text for other programs to lay out. Numbers of what executions did can
// stand in the drawing.
package graph

import (
	"github.com/seed66d9166c/express/compiler"
)

// Stats are what executions did, by state. A nil Stats draws the machine alone.
type Stats map[string]*State

// A State is what executions did in one state. The names of states are unique
// in a machine, also among those in branches and iterations.
type State struct {
	Entered, Failed uint64            // visits; those that ended in an error that no Catcher of the state took
	Retried         uint64            // attempts of its task, branches or iterations after the first
	Median, Worst   float64           // seconds from entry to exit, 0 where none exited
	To              map[string]uint64 // how often by the state gone to next; "" for none
}

// of is what is known of s, nil for nothing.
func (s Stats) of(state *compiler.GraphState) *State { return s[state.Name] }

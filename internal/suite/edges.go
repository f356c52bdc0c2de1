package suite

import (
	"cmp"
	"slices"

	"github.com/seed66d9166c/express/express/program"
)

// A transition leads from one state to another, by itself or by a catcher. Rules
// of a Choice that lead to one state are one transition.
type transition struct {
	from, to string
	caught   bool
}

func (t transition) String() string {
	s := t.from + " -> " + t.to
	if t.caught {
		s += " (Catch)"
	}
	return s
}

// stateAt is the name of the state that begins at a place, "" if none does.
func stateAt(p *program.Program, at program.PC) string {
	if in := p.Code[at]; in.Op == program.OpEnter {
		return p.States[in.A].Name
	}
	return ""
}

// transitions are those that p has, in the order of its states.
func transitions(p *program.Program) []transition {
	var all []transition
	for i := range p.States {
		s := &p.States[i]
		all = append(all, ways(p, s, false, s.Entry)...)
		var handlers []program.PC
		for _, c := range s.Catch {
			handlers = append(handlers, c.Handler)
		}
		all = append(all, ways(p, s, true, handlers...)...)
	}
	return all
}

// ways are where control leaves s from some places within it, each once, sorted by where
// they lead.
func ways(p *program.Program, s *program.State, caught bool, from ...program.PC) []transition {
	var all []transition
	seen := make(map[program.PC]bool)
	for len(from) > 0 {
		at := from[0]
		from = from[1:]
		if seen[at] {
			continue
		}
		seen[at] = true
		if in := p.Code[at]; in.Op != program.OpExit {
			from = slices.AppendSeq(from, p.Successors(at))
		} else if t := (transition{s.Name, stateAt(p, in.B), caught}); t.to != "" && !slices.Contains(all, t) {
			all = append(all, t)
		}
	}
	slices.SortFunc(all, func(a, b transition) int { return cmp.Compare(a.to, b.to) })
	return all
}

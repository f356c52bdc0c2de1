package program

import (
	"errors"
	"fmt"
	"slices"
)

// Verify reports what is wrong with p: an operand out of range, code that runs
// out, a jump to where none may go. The runtime relies on it: it looks for
// nothing that Verify has seen.
func (p *Program) Verify() error {
	switch {
	case len(p.Code) == 0 || p.Code[0].Op != OpEnter:
		return errors.New("the code does not begin with a state")
	case len(p.Pos) != len(p.Code):
		return fmt.Errorf("%d instructions have %d places", len(p.Code), len(p.Pos))
	case len(p.Scopes) == 0:
		return errors.New("the machine has no scope")
	}
	for at := range p.Code {
		if p.Code[at].Op >= opEnd {
			return fmt.Errorf("%d: operation %d", at, p.Code[at].Op)
		}
		if err := p.verifyInstr(PC(at)); err != nil {
			return fmt.Errorf("%d %s: %w", at, p.Code[at].Op, err)
		}
	}
	for i := range p.States {
		if err := p.verifyState(ID(i)); err != nil {
			return fmt.Errorf("state %q: %w", p.States[i].Name, err)
		}
	}
	return nil
}

func (p *Program) verifyInstr(at PC) error {
	in := &p.Code[at]
	for i, x := range in.operands() {
		row := &operands[ops[in.Op].args[i]]
		if row.size != nil && int(x) >= row.size(p) {
			return fmt.Errorf("%s %d of %d", row.name, x, row.size(p))
		}
		if row.verify == nil {
			continue
		}
		if err := row.verify(p, in, x); err != nil {
			return fmt.Errorf("%c: %w", 'A'+i, err)
		}
	}
	for to := range p.Successors(at) {
		if int(to) >= len(p.Code) {
			return fmt.Errorf("goes to %d of %d", to, len(p.Code))
		}
		between := p.Code[to].Op == OpEnter || p.Code[to].Op == OpHalt
		if between != (in.Op == OpExit) {
			return fmt.Errorf("goes to %d, %s", to, p.Code[to].Op)
		}
	}
	return nil
}

// verifyState reports a state that is not the code from its entry to its end.
func (p *Program) verifyState(id ID) error {
	s := &p.States[id]
	if s.Entry >= s.End || int(s.End) > len(p.Code) || p.Code[s.Entry].Op != OpEnter || p.Code[s.Entry].A != id {
		return fmt.Errorf("is not at %d to %d", s.Entry, s.End)
	}
	for _, c := range s.Catch {
		if c.Handler <= s.Entry || c.Handler >= s.End {
			return fmt.Errorf("handler %d is not in it", c.Handler)
		}
	}
	inside := p.Code[s.Entry+1 : s.End]
	if i := slices.IndexFunc(inside, func(in Instr) bool {
		return in.Op == OpEnter || in.Op == OpHalt || in.Op == OpExit && in.A != id
	}); i >= 0 {
		return fmt.Errorf("has %s at %d in it", inside[i].Op, int(s.Entry)+1+i)
	}
	return nil
}
